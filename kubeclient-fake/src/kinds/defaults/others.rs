//! The kinds with little to fill in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{at, child, default, each, text};
use crate::object::Object;

const RBAC: &str = "rbac.authorization.k8s.io";

pub(super) fn endpoints(object: &mut Value) {
    each(object, "subsets", |subset| {
        each(subset, "ports", |port| default(port, "protocol", "TCP"));
    });
}

pub(super) fn limit_range(object: &mut Value) {
    let spec = child(object, "spec");
    each(spec, "limits", |limit| {
        if text(limit, "type") != "Container" {
            return;
        }
        fill_from(limit, "default", "max");
        fill_from(limit, "defaultRequest", "default");
        fill_from(limit, "defaultRequest", "min");
    });
}

/// Gives a map the entries of another that it lacks.
fn fill_from(value: &mut Value, to: &str, from: &str) {
    let Some(Value::Object(from)) = value.get(from).cloned() else { return };
    let to = child(value, to);
    from.into_iter().for_each(|(key, amount)| default(to, &key, amount));
}

pub(super) fn namespace(object: &mut Value) {
    let name = object.name().to_owned();
    if !name.is_empty() {
        let labels = child(child(object, "metadata"), "labels");
        labels["kubernetes.io/metadata.name"] = name.into();
    }
    child(object, "spec");
    default(child(object, "status"), "phase", "Active");
}

pub(super) fn node(object: &mut Value) {
    child(object, "spec");
    let status = child(object, "status");
    if let Some(capacity) = status.get("capacity").cloned() {
        default(status, "allocatable", capacity);
    }
    let spec = child(object, "spec");
    if let Some(range) = spec.get("podCIDR").cloned() {
        // The first of the ranges is the one that has a field of its own.
        if spec.get("podCIDRs").and_then(|all| all.get(0)) != Some(&range) {
            spec["podCIDRs"] = json!([range]);
        }
    }
}

/// What is written as text is stored with the rest.
pub(super) fn secret(object: &mut Value) {
    default(object, "type", "Opaque");
    let Value::Object(map) = object else { return };
    let Some(Value::Object(texts)) = map.remove("stringData") else { return };
    if texts.is_empty() {
        return;
    }
    let data = map.entry("data").or_insert_with(|| Map::new().into());
    if !data.is_object() {
        *data = Map::new().into();
    }
    for (key, value) in texts {
        let text = value.as_str().unwrap_or_default();
        data[key] = STANDARD.encode(text).into();
    }
}

/// In version 2, in which they are stored; in version 1 nothing but the least count is filled in.
pub(super) fn autoscaler(object: &mut Value) {
    let is_v2 = text(object, "apiVersion") == "autoscaling/v2";
    let spec = child(object, "spec");
    default(spec, "minReplicas", 1);
    if !is_v2 {
        return;
    }
    let has_metrics = spec.get("metrics").and_then(Value::as_array).is_some_and(|m| !m.is_empty());
    if !has_metrics {
        spec["metrics"] = json!([{
            "type": "Resource",
            "resource": {
                "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80},
            },
        }]);
    }
    at(spec, "behavior", |behavior| {
        let rule =
            |kind: &str, value: i64| json!({"type": kind, "value": value, "periodSeconds": 15});
        let up = child(behavior, "scaleUp");
        default(up, "stabilizationWindowSeconds", 0);
        default(up, "selectPolicy", "Max");
        default(up, "policies", json!([rule("Pods", 4), rule("Percent", 100)]));
        let down = child(behavior, "scaleDown");
        default(down, "selectPolicy", "Max");
        default(down, "policies", json!([rule("Percent", 100)]));
    });
}

pub(super) fn endpoint_slice(object: &mut Value) {
    each(object, "endpoints", |endpoint| default(endpoint, "conditions", json!({})));
    each(object, "ports", |port| {
        if port.get("name").is_none() {
            port["name"] = "".into();
        }
        default(port, "protocol", "TCP");
    });
    for key in ["endpoints", "ports"] {
        if let Value::Object(map) = object {
            map.entry(key).or_insert(Value::Null);
        }
    }
}

pub(super) fn network_policy(object: &mut Value) {
    let spec = child(object, "spec");
    default(spec, "podSelector", json!({}));
    for key in ["ingress", "egress"] {
        each(spec, key, |rule| each(rule, "ports", |port| default(port, "protocol", "TCP")));
    }
    let has_egress = spec.get("egress").and_then(Value::as_array).is_some_and(|e| !e.is_empty());
    let types = if has_egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
    default(spec, "policyTypes", types);
}

pub(super) fn role_binding(object: &mut Value) {
    default(child(object, "roleRef"), "apiGroup", RBAC);
    each(object, "subjects", |subject| {
        if matches!(text(subject, "kind"), "User" | "Group") {
            default(subject, "apiGroup", RBAC);
        }
    });
}

pub(super) fn definition(object: &mut Value) {
    let spec = child(object, "spec");
    if spec.get("conversion").is_none_or(Value::is_null) {
        spec["conversion"] = json!({"strategy": "None"});
    }
    let names = child(spec, "names");
    let kind = text(names, "kind").to_owned();
    if !kind.is_empty() {
        default(names, "singular", kind.to_ascii_lowercase());
        default(names, "listKind", format!("{kind}List"));
    }
    let versions: Vec<Value> = spec
        .get("versions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|version| version.get("storage") == Some(&Value::Bool(true)))
        .filter_map(|version| version.get("name").cloned())
        .collect();
    let status = child(object, "status");
    if status.get("storedVersions").is_none_or(Value::is_null) {
        status["storedVersions"] = versions.into();
    }
}
