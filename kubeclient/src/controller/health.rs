//! [`ControllerHealth`]: how a controller is; and the [`Board`] on which its workers say what they do.

use std::time::Instant;

use crate::cache::ObjectKey;
use crate::cache::queue::QueueStats;
use crate::sync::{Mutex, lock};

/// How a controller is, at one moment.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ControllerHealth {
    /// Whether it runs.
    pub is_running: bool,
    /// Whether all its caches have been filled, so that its workers work.
    pub is_synced: bool,
    /// What each worker does.
    pub workers: Vec<WorkerHealth>,
    /// What is in the queue.
    pub queue: QueueStats,
    /// How many keys are to come again because their last reconcile did not go well, or asked for backoff.
    pub retrying: usize,
}

/// What a worker does, at one moment.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct WorkerHealth {
    /// Which key it has in hand, and since when, by the controller's clock; `None` while it waits for one.
    pub working_on: Option<(ObjectKey, Instant)>,
    /// How many reconciles it has ended, whatever came of them.
    pub reconciled: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many of them panicked.
    pub panicked: u64,
}

/// Where workers say what they do.
pub(super) struct Board(Mutex<Vec<WorkerHealth>>);

impl Board {
    pub(super) fn new(workers: usize) -> Self {
        Self(Mutex::new(vec![WorkerHealth::default(); workers]))
    }

    /// Changes what a worker says.
    pub(super) fn change(&self, worker: usize, change: impl FnOnce(&mut WorkerHealth)) {
        if let Some(worker) = lock(&self.0).get_mut(worker) {
            change(worker);
        }
    }

    pub(super) fn workers(&self) -> Vec<WorkerHealth> {
        lock(&self.0).clone()
    }
}
