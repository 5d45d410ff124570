//! A proxy for tests: HTTP (`CONNECT`, and requests that it passes on) or SOCKS 5, with TLS or without,
//! with a credential or without, that does its work or hangs, floods, closes or refuses.
//!
//! Real sockets on loopback, two threads for each connection. It knows nothing of Kubernetes. Wire tests
//! and the tests on the real control plane call it.

mod client;
mod greeting;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustls::ServerConfig;

use client::Client;

/// How long the waiting methods wait before they fail the test.
const BOUND: Duration = Duration::from_secs(10);

/// What a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// HTTP.
    Http,
    /// SOCKS, version 5.
    Socks5,
}

/// What a proxy does when it is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// Its work.
    #[default]
    Serves,
    /// Nothing, and keeps the connection.
    Hangs,
    /// Answers without an end: in HTTP, header lines.
    Floods,
    /// Closes the connection.
    Closes,
    /// Answers with this code, of HTTP or of SOCKS.
    Refuses(u16),
}

/// A proxy that records what it is asked.
///
/// Dropping it closes its connections and joins its threads.
///
/// # Example
/// ```
/// use std::io::{Read, Write};
///
/// use kubeclient_tests::proxy::{Proxy, Speaks};
/// use kubeclient_tests::stub::{Reply, Stub};
///
/// let stub = Stub::start(|_, _| Reply::text(200, "ok"))?;
/// let proxy = Proxy::builder(Speaks::Http).to(stub.address()).start()?;
/// let mut socket = std::net::TcpStream::connect(proxy.address())?;
/// socket.write_all(b"CONNECT name.invalid:443 HTTP/1.1\r\n\r\nGET / HTTP/1.0\r\nConnection: close\r\n\r\n")?;
/// let mut answer = String::new();
/// socket.read_to_string(&mut answer)?;
/// assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("ok"), "{answer}");
/// assert_eq!(proxy.asked(), ["CONNECT name.invalid:443"]);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Proxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    acceptor: Option<JoinHandle<()>>,
}

/// A [`Proxy`] that is made in steps.
#[derive(Clone)]
#[must_use]
pub struct Builder {
    speaks: Speaks,
    manner: Manner,
    credential: Option<(String, String)>,
    tls: Option<Arc<ServerConfig>>,
    server: Option<SocketAddr>,
}

impl Builder {
    /// How it behaves.
    pub fn manner(mut self, manner: Manner) -> Self {
        self.manner = manner;
        self
    }

    /// Lets nobody through without this user name and password.
    pub fn credential(mut self, user: &str, password: &str) -> Self {
        self.credential = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// Is spoken to under TLS.
    pub fn tls(mut self, config: Arc<ServerConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// Leads to this server, whatever it is asked for; otherwise to the address that it is asked for.
    pub fn to(mut self, server: SocketAddr) -> Self {
        self.server = Some(server);
        self
    }

    /// Starts the proxy.
    ///
    /// # Errors
    /// No loopback port is free.
    pub fn start(self) -> io::Result<Proxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared =
            Arc::new(Shared { settings: self, state: Mutex::default(), changed: Condvar::new() });
        let acceptor = {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name("proxy-accept".to_owned())
                .spawn(move || shared.accept(&listener))?
        };
        Ok(Proxy { shared, address, acceptor: Some(acceptor) })
    }
}

impl Proxy {
    /// Begins with a proxy that serves everybody.
    pub fn builder(speaks: Speaks) -> Builder {
        Builder { speaks, manner: Manner::Serves, credential: None, tls: None, server: None }
    }

    /// The proxy's address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The proxy's URL.
    pub fn url(&self) -> String {
        self.url_of("")
    }

    /// The proxy's URL with a user name and password.
    pub fn url_with(&self, user: &str, password: &str) -> String {
        self.url_of(&format!("{user}:{password}@"))
    }

    fn url_of(&self, userinfo: &str) -> String {
        let settings = &self.shared.settings;
        let scheme = match (settings.speaks, &settings.tls) {
            (Speaks::Http, None) => "http",
            (Speaks::Http, Some(_)) => "https",
            (Speaks::Socks5, _) => "socks5",
        };
        format!("{scheme}://{userinfo}{}", self.address)
    }

    /// What it was asked so far, in order: `CONNECT host:port`, `GET http://host:port/path`,
    /// `SOCKS host:port`. What it refused counts, too.
    pub fn asked(&self) -> Vec<String> {
        self.shared.lock().asked.clone()
    }

    /// All that was said to it before anything was let through, as text.
    pub fn heads(&self) -> Vec<String> {
        self.shared.lock().heads.clone()
    }

