//! What an object of a built-in kind has when nothing is said.

mod batch;
mod others;
mod pod;
mod service;
mod storage;
mod workloads;

use serde_json::{Value, json};

/// Fills in what is missing.
pub(super) fn fill(group: &str, kind: &str, object: &mut Value) {
    match (group, kind) {
        ("", "Pod") => pod::spec(child(object, "spec"), true),
        ("", "PodTemplate") => pod::template(child(object, "template")),
        ("", "ReplicationController") => workloads::replication_controller(object),
        ("", "Service") => service::service(object),
        ("", "Endpoints") => others::endpoints(object),
        ("", "Event") => others::event(object),
        ("", "LimitRange") => others::limit_range(object),
        ("", "Namespace") => others::namespace(object),
        ("", "Node") => others::node(object),
        ("", "Secret") => others::secret(object),
        ("", "PersistentVolume") => storage::volume(object),
        ("", "PersistentVolumeClaim") => storage::claim(object),
        ("apps", "DaemonSet") => workloads::daemon_set(object),
        ("apps", "Deployment") => workloads::deployment(object),
        ("apps", "ReplicaSet") => workloads::replica_set(object),
        ("apps", "StatefulSet") => workloads::stateful_set(object),
        ("apps", "ControllerRevision") => default(object, "revision", 0),
        ("autoscaling", "HorizontalPodAutoscaler") => others::autoscaler(object),
        ("batch", "CronJob") => batch::cron_job(object),
        ("batch", "Job") => batch::job(child(object, "spec")),
        ("coordination.k8s.io", "Lease") => default(object, "spec", json!({})),
        ("discovery.k8s.io", "EndpointSlice") => others::endpoint_slice(object),
        ("networking.k8s.io", "Ingress") => others::ingress(object),
        ("networking.k8s.io", "NetworkPolicy") => others::network_policy(object),
        ("policy", "PodDisruptionBudget") => default(object, "spec", json!({})),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => {
            if object.get("rules").is_none() {
                object["rules"] = Value::Null;
            }
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            others::role_binding(object);
        }
        ("scheduling.k8s.io", "PriorityClass") => {
            default(object, "preemptionPolicy", "PreemptLowerPriority");
        }
        ("storage.k8s.io", "StorageClass") => {
            default(object, "reclaimPolicy", "Delete");
            default(object, "volumeBindingMode", "Immediate");
        }
        ("storage.k8s.io", "CSIDriver") => storage::csi_driver(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => others::definition(object),
        _ => {}
    }
}

/// Fills in the status that an object of the kind always shows.
pub(super) fn fill_status(group: &str, kind: &str, object: &mut Value) {
    let status = match (group, kind) {
        ("apps", "Deployment")
        | ("batch", "Job" | "CronJob")
        | ("", "ResourceQuota")
        | ("certificates.k8s.io", "CertificateSigningRequest") => json!({}),
        ("apps", "ReplicaSet") | ("", "ReplicationController") => json!({"replicas": 0}),
        ("apps", "StatefulSet") => json!({"replicas": 0, "availableReplicas": 0}),
        ("apps", "DaemonSet") => json!({
            "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0,
            "numberReady": 0,
        }),
        ("", "Service") | ("networking.k8s.io", "Ingress") => json!({"loadBalancer": {}}),
        ("", "PersistentVolumeClaim") => json!({"phase": "Pending"}),
        ("autoscaling", "HorizontalPodAutoscaler") => {
            json!({"desiredReplicas": 0, "currentMetrics": null})
        }
        ("policy", "PodDisruptionBudget") => json!({
            "disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0,
        }),
        _ => return,
    };
    if object.get("status").is_none() {
        object["status"] = status;
    }
}

/// The value of a key, made an object where it is missing.
fn child<'a>(value: &'a mut Value, key: &str) -> &'a mut Value {
    // What is no object where one belongs was refused before; here it only must not panic.
    if !value.is_object() {
        *value = json!({});
    }
    let child = &mut value[key];
    if !child.is_object() {
        *child = json!({});
    }
    child
}

/// Sets what is missing, null or an empty text.
fn default(value: &mut Value, key: &str, to: impl Into<Value>) {
    let Value::Object(map) = value else { return };
    if map.get(key).is_none_or(|value| value.is_null() || value == "") {
        map.insert(key.to_owned(), to.into());
    }
}

/// Does something to each item of a list, where there is one.
fn each(value: &mut Value, key: &str, mut change: impl FnMut(&mut Value)) {
    if let Some(list) = value.get_mut(key).and_then(Value::as_array_mut) {
        list.iter_mut().filter(|item| item.is_object()).for_each(&mut change);
    }
}

/// Does something to the value of a key, where there is one.
fn at(value: &mut Value, key: &str, change: impl FnOnce(&mut Value)) {
    if let Some(value) = value.get_mut(key).filter(|value| value.is_object()) {
        change(value);
    }
}

/// A text, empty where there is none.
fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests;
