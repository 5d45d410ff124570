//! Namespaces: those that a cluster begins with, and the end of those that are deleted.

use serde_json::{Value, json};

use crate::api::Cluster;
use crate::api::delete::options::DeleteOptions;
use crate::api::delete::remove_or_mark;
use crate::clock::seconds;
use crate::object::Object;
use crate::random;
use crate::store::{Key, Stored, Transaction};

/// The namespaces of a new cluster, and the service of its API.
pub(crate) fn begin(cluster: &Cluster, transaction: &mut Transaction<'_>) {
    let now = seconds(cluster.clock.now());
    for name in ["kube-system", "kube-public", "kube-node-lease", "default"] {
        let namespace = json!({
            "kind": "Namespace", "apiVersion": "v1",
            "metadata": {
                "name": name, "uid": random::uuid(), "creationTimestamp": now,
                "labels": {"kubernetes.io/metadata.name": name},
            },
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        });
        transaction.put(Key::new("namespaces", "", name), namespace);
    }
    let service = json!({
        "kind": "Service", "apiVersion": "v1",
        "metadata": {
            "name": "kubernetes", "namespace": "default", "uid": random::uuid(),
            "creationTimestamp": now,
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "ports": [{"name": "https", "protocol": "TCP", "port": 443, "targetPort": 6443}],
            "clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"], "type": "ClusterIP",
            "sessionAffinity": "None", "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
        },
        "status": {"loadBalancer": {}},
    });
    transaction.put(Key::new("services", "default", "kubernetes"), service);
}

/// Empties the namespaces that are going, and lets go of those that are empty.
pub(crate) fn settle(cluster: &Cluster, transaction: &mut Transaction<'_>) {
    let going = |stored: &Stored| stored.value.is_terminating();
    let namespaces: Vec<Stored> =
        transaction.list("namespaces", None).into_iter().filter(going).collect();
    if namespaces.is_empty() {
        return;
    }
    for namespace in namespaces {
        empty(cluster, transaction, &namespace);
        if contents(transaction, namespace.value.name()).is_empty() {
            finish(transaction, &namespace);
        }
    }
}

fn contents(transaction: &Transaction<'_>, namespace: &str) -> Vec<Stored> {
    let everything = transaction.everything().into_iter();
    everything.filter(|(key, _)| key.namespace == namespace).map(|(_, stored)| stored).collect()
}

/// Deletes all that is in a namespace.
fn empty(cluster: &Cluster, transaction: &mut Transaction<'_>, namespace: &Stored) {
    let registry = cluster.registry();
    let options = DeleteOptions {
        propagation: Some(crate::api::delete::options::Propagation::Background),
        ..DeleteOptions::default()
    };
    for stored in contents(transaction, namespace.value.name()) {
        if let Some(resource) = registry.stored_as(&stored.key.resource) {
            remove_or_mark(cluster, transaction, &resource, &stored, &options);
        }
    }
}

/// Takes the namespace's own finalizer; it goes when nothing else holds it.
fn finish(transaction: &mut Transaction<'_>, namespace: &Stored) {
    let mut value = namespace.value.clone();
    let finalizers = value.get_mut("spec").and_then(|spec| spec.get_mut("finalizers"));
    if let Some(Value::Array(list)) = finalizers {
        list.retain(|name| name != "kubernetes");
    }
    let is_free = crate::kinds::holds_itself(&value).is_none() && value.finalizers().is_empty();
    if is_free {
        transaction.remove(&namespace.key);
    } else if value != namespace.value {
        transaction.put(namespace.key.clone(), value);
    }
}
