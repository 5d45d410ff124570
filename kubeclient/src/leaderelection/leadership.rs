//! [`Leadership`]: what the work of a leader holds, and asks before it writes.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use super::state::Term;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::stop::Stop;
use crate::sync::{Mutex, lock};

/// Proof of leadership, for as long as it is valid.
///
/// # Threads
/// Clones are the same leadership. It is valid by the clock alone: also where the thread that renews the
/// lease hangs, or the whole process was paused, nobody is told to be leader who may not be.
#[derive(Clone)]
pub struct Leadership {
    shared: Arc<Shared>,
    stop: Stop,
    transitions: i32,
}

struct Shared {
    clock: Clock,
    lease: String,
    /// By the clock that goes on in suspend.
    valid_until: Mutex<Instant>,
}

impl Leadership {
    pub(super) fn new(clock: &Clock, lease: String, term: Term, stop: Stop) -> Self {
        let valid_until = Mutex::new(term.valid_until);
        let shared = Arc::new(Shared { clock: clock.clone(), lease, valid_until });
        Self { shared, stop, transitions: term.transitions }
    }

    /// The moment up to which this process is the leader unless it renews the lease before; a past one,
    /// when it no longer is. By the election's [`Clock`]; if the machine is suspended, it comes so much
    /// earlier.
    pub fn valid_until(&self) -> Instant {
        let until = *lock(&self.shared.valid_until);
        until.checked_sub(self.shared.clock.suspended()).unwrap_or(until)
    }

    /// Whether this process is the leader now.
    pub fn is_valid(&self) -> bool {
        self.shared.clock.now_with_suspend() < *lock(&self.shared.valid_until)
    }

    /// Succeeds while this process is the leader: to be asked before each write that only a leader may do.
    ///
    /// A write that is under way when leadership ends is not taken back: it is to be short compared to
    /// lease duration less renew deadline, or has to be checked at its target (as by a resource version, or
    /// by [`Leadership::transitions`]).
    ///
    /// # Errors
    /// [`Stopped`](ErrorKind::Stopped): it no longer is.
    pub fn check(&self) -> Result<(), Error> {
        match self.is_valid() {
            true => Ok(()),
            false => {
                let message = format!("{}: no longer the leader", self.shared.lease);
                Err(Error::new(ErrorKind::Stopped, message))
            }
        }
    }

    /// The token that stops when the work is to end: because leadership is over, or because the election was
    /// stopped.
    pub fn stopper(&self) -> &Stop {
        &self.stop
    }

    /// How often the lease changed hands before: it grows from leader to leader, so that who is told of it
    /// can refuse what comes from an earlier one. (It begins anew if somebody deletes the lease.)
    pub fn transitions(&self) -> i32 {
        self.transitions
    }

    pub(super) fn renew(&self, until: Instant) {
        *lock(&self.shared.valid_until) = until;
    }

    /// It is over: nothing more is valid, and the work is to end.
    pub(super) fn end(&self) {
        let now = self.shared.clock.now_with_suspend();
        {
            let mut until = lock(&self.shared.valid_until);
            *until = now.min(*until);
        }
        self.stop.stop();
    }
}

impl fmt::Debug for Leadership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leadership")
            .field("lease", &self.shared.lease)
            .field("valid", &self.is_valid())
            .finish_non_exhaustive()
    }
}
