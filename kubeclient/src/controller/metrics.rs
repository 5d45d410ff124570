//! [`ControllerMetrics`]: what happens in a controller, as it happens.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::queue::QueueMetrics;

/// What happens in a controller and in its queue, as it happens. Each method does nothing unless it is
/// written.
///
/// What happens in the queue is told by the methods of [`QueueMetrics`], among them that a key is retried.
/// controller-runtime's `reconcile_total` and `reconcile_time_seconds` are what
/// [`reconciled`](Self::reconciled) is given.
///
/// ```
/// use kubeclient::cache::queue::QueueMetrics;
/// use kubeclient::controller::{ControllerMetrics, Outcome};
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use std::time::Duration;
///
/// #[derive(Default)]
/// struct Failures(AtomicU64);
///
/// impl QueueMetrics for Failures {}
///
/// impl ControllerMetrics for Failures {
///     fn reconciled(&self, outcome: Outcome, _took: Duration) {
///         if outcome.is_failure() {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// let failures = Failures::default();
/// failures.reconciled(Outcome::Done, Duration::from_millis(3));
/// failures.reconciled(Outcome::Panicked, Duration::from_millis(3));
/// assert_eq!(failures.0.into_inner(), 1);
/// ```
///
/// # Threads
/// Called on the workers' and handlers' threads, without a lock. One that panics is reported and does no
/// harm.
pub trait ControllerMetrics: QueueMetrics {
    /// The reconcile function returned or panicked, after so long.
    fn reconciled(&self, outcome: Outcome, took: Duration) {
        let _ = (outcome, took);
    }

    /// A function of the program panicked: the reconcile function, one that maps objects to keys, or a
    /// filter.
    fn panicked(&self) {}

    /// A key failed as often as it may, and is left alone until it is queued again.
    fn gave_up(&self) {}
}

/// Nobody wants to know.
impl ControllerMetrics for () {}

/// How a reconcile ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It went well.
    Done,
    /// It went well, and asked to come again after a time.
    RequeuedAfter,
    /// It went well, and asked to come again with backoff.
    RequeuedWithBackoff,
    /// It returned an error.
    Failed,
    /// It panicked.
    Panicked,
}

impl Outcome {
    /// Whether it returned an error or panicked.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Panicked)
    }
}

/// A metric that several hold.
impl<M: QueueMetrics + ?Sized> QueueMetrics for Arc<M> {
    fn added(&self) {
        (**self).added();
    }

    fn started(&self, waited: Duration) {
        (**self).started(waited);
    }

    fn finished(&self, worked: Duration) {
        (**self).finished(worked);
    }

    fn retried(&self) {
        (**self).retried();
    }
}

/// A metric that several hold.
impl<M: ControllerMetrics + ?Sized> ControllerMetrics for Arc<M> {
    fn reconciled(&self, outcome: Outcome, took: Duration) {
        (**self).reconciled(outcome, took);
    }

    fn panicked(&self) {
        (**self).panicked();
    }

    fn gave_up(&self) {
        (**self).gave_up();
    }
}
