//! The objects: a BTreeMap per resource, one resource version for all, one bounded log of events from
//! which exact lists, replays of watches, deletes and selector transitions follow.

use std::sync::Arc;

use serde_json::Value;

use crate::failure::Result;

/// Where an object is stored. The resource is its storage's name (`configmaps`, `deployments.apps`), so
/// that two resources over one storage (events) share objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) resource: Arc<str>,
    /// Empty for what is cluster-scoped.
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// An object as it is stored, in its storage version, with the resource version of its last write.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) value: Arc<Value>,
    pub(crate) version: u64,
}

/// What happened to an object.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) version: u64,
    pub(crate) key: Key,
    /// As it was before; `None` when it was created.
    pub(crate) before: Option<Stored>,
    /// As it is after; `None` when it was removed. Then `before` is its last state and `version` the
    /// removal's.
    pub(crate) after: Option<Stored>,
}

/// All objects. Readers see one state; writes go one at a time.
#[derive(Debug, Default)]
pub(crate) struct Store {}

/// A write under way: it sees its own changes; they all happen, or none.
pub(crate) struct Transaction<'a> {
    _store: &'a Store,
}

impl Store {
    /// The resource version of the last write.
    pub(crate) fn version(&self) -> u64 {
        0
    }

    /// The object.
    pub(crate) fn get(&self, _key: &Key) -> Option<Stored> {
        None
    }

    /// Runs a write; what an error leaves is what was there before.
    pub(crate) fn write<T>(
        &self,
        write: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        write(&mut Transaction { _store: self })
    }
}

impl Transaction<'_> {
    /// The object.
    pub(crate) fn get(&self, _key: &Key) -> Option<Stored> {
        None
    }

    /// The objects of a resource, of one namespace or all, ordered by namespace and name.
    pub(crate) fn list(&self, _resource: &str, _namespace: Option<&str>) -> Vec<Stored> {
        Vec::new()
    }

    /// Every object of every resource (for the collection of garbage).
    pub(crate) fn everything(&self) -> Vec<(Key, Stored)> {
        Vec::new()
    }

    /// Stores the object under the next resource version, which is written into its metadata.
    pub(crate) fn put(&mut self, _key: Key, value: Value) -> Stored {
        Stored { value: Arc::new(value), version: 0 }
    }

    /// Removes the object; its last state carries the removal's resource version.
    pub(crate) fn remove(&mut self, _key: &Key) -> Option<Stored> {
        None
    }
}
