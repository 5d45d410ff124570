//! The controllers, through a cluster without a server.

mod disruption;
mod garbage;
mod namespaces;

use serde_json::{Value, json};

use super::after_write;
use crate::api::Cluster;
use crate::api::write::is_finished;
use crate::clock::Clock;
use crate::object::{Object, metadata_mut};
use crate::store::Key;

/// A cluster, and words to write to it as requests would.
pub(super) struct World {
    pub(super) cluster: Cluster,
}

pub(super) fn world() -> World {
    world_with(true)
}

pub(super) fn world_with(controllers: bool) -> World {
    World { cluster: Cluster::start(Clock::wall(), controllers) }
}

impl World {
    /// Stores an object, as a create or a replace would; answers its uid.
    pub(super) fn put(&self, resource: &str, namespace: &str, name: &str, object: Value) -> String {
        let key = Key::new(resource, namespace, name);
        let known = self.cluster.registry().stored_as(resource).unwrap();
        let mut object = object;
        object["kind"] = known.kind.as_str().into();
        object["apiVersion"] = known.api_version().into();
        let old = self.cluster.store.get(&key).map(|stored| stored.value.uid().to_owned());
        let uid = old.unwrap_or_else(crate::random::uuid);
        let metadata = metadata_mut(&mut object);
        metadata.insert("name".into(), name.into());
        metadata.insert("uid".into(), uid.as_str().into());
        if !namespace.is_empty() {
            metadata.insert("namespace".into(), namespace.into());
        }
        self.cluster.store.write(|transaction| Ok(transaction.put(key, object))).unwrap();
        after_write(&self.cluster);
        uid
    }

    pub(super) fn map(&self, name: &str, metadata: Value) -> String {
        self.put("configmaps", "default", name, json!({"metadata": metadata}))
    }

    /// The object, or null.
    pub(super) fn get(&self, resource: &str, namespace: &str, name: &str) -> Value {
        let stored = self.cluster.store.get(&Key::new(resource, namespace, name));
        stored.map_or(Value::Null, |stored| stored.value.clone())
    }

    pub(super) fn config_map(&self, name: &str) -> Value {
        self.get("configmaps", "default", name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        !self.config_map(name).is_null()
    }

    /// Changes an object as a write would: when nothing keeps it any more, it goes.
    pub(super) fn change(
        &self,
        resource: &str,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut Value),
    ) {
        let key = Key::new(resource, namespace, name);
        let mut value = self.cluster.store.get(&key).unwrap().value.clone();
        change(&mut value);
        self.cluster
            .store
            .write(|transaction| {
                if is_finished(&value, &value) {
                    transaction.remove(&key);
                } else {
                    transaction.put(key.clone(), value);
                }
                Ok(())
            })
            .unwrap();
        after_write(&self.cluster);
    }

    /// Deletes an object as a request would that adds a finalizer, or none.
    pub(super) fn delete(
        &self,
        resource: &str,
        namespace: &str,
        name: &str,
        finalizer: Option<&str>,
    ) {
        self.change(resource, namespace, name, |value| {
            let metadata = metadata_mut(value);
            metadata.insert("deletionTimestamp".into(), "2026-01-01T00:00:00Z".into());
            if let Some(finalizer) = finalizer {
                let finalizers = metadata.entry("finalizers").or_insert(json!([]));
                finalizers.as_array_mut().unwrap().push(finalizer.into());
            }
        });
    }

    pub(super) fn release(&self, name: &str) {
        self.change("configmaps", "default", name, |value| {
            metadata_mut(value).remove("finalizers");
        });
    }
}

#[test]
fn without_controllers_nothing_happens() {
    let world = world_with(false);
    let uid = world.map("owner", json!({}));
    let owner = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid});
    world.map("child", json!({"ownerReferences": [owner]}));
    world.delete("configmaps", "default", "owner", None);
    assert!(!world.has("owner") && world.has("child"));
    assert!(world.get("serviceaccounts", "default", "default").is_null());
}

#[test]
fn what_the_log_forgot_is_looked_at_again() {
    let world = world_with(true);
    world.cluster.store.keep_events(1);
    let owner = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "none", "uid": "u"});
    for name in ["a", "b", "c"] {
        let object = json!({
            "kind": "ConfigMap", "apiVersion": "v1",
            "metadata": {"name": name, "namespace": "default", "uid": name, "ownerReferences": [owner]},
        });
        let key = Key::new("configmaps", "default", name);
        world.cluster.store.write(|transaction| Ok(transaction.put(key, object))).unwrap();
    }
    after_write(&world.cluster);
    assert!(!world.has("a") && !world.has("b") && !world.has("c"));
}

#[test]
fn a_controller_that_is_turned_on_looks_at_what_it_slept_through() {
    let world = world_with(false);
    let owner = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "none", "uid": "u"});
    world.map("child", json!({"ownerReferences": [owner]}));
    assert!(world.has("child"));
    world.cluster.switches.set_garbage(true);
    world.cluster.switches.set_accounts(true);
    world.cluster.settle();
    assert!(!world.has("child"));
    assert!(!world.get("serviceaccounts", "default", "default").is_null());
}
