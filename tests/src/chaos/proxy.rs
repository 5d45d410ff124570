//! [`ChaosProxy`]: accepts, and gives each connection its plan.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::connection;
use super::trouble::{Plan, Trouble};

/// How many connections there may be at once; further ones are closed.
const MOST: usize = 64;

/// A proxy on a loopback port before one address.
///
/// Without [plans](ChaosProxy::plan) it only forwards. Dropped, it closes its connections and joins its threads.
///
/// # Threads
/// One that accepts, and two for each connection, of which there are at most 64.
///
/// # Example
/// ```
/// use std::io::Read;
/// use std::net::{TcpListener, TcpStream};
///
/// use kubeclient_tests::chaos::{ChaosProxy, Plan, Trouble};
///
/// let upstream = TcpListener::bind("127.0.0.1:0")?;
/// let proxy = ChaosProxy::start(upstream.local_addr()?)?;
/// proxy.plan([Plan { trouble: Trouble::Refuse, after: 0 }]);
/// let mut client = TcpStream::connect(proxy.address())?;
/// assert!(!matches!(client.read(&mut [0]), Ok(1..)));
/// assert_eq!(proxy.struck()[&Trouble::Refuse], 1);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct ChaosProxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    acceptor: Option<JoinHandle<()>>,
}

struct Shared {
    upstream: SocketAddr,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    plans: VecDeque<Plan>,
    struck: BTreeMap<Trouble, u64>,
    accepted: u64,
    /// Weak, so that a reset, which comes with the last handle's drop, comes when its connection ends.
    sockets: Vec<Weak<TcpStream>>,
    /// Whether a plan that did not come to its connection comes to the next.
    insists: bool,
    is_stopped: bool,
}

