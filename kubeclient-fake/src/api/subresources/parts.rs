//! The subresources that are the object itself, of which a write changes only a part.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{items_at, set_at, text_at};
use crate::clock::seconds;
use crate::failure::{Failure, Result};
use crate::field::{FieldError, FieldErrorKind};
use crate::object::{Object, metadata_mut};
use crate::resource::ResourceType;

/// Makes the object what a write to this subresource may make of the live one.
///
/// # Errors
/// 422 where the part is not valid.
pub(crate) fn prepare(
    now: Timestamp,
    resource: &ResourceType,
    subresource: &str,
    object: &mut Value,
    live: &Value,
) -> Result<()> {
    let errors = match subresource {
        "finalize" => finalize(object, live),
        "ephemeralcontainers" => ephemeral_containers(object, live),
        "resize" => resize(object, live),
        "approval" => approval(now, object, live),
        _ => Vec::new(),
    };
    if errors.is_empty() {
        return Ok(());
    }
    Err(Failure::invalid(&resource.kind, &resource.group, live.name(), &errors))
}

/// A namespace's own finalizers; its metadata may change too.
fn finalize(object: &mut Value, live: &Value) -> Vec<FieldError> {
    let finalizers = items_at(object, &["spec", "finalizers"]).to_vec();
    let mut errors = Vec::new();
    for (at, finalizer) in finalizers.iter().enumerate() {
        let name = finalizer.as_str().unwrap_or_default();
        if name != "kubernetes" && !name.contains('/') {
            let why = "name is neither a standard finalizer name nor is it fully qualified";
            errors.push(FieldError::invalid(format!("spec.finalizers[{at}]"), name, why));
        }
    }
    let spec = if finalizers.is_empty() { json!({}) } else { json!({"finalizers": finalizers}) };
    object["spec"] = spec;
    object["status"] = live.get("status").cloned().unwrap_or_else(|| json!({}));
    if let Value::Object(labels) = metadata_mut(object).entry("labels").or_insert_with(|| json!({}))
    {
        labels.insert("kubernetes.io/metadata.name".into(), live.name().into());
    }
    errors
}

/// The containers that are added to a pod that runs.
fn ephemeral_containers(object: &mut Value, live: &Value) -> Vec<FieldError> {
    const FIELD: &str = "spec.ephemeralContainers";
    let path = ["spec", "ephemeralContainers"];
    let wanted = items_at(object, &path).to_vec();
    let name = |container: &Value| text_at(container, &["name"]).to_owned();
    let mut taken: Vec<String> = ["initContainers", "containers"]
        .iter()
        .flat_map(|list| items_at(live, &["spec", list]))
        .map(name)
        .collect();
    let mut errors = Vec::new();
    for (at, container) in wanted.iter().enumerate() {
        let field = |key: &str| format!("{FIELD}[{at}].{key}");
        let name = name(container);
        if name.is_empty() {
            errors.push(FieldError::required(field("name"), ""));
        } else if taken.contains(&name) {
            errors.push(FieldError::duplicate(field("name"), name.as_str()));
        }
        taken.push(name);
        if text_at(container, &["image"]).is_empty() {
            errors.push(FieldError::required(field("image"), ""));
        }
        for key in ["ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] {
            if container.get(key).is_some_and(|value| !value.is_null()) {
                let why = "cannot be set for an Ephemeral Container";
                errors.push(FieldError::forbidden(field(key), why));
            }
        }
    }
    for before in items_at(live, &path) {
        let name = name(before);
        match wanted.iter().find(|container| text_at(container, &["name"]) == name) {
            None => {
                let why = format!("existing ephemeral containers {name:?} may not be removed\n");
                errors.push(FieldError::forbidden(FIELD, why));
            }
            Some(after) if after != before => {
                let why = format!("existing ephemeral containers {name:?} may not be changed\n");
                errors.push(FieldError::forbidden(FIELD, why));
            }
            Some(_) => {}
        }
    }
    let mut spec = live.get("spec").cloned().unwrap_or_default();
    if !wanted.is_empty() {
        set_at(&mut spec, &["ephemeralContainers"], wanted.into());
    }
    keep_all_but(object, live, spec);
    errors
}

