//! What a queue tells of itself: [`QueueMetrics`] as it happens, [`QueueStats`] when asked.

use std::time::Duration;

/// What happens in a queue, as it happens. Each method does nothing unless it is written.
///
/// client-go's metrics are: `adds_total`, a count of [`added`](Self::added); `queue_duration_seconds`, of
/// what [`started`](Self::started) is given; `work_duration_seconds`, of what [`finished`](Self::finished)
/// is given; `retries_total`, a count of [`retried`](Self::retried). `depth`,
/// `unfinished_work_seconds` and `longest_running_processor_seconds` are what [`QueueStats`] says when the
/// metrics are read.
///
/// # Threads
/// Called on the threads that use the queue, without its lock; calls from two threads may come in either
/// order.
pub trait QueueMetrics: Send + Sync {
    /// An item is to be handled that was not before.
    fn added(&self) {}

    /// A worker took an item, which had waited so long.
    fn started(&self, waited: Duration) {
        let _ = waited;
    }

    /// A worker is done with an item, after so long.
    fn finished(&self, worked: Duration) {
        let _ = worked;
    }

    /// An item was added at the pace of the rate limiter.
    fn retried(&self) {}
}

/// Nobody wants to know.
impl QueueMetrics for () {}

/// What is in a queue at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueStats {
    /// How many items are to be handled; one that is being handled and was added again is among them.
    pub depth: usize,
    /// How many items wait for their time.
    pub delayed: usize,
    /// How many items are with a worker.
    pub in_work: usize,
    /// For how long those are there, added up.
    pub unfinished: Duration,
    /// For how long the one that is there longest is there.
    pub longest_running: Duration,
}
