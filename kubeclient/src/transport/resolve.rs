//! Names to addresses, on helper threads, since a resolver, such as the system's, can't be interrupted.
//!
//! A call that is stopped leaves its helper behind until the resolver gives up; at most
//! [`MOST_AT_ONCE`] are under way, so that a dead name server can't pile them up.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use super::call::Call;
use crate::error::{Error, ErrorKind};
use crate::sync::{lock, wait_timeout};
use crate::thread;

/// Lookups under way at once, in one client.
const MOST_AT_ONCE: usize = 4;

/// Looks names up.
#[derive(Clone)]
pub(crate) struct Resolver(Arc<Shared>);

struct Shared {
    look_up: Box<LookUp>,
    under_way: Mutex<usize>,
    changed: Condvar,
}

/// Gives the addresses of a host and port.
type LookUp = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

type Answer = Arc<Mutex<Option<io::Result<Vec<SocketAddr>>>>>;

impl Default for Resolver {
    /// The system's.
    fn default() -> Self {
        Self::new(|host, port| (host, port).to_socket_addrs().map(Iterator::collect))
    }
}

impl Resolver {
    pub(crate) fn new(
        look_up: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        let (under_way, changed) = (Mutex::new(0), Condvar::new());
        Self(Arc::new(Shared { look_up: Box::new(look_up), under_way, changed }))
    }

    /// The addresses of a host, at least one.
    pub(crate) fn resolve(
        &self,
        call: &Call,
        host: &str,
        port: u16,
        deadline: Option<Instant>,
    ) -> Result<Vec<SocketAddr>, Error> {
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        let shared = Arc::clone(&self.0);
        let _wake = call.stop().on_stop(move || shared.changed.notify_all());

        self.wait(call, deadline, |under_way| {
            (*under_way < MOST_AT_ONCE).then(|| *under_way += 1)
        })?;
        let answer = self.look_up(host, port).inspect_err(|_| self.0.finished())?;
        let addresses = self.wait(call, deadline, |_| lock(&answer).take())?;

        match addresses {
            Ok(addresses) if !addresses.is_empty() => Ok(addresses),
            Ok(_) => Err(Error::new(ErrorKind::Connect, format!("host {host:?} has no address"))),
            Err(error) => {
                let message = format!("can't resolve host {host:?}");
                Err(Error::new(ErrorKind::Connect, message).because(error))
            }
        }
    }

    fn look_up(&self, host: &str, port: u16) -> Result<Answer, Error> {
        let answer = Answer::default();
        let (theirs, shared, host) = (Arc::clone(&answer), Arc::clone(&self.0), host.to_owned());
        let run = move || {
            // It may be the program's, and panic.
            let look_up = || (shared.look_up)(&host, port);
            let addresses = catch_unwind(AssertUnwindSafe(look_up))
                .unwrap_or_else(|_| Err(io::Error::other("the resolver panicked")));
            *lock(&theirs) = Some(addresses);
            shared.finished();
        };
        thread::spawn("resolve", run).map_err(|error| {
            Error::new(ErrorKind::Connect, "can't start a thread to resolve a name").because(error)
        })?;
        Ok(answer)
    }

    /// Waits until `ready` gives something.
    fn wait<T>(
        &self,
        call: &Call,
        deadline: Option<Instant>,
        mut ready: impl FnMut(&mut usize) -> Option<T>,
    ) -> Result<T, Error> {
        let mut under_way = lock(&self.0.under_way);
        loop {
            if call.stop().is_stopped() {
                return Err(Error::stopped());
            }
            if let Some(found) = ready(&mut under_way) {
                return Ok(found);
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(call.timeout("resolving a name"));
            }
            // A stop takes no lock of ours before it notifies, so a notice may come just before the wait
            // begins: the wait is short enough to make up for it.
            let wait = left.unwrap_or(Duration::MAX).min(Duration::from_millis(20));
            under_way = wait_timeout(&self.0.changed, under_way, wait);
        }
    }
}

impl Shared {
    fn finished(&self) {
        *lock(&self.under_way) -= 1;
        self.changed.notify_all();
    }
}
