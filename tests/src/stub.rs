//! A scripted HTTP server for what a real API server does seldom or never: broken answers, broken
//! connections, and pieces that come when the test says so.
//!
//! Real sockets on loopback, plain or TLS, a thread for each connection. It knows nothing of
//! Kubernetes. Wire tests call it.

mod connection;
mod reply;
mod request;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustls::ServerConfig;

pub use reply::{Reply, StreamSender};
pub use request::RecordedRequest;

use reply::StreamState;

/// How long the waiting methods wait before they fail the test.
const BOUND: Duration = Duration::from_secs(10);

type Handler = dyn Fn(&RecordedRequest, usize) -> Reply + Send + Sync;

/// A server that answers as its handler says and records what it was asked.
///
/// Dropping it closes its connections and joins its threads.
///
/// # Threads
/// The handler is called on the connections' threads and must not block; what takes time is a
/// [`Reply::stream`] or a [`Reply::stall`].
///
/// # Example
/// ```
/// use kubeclient_tests::stub::{Reply, Stub};
/// use std::io::{Read, Write};
///
/// let stub = Stub::start(|request, nth| Reply::text(200, format!("{nth} {}", request.path)))?;
/// let mut socket = std::net::TcpStream::connect(stub.address())?;
/// socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: stub\r\nConnection: close\r\n\r\n")?;
/// let mut answer = String::new();
/// socket.read_to_string(&mut answer)?;
/// assert!(answer.ends_with("0 /healthz"));
/// assert_eq!(stub.requests()[0].header("host"), Some("stub"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Stub {
    shared: Arc<Shared>,
    address: SocketAddr,
    acceptor: Option<JoinHandle<()>>,
}

impl Stub {
    /// Starts a plain HTTP server; the handler gets each request and its number, from 0.
    ///
    /// # Errors
    /// No loopback port is free.
    pub fn start(
        handler: impl Fn(&RecordedRequest, usize) -> Reply + Send + Sync + 'static,
    ) -> io::Result<Stub> {
        Stub::listen(Some(Box::new(handler)), None)
    }

    /// Starts a TLS server; [`crate::pki::Pki::server_config`] makes its settings.
    ///
    /// # Errors
    /// No loopback port is free.
    pub fn start_tls(
        config: Arc<ServerConfig>,
        handler: impl Fn(&RecordedRequest, usize) -> Reply + Send + Sync + 'static,
    ) -> io::Result<Stub> {
        Stub::listen(Some(Box::new(handler)), Some(config))
    }

    /// Starts a plain HTTP server that gives these answers, one a request in this order; any further
    /// request is answered by status 500.
    ///
    /// # Errors
    /// No loopback port is free.
    pub fn script(replies: impl IntoIterator<Item = Reply>) -> io::Result<Stub> {
        let replies: Mutex<Vec<Option<Reply>>> =
            Mutex::new(replies.into_iter().map(Some).collect());
        Stub::start(move |request, nth| {
            let mut replies = replies.lock().unwrap_or_else(PoisonError::into_inner);
            replies.get_mut(nth).and_then(Option::take).unwrap_or_else(|| {
                Reply::text(
                    500,
                    format!("the script has no reply {nth}: {} {}", request.method, request.target),
                )
            })
        })
    }

    /// Starts a server that accepts connections and never answers, not even a TLS greeting.
    ///
    /// # Errors
    /// No loopback port is free.
    pub fn mute() -> io::Result<Stub> {
        Stub::listen(None, None)
    }

