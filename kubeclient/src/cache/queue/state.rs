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
    getters: usize,
    /// How many of them were woken and have not come to look yet: they wake the others.
    woken: usize,
}

/// An item is to be handled, or is being handled, or both: then it is handled once more afterwards.
struct Entry {
    is_added: bool,
    /// When it was added, where anybody wants to know.
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
            woken: 0,
        }
    }

    /// Adds an item; whether that changed anything.
    pub(super) fn add(&mut self, item: T, now: Option<Instant>) -> bool {
        if self.shut_down {
            return false;
        }
        if let Some(entry) = self.entries.get_mut(&item) {
            if entry.is_added {
                return false;
            }
            entry.is_added = true;
            entry.added = now;
            return true;
        }
        let entry = Entry { is_added: true, added: now, started: None };
        self.entries.insert(item.clone(), entry);
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
            added += usize::from(self.add(item, Some(due)));
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
        let entry = self.entries.get_mut(&item)?;
        entry.is_added = false;
        entry.started = Some(now);
        let added = entry.added.take().unwrap_or(now);
        Some((item, now.saturating_duration_since(added)))
    }

    /// Takes an item back from its worker, which had it since then.
    pub(super) fn finish(&mut self, item: &T) -> Option<Instant> {
        let (item, mut entry) = self.entries.remove_entry(item)?;
        let started = entry.started.take();
        if entry.is_added {
            self.ready.push_back(item.clone());
            self.entries.insert(item, entry);
        } else {
            give_back(self.entries.capacity(), self.entries.len(), |to| self.entries.shrink_to(to));
        }
        started
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

    /// A thread waits for an item.
    pub(super) fn getter_waits(&mut self) {
        self.getters += 1;
    }

    #[cfg(test)]
    pub(super) fn getters(&self) -> usize {
        self.getters
    }

    /// It waits no more, whatever woke it.
    pub(super) fn getter_looks(&mut self) {
        self.getters -= 1;
        self.woken = self.woken.saturating_sub(1);
    }

    /// Whether one more thread is to be woken, so that it looks: for an item to take, or for the moment of
    /// one.
    pub(super) fn wakes_getter(&mut self) -> bool {
        let is_needed = !self.ready.is_empty() || self.delayed.len() > 0;
        let wakes = is_needed && self.getters > self.woken;
        self.woken += usize::from(wakes);
        wakes
    }

    /// How many items a worker can take.
    pub(super) fn ready(&self) -> usize {
        self.ready.len()
    }

    pub(super) fn stats(&self, now: Instant) -> QueueStats {
        let mut stats = QueueStats { delayed: self.delayed.len(), ..QueueStats::default() };
        for entry in self.entries.values() {
            stats.depth += usize::from(entry.is_added);
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
            state.add(item, None);
            state.add_at(item, now);
        }
        assert_eq!(state.add_due(now), 0);
        while let Some((item, _)) = state.take(now) {
            assert_eq!(state.finish(&item), Some(now));
        }
        assert!(state.is_idle());
        assert!(state.entries.capacity() <= 2 * KEPT, "{}", state.entries.capacity());
        assert!(state.ready.capacity() <= 2 * KEPT, "{}", state.ready.capacity());
    }
}
