//! [`RunningController`]: a controller on a thread of its own.

use std::error::Error as StdError;
use std::fmt;
use std::thread::JoinHandle;

use super::action::Action;
use super::controller::{Controller, no_thread};
use super::request::ReconcileRequest;
use crate::error::{Error, ErrorKind};
use crate::meta::resource::Object;
use crate::stop::Stop;
use crate::thread;

/// A controller on a thread of its own. Dropping it stops it, and waits for its reconciles to end; dropped by a
/// reconcile of its own, it does not wait. Its other functions (predicates, mappings) must not drop it.
#[must_use = "dropping it ends the controller"]
pub struct RunningController<T: Object + Send + Sync + 'static> {
    controller: Controller<T>,
    stop: Stop,
    thread: Option<JoinHandle<Result<(), Error>>>,
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
        let thread = Some(thread::spawn("controller", run).map_err(no_thread)?);
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

    /// Waits until the controller has ended.
    ///
    /// # Errors
    /// As [`Controller::run`].
    ///
    /// # Blocking
    /// As [`Controller::run`].
    pub fn join(mut self) -> Result<(), Error> {
        self.wait()
    }

    fn wait(&mut self) -> Result<(), Error> {
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        thread.join().unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Panic, format!("{}: its thread panicked", self.controller)))
        })
    }
}

impl<T: Object + Send + Sync + 'static> Drop for RunningController<T> {
    fn drop(&mut self) {
        self.stop();
        let own = self.thread.as_ref().map(|thread| thread.thread().id());
        if self.controller.is_worker() || own == Some(thread::current().id()) {
            return;
        }
        if let Err(error) = self.wait() {
            log::warn!("{error:#}");
        }
    }
}

impl<T: Object + Send + Sync + 'static> fmt::Debug for RunningController<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningController")
            .field("controller", &self.controller)
            .finish_non_exhaustive()
    }
}