/// The resources of a pod's containers.
fn resize(object: &mut Value, live: &Value) -> Vec<FieldError> {
    let mut spec = live.get("spec").cloned().unwrap_or_default();
    let mut errors = Vec::new();
    for list in ["initContainers", "containers"] {
        let wanted = items_at(object, &["spec", list]);
        let Some(Value::Array(containers)) = spec.get_mut(list) else { continue };
        for container in containers {
            let name = text_at(container, &["name"]).to_owned();
            let found = wanted.iter().find(|other| text_at(other, &["name"]) == name);
            let Some(found) = found else { continue };
            for key in ["resources", "resizePolicy"] {
                let value = found.get(key).cloned().unwrap_or_default();
                if key == "resources" && others_differ(container.get(key), &value) {
                    let why = "only cpu and memory resources are mutable";
                    errors.push(FieldError::forbidden("spec", why));
                }
                if !value.is_null() {
                    container[key] = value;
                }
            }
        }
    }
    errors.dedup();
    keep_all_but(object, live, spec);
    errors
}

/// Whether something besides processors and memory differs.
fn others_differ(before: Option<&Value>, after: &Value) -> bool {
    let others = |resources: Option<&Value>, key: &str| {
        let amounts = resources.and_then(|resources| resources.get(key)?.as_object().cloned());
        let mut amounts = amounts.unwrap_or_default();
        amounts.retain(|name, _| name != "cpu" && name != "memory");
        amounts
    };
    ["requests", "limits"].iter().any(|key| others(before, key) != others(Some(after), key))
}

/// The live object with another specification; who owns what is as counted.
fn keep_all_but(object: &mut Value, live: &Value, spec: Value) {
    let counted = object.meta("managedFields").cloned();
    let mut kept = live.clone();
    let generation = live.meta("generation").and_then(Value::as_i64).unwrap_or(0);
    let differs = live.get("spec") != Some(&spec);
    kept["spec"] = spec;
    let metadata = metadata_mut(&mut kept);
    match counted {
        Some(counted) => metadata.insert("managedFields".into(), counted),
        None => metadata.remove("managedFields"),
    };
    if differs {
        metadata.insert("generation".into(), generation.saturating_add(1).into());
    }
    *object = kept;
}

/// Whether a request for a certificate is approved or denied.
fn approval(now: Timestamp, object: &mut Value, live: &Value) -> Vec<FieldError> {
    const FIELD: &str = "status.conditions";
    let path = ["status", "conditions"];
    let now = seconds(now);
    let mut conditions = items_at(object, &path).to_vec();
    let kind = |condition: &Value| text_at(condition, &["type"]).to_owned();
    let mut errors = Vec::new();
    // Who approves has no say in whether it failed.
    conditions.retain(|condition| kind(condition) != "Failed");
    let before = items_at(live, &path);
    conditions.extend(before.iter().filter(|condition| kind(condition) == "Failed").cloned());
    for condition in &mut conditions {
        let known = before.iter().find(|known| kind(known) == kind(condition));
        for key in ["lastUpdateTime", "lastTransitionTime"] {
            if condition.get(key).is_none_or(Value::is_null) {
                let since = known.and_then(|known| known.get(key).cloned());
                condition[key] = since.unwrap_or_else(|| now.as_str().into());
            }
        }
    }
    for wanted in ["Approved", "Denied"] {
        let has = |list: &[Value]| list.iter().any(|condition| kind(condition) == wanted);
        if has(before) && !has(&conditions) {
            let why = format!("updates may not remove a condition of type {wanted:?}");
            errors.push(FieldError::forbidden(FIELD, why));
        }
    }
    let mut decisions =
        conditions.iter().map(kind).filter(|kind| kind == "Approved" || kind == "Denied");
    let first = decisions.next();
    if let Some(other) = decisions.find(|kind| Some(kind) != first.as_ref()) {
        let why = "Approved and Denied conditions are mutually exclusive";
        let value = Value::String(other);
        errors.push(FieldError::new(FieldErrorKind::Invalid(value), FIELD, why));
    }
    let mut status = live.get("status").cloned().unwrap_or_else(|| json!({}));
    if !conditions.is_empty() {
        set_at(&mut status, &["conditions"], conditions.into());
    }
    object["status"] = status;
    object["spec"] = live.get("spec").cloned().unwrap_or_default();
    errors
}
