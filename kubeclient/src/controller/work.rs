//! [`Work`]: what a worker does with each key.

use std::error::Error as StdError;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::action::{Action, Next};
use super::attempts::Attempts;
use super::controller::Shared;
use super::guard::{FALLBACK, logged};
use super::health::Board;
use super::metrics::{ControllerMetrics, Outcome};
use super::reconcile_error::ReconcileError;
use super::request::ReconcileRequest;
use crate::cache::ObjectKey;
use crate::cache::queue::{QueueMetrics, WorkQueue};
use crate::cache::report::guarded;
use crate::meta::resource::Object;
use crate::stop::Stop;
use crate::sync::{Mutex, lock};
use crate::thread::{self, ThreadId};

/// What there is while a controller runs.
pub(super) struct Run {
    pub(super) queue: WorkQueue<ObjectKey>,
    pub(super) attempts: Attempts,
    pub(super) board: Board,
    pub(super) is_synced: AtomicBool,
    /// The threads of the workers.
    pub(super) threads: Mutex<Vec<ThreadId>>,
}

/// The work of a run: the same for each worker.
pub(super) struct Work<'a, T: Object + Send + Sync + 'static, F> {
    pub(super) shared: &'a Shared<T>,
    pub(super) run: &'a Run,
    pub(super) reconcile: F,
    /// Ends the taking of keys.
    pub(super) end: &'a Stop,
    /// Ends what reconciles do.
    pub(super) token: &'a Stop,
}

impl<T, F, E> Work<'_, T, F>
where
    T: Object + Send + Sync + 'static,
    F: Fn(&ReconcileRequest<'_, T>) -> Result<Action, E> + Sync,
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    /// What the thread of a worker does until the end.
    pub(super) fn run(&self, worker: usize) {
        lock(&self.run.threads).push(thread::current().id());
        while let Some(item) = self.run.queue.get(self.end) {
            let key = &*item;
            if let Err(panic) = guarded("a worker", || self.handle(worker, key)) {
                // Such as of an error that panics while it is told or dropped.
                log::error!("{panic}");
                self.run.queue.add_after(key.clone(), FALLBACK);
            }
            self.run.board.change(worker, |worker| worker.working_on = None);
        }
    }

    fn handle(&self, worker: usize, key: &ObjectKey) {
        let Shared { clock, metrics, .. } = self.shared;
        let started = clock.now();
        let attempt = self.run.attempts.of(key).saturating_add(1);
        self.run.board.change(worker, |worker| worker.working_on = Some((key.clone(), started)));
        let request = ReconcileRequest {
            key,
            attempt,
            stop: self.token,
            store: self.shared.primary.store(),
            lister: self.shared.primary.lister(),
        };
        let outcome = match guarded("the reconcile function", || (self.reconcile)(&request)) {
            Ok(Ok(Action(next))) => self.went_well(key, next),
            Ok(Err(error)) => self.failed(key, attempt, error),
            Err(panic) => self.failed_by(key, attempt, Outcome::Panicked, panic),
        };
        self.run.board.change(worker, |worker| {
            worker.reconciled += 1;
            worker.failed += u64::from(outcome == Outcome::Failed);
            worker.panicked += u64::from(outcome == Outcome::Panicked);
        });
        metrics.reconciled(outcome, clock.now().saturating_duration_since(started));
    }

    fn went_well(&self, key: &ObjectKey, next: Next) -> Outcome {
        match next {
            Next::Done => {
                self.forget(key);
                Outcome::Done
            }
            Next::After(time) => {
                self.forget(key);
                self.run.queue.add_after(key.clone(), time);
                Outcome::RequeuedAfter
            }
            Next::Backoff => {
                self.retry(key, false);
                Outcome::RequeuedWithBackoff
            }
        }
    }

    fn failed(&self, key: &ObjectKey, attempt: u32, error: E) -> Outcome {
        match guarded("the error of a reconcile", || error.into()) {
            Ok(error) => self.failed_by(key, attempt, Outcome::Failed, error),
            Err(panic) => self.failed_by(key, attempt, Outcome::Panicked, panic),
        }
    }

    fn failed_by(
        &self,
        key: &ObjectKey,
        attempt: u32,
        outcome: Outcome,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Outcome {
        let Shared { metrics, max_attempts, .. } = self.shared;
        // First of all, so that whatever the program's functions do next, the key is not lost.
        let failures = self.run.attempts.failures(key).saturating_add(1);
        let retry_after = match *max_attempts {
            Some(most) if failures >= most => {
                self.forget(key);
                metrics.gave_up();
                None
            }
            _ => Some(self.retry(key, true)),
        };
        let is_panic = outcome == Outcome::Panicked;
        if is_panic {
            metrics.panicked();
        }
        let error = ReconcileError {
            kind: self.shared.primary.lister().resource().kind.clone(),
            key: key.clone(),
            attempt,
            is_panic,
            retry_after,
            source: source.into(),
        };
        match &self.shared.on_error {
            Some(report) => logged("the error handler", || report(&error)),
            // What was told to end mostly fails for it.
            None if self.token.is_stopped() && !is_panic => log::debug!("{error:#}"),
            None => log::warn!("{error:#}"),
        }
        outcome
    }

    /// Queues a key once more, at the limiter's pace; after what time that is.
    fn retry(&self, key: &ObjectKey, has_failed: bool) -> Duration {
        self.run.attempts.count(key, has_failed);
        let wait = self.shared.limiter.when(key, self.shared.clock.now());
        self.run.queue.add_after(key.clone(), wait);
        self.shared.metrics.retried();
        wait
    }

    fn forget(&self, key: &ObjectKey) {
        self.run.attempts.forget(key);
        self.shared.limiter.forget(key);
    }
}