    fn listen(handler: Option<Box<Handler>>, tls: Option<Arc<ServerConfig>>) -> io::Result<Stub> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared =
            Arc::new(Shared { handler, tls, state: Mutex::default(), changed: Condvar::new() });
        let acceptor = {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name("stub-accept".to_owned())
                .spawn(move || shared.accept(&listener))?
        };
        Ok(Stub { shared, address, acceptor: Some(acceptor) })
    }

    /// The server's base URL without a slash at the end, as `http://127.0.0.1:40001`.
    pub fn url(&self) -> String {
        let scheme = if self.shared.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The server's address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far, in the order in which they were read.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.lock().requests.clone()
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.shared.lock().accepted
    }

    /// What went wrong on connections so far: refused handshakes, requests that cannot be read.
    pub fn errors(&self) -> Vec<String> {
        self.shared.lock().errors.clone()
    }

    /// Waits until so many requests were read and returns all so far.
    ///
    /// # Panics
    /// They have not come within 10 s.
    ///
    /// # Blocking
    /// At most 10 s.
    #[track_caller]
    pub fn wait_for_requests(&self, count: usize) -> Vec<RecordedRequest> {
        let state = self
            .shared
            .wait_until(&format!("{count} requests"), |state| state.requests.len() >= count);
        state.requests.clone()
    }

    /// Waits until so many connections were accepted.
    ///
    /// # Panics
    /// They have not come within 10 s.
    ///
    /// # Blocking
    /// At most 10 s.
    #[track_caller]
    pub fn wait_for_connections(&self, count: usize) {
        drop(
            self.shared
                .wait_until(&format!("{count} connections"), |state| state.accepted >= count),
        );
    }

    /// Waits until the connection of this number (from 0) is closed by either side. The client's close
    /// is seen between requests, in a stall and in a stream.
    ///
    /// # Panics
    /// It is still open after 10 s.
    ///
    /// # Blocking
    /// At most 10 s.
    #[track_caller]
    pub fn wait_for_disconnect(&self, connection: usize) {
        let what = format!("the end of connection {connection}");
        drop(self.shared.wait_until(&what, |state| state.closed.contains(&connection)));
    }
}

impl fmt::Debug for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stub").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        let streams = {
            let mut state = self.shared.lock();
            state.stopping = true;
            for socket in state.sockets.values() {
                // Wakes whoever reads or writes it; it may be closed already.
                let _ = socket.shutdown(Shutdown::Both);
            }
            std::mem::take(&mut state.streams)
        };
        streams.iter().for_each(|stream| stream.cancel());
        // Wakes the acceptor, which then sees that it should stop.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        let acceptor = self.acceptor.take().into_iter();
        let mut results: Vec<_> = acceptor.map(JoinHandle::join).collect();
        loop {
            let threads = std::mem::take(&mut self.shared.lock().threads);
            if threads.is_empty() {
                break;
            }
            results.extend(threads.into_iter().map(JoinHandle::join));
        }
        // A handler that asserts fails the test that owns the stub.
        if !thread::panicking()
            && let Some(panic) = results.into_iter().find_map(Result::err)
        {
            std::panic::resume_unwind(panic);
        }
    }
}

struct Shared {
    /// None for a mute server.
    handler: Option<Box<Handler>>,
    tls: Option<Arc<ServerConfig>>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stopping: bool,
    accepted: usize,
    closed: BTreeSet<usize>,
    requests: Vec<RecordedRequest>,
    errors: Vec<String>,
    /// The open connections, so that dropping the stub can wake their threads.
    sockets: BTreeMap<usize, TcpStream>,
    streams: Vec<Arc<StreamState>>,
    threads: Vec<JoinHandle<()>>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    #[track_caller]
    fn wait_until(&self, what: &str, done: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let deadline = Instant::now() + BOUND;
        let mut state = self.lock();
        while !done(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "the stub waited {BOUND:?} for {what}; it has {} requests on {} connections, errors: {:?}",
                state.requests.len(),
                state.accepted,
                state.errors
            );
            (state, _) =
                self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    fn accept(self: &Arc<Shared>, listener: &TcpListener) {
        loop {
            let accepted = listener.accept();
            let mut state = self.lock();
            if state.stopping {
                return;
            }
            let result = accepted.and_then(|(socket, _)| {
                let number = state.accepted;
                state.accepted += 1;
                state.sockets.insert(number, socket.try_clone()?);
                let shared = Arc::clone(self);
                let name = format!("stub-connection-{number}");
                let thread = thread::Builder::new()
                    .name(name)
                    .spawn(move || connection::serve(&shared, socket, number))?;
                state.threads.push(thread);
                Ok(())
            });
            if let Err(error) = result {
                state.errors.push(format!("cannot accept a connection: {error}"));
            }
            drop(state);
            self.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests;
