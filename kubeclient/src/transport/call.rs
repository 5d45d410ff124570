//! [`Call`]: one exchange, seen from its sockets. Who may stop it, when it must be over, what it did.
//!
//! A blocking call does all its IO on the thread that made it (a body may be read on another one, by
//! then the only one). So the call travels to the sockets below ureq as a thread-local, set for as long
//! as a request or a read of its body runs: [`Call::enter`], [`Call::current`].

use std::cell::RefCell;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};
use crate::stop::{Hook, Stop};
use crate::sync::lock;

/// What bounds a call in time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bounds {
    /// Ends the call from another thread.
    pub(crate) stop: Stop,
    /// When the whole call must be over, its body read.
    pub(crate) deadline: Option<Instant>,
    /// When the head of the answer must be there.
    pub(crate) head: Option<Instant>,
    /// How long the peer may be silent while it is read.
    pub(crate) idle: Option<Duration>,
    /// Whether the answer ends, as if the connection had, once the certificate that the call shows is
    /// replaced: another call goes on from there.
    pub(crate) follows_certificates: bool,
}

/// How often an answer that follows certificates looks whether they were replaced, while nothing comes.
const LOOK: Duration = Duration::from_secs(4);

/// One exchange.
pub(crate) struct Call {
    id: u64,
    bounds: Bounds,
    /// The bound of silence in milliseconds; it may change while the body is read.
    idle: AtomicU64,
    /// Whether the certificate was replaced, for answers that follow it.
    is_outdated: OnceLock<Box<dyn Fn() -> bool + Send + Sync>>,
    /// Why the call failed, said by the socket that knows it; ureq's own error only says that it did.
    failure: Mutex<Option<Error>>,
    hook: Mutex<Option<Hook>>,
    /// Header lines that hold a credential; they go to the socket past ureq, which logs what it sends.
    secret_head: Mutex<Option<Zeroizing<Vec<u8>>>>,
    /// A body that holds credentials, as far as it is not written yet.
    secret_body: Mutex<Zeroizing<Vec<u8>>>,
    fresh_only: bool,
    connected: AtomicBool,
    has_head: AtomicBool,
    has_ended: AtomicBool,
    sent: AtomicU64,
    received: AtomicU64,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Call>>> = const { RefCell::new(None) };
}

static LAST_ID: AtomicU64 = AtomicU64::new(0);

impl Call {
    /// A call within these bounds; `fresh_only` keeps it off connections that were used before.
    pub(crate) fn new(bounds: Bounds, fresh_only: bool) -> Arc<Self> {
        Arc::new(Self {
            id: LAST_ID.fetch_add(1, Ordering::Relaxed) + 1,
            idle: AtomicU64::new(idle_millis(bounds.idle)),
            is_outdated: OnceLock::new(),
            bounds,
            failure: Mutex::new(None),
            hook: Mutex::new(None),
            secret_head: Mutex::new(None),
            secret_body: Mutex::default(),
            fresh_only,
            connected: AtomicBool::new(false),
            has_head: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
        })
    }

