//! Namespaces: those that a cluster begins with, and the end of those that are deleted: what is in one goes, then
//! the namespace.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Change;
use super::desk::{CONTROLLER_MANAGER, Desk};
use crate::api::delete::options::Propagation;
use crate::condition;
use crate::object::Object;
use crate::resource::ResourceType;
use crate::store::{Key, Stored};

const RESOURCE: &str = "namespaces";

/// The finalizer in a namespace's specification that stands for its content.
const CONTENT: &str = "kubernetes";

/// Looks at a change: of a namespace, or in one.
pub(super) fn react(desk: &mut Desk<'_, '_>, change: Change<'_>) {
    let Change { key, after, .. } = change;
    let name =
        if &*key.resource == RESOURCE && after.is_some() { &key.name } else { &key.namespace };
    if name.is_empty() {
        return;
    }
    let Some(live) = desk.get(&Key::new(RESOURCE, "", name)) else { return };
    if live.value.is_terminating() && finalizers(&live.value).contains(&CONTENT) {
        end(desk, &live);
    }
}

fn finalizers(namespace: &Value) -> Vec<&str> {
    let list = namespace.pointer("/spec/finalizers").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Deletes what is in the namespace, says what is left, and lets the namespace go when nothing is.
fn end(desk: &mut Desk<'_, '_>, live: &Stored) {
    let name = &live.key.name;
    let registry = desk.registry;
    let mut left = Left::default();
    for resource in registry.stored().filter(|known| known.namespaced) {
        let storage = resource.storage();
        for stored in desk.transaction.list(&storage, Some(name)) {
            desk.delete(&stored.key, Propagation::Background);
        }
        left.count(resource, &desk.transaction.list(&storage, Some(name)));
    }
    let mut new = live.value.clone();
    new["status"]["phase"] = "Terminating".into();
    set_conditions(&mut new, &left, desk.time);
    desk.save(live, new, CONTROLLER_MANAGER, "status");
    if left.resources.is_empty()
        && let Some(live) = desk.get(&live.key)
    {
        let mut new = live.value.clone();
        let kept: Vec<&str> =
            finalizers(&live.value).into_iter().filter(|finalizer| *finalizer != CONTENT).collect();
        match new.get_mut("spec").and_then(Value::as_object_mut) {
            Some(spec) if kept.is_empty() => {
                spec.remove("finalizers");
            }
            Some(spec) => {
                spec.insert("finalizers".into(), json!(kept));
            }
            None => {}
        }
        desk.save(&live, new, CONTROLLER_MANAGER, "");
    }
}

/// What is left in a namespace.
#[derive(Default)]
struct Left {
    /// `configmaps. has 1 resource instances`.
    resources: Vec<String>,
    finalizers: BTreeMap<String, usize>,
}

impl Left {
    fn count(&mut self, resource: &ResourceType, objects: &[Stored]) {
        if objects.is_empty() {
            return;
        }
        let ResourceType { plural, group, .. } = resource;
        self.resources.push(format!("{plural}.{group} has {} resource instances", objects.len()));
        for object in objects {
            for finalizer in object.value.finalizers() {
                *self.finalizers.entry(finalizer.to_owned()).or_default() += 1;
            }
        }
    }

    fn content(&mut self) -> String {
        self.resources.sort();
        format!("Some resources are remaining: {}", self.resources.join(", "))
    }

    fn finalizers(&self) -> String {
        let counts = self.finalizers.iter();
        let counts: Vec<String> =
            counts.map(|(name, count)| format!("{name} in {count} resource instances")).collect();
        format!("Some content in the namespace has finalizers remaining: {}", counts.join(", "))
    }
}

/// Writes the five conditions; the time of one that was there changes with its status only.
fn set_conditions(namespace: &mut Value, left: &Left, time: &str) {
    let mut left = Left { resources: left.resources.clone(), finalizers: left.finalizers.clone() };
    let remains = !left.resources.is_empty();
    let is_kept = !left.finalizers.is_empty();
    let no = |kind: &'static str, reason: &'static str, message: &str| {
        (kind, "False", reason, message.to_owned())
    };
    let conditions = [
        no(
            "NamespaceDeletionDiscoveryFailure",
            "ResourcesDiscovered",
            "All resources successfully discovered",
        ),
        no(
            "NamespaceDeletionGroupVersionParsingFailure",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        no(
            "NamespaceDeletionContentFailure",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
        if remains {
            ("NamespaceContentRemaining", "True", "SomeResourcesRemain", left.content())
        } else {
            no("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed")
        },
        if is_kept {
            ("NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain", left.finalizers())
        } else {
            no(
                "NamespaceFinalizersRemaining",
                "ContentHasNoFinalizers",
                "All content-preserving finalizers finished",
            )
        },
    ];
    for (kind, status, reason, message) in conditions {
        let new = json!({
            "type": kind, "status": status, "lastTransitionTime": time,
            "reason": reason, "message": message,
        });
        condition::set(namespace, new, time);
    }
}
