//! [`State`]: what is in a queue, and what each step makes of it. Pure: the queue has the lock and the clock.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::{Duration, Instant};

use super::delayed::Delayed;
use super::metrics::QueueStats;

/// Below this many slots, nothing is given back.
const KEPT: usize = 1024;

pub(super) struct State<T> {
    /// Every item that waits for a worker or is with one.
    entries: HashMap<T, Entry>,
    /// The items that a worker can take, in order.
    ready: VecDeque<T>,
    delayed: Delayed<T>,
    shut_down: bool,
    /// How many threads wait for an item: nobody is woken where nobody waits.
    pub(super) getters: usize,
}

/// An item is to be handled, or is being handled, or both: then it is handled once more afterwards.
#[derive(Default)]
struct Entry {
    added: Option<Instant>,
    started: Option<Instant>,
}

impl<T: Clone + Eq + Hash> State<T> {
    pub(super) fn new() -> Self {
        Self {
            entries: HashMap::new(),
            ready: VecDeque::new(),
            delayed: Delayed::new(),
            shut_down: false,
            getters: 0,
        }
    }

    /// Adds an item; whether that changed anything.
    pub(super) fn add(&mut self, item: T, now: Instant) -> bool {
        if self.shut_down {
            return false;
        }
        if let Some(entry) = self.entries.get_mut(&item) {
            let is_new = entry.added.is_none();
            entry.added.get_or_insert(now);
            return is_new;
        }
        self.entries.insert(item.clone(), Entry { added: Some(now), started: None });
        self.ready.push_back(item);
        true
    }

    /// Adds an item when its time comes.
    pub(super) fn add_at(&mut self, item: T, due: Instant) {
        if !self.shut_down {
            self.delayed.add(item, due);
        }
    }

    /// Adds the items whose time has come; how many of them changed anything.
    pub(super) fn add_due(&mut self, now: Instant) -> usize {
        let mut added = 0;
        while let Some((item, due)) = self.delayed.take_due(now) {
            added += usize::from(self.add(item, due));
        }
        added
    }

    /// When the next item's time comes.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.delayed.first()
    }

    /// Takes the next item to a worker, with how long it waited.
    pub(super) fn take(&mut self, now: Instant) -> Option<(T, Duration)> {
        let item = self.ready.pop_front()?;
        give_back(self.ready.capacity(), self.ready.len(), |to| self.ready.shrink_to(to));
        let entry = self.entries.entry(item.clone()).or_default();
        let added = entry.added.take().unwrap_or(now);
        entry.started = Some(now);
        Some((item, now.saturating_duration_since(added)))
    }

    /// Takes an item back from its worker; how long it was there.
    pub(super) fn finish(&mut self, item: &T, now: Instant) -> Duration {
        let Some(entry) = self.entries.get_mut(item) else {
            return Duration::ZERO;
        };
        let started = entry.started.take().unwrap_or(now);
        if entry.added.is_some() {
            self.ready.push_back(item.clone());
        } else {
            self.entries.remove(item);
            give_back(self.entries.capacity(), self.entries.len(), |to| self.entries.shrink_to(to));
        }
        now.saturating_duration_since(started)
    }

    /// Takes nothing more in, not even what waits for its time.
    pub(super) fn shut_down(&mut self) {
        self.shut_down = true;
        self.delayed.clear();
    }

    pub(super) fn is_shut_down(&self) -> bool {
        self.shut_down
    }

    /// Whether no item waits for a worker or is with one.
    pub(super) fn is_idle(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether a thread must look: for an item to take, or for the moment of one.
    pub(super) fn needs_getter(&self) -> bool {
        !self.ready.is_empty() || self.delayed.len() > 0
    }

    /// How many items a worker can take.
    pub(super) fn ready(&self) -> usize {
        self.ready.len()
    }

    pub(super) fn stats(&self, now: Instant) -> QueueStats {
        let mut stats = QueueStats { delayed: self.delayed.len(), ..QueueStats::default() };
        for entry in self.entries.values() {
            stats.depth += usize::from(entry.added.is_some());
            if let Some(started) = entry.started {
                let time = now.saturating_duration_since(started);
                stats.in_work += 1;
                stats.unfinished += time;
                stats.longest_running = stats.longest_running.max(time);
            }
        }
        stats
    }
}

/// Gives back the room of a crowd that has gone.
pub(super) fn give_back(capacity: usize, len: usize, shrink_to: impl FnOnce(usize)) {
    if capacity > KEPT && len < capacity / 8 {
        shrink_to((len * 2).max(KEPT / 2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_that_has_gone_leaves_no_room_behind() {
        let now = Instant::now();
        let mut state = State::new();
        for item in 0..100_000 {
            state.add(item, now);
            state.add_at(item, now);
        }
        assert_eq!(state.add_due(now), 0);
        while let Some((item, _)) = state.take(now) {
            state.finish(&item, now);
        }
        assert!(state.is_idle());
        assert!(state.entries.capacity() <= 2 * KEPT, "{}", state.entries.capacity());
        assert!(state.ready.capacity() <= 2 * KEPT, "{}", state.ready.capacity());
    }
}
