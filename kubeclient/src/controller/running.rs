//! [`RunningController`]: a controller on a thread of its own.

use std::error::Error as StdError;
use std::fmt;

use super::action::Action;
use super::controller::{Controller, no_thread};
use super::request::ReconcileRequest;
use crate::background::{Background, drop_wait, still_busy, waits_for_itself};
use crate::error::{Error, ErrorKind};
use crate::meta::resource::Object;
use crate::stop::Stop;

/// A controller on a thread of its own.
///
/// Dropping it stops it, and waits for up to a second until its reconciles have ended; where that takes longer,
/// they end by themselves, and a warning says so. To wait longer, [`join`](Self::join) it. Dropped by a reconcile
/// of its own, it does not wait. As the work of a leader, [`run`](Controller::run) it, or join it: the lease is given
/// back when the work returns, whether or not reconciles go on that a drop has left.
#[must_use = "dropping it ends the controller"]
pub struct RunningController<T: Object + Send + Sync + 'static> {
    controller: Controller<T>,
    stop: Stop,
    thread: Background<Result<(), Error>>,
}

impl<T: Object + Send + Sync + 'static> RunningController<T> {
    pub(super) fn start<F, E>(controller: Controller<T>, reconcile: F) -> Result<Self, Error>
    where
        F: Fn(&ReconcileRequest<'_, T>) -> Result<Action, E> + Send + Sync + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let stop = Stop::new();
        let run = {
            let (controller, stop) = (controller.clone(), stop.clone());
            move || controller.run(&stop, reconcile)
        };
        let thread = Background::spawn("controller", run).map_err(|(error, _)| no_thread(error))?;
        Ok(Self { controller, stop, thread })
    }

    /// The controller that runs.
    pub fn controller(&self) -> &Controller<T> {
        &self.controller
    }

    /// Tells the controller to end. It does not wait.
    pub fn stop(&self) {
        self.stop.stop();
    }

    /// Whether the controller has ended, so that [`join`](Self::join) does not wait.
    pub fn is_over(&self) -> bool {
        self.thread.is_over()
    }

    /// Waits until the controller has ended.
    ///
    /// # Errors
    /// As [`Controller::run`]. [`Timeout`](ErrorKind::Timeout) or [`Stopped`](ErrorKind::Stopped): the token was,
    /// before; the controller is stopped then, and ends by itself.
    /// [`Controller::health`] says which worker is busy with what.
    /// [`Invalid`](ErrorKind::Invalid): it is called by a reconcile of its own, which would wait for itself. (A
    /// predicate or a mapping would, too, for about a second: the controller leaves their cache then.)
    ///
    /// # Blocking
    /// As [`Controller::run`], unless the token ends it.
    pub fn join(self, stop: &Stop) -> Result<(), Error> {
        if self.is_own_thread() {
            return Err(waits_for_itself(&self.controller));
        }
        if !self.thread.wait(stop) {
            self.stop();
            // The error says it: the drop need not wait once more.
            self.thread.abandon();
            return Err(still_busy(&self.controller, stop));
        }
        // Invariant: only this takes it, and consumes the controller.
        let outcome = self.thread.take().expect("an outcome");
        outcome.unwrap_or_else(|_| Err(self.panicked()))
    }

    /// Whether this is the thread of the controller, or of one of its workers.
    fn is_own_thread(&self) -> bool {
        self.thread.is_current() || self.controller.is_worker()
    }

    fn panicked(&self) -> Error {
        Error::new(ErrorKind::Panic, format!("{}: its thread panicked", self.controller))
    }
}

impl<T: Object + Send + Sync + 'static> Drop for RunningController<T> {
    fn drop(&mut self) {
        self.stop();
        if self.is_own_thread() {
            return;
        }
        self.thread.leave(&self.controller, &drop_wait());
        let error = match self.thread.take() {
            Some(Err(_)) => self.panicked(),
            Some(Ok(Err(error))) => error,
            Some(Ok(Ok(()))) | None => return,
        };
        log::warn!("{error:#}");
    }
}

impl<T: Object + Send + Sync + 'static> fmt::Debug for RunningController<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningController")
            .field("controller", &self.controller)
            .finish_non_exhaustive()
    }
}
