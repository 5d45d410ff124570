//! A write under way.

use std::collections::BTreeMap;

use serde_json::Value;

use super::owners::owner_uids;
use super::{Event, Key, Store, Stored};
use crate::object::Object;

/// A write under way: it sees its own changes; they all happen, or none.
pub(crate) struct Transaction<'a> {
    store: &'a Store,
    /// The resource version of the last change, this write's included.
    version: u64,
    /// What this write made of objects; `None` where it removed them.
    changed: BTreeMap<Key, Option<Stored>>,
    events: Vec<Event>,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        let version = store.version();
        Self { store, version, changed: BTreeMap::new(), events: Vec::new() }
    }

    pub(super) fn into_events(self) -> Vec<Event> {
        self.events
    }

    /// The resource version of the last change, this write's own included.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// The object.
    pub(crate) fn get(&self, key: &Key) -> Option<Stored> {
        match self.changed.get(key) {
            Some(changed) => changed.clone(),
            None => self.store.get(key),
        }
    }

    /// The objects of a resource, of one namespace or all, ordered by namespace and name.
    pub(crate) fn list(&self, resource: &str, namespace: Option<&str>) -> Vec<Stored> {
        let before = self.store.list(resource, namespace, "").objects;
        let wanted = |key: &Key| {
            &*key.resource == resource && namespace.is_none_or(|wanted| key.namespace == wanted)
        };
        let changed = self.changed.iter().filter(|(key, _)| wanted(key));
        let mut changed = changed.peekable();
        if changed.peek().is_none() {
            return before;
        }
        let mut objects: BTreeMap<String, Stored> =
            before.into_iter().map(|stored| (stored.key.path(), stored)).collect();
        for (key, now) in changed {
            match now {
                Some(stored) => objects.insert(key.path(), stored.clone()),
                None => objects.remove(&key.path()),
            };
        }
        objects.into_values().collect()
    }

    /// The object of this uid.
    pub(crate) fn by_uid(&self, uid: &str) -> Option<Stored> {
        let mut changed = self.changed.values().flatten();
        if let Some(stored) = changed.find(|stored| stored.value.uid() == uid) {
            return Some(stored.clone());
        }
        let key = self.store.read(|state| state.owners().of_uid(uid).cloned())?;
        if self.changed.contains_key(&key) { None } else { self.store.get(&key) }
    }

    /// The objects that name an object of this uid as their owner.
    pub(crate) fn dependents(&self, uid: &str) -> Vec<Stored> {
        let before = self.store.read(|state| {
            let keys = state.owners().dependents(uid);
            keys.filter_map(|key| state.get(key)).cloned().collect::<Vec<_>>()
        });
        let kept = before.into_iter().filter(|stored| !self.changed.contains_key(&stored.key));
        let changed = self.changed.values().flatten();
        let changed = changed.filter(|stored| owner_uids(&stored.value).any(|owner| owner == uid));
        kept.chain(changed.cloned()).collect()
    }

    /// Stores the object under the next resource version, which is written into its metadata.
    pub(crate) fn put(&mut self, key: Key, value: Value) -> Stored {
        let before = self.get(&key);
        self.version += 1;
        let stored = Stored::new(key.clone(), value, self.version);
        self.changed.insert(key.clone(), Some(stored.clone()));
        self.events.push(Event::new(self.version, key, before, Some(stored.clone())));
        stored
    }

    /// Removes the object; what is answered is its last state with the removal's resource version.
    pub(crate) fn remove(&mut self, key: &Key) -> Option<Stored> {
        let before = self.get(key)?;
        self.version += 1;
        self.changed.insert(key.clone(), None);
        let event = Event::new(self.version, key.clone(), Some(before), None);
        let last = event.departed().cloned();
        self.events.push(event);
        last
    }
}