impl ChaosProxy {
    /// Starts one before this address.
    ///
    /// # Errors
    /// No loopback port is free.
    pub fn start(upstream: SocketAddr) -> io::Result<ChaosProxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { upstream, state: Mutex::default() });
        let acceptor = {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name("chaos".into()).spawn(move || accept(&listener, &shared))?
        };
        Ok(ChaosProxy { shared, address, acceptor: Some(acceptor) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next connections have these troubles, one each; those after them have none.
    pub fn plan(&self, plans: impl IntoIterator<Item = Plan>) {
        self.add(plans, false);
    }

    /// As [`Self::plan`], and what did not come to its connection, since it ended before, comes to the next.
    pub fn insist(&self, plans: impl IntoIterator<Item = Plan>) {
        self.add(plans, true);
    }

    fn add(&self, plans: impl IntoIterator<Item = Plan>, insists: bool) {
        let mut state = self.shared.lock();
        state.plans.extend(plans);
        state.insists = insists;
    }

    /// Takes back the plans that no connection has come to.
    pub fn calm(&self) {
        let mut state = self.shared.lock();
        state.plans.clear();
        state.insists = false;
    }

    /// Closes the connections that are open now.
    pub fn cut(&self) {
        self.shared.close();
    }

    /// How many connections there have been.
    pub fn accepted(&self) -> u64 {
        self.shared.lock().accepted
    }

    /// How often each trouble has come over a connection.
    pub fn struck(&self) -> BTreeMap<Trouble, u64> {
        self.shared.lock().struck.clone()
    }
}

impl Drop for ChaosProxy {
    fn drop(&mut self) {
        self.shared.lock().is_stopped = true;
        self.shared.close();
        // Wakes the acceptor, which then sees that it should stop.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

impl fmt::Debug for ChaosProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChaosProxy").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        let sockets = self.lock().sockets.clone();
        for socket in sockets.iter().filter_map(Weak::upgrade) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    /// Keeps a socket in sight, to be closed from outside; `None` once the proxy stops.
    fn keep(&self, socket: TcpStream) -> Option<Arc<TcpStream>> {
        let socket = Arc::new(socket);
        let mut state = self.lock();
        state.sockets.retain(|socket| socket.strong_count() > 0);
        state.sockets.push(Arc::downgrade(&socket));
        (!state.is_stopped).then_some(socket)
    }

    fn connect(&self) -> io::Result<Arc<TcpStream>> {
        let server = TcpStream::connect_timeout(&self.upstream, Duration::from_secs(10))?;
        server.set_nodelay(true)?;
        self.keep(server).ok_or_else(|| io::ErrorKind::Interrupted.into())
    }
}

fn accept(listener: &TcpListener, shared: &Shared) {
    thread::scope(|scope| {
        for client in listener.incoming() {
            let Ok(client) = client else { continue };
            let _ = client.set_nodelay(true);
            let Some(client) = shared.keep(client) else { break };
            let plan = {
                let mut state = shared.lock();
                if state.sockets.len() > 2 * MOST {
                    continue;
                }
                state.accepted += 1;
                state.plans.pop_front()
            };
            scope.spawn(move || {
                let came = AtomicBool::new(false);
                let struck = |trouble| {
                    came.store(true, Ordering::SeqCst);
                    *shared.lock().struck.entry(trouble).or_default() += 1;
                };
                connection::serve(&client, || shared.connect(), plan, struck);
                let mut state = shared.lock();
                if state.insists && !came.into_inner() {
                    plan.into_iter().for_each(|plan| state.plans.push_front(plan));
                }
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    /// What a client reads through the proxy of a server that says 40,000 bytes, and how that ends.
    fn read(plan: Option<Plan>) -> (Vec<u8>, io::Result<usize>) {
        let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = ChaosProxy::start(upstream.local_addr().unwrap()).unwrap();
        proxy.plan(plan);
        let server = thread::spawn(move || {
            let (mut server, _) = upstream.accept().unwrap();
            let _ = server.write_all(&[7; 40_000]);
            // Until the client has left.
            let _ = server.read(&mut [0]);
        });
        let mut client = TcpStream::connect(proxy.address()).unwrap();
        client.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        let (mut all, mut buffer) = (Vec::new(), [0; 1000]);
        let end = loop {
            match client.read(&mut buffer) {
                Ok(count @ 1..) => all.extend_from_slice(&buffer[..count]),
                end => break end,
            }
        };
        let expected = plan.map(|plan| (plan.trouble, 1)).into_iter().collect();
        assert_eq!(proxy.struck(), expected);
        drop(client);
        if plan.is_none_or(|plan| plan.trouble != Trouble::Refuse) {
            server.join().unwrap();
        }
        (all, end)
    }

    #[test]
    fn without_a_plan_all_goes_through() {
        let (all, end) = read(None);
        assert_eq!((all.len(), all.iter().all(|byte| *byte == 7)), (40_000, true));
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::WouldBlock, "it stays open");
    }

    #[test]
    fn each_trouble_comes_where_it_is_planned() {
        for trouble in Trouble::ALL.into_iter().chain([Trouble::CutAnswer]) {
            let (all, end) = read(Some(Plan { trouble, after: 10_000 }));
            let kind = end.map_err(|error| error.kind());
            match trouble {
                Trouble::Refuse => assert!(all.is_empty(), "{trouble:?}"),
                Trouble::Corrupt => {
                    assert_eq!(all.len(), 40_000);
                    assert_eq!(all.iter().filter(|byte| **byte != 7).count(), 1);
                }
                Trouble::CutAnswer => assert_eq!(all.len(), 10_000),
                _ => assert!((5_000..20_000).contains(&all.len()), "{trouble:?}: {}", all.len()),
            }
            match trouble {
                Trouble::Reset | Trouble::Refuse => {
                    assert_eq!(kind, Err(io::ErrorKind::ConnectionReset), "{trouble:?}");
                }
                Trouble::Mute | Trouble::Corrupt => {
                    assert_eq!(kind, Err(io::ErrorKind::WouldBlock), "{trouble:?}");
                }
                _ => assert_eq!(kind, Ok(0), "{trouble:?}"),
            }
        }
    }

    #[test]
    fn a_request_is_cut_at_its_byte() {
        let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = ChaosProxy::start(upstream.local_addr().unwrap()).unwrap();
        for after in [0, 1, 5_000, 10_000] {
            proxy.plan([Plan { trouble: Trouble::CutRequest, after }]);
            let mut client = TcpStream::connect(proxy.address()).unwrap();
            // What comes too late is no failure of the writer.
            let _ = client.write_all(&[7; 10_000]);
            let (mut server, _) = upstream.accept().unwrap();
            let mut heard = Vec::new();
            server.read_to_end(&mut heard).unwrap();
            assert_eq!(heard.len() as u64, after);
            assert!(!matches!(client.read(&mut [0]), Ok(1..)));
        }
        assert_eq!(proxy.struck()[&Trouble::CutRequest], 4);
    }

    /// A connection that ends too early leaves its trouble to the next.
    #[test]
    fn a_trouble_that_did_not_come_comes_to_the_next_connection() {
        let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = ChaosProxy::start(upstream.local_addr().unwrap()).unwrap();
        proxy.insist([Plan { trouble: Trouble::Fin, after: 5_000 }]);
        let server = thread::spawn(move || {
            for size in [1_000, 40_000] {
                let (mut server, _) = upstream.accept().unwrap();
                let _ = server.write_all(&vec![7; size]);
            }
        });
        let mut came = Vec::new();
        for _ in 0..2 {
            let mut all = Vec::new();
            let _ = TcpStream::connect(proxy.address()).unwrap().read_to_end(&mut all);
            came.push(all.len());
            // The plan is back once the proxy has seen the end, of which the next connection may be ahead.
            let end = std::time::Instant::now() + Duration::from_secs(60);
            while came.len() == 1 && proxy.shared.lock().plans.is_empty() {
                assert!(std::time::Instant::now() < end, "the plan is gone");
                thread::yield_now();
            }
        }
        server.join().unwrap();
        assert_eq!(came[0], 1_000);
        assert!(came[1] < 40_000, "{came:?}");
        assert_eq!(proxy.struck()[&Trouble::Fin], 1);
    }
}
