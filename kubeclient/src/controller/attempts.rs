//! [`Attempts`]: how often each key was tried since it last went well.

use std::collections::HashMap;

use crate::cache::ObjectKey;
use crate::sync::{Mutex, lock};

/// Holds the keys that are to come again, and no others.
#[derive(Default)]
pub(super) struct Attempts(Mutex<HashMap<ObjectKey, Counts>>);

#[derive(Clone, Copy, Default)]
struct Counts {
    tries: u32,
    /// How many of them failed, one after the other, up to the last.
    failures: u32,
}

impl Attempts {
    /// How many there were.
    pub(super) fn of(&self, key: &ObjectKey) -> u32 {
        lock(&self.0).get(key).map_or(0, |counts| counts.tries)
    }

    /// How many failed in a row.
    pub(super) fn failures(&self, key: &ObjectKey) -> u32 {
        lock(&self.0).get(key).map_or(0, |counts| counts.failures)
    }

    /// There was one more.
    pub(super) fn count(&self, key: &ObjectKey, has_failed: bool) {
        let mut attempts = lock(&self.0);
        let counts = attempts.entry(key.clone()).or_default();
        counts.tries = counts.tries.saturating_add(1);
        counts.failures = if has_failed { counts.failures.saturating_add(1) } else { 0 };
    }

    pub(super) fn forget(&self, key: &ObjectKey) {
        lock(&self.0).remove(key);
    }

    /// How many keys are to come again.
    pub(super) fn len(&self) -> usize {
        lock(&self.0).len()
    }
}
