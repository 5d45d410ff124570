//! [`Delayed`]: items that wait for their time. Pure.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::time::Instant;

use super::state::give_back;

/// Items in the order in which they are due, each once.
pub(super) struct Delayed<T> {
    by_time: BTreeMap<Key, T>,
    keys: HashMap<T, Key>,
    last: u64,
}

/// When an item is due; among those of one moment, the first added is the first.
type Key = (Instant, u64);

impl<T: Clone + Eq + Hash> Delayed<T> {
    pub(super) fn new() -> Self {
        Self { by_time: BTreeMap::new(), keys: HashMap::new(), last: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.by_time.len()
    }

    /// Adds an item; one that is there already keeps the earlier of its two moments.
    pub(super) fn add(&mut self, item: T, due: Instant) {
        let known = self.keys.get(&item).copied();
        if known.is_some_and(|(earlier, _)| earlier <= due) {
            return;
        }
        self.last += 1;
        let key = (due, self.last);
        if let Some(later) = known {
            self.by_time.remove(&later);
        }
        self.keys.insert(item.clone(), key);
        self.by_time.insert(key, item);
    }

    /// When the first item is due.
    pub(super) fn first(&self) -> Option<Instant> {
        self.by_time.first_key_value().map(|((due, _), _)| *due)
    }

    /// Takes the first item, if it is due.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<(T, Instant)> {
        let first = self.by_time.first_entry().filter(|first| first.key().0 <= now)?;
        let ((due, _), item) = first.remove_entry();
        self.keys.remove(&item);
        give_back(self.keys.capacity(), self.keys.len(), |to| self.keys.shrink_to(to));
        Some((item, due))
    }

    pub(super) fn clear(&mut self) {
        self.by_time = BTreeMap::new();
        self.keys = HashMap::new();
    }
}
