//! [`Election`]: an election on a thread of its own.

use std::fmt;
use std::thread::JoinHandle;

use super::elector::{End, LeaderElector, no_thread};
use super::leadership::Leadership;
use crate::error::{Error, ErrorKind};
use crate::stop::Stop;
use crate::thread;

/// An election on a thread of its own. Dropping it stops it, and waits for the work to end; dropped by the work
/// or by a callback of its own, it does not wait.
#[must_use = "dropping it ends the election"]
pub struct Election {
    elector: LeaderElector,
    stop: Stop,
    thread: Option<JoinHandle<Result<End, Error>>>,
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
        let thread = Some(thread::spawn("election", run).map_err(no_thread)?);
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

    /// Waits until the election is over.
    ///
    /// # Errors
    /// As [`LeaderElector::run`].
    ///
    /// # Blocking
    /// As [`LeaderElector::run`]. A thread that the work waits for, such as a worker of a controller that it runs, would
    /// wait for itself here and when it drops this: let it call [`stop`](Self::stop).
    pub fn join(mut self) -> Result<End, Error> {
        self.wait()
    }

    fn wait(&mut self) -> Result<End, Error> {
        let Some(thread) = self.thread.take() else {
            return Ok(End::Stopped);
        };
        thread.join().unwrap_or_else(|_| {
            let message = format!("{}: a callback of the election panicked", self.elector);
            Err(Error::new(ErrorKind::Panic, message))
        })
    }
}

impl Drop for Election {
    fn drop(&mut self) {
        self.stop();
        let own = self.thread.as_ref().map(|thread| thread.thread().id());
        if self.elector.is_worker() || own == Some(thread::current().id()) {
            return;
        }
        if let Err(error) = self.wait() {
            log::warn!("{error:#}");
        }
    }
}

impl fmt::Debug for Election {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Election").field("elector", &self.elector).finish_non_exhaustive()
    }
}
