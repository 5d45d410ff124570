//! The fields that a kind doesn't let change.

use serde_json::Value;

use crate::field::FieldError;
use crate::resource::ResourceType;

const IMMUTABLE: &str = "field is immutable";
const WHEN_SET: &str = "field is immutable when `immutable` is set";

/// What a change touches that it may not.
pub(super) fn errors(resource: &ResourceType, object: &Value, live: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "ConfigMap" | "Secret") => frozen(resource, object, live, &mut errors),
        ("", "Pod") => pod(object, live, &mut errors),
        ("", "Service") => service(object, live, &mut errors),
        ("", "PersistentVolumeClaim") => claim(object, live, &mut errors),
        ("apps", "Deployment" | "ReplicaSet" | "DaemonSet") => {
            field("spec.selector", object, live, &mut errors);
        }
        ("apps", "StatefulSet") => stateful_set(object, live, &mut errors),
        ("batch", "Job") => {
            for path in
                ["spec.completions", "spec.selector", "spec.template", "spec.completionMode"]
            {
                field(path, object, live, &mut errors);
            }
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            if at(object, "roleRef") != at(live, "roleRef") {
                let why = "cannot change roleRef";
                errors.push(FieldError::invalid("roleRef", at(object, "roleRef"), why));
            }
        }
        ("storage.k8s.io", "StorageClass") => {
            for path in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
                if at(object, path) != at(live, path) {
                    let why = "updates to ".to_owned() + path + " are forbidden.";
                    errors.push(FieldError::forbidden(path, why));
                }
            }
        }
        ("scheduling.k8s.io", "PriorityClass") => {
            if at(object, "value") != at(live, "value") {
                errors.push(FieldError::forbidden("value", "may not be changed in an update."));
            }
        }
        _ => {}
    }
    errors
}

/// The value at a path of names; null where there is none.
fn at(object: &Value, path: &str) -> Value {
    let found = path.split('.').try_fold(object, |value, name| value.get(name));
    found.cloned().unwrap_or(Value::Null)
}

fn field(path: &str, object: &Value, live: &Value, errors: &mut Vec<FieldError>) {
    let new = at(object, path);
    if new != at(live, path) {
        errors.push(FieldError::invalid(path, new, IMMUTABLE));
    }
}

/// Config maps and secrets that say that they don't change.
fn frozen(resource: &ResourceType, object: &Value, live: &Value, errors: &mut Vec<FieldError>) {
    let is_secret = resource.kind == "Secret";
    if is_secret && at(object, "type") != at(live, "type") {
        errors.push(FieldError::invalid("type", at(object, "type"), IMMUTABLE));
    }
    if at(live, "immutable") != Value::Bool(true) {
        return;
    }
    if at(object, "immutable") != Value::Bool(true) {
        errors.push(FieldError::forbidden("immutable", WHEN_SET));
    }
    let is_empty = |value: &Value| value.as_object().is_none_or(serde_json::Map::is_empty);
    for key in ["data", "binaryData"] {
        let (new, old) = (at(object, key), at(live, key));
        if new != old && !(is_empty(&new) && is_empty(&old)) {
            errors.push(FieldError::forbidden(key, WHEN_SET));
        }
    }
}

/// A pod lets next to nothing change.
fn pod(object: &Value, live: &Value, errors: &mut Vec<FieldError>) {
    let fixed = |pod: &Value| {
        let mut spec = at(pod, "spec");
        if let Value::Object(map) = &mut spec {
            for key in [
                "activeDeadlineSeconds",
                "tolerations",
                "terminationGracePeriodSeconds",
                "nodeName",
            ] {
                map.remove(key);
            }
            for key in ["containers", "initContainers"] {
                for container in
                    map.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
                {
                    if let Value::Object(container) = container {
                        container.remove("image");
                        container.remove("imagePullPolicy");
                    }
                }
            }
        }
        spec
    };
    if fixed(object) != fixed(live) {
        let why = "pod updates may not change fields other than \
            `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,\
            `spec.tolerations` (only additions to existing tolerations),\
            `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
        errors.push(FieldError::forbidden("spec", why));
    }
}

fn service(object: &Value, live: &Value, errors: &mut Vec<FieldError>) {
    let has_address = |service: &Value| at(service, "spec.type") != "ExternalName";
    if has_address(object) && has_address(live) {
        let (new, old) = (at(object, "spec.clusterIP"), at(live, "spec.clusterIP"));
        if new != old && !old.is_null() && old != "" {
            let why = "may not change once set";
            errors.push(FieldError::invalid("spec.clusterIPs[0]", new, why));
        }
    }
}

fn claim(object: &Value, live: &Value, errors: &mut Vec<FieldError>) {
    let fixed = |claim: &Value| {
        let mut spec = at(claim, "spec");
        if let Value::Object(map) = &mut spec {
            map.remove("volumeAttributesClassName");
            map.remove("resources");
        }
        spec
    };
    let is_first = at(live, "spec.volumeName").is_null();
    let (mut new, old) = (fixed(object), fixed(live));
    if is_first && let Value::Object(map) = &mut new {
        map.remove("volumeName");
    }
    if new != old {
        let why = "spec is immutable after creation except resources.requests and \
                   volumeAttributesClassName for bound claims";
        errors.push(FieldError::forbidden("spec", why));
    }
}

fn stateful_set(object: &Value, live: &Value, errors: &mut Vec<FieldError>) {
    let fixed = |set: &Value| {
        let mut spec = at(set, "spec");
        if let Value::Object(map) = &mut spec {
            for key in [
                "replicas",
                "ordinals",
                "template",
                "updateStrategy",
                "revisionHistoryLimit",
                "persistentVolumeClaimRetentionPolicy",
                "minReadySeconds",
            ] {
                map.remove(key);
            }
        }
        spec
    };
    if fixed(object) != fixed(live) {
        let why = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
            'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
            'minReadySeconds' are forbidden";
        errors.push(FieldError::forbidden("spec", why));
    }
}
