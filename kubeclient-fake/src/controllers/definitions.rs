//! CustomResourceDefinitions: what they may say, their names and conditions, the resources that they make, and
//! their end. The API server does this itself, whatever controllers run.

mod check;
mod end;
mod names;
mod serve;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::desk::Desk;
use super::{Change, at_desk};
use crate::api::Cluster;
use crate::clock::seconds;
use crate::condition;
use crate::failure::{Failure, Result};
use crate::object::{Object, metadata_mut};
use crate::store::{Key, Stored};
pub(crate) use check::errors;

/// Where definitions are stored.
const RESOURCE: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// The finalizer that stands for a definition's objects.
const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// Who writes conditions.
const API_SERVER: &str = "kube-apiserver";

fn key(name: &str) -> Key {
    Key::new(RESOURCE, "", name)
}

fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn versions(definition: &Value) -> &[Value] {
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
    versions.map_or(&[], Vec::as_slice)
}

/// Keeps up the versions that objects may be stored in, and refuses what this server does not do.
///
/// # Errors
/// 501 for rules in CEL.
pub(crate) fn prepare(definition: &mut Value) -> Result<()> {
    let schemas = versions(definition).iter().filter_map(|version| version.get("schema"));
    if !crate::schema::HAS_CEL && schemas.into_iter().any(has_rules) {
        let what = "x-kubernetes-validations (the feature `cel` of kubeclient-fake is off)";
        return Err(Failure::not_implemented(what));
    }
    let stored = versions(definition).iter().find(|version| version["storage"] == true);
    let Some(name) = stored.map(|version| version["name"].clone()) else { return Ok(()) };
    let before = definition.pointer("/status/storedVersions").and_then(Value::as_array);
    let mut all = before.cloned().unwrap_or_default();
    if !all.contains(&name) {
        all.push(name);
        definition["status"]["storedVersions"] = all.into();
    }
    Ok(())
}

/// Whether there is a rule in CEL anywhere in a schema.
fn has_rules(schema: &Value) -> bool {
    // The depth is that of a decoded document, which is bounded.
    match schema {
        Value::Object(map) => map.iter().any(|(key, value)| {
            let is_rules = key == "x-kubernetes-validations";
            (is_rules && value.as_array().is_some_and(|rules| !rules.is_empty()))
                || has_rules(value)
        }),
        Value::Array(list) => list.iter().any(has_rules),
        _ => false,
    }
}

/// A definition that is deleted for the first time: it waits for its objects. `None` when it was before.
pub(crate) fn marked(live: &Value, now: Timestamp) -> Option<Value> {
    if live.is_terminating() {
        return None;
    }
    let mut definition = live.clone();
    let now = seconds(now);
    let metadata = metadata_mut(&mut definition);
    metadata.insert("deletionTimestamp".into(), now.as_str().into());
    if !live.finalizers().contains(&CLEANUP) {
        let finalizers = metadata.entry("finalizers").or_insert_with(|| json!([]));
        if let Some(finalizers) = finalizers.as_array_mut() {
            finalizers.push(CLEANUP.into());
        }
    }
    let why =
        "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon";
    set_condition(&mut definition, ["Terminating", "True", "InstanceDeletionPending", why], &now);
    Some(definition)
}

/// Looks at a change of a definition, or of what it defines.
pub(super) fn react(cluster: &Cluster, change: Change<'_>) {
    let Change { key, before, after } = change;
    if &*key.resource != RESOURCE {
        if after.is_none() {
            // Storage of a custom resource has its definition's name, which may have waited for this.
            at_desk(cluster, |desk| end::go_on(desk, &self::key(&key.resource)));
        }
        return;
    }
    at_desk(cluster, |desk| match after {
        Some(_) => {
            names::judge(desk, key);
            end::go_on(desk, key);
        }
        None => {
            // It freed its names.
            let group = before.map_or("", |before| text(before, "/spec/group"));
            for other in definitions(desk, group) {
                names::judge(desk, &other.key);
            }
        }
    });
    serve::update(cluster, &key.name, before, after);
}

/// The definitions of a group.
fn definitions(desk: &Desk<'_, '_>, group: &str) -> Vec<Stored> {
    let mut all = desk.transaction.list(RESOURCE, None);
    all.retain(|definition| text(&definition.value, "/spec/group") == group);
    all
}

/// Looks at all definitions again.
pub(super) fn resync(cluster: &Cluster) {
    serve::all(cluster);
}

/// Whether a condition of a definition is true.
fn is(definition: &Value, condition: &str) -> bool {
    let conditions = definition.pointer("/status/conditions").and_then(Value::as_array);
    let mut conditions = conditions.into_iter().flatten();
    conditions.any(|known| known["type"] == condition && known["status"] == "True")
}

/// Sets a condition: its type, its status, its reason and its message. The time changes with the status only.
fn set_condition(definition: &mut Value, condition: [&str; 4], time: &str) {
    let [kind, status, reason, message] = condition;
    let new = json!({
        "type": kind, "status": status, "lastTransitionTime": time,
        "reason": reason, "message": message,
    });
    condition::set(definition, new, time);
}
