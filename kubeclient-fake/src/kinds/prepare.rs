//! What a kind makes of an object before it is stored: what it sets itself, keeps or puts back.

use serde_json::{Map, Value, json};

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
        ("", "Pod") => pod(object),
        ("", "Service") => service::on_create(around.transaction, object)?,
        ("", "Node") => node(object),
        ("", "PersistentVolumeClaim") => protect(object, "kubernetes.io/pvc-protection"),
        ("", "PersistentVolume") => {
            protect(object, "kubernetes.io/pv-protection");
            let now = seconds(around.now);
            object["status"] = json!({"phase": "Pending", "lastPhaseTransitionTime": now});
        }
        ("apps", "DaemonSet") => {
            let metadata = metadata_mut(object);
            let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
            if annotations.is_object() {
                annotations["deprecated.daemonset.template.generation"] = "1".into();
            }
        }
        ("batch", "Job") => job(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            let stored = storage_versions(object);
            object["status"] = json!({
                "conditions": null, "acceptedNames": {"plural": "", "kind": ""},
                "storedVersions": stored,
            });
        }
        ("certificates.k8s.io", "CertificateSigningRequest") => {
            object["status"] = json!({});
        }
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
        ("batch", "Job") => {
            // What was filled in at the start stays when a write leaves it out.
            for key in ["selector"] {
                let kept = live.get("spec").and_then(|spec| spec.get(key)).cloned();
                if let (Some(kept), None) = (kept, object["spec"].get(key)) {
                    object["spec"][key] = kept;
                }
            }
        }
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

/// What a new pod is given: its class of service, tolerations of a failing node, a priority.
fn pod(object: &mut Value) {
    let class = quality_of_service(object);
    object["status"] = json!({"phase": "Pending", "qosClass": class});
    let spec = &mut object["spec"];
    if !spec.is_object() {
        return;
    }
    for effect in ["not-ready", "unreachable"] {
        let key = format!("node.kubernetes.io/{effect}");
        let list = spec["tolerations"].as_array();
        let has = list.into_iter().flatten().any(|toleration| {
            let named = toleration.get("key").and_then(Value::as_str).unwrap_or_default();
            let effect = toleration.get("effect").and_then(Value::as_str).unwrap_or_default();
            (named == key || named.is_empty()) && matches!(effect, "NoExecute" | "")
        });
        if has {
            continue;
        }
        let toleration = json!({
            "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300,
        });
        match &mut spec["tolerations"] {
            Value::Array(list) => list.push(toleration),
            none => *none = json!([toleration]),
        }
    }
    if spec.get("priority").is_none() {
        spec["priority"] = 0.into();
    }
    if spec.get("preemptionPolicy").is_none() {
        spec["preemptionPolicy"] = "PreemptLowerPriority".into();
    }
}

/// `Guaranteed` when every container is given all that it may take, `BestEffort` when none says a thing.
fn quality_of_service(pod: &Value) -> &'static str {
    let containers = ["containers", "initContainers"];
    let containers = containers.iter().filter_map(|key| pod.get("spec")?.get(*key)?.as_array());
    let mut any = false;
    let mut all = true;
    for container in containers.flatten() {
        let amounts = |key: &str, name: &str| {
            let amounts = container.get("resources").and_then(|r| r.get(key));
            amounts.and_then(|amounts| amounts.get(name)).cloned()
        };
        for name in ["cpu", "memory"] {
            let (limit, request) = (amounts("limits", name), amounts("requests", name));
            any |= limit.is_some() || request.is_some();
            all &= limit.is_some() && limit == request;
        }
    }
    match (any, all) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
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

/// A job finds its pods by its uid, unless told otherwise.
fn job(object: &mut Value) {
    let (uid, name) = (object.uid().to_owned(), object.name().to_owned());
    if object["spec"].get("manualSelector") == Some(&Value::Bool(true)) {
        return;
    }
    if !object["spec"]["template"].is_object() {
        return;
    }
    let labels: Map<String, Value> = [
        ("batch.kubernetes.io/controller-uid", uid.as_str()),
        ("batch.kubernetes.io/job-name", name.as_str()),
        ("controller-uid", uid.as_str()),
        ("job-name", name.as_str()),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.into()))
    .collect();
    let template = metadata_mut(&mut object["spec"]["template"]);
    match template.entry("labels").or_insert_with(|| json!({})) {
        Value::Object(map) => map.extend(labels.clone()),
        none => *none = labels.clone().into(),
    }
    if object["spec"].get("selector").is_none_or(Value::is_null) {
        object["spec"]["selector"] =
            json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}});
    }
    let metadata = metadata_mut(object);
    // A job without labels has its template's.
    if metadata.get("labels").is_none_or(Value::is_null) {
        let of_template = object["spec"]["template"]["metadata"]["labels"].clone();
        metadata_mut(object).insert("labels".into(), of_template);
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
