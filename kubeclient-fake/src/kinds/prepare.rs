//! What a kind makes of an object before it is stored: what it sets itself, keeps or puts back.

mod job;
mod pod;

use serde_json::{Value, json};

use super::{Around, copy, service};
use crate::clock::seconds;
use crate::failure::Result;
use crate::object::{Object, metadata_mut};
use crate::resource::ResourceType;

/// For a new object.
pub(super) fn on_create(
    around: &mut Around<'_, '_>,
    resource: &ResourceType,
    object: &mut Value,
) -> Result<()> {
    match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "Namespace") => {
            object["spec"] = json!({"finalizers": ["kubernetes"]});
            object["status"] = json!({"phase": "Active"});
        }
        ("", "Pod") => pod::on_create(around, object)?,
        ("", "Service") => service::on_create(around.transaction, object)?,
        ("", "Node") => node(object),
        ("", "PersistentVolumeClaim") => {
            protect(object, "kubernetes.io/pvc-protection");
            object["status"] = json!({"phase": "Pending"});
            data_source(object);
        }
        ("", "PersistentVolume") => {
            protect(object, "kubernetes.io/pv-protection");
            let now = seconds(around.now);
            object["status"] = json!({"phase": "Pending", "lastPhaseTransitionTime": now});
        }
        ("apps", "DaemonSet") => count_templates(object, 1),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaler(object),
        ("batch", "Job") => job::on_create(object),
        ("storage.k8s.io", "VolumeAttributesClass") => {
            protect(object, "kubernetes.io/vac-protection");
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            let stored = storage_versions(object);
            object["status"] = json!({
                "conditions": null, "acceptedNames": {"plural": "", "kind": ""},
                "storedVersions": stored,
            });
            crate::controllers::definitions::prepare(object)?;
        }
        ("certificates.k8s.io", "CertificateSigningRequest") => requester(around, object),
        _ => {}
    }
    Ok(())
}

/// For an object in place of another.
pub(super) fn on_update(
    around: &mut Around<'_, '_>,
    resource: &ResourceType,
    object: &mut Value,
    live: &Value,
) -> Result<()> {
    match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "Namespace") => {
            copy(live, object, "status");
            let finalizers = live.get("spec").and_then(|spec| spec.get("finalizers")).cloned();
            match finalizers {
                Some(finalizers) => object["spec"] = json!({"finalizers": finalizers}),
                None => object["spec"] = json!({}),
            }
        }
        ("", "Service") => service::on_update(around.transaction, object, live)?,
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            crate::controllers::definitions::prepare(object)?;
        }
        ("", "Pod") => pod::on_update(object, live),
        ("apps", "DaemonSet") => {
            let template = |object: &Value| object.pointer("/spec/template").cloned();
            let changes = i64::from(template(object) != template(live));
            let count = live.meta("annotations").and_then(|all| all.get(TEMPLATES)?.as_str());
            let count: i64 = count.and_then(|count| count.parse().ok()).unwrap_or(0);
            count_templates(object, count.saturating_add(changes));
        }
        ("", "PersistentVolumeClaim") => data_source(object),
        ("certificates.k8s.io", "CertificateSigningRequest") => copy(live, object, "spec"),
        _ => {}
    }
    Ok(())
}

/// For a write to the status: all else is the live object's, but for some metadata.
pub(super) fn status(resource: &ResourceType, object: &mut Value, live: &Value) {
    let given = std::mem::replace(object, live.clone());
    copy(&given, object, "status");
    let version = given.meta("resourceVersion").cloned();
    let managed = given.meta("managedFields").cloned();
    // Which metadata a write to the status may change differs from kind to kind.
    let taken: &[&str] = match resource.kind.as_str() {
        _ if resource.is_custom() => &[],
        "CustomResourceDefinition" => &[],
        "Deployment" => &["annotations", "finalizers", "ownerReferences"],
        "Pod" => &["annotations", "finalizers", "labels"],
        _ => &["annotations", "finalizers", "labels", "ownerReferences"],
    };
    let metadata = metadata_mut(object);
    let mut set = |key: &str, value: Option<Value>| match value {
        Some(value) => metadata.insert(key.to_owned(), value),
        None => metadata.remove(key),
    };
    set("resourceVersion", version);
    set("managedFields", managed);
    for key in taken {
        set(key, given.meta(key).cloned());
    }
    if resource.kind == "PersistentVolume" {
        keep_phase_time(object, live);
    }
}

