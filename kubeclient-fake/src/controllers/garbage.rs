//! The collection of garbage: objects whose owners are gone go too, owners wait for their dependents or leave
//! them behind.

use serde_json::Value;

use super::Change;
use super::desk::{CONTROLLER_MANAGER, Desk};
use crate::api::delete::options::Propagation;
use crate::api::metadata::{FOREGROUND, ORPHAN};
use crate::object::{Object, metadata_mut};
use crate::store::{Key, Stored};

/// What an owner reference is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// It is there and stays.
    Solid,
    /// It is being deleted and waits for its dependents.
    Waiting,
    /// It is not there.
    Dangling,
}

/// Looks at a change.
pub(super) fn react(desk: &mut Desk<'_, '_>, change: Change<'_>) {
    if is_ignored(change.key) {
        return;
    }
    let owners = |object: Option<&Value>| -> Vec<Value> {
        object.map(|object| object.owner_references().to_vec()).unwrap_or_default()
    };
    let (before, after) = (owners(change.before), owners(change.after));
    match change.after {
        None => {
            let uid = change.before.map_or("", Object::uid);
            for dependent in desk.transaction.dependents(uid) {
                collect(desk, &dependent.key);
            }
        }
        Some(object) => {
            if !after.is_empty() && before != after {
                collect(desk, change.key);
            }
            if object.is_terminating() {
                finish(desk, change.key);
            }
        }
    }
    if before != after {
        // An owner may have waited for this.
        for reference in &before {
            if let Some(owner) = desk.transaction.by_uid(text(reference, "uid")) {
                finish(desk, &owner.key);
            }
        }
    }
}

/// Events are nobody's dependents.
fn is_ignored(key: &Key) -> bool {
    &*key.resource == "events"
}

/// Deletes an object that has no owner left; takes the references to those that are gone when it has.
fn collect(desk: &mut Desk<'_, '_>, key: &Key) {
    let Some(live) = desk.get(key) else { return };
    let finalizers = live.value.finalizers();
    if is_ignored(key) || (live.value.is_terminating() && !finalizers.contains(&FOREGROUND)) {
        return;
    }
    let references = live.value.owner_references();
    // Where one cannot be told, the object is left alone.
    let classes: Option<Vec<Owner>> =
        references.iter().map(|reference| classify(desk, &live, reference)).collect();
    let Some(classes) = classes.filter(|classes| !classes.is_empty()) else { return };
    if classes.contains(&Owner::Solid) {
        let mut classes = classes.iter();
        keep_owners(desk, &live, |_| classes.next() == Some(&Owner::Solid));
        return;
    }
    let dependents = desk.transaction.dependents(live.value.uid());
    if !classes.contains(&Owner::Waiting) || dependents.is_empty() {
        let foreground = finalizers.contains(&FOREGROUND);
        let how = if foreground { Propagation::Foreground } else { Propagation::Background };
        desk.delete(key, how);
        return;
    }
    // Its owner waits for it, and it for its own dependents. In a circle nobody waits for the other.
    if dependents.iter().any(|dependent| waits(&dependent.value)) {
        let mut new = live.value.clone();
        let owners =
            metadata_mut(&mut new).get_mut("ownerReferences").and_then(Value::as_array_mut);
        for owner in owners.into_iter().flatten().filter_map(Value::as_object_mut) {
            if owner.contains_key("blockOwnerDeletion") {
                owner.insert("blockOwnerDeletion".into(), false.into());
            }
        }
        desk.save(&live, new, CONTROLLER_MANAGER, "");
    }
    desk.delete(key, Propagation::Foreground);
}

/// What a reference is worth; `None` when it cannot be told: of a kind that there isn't, or of a namespaced
/// kind by what is in no namespace.
fn classify(desk: &Desk<'_, '_>, dependent: &Stored, reference: &Value) -> Option<Owner> {
    let kind = desk.registry.of_kind(text(reference, "apiVersion"), text(reference, "kind"))?;
    let namespace = match (kind.namespaced, dependent.key.namespace.as_str()) {
        (true, "") => return None,
        (true, namespace) => namespace,
        (false, _) => "",
    };
    let key = Key::new(&kind.storage(), namespace, text(reference, "name"));
    let owner = desk.get(&key).filter(|owner| owner.value.uid() == text(reference, "uid"));
    Some(match owner {
        None => Owner::Dangling,
        Some(owner) if waits(&owner.value) => Owner::Waiting,
        Some(_) => Owner::Solid,
    })
}

/// Whether an object is being deleted and waits for its dependents.
fn waits(object: &Value) -> bool {
    object.is_terminating() && object.finalizers().contains(&FOREGROUND)
}

/// Goes on with the deletion of an object as its finalizers say.
fn finish(desk: &mut Desk<'_, '_>, key: &Key) {
    let Some(live) = desk.get(key) else { return };
    if !live.value.is_terminating() {
        return;
    }
    let uid = live.value.uid();
    if live.value.finalizers().contains(&ORPHAN) {
        for dependent in desk.transaction.dependents(uid) {
            keep_owners(desk, &dependent, |owner| text(owner, "uid") != uid);
        }
        desk.remove_finalizer(&live, ORPHAN);
    } else if waits(&live.value) {
        for dependent in desk.transaction.dependents(uid) {
            collect(desk, &dependent.key);
        }
        let blocks = |reference: &Value| {
            text(reference, "uid") == uid && reference["blockOwnerDeletion"] == true
        };
        let left = desk.transaction.dependents(uid);
        if !left.iter().any(|left| left.value.owner_references().iter().any(blocks)) {
            desk.remove_finalizer(&live, FOREGROUND);
        }
    }
}

/// Drops the other owner references of an object.
fn keep_owners(desk: &mut Desk<'_, '_>, live: &Stored, keep: impl FnMut(&Value) -> bool) {
    let mut new = live.value.clone();
    let metadata = metadata_mut(&mut new);
    if let Some(owners) = metadata.get_mut("ownerReferences").and_then(Value::as_array_mut) {
        owners.retain(keep);
        if owners.is_empty() {
            metadata.remove("ownerReferences");
        }
    }
    desk.save(live, new, CONTROLLER_MANAGER, "");
}

fn text<'a>(reference: &'a Value, key: &str) -> &'a str {
    reference.get(key).and_then(Value::as_str).unwrap_or_default()
}