    /// The client certificates with which it was asked, in DER: one for each of [`Proxy::asked`], where it was shown any.
    pub fn certificates(&self) -> Vec<Option<Vec<u8>>> {
        self.shared.lock().certificates.clone()
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.shared.lock().accepted
    }

    /// Waits until it was asked so often.
    ///
    /// # Panics
    /// It has not been within 10 s.
    ///
    /// # Blocking
    /// At most 10 s.
    #[track_caller]
    pub fn wait_until_asked(&self, times: usize) {
        let deadline = Instant::now() + BOUND;
        let mut state = self.shared.lock();
        while state.asked.len() < times {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the proxy was asked {:?}, not {times} times", state.asked);
            let waited = self.shared.changed.wait_timeout(state, left);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        {
            let mut state = self.shared.lock();
            state.stopping = true;
            for socket in state.sockets.values() {
                // Wakes whoever reads or writes it; it may be closed already.
                let _ = socket.shutdown(Shutdown::Both);
            }
        }
        // Wakes the acceptor, which then sees that it should stop.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        let mut ended: Vec<_> = self.acceptor.take().into_iter().map(JoinHandle::join).collect();
        let threads = std::mem::take(&mut self.shared.lock().threads);
        ended.extend(threads.into_iter().map(JoinHandle::join));
        if !thread::panicking() {
            ended.into_iter().for_each(|ended| ended.unwrap());
        }
    }
}

struct Shared {
    settings: Builder,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stopping: bool,
    accepted: usize,
    asked: Vec<String>,
    heads: Vec<String>,
    certificates: Vec<Option<Vec<u8>>>,
    /// All open sockets, so that dropping the proxy can wake their threads.
    sockets: BTreeMap<usize, TcpStream>,
    numbered: usize,
    threads: Vec<JoinHandle<()>>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, client: &Client, asked: String, head: &[u8]) {
        let certificate = client.certificate();
        let mut state = self.lock();
        state.certificates.push(certificate);
        state.asked.push(asked);
        state.heads.push(String::from_utf8_lossy(head).into_owned());
        self.changed.notify_all();
    }

    /// Keeps a socket until its number is dropped.
    fn keep(self: &Arc<Self>, socket: &TcpStream) -> io::Result<Kept> {
        let mut state = self.lock();
        if state.stopping {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let number = state.numbered;
        state.numbered += 1;
        state.sockets.insert(number, socket.try_clone()?);
        Ok(Kept { shared: Arc::clone(self), number })
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        while let Ok((socket, _)) = listener.accept() {
            if self.lock().stopping {
                return;
            }
            let shared = Arc::clone(self);
            // A connection that ends is no fault of the proxy.
            let serve = move || drop(shared.serve(socket));
            let thread = thread::Builder::new().name("proxy-connection".to_owned()).spawn(serve);
            let mut state = self.lock();
            state.accepted += 1;
            state.threads.extend(thread);
        }
    }

    fn serve(self: &Arc<Self>, socket: TcpStream) -> io::Result<()> {
        let _kept = self.keep(&socket)?;
        socket.set_nodelay(true)?;
        let client = Client::new(socket, self.settings.tls.as_ref())?;
        let Some((server, request)) = greeting::greet(self, &client)? else {
            return Ok(());
        };
        let _kept_too = self.keep(&server)?;
        server.set_nodelay(true)?;
        relay(&client, &server, request.as_deref())
    }
}

/// Carries bytes both ways until either side ends. After a request that is passed on, the client is told that
/// its connection ends with the answer.
fn relay(client: &Client, server: &TcpStream, request: Option<&[u8]>) -> io::Result<()> {
    use io::{Read as _, Write as _};

    let mut begin = server;
    begin.write_all(request.unwrap_or_default())?;
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut server, mut bytes) = (server, vec![0; 64 << 10]);
            while let Ok(read @ 1..) = client.read(&mut bytes) {
                if server.write_all(&bytes[..read]).is_err() {
                    break;
                }
            }
            let _ = server.shutdown(Shutdown::Both);
        });
        let (mut server, mut bytes) = (server, vec![0; 64 << 10]);
        if request.is_some() {
            let mut line = Vec::new();
            while !line.ends_with(b"\r\n")
                && server.read(&mut bytes[..1]).is_ok_and(|read| read == 1)
            {
                line.push(bytes[0]);
            }
            line.extend_from_slice(b"Connection: close\r\n");
            // The client may have left; then the next write says so.
            let _ = client.write_all(&line);
        }
        while let Ok(read @ 1..) = server.read(&mut bytes) {
            if client.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        client.close();
    });
    Ok(())
}

/// A socket that is kept; dropped, it is closed.
struct Kept {
    shared: Arc<Shared>,
    number: usize,
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(socket) = self.shared.lock().sockets.remove(&self.number) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}
