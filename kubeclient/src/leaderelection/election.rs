//! [`Election`]: an election on a thread of its own.

use std::fmt;

use super::elector::{End, LeaderElector, no_thread};
use super::leadership::Leadership;
use crate::background::{Background, drop_wait, still_busy, waits_for_itself};
use crate::error::{Error, ErrorKind};
use crate::stop::Stop;

/// An election on a thread of its own.
///
/// Dropping it stops it, and waits for up to a second until its work has ended and the lease is given back;
/// where that takes longer, it ends by itself, and a warning says so. To wait longer, [`join`](Self::join) it.
/// Dropped by the work or by a callback of its own, it does not wait.
#[must_use = "dropping it ends the election"]
pub struct Election {
    elector: LeaderElector,
    stop: Stop,
    thread: Background<Result<End, Error>>,
}

impl Election {
    pub(super) fn start<F>(elector: LeaderElector, work: F) -> Result<Self, Error>
    where
        F: FnOnce(&Leadership) + Send + 'static,
    {
        let stop = Stop::new();
        let run = {
            let (elector, stop) = (elector.clone(), stop.clone());
            move || elector.run(&stop, work)
        };
        let thread = Background::spawn("election", run).map_err(|(error, _)| no_thread(error))?;
        Ok(Self { elector, stop, thread })
    }

    /// The elector that runs.
    pub fn elector(&self) -> &LeaderElector {
        &self.elector
    }

    /// Tells the election to end. It does not wait.
    pub fn stop(&self) {
        self.stop.stop();
    }

    /// Whether the election is over, so that [`join`](Self::join) does not wait.
    pub fn is_over(&self) -> bool {
        self.thread.is_over()
    }

    /// Waits until the election is over, and the lease given back if it was had.
    ///
    /// # Errors
    /// As [`LeaderElector::run`]. [`Timeout`](ErrorKind::Timeout) or [`Stopped`](ErrorKind::Stopped): the token was,
    /// before; the election is stopped then, and ends by itself. [`Invalid`](ErrorKind::Invalid): it is called by
    /// the work or by a callback of the election, which would wait for itself.
    /// [`Panic`](ErrorKind::Panic): a callback panicked.
    ///
    /// # Blocking
    /// As [`LeaderElector::run`], unless the token ends it. A thread that the work waits for, such as a worker of
    /// a controller that it runs, would wait for itself here as long as the token lets it: let it call
    /// [`stop`](Self::stop).
    pub fn join(self, stop: &Stop) -> Result<End, Error> {
        if self.is_own_thread() {
            return Err(waits_for_itself(&self.elector));
        }
        if !self.thread.wait(stop) {
            self.stop();
            // The error says it: the drop need not wait once more.
            self.thread.abandon();
            return Err(still_busy(&self.elector, stop));
        }
        // Invariant: only this takes it, and consumes the election.
        let outcome = self.thread.take().expect("an outcome");
        outcome.unwrap_or_else(|_| {
            let message = format!("{}: a callback of the election panicked", self.elector);
            Err(Error::new(ErrorKind::Panic, message))
        })
    }

    /// Whether this is the thread of the election, or of its work.
    fn is_own_thread(&self) -> bool {
        self.thread.is_current() || self.elector.is_worker()
    }
}

impl Drop for Election {
    fn drop(&mut self) {
        self.stop();
        if self.is_own_thread() {
            return;
        }
        self.thread.leave(&self.elector, &drop_wait());
        match self.thread.take() {
            Some(Err(_)) => log::warn!("{}: a callback of the election panicked", self.elector),
            Some(Ok(Err(error))) => log::warn!("{error:#}"),
            Some(Ok(Ok(_))) | None => {}
        }
    }
}

impl fmt::Debug for Election {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Election").field("elector", &self.elector).finish_non_exhaustive()
    }
}
