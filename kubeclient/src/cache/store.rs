//! [`Store`]: the objects of a cache as they are now; and the [`Writer`] that changes them.
//!
//! A reader takes a reference to the state under a lock and reads without it. The writer decides without the
//! lock what changes, and holds it for one change in its place, which takes about a microsecond; where a reader
//! has the state meanwhile, what is changed of it is copied (`tree`). A list becomes a state beside the one that
//! is read. Sharded locks would have no moment at which a reader sees all shards alike.

use std::fmt;
use std::sync::Arc;

use super::event::Change;
use super::health::{Health, Monitor};
use super::index::Indexers;
use super::key::ObjectKey;
use super::snapshot::Snapshot;
use super::state::{Edit, Seen, State, difference};
use super::sync_error::SyncError;
use crate::error::Error;
use crate::meta::resource::Object;
use crate::meta::resource_version as version;
use crate::stop::Stop;
use crate::sync::{Mutex, lock};

/// The objects of a cache, to be read.
///
/// It holds what a [`Reflector`](super::Reflector) or [`SharedInformer`](super::SharedInformer) fills it
/// with, as `Arc<T>`: reading an object copies nothing.
///
/// # Threads
/// A clone is the same store. Readers hold up neither each other nor the writer; each call sees one moment,
/// and [`Store::snapshot`] keeps it.
pub struct Store<T> {
    current: Arc<Mutex<Arc<State<T>>>>,
    indices: Arc<Indices>,
    monitor: Arc<Monitor>,
}

/// The names of a store's indices.
#[derive(Debug)]
pub(super) struct Indices {
    names: Vec<String>,
    /// What the store holds, for messages.
    pub(super) what: String,
}

impl Indices {
    pub(super) fn place(&self, index: &str) -> Result<usize, Error> {
        self.names.iter().position(|name| name == index).ok_or_else(|| {
            let (what, names) = (&self.what, &self.names);
            Error::invalid(format!("index {index:?} of {what}: expected one of {names:?}"))
        })
    }
}

impl<T: Object> Store<T> {
    /// The objects as they are now.
    pub fn snapshot(&self) -> Snapshot<T> {
        Snapshot { state: self.state(), indices: Arc::clone(&self.indices) }
    }

    /// The object of this key.
    pub fn get(&self, key: &ObjectKey) -> Option<Arc<T>> {
        self.snapshot().get(key).cloned()
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.snapshot().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.snapshot().is_empty()
    }

    /// The version up to which all changes are in it; empty before the first filling.
    pub fn resource_version(&self) -> String {
        self.snapshot().resource_version().to_owned()
    }

    /// How the cache is that fills it.
    pub fn health(&self) -> Health {
        self.monitor.health()
    }

    /// Waits until the store has been filled once.
    ///
    /// # Errors
    /// The token was stopped or its deadline passed, or the cache was stopped;
    /// [`SyncError::last_error`] is the last failure of its requests, such as that listing is forbidden.
    ///
    /// # Blocking
    /// Until then. The token ends it.
    pub fn wait_synced(&self, stop: &Stop) -> Result<(), SyncError> {
        let outcome = self.monitor.wait(stop, |health| health.is_synced);
        outcome.map_err(|health| SyncError::of(self.what(), "filled", &health, stop))
    }

    /// What it holds, for messages.
    pub(crate) fn what(&self) -> &str {
        &self.indices.what
    }

    /// Waits until the changes up to this version are in it: after a write of one's own, until the store
    /// shows it.
    ///
    /// Where the write is of no object that the store holds, the version is reached when the server next
    /// says how far it has come, about once a minute.
    ///
    /// # Errors
    /// The token was stopped or its deadline passed, the cache was stopped, or the version is no number, so
    /// that nothing can be said of it.
    ///
    /// # Blocking
    /// Until then. The token ends it.
    pub fn wait_for_resource_version(&self, version: &str, stop: &Stop) -> Result<(), SyncError> {
        let what = &self.indices.what;
        if !version::is_number(version) {
            return Err(SyncError::invalid(format!(
                "resource version {version:?} of {what}: expected a number"
            )));
        }
        let reached = || {
            let now = Arc::clone(&lock(&self.current).version);
            version::is_number(&now) && !version::is_older(&now, version)
        };
        let aim = format!("at version {version}");
        let outcome = self.monitor.wait(stop, |_| reached());
        outcome.map_err(|health| SyncError::of(what, &aim, &health, stop))
    }
}

impl<T> Store<T> {
    fn state(&self) -> Arc<State<T>> {
        Arc::clone(&lock(&self.current))
    }
}

