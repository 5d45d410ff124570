//! Garbage: what becomes of objects whose owners go or are gone.
//!
//! `orphan` on a going owner: its dependents forget it. `foregroundDeletion`: they go first, the owner when
//! none is left that blocks it. An object all of whose owners are gone goes too.

use serde_json::{Value, json};

use crate::api::Cluster;
use crate::api::delete::options::{DeleteOptions, Propagation};
use crate::api::delete::remove_or_mark;
use crate::api::metadata::{FOREGROUND, ORPHAN};
use crate::object::{Object, metadata_mut};
use crate::store::{Stored, Transaction};

/// How many rounds a collection may take: each goes one step further from the first owner.
const ROUNDS: usize = 1000;

/// Collects until nothing changes.
pub(crate) fn settle(cluster: &Cluster, transaction: &mut Transaction<'_>) {
    for _ in 0..ROUNDS {
        let before = transaction.version();
        round(cluster, transaction);
        if transaction.version() == before {
            return;
        }
    }
}

fn round(cluster: &Cluster, transaction: &mut Transaction<'_>) {
    for (key, _) in transaction.everything() {
        let Some(stored) = transaction.get(&key) else { continue };
        if stored.value.is_terminating() {
            owner(transaction, &stored);
        }
        let Some(stored) = transaction.get(&key) else { continue };
        if !stored.value.owner_references().is_empty() {
            dependent(cluster, transaction, &stored);
        }
    }
}

/// An owner that is going: lets its dependents be, or waits for them.
fn owner(transaction: &mut Transaction<'_>, owner: &Stored) {
    let finalizers = owner.value.finalizers();
    let uid = owner.value.uid();
    if finalizers.contains(&ORPHAN) {
        for dependent in transaction.dependents(uid) {
            let mut value = dependent.value.clone();
            forget(&mut value, |of| of == uid);
            transaction.put(dependent.key.clone(), value);
        }
        release(transaction, owner, ORPHAN);
    } else if finalizers.contains(&FOREGROUND) {
        let blocks = |dependent: &Stored| {
            dependent.value.owner_references().iter().any(|reference| {
                reference.get("uid") == Some(&uid.into())
                    && reference.get("blockOwnerDeletion") == Some(&Value::Bool(true))
            })
        };
        if !transaction.dependents(uid).iter().any(blocks) {
            release(transaction, owner, FOREGROUND);
        }
    }
}

/// Takes a finalizer; the object goes when nothing else holds it.
fn release(transaction: &mut Transaction<'_>, stored: &Stored, finalizer: &str) {
    let left: Vec<&str> =
        stored.value.finalizers().into_iter().filter(|name| *name != finalizer).collect();
    let grace = stored.value.meta("deletionGracePeriodSeconds").and_then(Value::as_i64);
    let is_free = left.is_empty()
        && grace.unwrap_or(0) == 0
        && crate::kinds::holds_itself(&stored.value).is_none();
    if is_free {
        transaction.remove(&stored.key);
        return;
    }
    let mut value = stored.value.clone();
    if left.is_empty() {
        metadata_mut(&mut value).remove("finalizers");
    } else {
        metadata_mut(&mut value).insert("finalizers".into(), json!(left));
    }
    transaction.put(stored.key.clone(), value);
}

/// A dependent: goes when its owners are gone or wait for it, forgets the gone when others stay.
fn dependent(cluster: &Cluster, transaction: &mut Transaction<'_>, stored: &Stored) {
    let (mut solid, mut waiting, mut gone) = (0, 0, Vec::new());
    for reference in stored.value.owner_references() {
        let uid = reference.get("uid").and_then(Value::as_str).unwrap_or_default();
        match transaction.by_uid(uid).filter(|owner| is_owner(owner, stored, reference)) {
            None => gone.push(uid.to_owned()),
            Some(owner) => {
                let finalizers = owner.value.finalizers();
                if owner.value.is_terminating() && finalizers.contains(&FOREGROUND) {
                    waiting += 1;
                    gone.push(uid.to_owned());
                } else {
                    solid += 1;
                }
            }
        }
    }
    if solid > 0 {
        if !gone.is_empty() {
            let mut value = stored.value.clone();
            forget(&mut value, |uid| gone.iter().any(|gone| gone == uid));
            transaction.put(stored.key.clone(), value);
        }
        return;
    }
    if stored.value.is_terminating() {
        return;
    }
    let Some(resource) = cluster.registry().stored_as(&stored.key.resource) else { return };
    let finalizers = stored.value.finalizers();
    let has_dependents = !transaction.dependents(stored.value.uid()).is_empty();
    let propagation = if waiting > 0 && has_dependents {
        Propagation::Foreground
    } else if finalizers.contains(&ORPHAN) {
        Propagation::Orphan
    } else if finalizers.contains(&FOREGROUND) {
        Propagation::Foreground
    } else {
        Propagation::Background
    };
    let options = DeleteOptions { propagation: Some(propagation), ..DeleteOptions::default() };
    remove_or_mark(cluster, transaction, &resource, stored, &options);
}

/// Whether an object is the one that a reference means: of its kind, where the dependent can have it.
fn is_owner(owner: &Stored, dependent: &Stored, reference: &Value) -> bool {
    let says = |key: &str| reference.get(key).and_then(Value::as_str).unwrap_or_default();
    let has = |key: &str| owner.value.get(key).and_then(Value::as_str).unwrap_or_default();
    let group = |version: &str| version.rsplit_once('/').map_or("", |(group, _)| group).to_owned();
    let reachable =
        owner.key.namespace.is_empty() || owner.key.namespace == dependent.key.namespace;
    reachable
        && says("kind") == has("kind")
        && says("name") == owner.key.name
        && group(says("apiVersion")) == group(has("apiVersion"))
}

/// Takes references to owners.
fn forget(value: &mut Value, which: impl Fn(&str) -> bool) {
    let metadata = metadata_mut(value);
    let Some(Value::Array(list)) = metadata.get_mut("ownerReferences") else { return };
    list.retain(|reference| !reference.get("uid").and_then(Value::as_str).is_some_and(&which));
    if list.is_empty() {
        metadata.remove("ownerReferences");
    }
}
