//! The program's own rate limiter and metrics, from which no panic comes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::metrics::{ControllerMetrics, Outcome};
use crate::cache::ObjectKey;
use crate::cache::queue::{QueueMetrics, RateLimiter};
use crate::cache::report::guarded;

/// How long a key waits whose rate limiter panicked.
pub(super) const FALLBACK: Duration = Duration::from_secs(1);

pub(super) struct Limiter(pub(super) Box<dyn RateLimiter<ObjectKey>>);

impl Limiter {
    pub(super) fn when(&self, key: &ObjectKey, now: Instant) -> Duration {
        let wait = guarded("the rate limiter", || self.0.when(key, now));
        wait.unwrap_or_else(|panic| {
            log::error!("{panic}");
            FALLBACK
        })
    }

    pub(super) fn forget(&self, key: &ObjectKey) {
        logged("the rate limiter", || self.0.forget(key));
    }
}

#[derive(Clone)]
pub(super) struct Metrics(pub(super) Arc<dyn ControllerMetrics>);

impl QueueMetrics for Metrics {
    fn added(&self) {
        logged("the metrics", || self.0.added());
    }

    fn started(&self, waited: Duration) {
        logged("the metrics", || self.0.started(waited));
    }

    fn finished(&self, worked: Duration) {
        logged("the metrics", || self.0.finished(worked));
    }

    fn retried(&self) {
        logged("the metrics", || self.0.retried());
    }
}

impl ControllerMetrics for Metrics {
    fn reconciled(&self, outcome: Outcome, took: Duration) {
        logged("the metrics", || self.0.reconciled(outcome, took));
    }

    fn panicked(&self) {
        logged("the metrics", || self.0.panicked());
    }

    fn gave_up(&self) {
        logged("the metrics", || self.0.gave_up());
    }
}

/// Runs a function of the program; a panic in it goes to the log.
pub(super) fn logged(what: &str, run: impl FnOnce()) {
    if let Err(panic) = guarded(what, run) {
        log::error!("{panic}");
    }
}