/// The time of a volume's last phase stays with its phase.
fn keep_phase_time(object: &mut Value, live: &Value) {
    let phase = |value: &Value| value.get("status").and_then(|s| s.get("phase")).cloned();
    if phase(object) == phase(live)
        && let Some(time) = live.get("status").and_then(|s| s.get("lastPhaseTransitionTime"))
    {
        object["status"]["lastPhaseTransitionTime"] = time.clone();
    }
}

/// Where a daemon set counts the changes of its template.
const TEMPLATES: &str = "deprecated.daemonset.template.generation";

fn count_templates(object: &mut Value, count: i64) {
    let annotations = metadata_mut(object).entry("annotations").or_insert_with(|| json!({}));
    if annotations.is_object() {
        annotations[TEMPLATES] = count.to_string().into();
    }
}

/// In version 1 the load that is aimed at shows, where it was not said.
fn autoscaler(object: &mut Value) {
    const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
    const LOAD: &str = "targetCPUUtilizationPercentage";
    let has_metrics = object.meta("annotations").is_some_and(|all| all.get(METRICS).is_some());
    let is_v1 = object.get("apiVersion").and_then(Value::as_str) == Some("autoscaling/v1");
    if let Some(Value::Object(spec)) = object.get_mut("spec").filter(|_| is_v1 && !has_metrics) {
        spec.entry(LOAD).or_insert_with(|| 80.into());
    }
}

/// Who asks for a certificate is who sends the request, whatever it says.
fn requester(around: &Around<'_, '_>, object: &mut Value) {
    let Some(Value::Object(spec)) = object.get_mut("spec") else { return };
    let user = around.user;
    for key in ["username", "uid", "groups", "extra"] {
        spec.remove(key);
    }
    for (key, text) in [("username", &user.name), ("uid", &user.uid)] {
        if !text.is_empty() {
            spec.insert(key.into(), text.as_str().into());
        }
    }
    if !user.groups.is_empty() {
        spec.insert("groups".into(), json!(user.groups));
    }
    if !user.extra.is_empty() {
        spec.insert("extra".into(), json!(user.extra));
    }
}

/// A claim names what it is made from in two fields, which say the same where both can.
fn data_source(claim: &mut Value) {
    let Some(Value::Object(spec)) = claim.get_mut("spec") else { return };
    let is_known = |source: &Value| {
        let text = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default();
        matches!(
            (text("apiGroup"), text("kind")),
            ("", "PersistentVolumeClaim") | ("snapshot.storage.k8s.io", "VolumeSnapshot")
        )
    };
    match (spec.get("dataSource").cloned(), spec.get("dataSourceRef").cloned()) {
        (Some(source), None) if is_known(&source) => {
            spec.insert("dataSourceRef".into(), source);
        }
        (Some(_), None) => {
            spec.remove("dataSource");
        }
        (None, Some(source)) if is_known(&source) && source.get("namespace").is_none() => {
            spec.insert("dataSource".into(), source);
        }
        _ => {}
    }
}

/// A new node is not ready.
fn node(object: &mut Value) {
    let spec = &mut object["spec"];
    if !spec.is_object() {
        *spec = json!({});
    }
    let key = "node.kubernetes.io/not-ready";
    let taint = json!({"key": key, "effect": "NoSchedule"});
    match &mut spec["taints"] {
        Value::Array(list) if list.iter().any(|taint| taint.get("key") == Some(&key.into())) => {}
        Value::Array(list) => list.push(taint),
        none => *none = json!([taint]),
    }
}

/// Adds the finalizer that keeps what is in use.
fn protect(object: &mut Value, finalizer: &str) {
    if object.finalizers().contains(&finalizer) {
        return;
    }
    match metadata_mut(object).entry("finalizers").or_insert_with(|| json!([])) {
        Value::Array(list) => list.push(finalizer.into()),
        none => *none = json!([finalizer]),
    }
}

/// The version in which a definition's objects are stored, as a list of one.
fn storage_versions(definition: &Value) -> Vec<Value> {
    let versions = definition.get("spec").and_then(|spec| spec.get("versions")?.as_array());
    let stored = versions
        .into_iter()
        .flatten()
        .filter(|version| version.get("storage") == Some(&Value::Bool(true)));
    stored.filter_map(|version| version.get("name").cloned()).collect()
}
