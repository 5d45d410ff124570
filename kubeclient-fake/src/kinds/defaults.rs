//! What an object of a built-in kind has when nothing is said.

mod batch;
mod others;
mod pod;
mod policies;
mod service;
mod storage;
mod workloads;

use serde_json::{Value, json};

/// Fills in what is missing.
pub(super) fn fill(group: &str, kind: &str, object: &mut Value) {
    match (group, kind) {
        ("", "Pod") => {
            pod::spec(child(object, "spec"), true);
            pod::addresses(object);
        }
        ("", "PodTemplate") => pod::template(child(object, "template")),
        ("", "ReplicationController") => workloads::replication_controller(object),
        ("", "Service") => service::service(object),
        ("", "Endpoints") => others::endpoints(object),
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
        ("autoscaling", "HorizontalPodAutoscaler") => others::autoscaler(object),
        ("batch", "CronJob") => batch::cron_job(object),
        ("batch", "Job") => {
            batch::job(child(object, "spec"));
            batch::label(object);
        }
        ("discovery.k8s.io", "EndpointSlice") => others::endpoint_slice(object),
        ("networking.k8s.io", "NetworkPolicy") => others::network_policy(object),
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
        ("networking.k8s.io", "IngressClass") => {
            at(object, "spec", |spec| {
                at(spec, "parameters", |parameters| default(parameters, "scope", "Cluster"));
            });
        }
        ("admissionregistration.k8s.io", kind) => policies::admission(kind, object),
        ("flowcontrol.apiserver.k8s.io", kind) => policies::flow(kind, object),
        ("apiregistration.k8s.io", "APIService") => {
            at(object, "spec", |spec| at(spec, "service", |service| default(service, "port", 443)));
        }
        ("resource.k8s.io", "ResourceClaim") => {
            at(object, "spec", policies::device_requests);
        }
        ("resource.k8s.io", "ResourceClaimTemplate") => {
            at(object, "spec", |spec| at(spec, "spec", policies::device_requests));
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => others::definition(object),
        _ => {}
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
