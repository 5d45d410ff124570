//! Locks whose poison is ignored. Std only.
//!
//! No code of ours panics under a lock, and the state behind each lock of this crate is whole at every
//! step: so a lock that some panicking thread held is as good as any other. What is model checked takes
//! its locks from here, so that `tests/model` can compile the same files over those of a model checker.

use std::sync::PoisonError;
use std::time::Duration;

pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};

/// Takes a lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a notice, at most so long; it may wake without one.
pub(crate) fn wait_timeout<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    time: Duration,
) -> MutexGuard<'a, T> {
    condvar.wait_timeout(guard, time).unwrap_or_else(PoisonError::into_inner).0
}
