//! The objects: a map per resource, one resource version for all, one bounded log of events from which
//! exact lists, replays of watches, deletes and selector transitions follow.
//!
//! Writes go one at a time and happen wholly or not at all. A read takes what it needs under a short lock
//! and holds references to objects that never change.

mod feed;
mod owners;
mod state;
mod stored;
#[cfg(test)]
mod tests;
mod transaction;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use crate::clock::Clock;
use crate::failure::Result;
pub(crate) use feed::Feed;
use feed::Feeds;
pub(crate) use state::Snapshot;
use state::State;
pub(crate) use stored::{Event, Json, Key, Stored};
pub(crate) use transaction::Transaction;

/// All objects. Readers see one state; writes go one at a time.
#[derive(Debug)]
pub(crate) struct Store {
    state: RwLock<State>,
    /// Held through a write, so that nobody else's comes between.
    writing: Mutex<()>,
    feeds: Arc<Feeds>,
    /// Counts the times that all watches were dropped.
    drops: AtomicU64,
    stopped: AtomicBool,
    /// Between two bookmarks of a watch, in milliseconds.
    bookmark_period: AtomicU64,
}

/// The objects of a resource at one version.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    /// The version of which this is the state.
    pub(crate) version: u64,
    /// By the path of their keys.
    pub(crate) objects: Vec<Stored>,
}

/// What happened to a resource since a version.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    /// The version up to which the events tell all.
    pub(crate) version: u64,
    pub(crate) events: Vec<Arc<Event>>,
}

/// What happened since then is forgotten; the version is the oldest that is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Forgotten(pub(crate) u64);

/// How many events the log keeps unless told otherwise.
const LOG: usize = 10_000;

/// How often a watch has a bookmark unless told otherwise.
const BOOKMARK_PERIOD: Duration = Duration::from_secs(60);

impl Default for Store {
    fn default() -> Self {
        Self::new()
    }
}

impl Store {
    /// An empty store.
    pub(crate) fn new() -> Self {
        Self {
            state: RwLock::new(State::new(LOG)),
            writing: Mutex::new(()),
            feeds: Arc::default(),
            drops: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            bookmark_period: AtomicU64::new(millis(BOOKMARK_PERIOD)),
        }
    }

    /// An empty store whose watches look again when the clock is moved.
    pub(crate) fn on(clock: &Clock) -> Self {
        let store = Self::new();
        let feeds = Arc::downgrade(&store.feeds);
        clock.when_moved(move || {
            if let Some(feeds) = feeds.upgrade() {
                feeds.tick_all();
            }
        });
        store
    }

    /// The resource version of the last write.
    pub(crate) fn version(&self) -> u64 {
        self.read(|state| state.version())
    }

    /// The object.
    pub(crate) fn get(&self, key: &Key) -> Option<Stored> {
        self.read(|state| state.get(key).cloned())
    }

    /// The objects of a resource as they are now, of one namespace or all, those from the path `start` on.
    pub(crate) fn list(&self, resource: &str, namespace: Option<&str>, start: &str) -> Listing {
        self.read(|state| Listing {
            version: state.version(),
            objects: state.objects(resource, namespace, start).cloned().collect(),
        })
    }

    /// The same of one object.
    pub(crate) fn list_one(&self, key: &Key) -> Listing {
        self.read(|state| Listing {
            version: state.version(),
            objects: state.get(key).into_iter().cloned().collect(),
        })
    }

    /// The same as they were at a version, which is not later than the last write's.
    pub(crate) fn list_at(
        &self,
        resource: &str,
        namespace: Option<&str>,
        start: &str,
        version: u64,
    ) -> Result<Listing, Forgotten> {
        self.read(|state| {
            let objects = state.objects_at(resource, namespace, start, version)?;
            Ok(Listing { version, objects })
        })
    }

    /// What happened to a resource after a version, at most so many events. For a watch under way: what
    /// was compacted meanwhile is still told, unless it left the log.
    pub(crate) fn events(
        &self,
        resource: &str,
        after: u64,
        limit: usize,
    ) -> Result<Batch, Forgotten> {
        self.read(|state| state.events(resource, after, limit))
    }

    /// What happened to anything after a version, at most so many events, for who reacts to all.
    pub(crate) fn all_events(
        &self,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, Forgotten> {
        self.read(|state| state.all_events(after, limit))
    }

    /// Every object there is.
    pub(crate) fn everything(&self) -> Vec<Stored> {
        self.read(|state| state.everything().cloned().collect())
    }

    /// Whether a watch or an exact list can begin at a version.
    pub(crate) fn remembers(&self, resource: &str, version: u64) -> Result<(), Forgotten> {
        self.read(|state| state.remembers(resource, version))
    }

    /// Runs a write; what an error leaves is what was there before.
    pub(crate) fn write<T>(
        &self,
        write: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut transaction = Transaction::new(self);
        let answer = write(&mut transaction)?;
        let events = transaction.into_events();
        if events.is_empty() {
            return Ok(answer);
        }
        let mut resources: Vec<Arc<str>> = Vec::new();
        for event in &events {
            if !resources.contains(&event.key.resource) {
                resources.push(Arc::clone(&event.key.resource));
            }
        }
        self.change(|state| state.commit(events));
        self.feeds.tick(&resources);
        Ok(answer)
    }

    /// What tells when something happened to a resource.
    pub(crate) fn feed(&self, resource: &str) -> Arc<Feed> {
        self.feeds.of(resource)
    }

    /// What tells when anything was written.
    pub(crate) fn any_feed(&self) -> Arc<Feed> {
        self.feeds.of("")
    }

    /// Lets everything that waits look again.
    pub(crate) fn wake(&self) {
        self.feeds.tick_all();
    }

    /// Moves the resource version, as writes to something else would.
    pub(crate) fn bump(&self, by: u64) {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.change(|state| state.bump(by));
        self.feeds.tick(&[]);
    }

    /// Forgets what was before now: lists and watches of older versions are refused. Watches under way go
    /// on.
    pub(crate) fn compact(&self) {
        self.change(State::compact);
    }

    /// Sets how many events the log keeps.
    #[cfg(test)]
    pub(crate) fn keep_events(&self, count: usize) {
        self.change(|state| state.keep(count));
    }

    /// The objects as they are, at the cost of a few references.
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.read(State::snapshot)
    }

    /// Puts back the objects of a snapshot. The resource version does not go back: it moves on, what was
    /// before is forgotten, and watches are dropped, so that who watched lists again.
    pub(crate) fn restore(&self, snapshot: &Snapshot) {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.change(|state| state.restore(snapshot));
        self.drop_watches();
    }

    /// Cuts every watch.
    pub(crate) fn drop_watches(&self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
        self.wake();
    }

    /// How many times watches were dropped: a watch that sees it change is cut.
    pub(crate) fn drops(&self) -> u64 {
        self.drops.load(Ordering::SeqCst)
    }

    /// Ends the watches of a resource, when what happened so far is told: its definition is gone.
    pub(crate) fn end_watches(&self, resource: &str) {
        self.feeds.of(resource).end();
    }

    /// How long a watch that asked for bookmarks goes without one.
    pub(crate) fn bookmark_period(&self) -> Duration {
        Duration::from_millis(self.bookmark_period.load(Ordering::SeqCst))
    }

    /// Sets it, for watches that open from now on.
    pub(crate) fn set_bookmark_period(&self, period: Duration) {
        self.bookmark_period.store(millis(period), Ordering::SeqCst);
    }

    /// The server stops: nothing waits any more.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Whether the server stops.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