impl<T> Clone for Store<T> {
    fn clone(&self) -> Self {
        Self {
            current: Arc::clone(&self.current),
            indices: Arc::clone(&self.indices),
            monitor: Arc::clone(&self.monitor),
        }
    }
}

impl<T> fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Store")
            .field("of", &self.indices.what)
            .field("objects", &state.objects.len())
            .field("resource_version", &state.version)
            .finish_non_exhaustive()
    }
}

/// Changes a store. There is one for each.
pub(super) struct Writer<T> {
    store: Store<T>,
    indexers: Arc<Indexers<T>>,
    /// What is to be shown next, and up to which version all changes are in it then.
    next: Next<T>,
    version: Arc<str>,
    /// What a new list has told so far, to follow as a whole.
    filling: State<T>,
}

/// What is to be shown next.
enum Next<T> {
    /// The same objects.
    Same,
    /// The state with one change.
    Edited(Edit<T>),
    /// Another state.
    Whole(State<T>),
}

impl<T: Object> Writer<T> {
    /// A new store of what this names, and its writer.
    pub(super) fn new(what: String, indexers: Arc<Indexers<T>>, monitor: Arc<Monitor>) -> Self {
        let state = State::empty(&indexers);
        let names = indexers.all.iter().map(|indexer| indexer.name.clone()).collect();
        let store = Store {
            current: Arc::new(Mutex::new(Arc::new(state.clone()))),
            indices: Arc::new(Indices { names, what }),
            monitor,
        };
        let version = Arc::clone(&state.version);
        Self { store, indexers, next: Next::Same, version, filling: state }
    }

    pub(super) fn store(&self) -> &Store<T> {
        &self.store
    }

    /// Begins a new list; what was told of one before is dropped.
    pub(super) fn begin_filling(&mut self) {
        self.filling = State::empty(&self.indexers);
    }

    /// Takes in what a list says.
    pub(super) fn fill(&mut self, seen: Seen<T>) {
        match seen {
            Seen::There(object) => self.filling.fill(&self.indexers, &self.store.state(), object),
            Seen::Gone(object) => drop(self.filling.remove(ObjectKey::of(&object).as_str())),
            Seen::GoneUnread(key) => drop(self.filling.remove(key.as_str())),
        }
    }

    /// An object of the list can't be read: what is known of it stays.
    pub(super) fn keep(&mut self, key: &ObjectKey) {
        self.filling.keep(&self.store.state(), key);
    }

    /// Whether a list of this version is of a time before what is shown.
    pub(super) fn is_behind(&self, version: &str) -> bool {
        version::is_older(version, &self.store.state().version)
    }

    /// Ends the list; what is different now, not shown yet.
    pub(super) fn end_filling(&mut self, version: &str, initial: bool) -> Vec<Change<T>> {
        let after = std::mem::replace(&mut self.filling, State::empty(&self.indexers));
        let events = difference(&self.store.state(), &after, initial);
        self.next = Next::Whole(after);
        self.reach(version);
        events
    }

    /// Takes in a change; what is different now, not shown yet.
    pub(super) fn apply(&mut self, seen: Seen<T>, version: &str) -> Vec<Change<T>> {
        let (events, edit) = self.store.state().decide(&self.indexers, seen);
        self.next = edit.map_or(Next::Same, Next::Edited);
        self.reach(version);
        events
    }

    /// All changes up to this version have been taken in.
    pub(super) fn reach(&mut self, version: &str) {
        if *self.version != *version {
            self.version = version.into();
        }
    }

    /// Shows what was taken in.
    pub(super) fn publish(&mut self) {
        let next = std::mem::replace(&mut self.next, Next::Same);
        let mut current = lock(&self.store.current);
        // Copies what it changes only where somebody holds a snapshot.
        let state = Arc::make_mut(&mut current);
        let old = match next {
            Next::Same => (None, None),
            Next::Edited(edit) => (state.edit(edit), None),
            Next::Whole(after) => (None, Some(std::mem::replace(state, after))),
        };
        state.version = Arc::clone(&self.version);
        drop(current);
        // What only the old state held is dropped without the lock.
        drop(old);
    }
}

/// Says how far a store is between changes.
pub(super) struct Progress<T>(Store<T>);

impl<T> Progress<T> {
    pub(super) fn of(store: &Store<T>) -> Self {
        Self(store.clone())
    }

    /// All changes up to this version are shown.
    pub(super) fn reached(&self, version: &str) {
        Arc::make_mut(&mut lock(&self.0.current)).version = version.into();
    }
}
