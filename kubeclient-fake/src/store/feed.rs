//! What wakes those who wait for a resource: each resource has its own, so that a write to one does not
//! wake the watchers of another.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The feeds by resource; under the empty name, the one that hears of every write.
#[derive(Debug, Default)]
pub(super) struct Feeds {
    by_resource: Mutex<HashMap<Arc<str>, Arc<Feed>>>,
}

/// Counts what happened, and wakes who waits for the count to move.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    pulse: Mutex<Pulse>,
    moved: Condvar,
}

#[derive(Clone, Copy, Debug, Default)]
struct Pulse {
    ticks: u64,
    /// How many times the resource came to its end.
    ends: u64,
    waiting: usize,
}

impl Feeds {
    pub(super) fn of(&self, resource: &str) -> Arc<Feed> {
        let mut feeds = self.by_resource.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(feed) = feeds.get(resource) {
            return Arc::clone(feed);
        }
        let feed = Arc::<Feed>::default();
        feeds.insert(resource.into(), Arc::clone(&feed));
        feed
    }

    /// Something was written to these.
    pub(super) fn tick(&self, resources: &[Arc<str>]) {
        let feeds = self.by_resource.lock().unwrap_or_else(PoisonError::into_inner);
        let written = resources.iter().filter_map(|resource| feeds.get(resource));
        let ticked: Vec<Arc<Feed>> = written.chain(feeds.get("")).cloned().collect();
        drop(feeds);
        ticked.iter().for_each(|feed| feed.tick());
    }

    pub(super) fn tick_all(&self) {
        let feeds = self.by_resource.lock().unwrap_or_else(PoisonError::into_inner);
        feeds.values().for_each(|feed| feed.tick());
    }
}

impl Feed {
    /// The count; taken before a look at the store, so that a wait misses nothing that came after.
    pub(crate) fn ticks(&self) -> u64 {
        self.pulse().ticks
    }

    /// How many times the resource came to its end: a watch that sees it change is over.
    pub(crate) fn ends(&self) -> u64 {
        self.pulse().ends
    }

    /// Waits until the count is another than `seen`, at most so long.
    pub(crate) fn wait(&self, seen: u64, at_most: Duration) {
        let until = Instant::now() + at_most;
        let mut pulse = self.pulse();
        pulse.waiting += 1;
        while pulse.ticks == seen {
            let Some(left) = until.checked_duration_since(Instant::now()).filter(|d| !d.is_zero())
            else {
                break;
            };
            let waited = self.moved.wait_timeout(pulse, left);
            pulse = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        pulse.waiting -= 1;
    }

    pub(super) fn tick(&self) {
        self.change(|pulse| pulse.ticks += 1);
    }

    pub(super) fn end(&self) {
        self.change(|pulse| {
            pulse.ticks += 1;
            pulse.ends += 1;
        });
    }

    fn change(&self, change: impl FnOnce(&mut Pulse)) {
        let mut pulse = self.pulse();
        change(&mut pulse);
        let heard = pulse.waiting > 0;
        drop(pulse);
        if heard {
            self.moved.notify_all();
        }
    }

    fn pulse(&self) -> std::sync::MutexGuard<'_, Pulse> {
        self.pulse.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