    /// Makes this the call of the thread until the guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>) -> Entered {
        // While a thread ends, its locals may be gone already: then the call is nobody's.
        let outer = CURRENT.try_with(|current| current.replace(Some(Arc::clone(self))));
        Entered { outer: outer.unwrap_or_default() }
    }

    /// The call that the thread is in.
    pub(crate) fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
    }

    pub(crate) fn stop(&self) -> &Stop {
        &self.bounds.stop
    }

    /// The first moment at which something ends the call.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let whole = earlier(self.bounds.deadline, self.bounds.stop.deadline());
        match self.has_head.load(Ordering::Relaxed) {
            true => whole,
            false => earlier(whole, self.bounds.head),
        }
    }

    /// Whether the peer has closed its side, orderly or not.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }

    pub(crate) fn note_ended(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
    }

    /// Whether nothing may be begun any more.
    pub(crate) fn is_overdue(&self) -> bool {
        self.deadline().is_some_and(|deadline| deadline <= Instant::now())
    }

    pub(crate) fn note_head(&self) {
        self.has_head.store(true, Ordering::Relaxed);
    }

    pub(crate) fn idle(&self) -> Option<Duration> {
        match self.idle.load(Ordering::Relaxed) {
            NO_IDLE => None,
            millis => Some(Duration::from_millis(millis)),
        }
    }

    pub(crate) fn set_idle(&self, idle: Option<Duration>) {
        self.idle.store(idle_millis(idle), Ordering::Relaxed);
    }

    /// Lets the answer end once this says so.
    pub(crate) fn end_when(&self, is_outdated: impl Fn() -> bool + Send + Sync + 'static) {
        // It is set once.
        let _ = self.is_outdated.set(Box::new(is_outdated));
    }

    /// How long to wait at once before it is looked whether the answer has to end.
    pub(crate) fn look(&self) -> Option<Duration> {
        self.is_outdated.get().map(|_| LOOK)
    }

    /// Whether the answer has to end.
    pub(crate) fn is_outdated(&self) -> bool {
        let has_head = self.has_head.load(Ordering::Relaxed);
        has_head && self.is_outdated.get().is_some_and(|is_outdated| is_outdated())
    }

    pub(crate) fn fresh_only(&self) -> bool {
        self.fresh_only
    }

    /// Whether the call ran on a connection that an earlier one had used.
    pub(crate) fn reused(&self) -> bool {
        !self.connected.load(Ordering::Relaxed)
    }

    pub(crate) fn note_connecting(&self) {
        self.connected.store(true, Ordering::Relaxed);
    }

    /// Bytes of the request that went to the socket.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(crate) fn note_sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes of the answer that came from the socket.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    pub(crate) fn note_received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Keeps header lines that only the socket may see.
    pub(crate) fn set_secret_head(&self, lines: Zeroizing<Vec<u8>>) {
        *lock(&self.secret_head) = Some(lines);
    }

    /// Keeps a body that only the socket may see.
    pub(crate) fn set_secret_body(&self, body: Zeroizing<Vec<u8>>) {
        *lock(&self.secret_body) = body;
    }

    /// The next bytes of that body, at most so many.
    pub(crate) fn take_secret_body(&self, most: usize) -> Zeroizing<Vec<u8>> {
        let mut body = lock(&self.secret_body);
        let amount = most.min(body.len());
        Zeroizing::new(body.drain(..amount).collect())
    }

    /// The header lines that only the socket may see, once.
    pub(crate) fn take_secret_head(&self) -> Option<Zeroizing<Vec<u8>>> {
        lock(&self.secret_head).take()
    }

    /// Keeps why the call failed; the first reason counts.
    pub(crate) fn fail(&self, error: Error) {
        lock(&self.failure).get_or_insert(error);
    }

    /// Why the call failed, where a socket said it.
    pub(crate) fn take_failure(&self) -> Option<Error> {
        lock(&self.failure).take()
    }

    /// What the passing of a moment means to this call.
    pub(crate) fn timeout(&self, doing: &str) -> Error {
        if self.bounds.stop.is_stopped() {
            return Error::stopped();
        }
        Error::new(ErrorKind::Timeout, format!("timed out while {doing}"))
    }

    /// Lets the call's stop token shut this socket down while the call has it.
    pub(crate) fn take_socket(&self, socket: &Arc<Socket>) {
        if socket.take_for(self.id) {
            return;
        }
        let (id, weak) = (self.id, Arc::downgrade(socket));
        let hook = self.bounds.stop.on_stop(move || Socket::shut_down(&weak, id));
        *lock(&self.hook) = Some(hook);
    }
}

const NO_IDLE: u64 = u64::MAX;

fn idle_millis(idle: Option<Duration>) -> u64 {
    idle.map_or(NO_IDLE, |idle| u64::try_from(idle.as_millis()).unwrap_or(NO_IDLE))
}

/// The thread is in a call; dropping it leaves the call.
pub(crate) struct Entered {
    outer: Option<Arc<Call>>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let outer = self.outer.take();
        let _ = CURRENT.try_with(|current| current.replace(outer));
    }
}

/// A TCP socket that the call using it may shut down from another thread.
pub(crate) struct Socket {
    pub(crate) stream: TcpStream,
    /// The call that has the socket; 0 before the first. A stop of an earlier call must not hit it, so
    /// the lock is held while the socket is shut down.
    owner: Mutex<u64>,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream) -> Arc<Self> {
        Arc::new(Self { stream, owner: Mutex::new(0) })
    }

    /// Gives the socket to a call; whether that has it already.
    fn take_for(&self, call: u64) -> bool {
        std::mem::replace(&mut *lock(&self.owner), call) == call
    }

    fn shut_down(socket: &Weak<Self>, by: u64) {
        let Some(socket) = socket.upgrade() else { return };
        let owner = lock(&socket.owner);
        if *owner == by {
            // An error means that it is closed already.
            let _ = socket.stream.shutdown(Shutdown::Both);
        }
    }
}

/// The earlier of two moments, where there are any.
pub(crate) fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
