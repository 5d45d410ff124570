//! [`Attempts`]: how often each key was tried since it last went well.

use std::collections::HashMap;

use crate::cache::ObjectKey;
use crate::sync::{Mutex, lock};

/// Holds the keys that are to come again, and no others.
#[derive(Default)]
pub(super) struct Attempts(Mutex<HashMap<ObjectKey, u32>>);

impl Attempts {
    /// How many there were.
    pub(super) fn of(&self, key: &ObjectKey) -> u32 {
        lock(&self.0).get(key).copied().unwrap_or(0)
    }

    /// There was one more.
    pub(super) fn count(&self, key: &ObjectKey) {
        let mut attempts = lock(&self.0);
        let count = attempts.entry(key.clone()).or_insert(0);
        *count = count.saturating_add(1);
    }

    pub(super) fn forget(&self, key: &ObjectKey) {
        lock(&self.0).remove(key);
    }

    /// How many keys are to come again.
    pub(super) fn len(&self) -> usize {
        lock(&self.0).len()
    }
}
