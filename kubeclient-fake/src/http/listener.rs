//! Listens on loopback, starts a thread for each connection, and ends them all.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;

use super::connection;
use super::{Handler, Limits};
use crate::tls::Tls;

/// Of a connection's thread. Only what is used of it takes memory; requests are worked on in it,
/// and what is nested in them is walked by recursion, in unoptimized programs too.
const STACK: usize = 8 << 20;
/// How long the end waits for connections to end.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// How long to wait for a file descriptor or a thread when there is none.
const SHORTAGE: Duration = Duration::from_millis(50);

/// A listening server. Dropped, it closes every socket and joins every thread.
pub(crate) struct Listener {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
    /// A second handle to wake the acceptor by.
    socket: Arc<TcpListener>,
}

/// What the connections share.
pub(super) struct Shared {
    pub(super) handler: Arc<dyn Handler>,
    pub(super) limits: Limits,
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) stopping: Arc<AtomicBool>,
    connections: Mutex<Connections>,
    changed: Condvar,
}

#[derive(Default)]
struct Connections {
    next: u64,
    open: HashMap<u64, (Arc<TcpStream>, JoinHandle<()>)>,
    /// Threads that have done all but end.
    ended: Vec<JoinHandle<()>>,
}

impl Listener {
    /// Listens on a free port of loopback, or on the given one.
    pub(crate) fn start(
        port: u16,
        handler: Arc<dyn Handler>,
        limits: Limits,
        tls: Option<Arc<Tls>>,
    ) -> io::Result<Self> {
        let socket = Arc::new(TcpListener::bind((Ipv4Addr::LOCALHOST, port))?);
        let address = socket.local_addr()?;
        let shared = Arc::new(Shared {
            handler,
            limits,
            tls,
            stopping: Arc::default(),
            connections: Mutex::default(),
            changed: Condvar::new(),
        });
        let acceptor = {
            let (socket, shared) = (Arc::clone(&socket), Arc::clone(&shared));
            let name = format!("fake-accept-{}", address.port());
            thread::Builder::new().name(name).spawn(move || accept(&socket, &shared))?
        };
        Ok(Self { address, shared, acceptor: Some(acceptor), socket })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends every connection that is open now, in the middle of whatever it is at.
    pub(crate) fn drop_connections(&self) {
        self.shared.shut_down();
    }

    /// How many connections are open.
    pub(crate) fn connections(&self) -> usize {
        self.shared.lock().open.len()
    }

    fn stop(&mut self) {
        self.shared.stopping.store(true, Ordering::Release);
        self.shared.changed.notify_all();
        // The first wakes the acceptor on Linux, the second elsewhere.
        let _ = SockRef::from(&*self.socket).shutdown(Shutdown::Both);
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        self.shared.shut_down();
        self.shared.handler.stop();
        let connections = self.shared.lock();
        let waited =
            self.shared.changed.wait_timeout_while(connections, STOP_LIMIT, |connections| {
                !connections.open.is_empty()
            });
        let (mut connections, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let ended = std::mem::take(&mut connections.ended);
        drop(connections);
        join(ended);
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shut_down(&self) {
        for (socket, _) in self.lock().open.values() {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    /// Waits while there is a shortage, or until the end.
    fn pause(&self) {
        let connections = self.lock();
        let waited =
            self.changed.wait_timeout_while(connections, SHORTAGE, |_| !self.is_stopping());
        drop(waited);
    }
}

/// Accepts connections until the end.
fn accept(socket: &TcpListener, shared: &Arc<Shared>) {
    loop {
        let accepted = socket.accept();
        if shared.is_stopping() {
            return;
        }
        match accepted {
            Ok((connection, _)) => open(connection, shared),
            Err(error) if is_of_one_connection(&error) => {}
            // Out of file descriptors, most likely: those who wait are served when there are some again.
            Err(_) => shared.pause(),
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Gives a connection its thread. Where there is none to be had, the connection is closed.
fn open(connection: TcpStream, shared: &Arc<Shared>) {
    let socket = Arc::new(connection);
    // Held over the start, so that a thread that ends at once finds itself in the table.
    let mut connections = shared.lock();
    let number = connections.next;
    connections.next += 1;
    let thread = {
        let (socket, shared) = (Arc::clone(&socket), Arc::clone(shared));
        let name = format!("fake-{number}");
        thread::Builder::new().name(name).stack_size(STACK).spawn(move || {
            let _end = End { number, shared: &shared };
            connection::serve(socket, &shared);
        })
    };
    match thread {
        Ok(thread) => {
            connections.open.insert(number, (socket, thread));
        }
        Err(_) => {
            drop(connections);
            drop(socket);
            shared.pause();
        }
    }
}

/// Takes a connection out of the table when its thread ends, however it ends.
struct End<'a> {
    number: u64,
    shared: &'a Shared,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut connections = self.shared.lock();
        let before = match connections.open.remove(&self.number) {
            Some((_, thread)) => std::mem::replace(&mut connections.ended, vec![thread]),
            None => Vec::new(),
        };
        self.shared.changed.notify_all();
        drop(connections);
        // A thread that has ended keeps its stack until somebody joins it: each joins those before it.
        join(before);
    }
}

fn join(threads: Vec<JoinHandle<()>>) {
    for thread in threads {
        // A panic has been told where it happened.
        let _ = thread.join();
    }
}
