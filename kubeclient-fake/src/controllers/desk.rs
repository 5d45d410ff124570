//! Where controllers write: saving, marking and removing objects within one transaction.

use jiff::Timestamp;
use serde_json::Value;

use crate::api::Cluster;
use crate::api::delete::options::{DeleteOptions, Propagation};
use crate::api::delete::remove_or_mark;
use crate::api::write::is_finished;
use crate::apply::{self, Manager};
use crate::object::{Object, metadata_mut};
use crate::random;
use crate::registry::Registry;
use crate::store::{Key, Stored, Transaction};

/// Who writes for kube-controller-manager.
pub(super) const CONTROLLER_MANAGER: &str = "kube-controller-manager";

/// A write of controllers under way.
pub(super) struct Desk<'a, 't> {
    pub(super) cluster: &'a Cluster,
    pub(super) transaction: &'a mut Transaction<'t>,
    pub(super) registry: &'a Registry,
    pub(super) now: Timestamp,
    /// Now, as `metadata` has it.
    pub(super) time: &'a str,
}

impl Desk<'_, '_> {
    /// The object as it is now.
    pub(super) fn get(&self, key: &Key) -> Option<Stored> {
        self.transaction.get(key)
    }

    /// Makes a new object, which names its kind, its name and its namespace.
    pub(super) fn create(&mut self, key: Key, mut object: Value) {
        let metadata = metadata_mut(&mut object);
        metadata.insert("uid".into(), random::uuid().into());
        metadata.insert("creationTimestamp".into(), self.time.into());
        self.transaction.put(key, object);
    }

    /// Stores what became of an object: not at all when it is as it was; when it was deleted and nothing
    /// keeps it any more, it goes. `manager` comes to own what differs, by way of a subresource or not.
    pub(super) fn save(&mut self, live: &Stored, mut new: Value, manager: &str, subresource: &str) {
        if new == live.value {
            return;
        }
        if is_finished(&new, &live.value) {
            self.transaction.remove(&live.key);
            return;
        }
        if let Some(resource) = self.registry.stored_as(&live.key.resource) {
            let manager = Manager {
                name: manager.to_owned(),
                api_version: resource.api_version(),
                subresource: subresource.to_owned(),
                time: self.time.to_owned(),
            };
            let mut owned = new.clone();
            let schema = resource.schema.get();
            if apply::update(schema, Some(&live.value), &mut owned, &manager, &[]).is_ok() {
                new = owned;
            }
        }
        self.transaction.put(live.key.clone(), new);
    }

    /// Deletes an object: it goes, or, when something keeps it, is marked as deleted.
    pub(super) fn delete(&mut self, key: &Key, propagation: Propagation) {
        let Some(live) = self.get(key).filter(|live| !live.value.is_terminating()) else { return };
        let Some(resource) = self.registry.stored_as(&key.resource) else { return };
        let options = DeleteOptions { propagation: Some(propagation), ..DeleteOptions::default() };
        remove_or_mark(self.cluster, self.transaction, &resource, &live, &options);
    }

    /// Takes a finalizer from an object, which goes when it was the last that kept it.
    pub(super) fn remove_finalizer(&mut self, live: &Stored, finalizer: &str) {
        let mut new = live.value.clone();
        let metadata = metadata_mut(&mut new);
        if let Some(finalizers) = metadata.get_mut("finalizers").and_then(Value::as_array_mut) {
            finalizers.retain(|name| name != finalizer);
            if finalizers.is_empty() {
                metadata.remove("finalizers");
            }
        }
        self.save(live, new, CONTROLLER_MANAGER, "");
    }
}
