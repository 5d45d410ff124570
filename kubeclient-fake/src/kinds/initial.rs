//! The objects that a cluster begins with: the API server makes them when it starts.

use serde_json::{Value, json};

use super::unowned;
use crate::api::Cluster;
use crate::apply::{self, Manager};
use crate::clock::seconds;
use crate::failure::Result;
use crate::object::{Object, metadata_mut};
use crate::random;
use crate::store::{Key, Transaction};

/// The address of the API inside a cluster.
const API: &str = "10.0.0.1";
/// What is allocated to a Service.
const ALLOCATED: [&str; 2] = ["clusterIPs", "ipFamilies"];

/// Makes them.
///
/// # Errors
/// None, but those of counting who owns the fields.
pub(crate) fn make(cluster: &Cluster, transaction: &mut Transaction<'_>) -> Result<()> {
    let now = seconds(cluster.clock.now());
    let registry = cluster.registry();
    for mut object in objects() {
        let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
        let Some(resource) = registry.of_kind(text("apiVersion"), text("kind")) else { continue };
        let manager = Manager {
            name: "kube-apiserver".to_owned(),
            api_version: resource.api_version(),
            subresource: String::new(),
            time: now.clone(),
        };
        let ignored = unowned(&resource, "");
        // What is allocated nobody owns.
        let spec = object.get_mut("spec").and_then(Value::as_object_mut);
        let allocated = spec.map(|spec| ALLOCATED.map(|key| (key, spec.remove(key))));
        apply::update(resource.schema.get(), None, &mut object, &manager, ignored)?;
        for (key, value) in allocated.into_iter().flatten() {
            if let Some(value) = value {
                object["spec"][key] = value;
            }
        }
        let metadata = metadata_mut(&mut object);
        metadata.insert("uid".into(), random::uuid().into());
        metadata.insert("creationTimestamp".into(), now.as_str().into());
        let key = Key::new(&resource.storage(), object.namespace(), object.name());
        transaction.put(key, object);
    }
    Ok(())
}

/// What is there before anyone writes, in the order in which it is made. They lack what every object gets: uid,
/// time, version.
fn objects() -> Vec<Value> {
    let namespaces = ["kube-system", "kube-public", "kube-node-lease", "default"];
    let mut objects: Vec<Value> = namespaces.into_iter().map(namespace).collect();
    objects.push(addresses());
    objects.extend([
        priority_class(
            "system-node-critical",
            2_000_001_000,
            "Used for system critical pods that must not be moved from their current node.",
        ),
        priority_class(
            "system-cluster-critical",
            2_000_000_000,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if \
             necessary.",
        ),
    ]);
    objects.extend(administrator());
    objects.push(service());
    objects
}

fn namespace(name: &str) -> Value {
    json!({
        "kind": "Namespace", "apiVersion": "v1",
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    })
}

fn addresses() -> Value {
    json!({
        "kind": "ServiceCIDR", "apiVersion": "networking.k8s.io/v1", "metadata": {"name": "kubernetes"},
        "spec": {"cidrs": ["10.0.0.0/24"]},
        "status": {},
    })
}

fn priority_class(name: &str, value: i64, description: &str) -> Value {
    json!({
        "kind": "PriorityClass", "apiVersion": "scheduling.k8s.io/v1",
        "metadata": {"name": name, "generation": 1},
        "value": value, "description": description, "preemptionPolicy": "PreemptLowerPriority",
    })
}

/// The role that may do everything, and who has it.
fn administrator() -> [Value; 2] {
    const VERSION: &str = "rbac.authorization.k8s.io/v1";
    let metadata = json!({
        "name": "cluster-admin",
        "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
        "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
    });
    [
        json!({
            "kind": "ClusterRole", "apiVersion": VERSION, "metadata": metadata,
            "rules": [
                {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
                {"verbs": ["*"], "nonResourceURLs": ["*"]},
            ],
        }),
        json!({
            "kind": "ClusterRoleBinding", "apiVersion": VERSION, "metadata": metadata,
            "subjects": [
                {"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "system:masters"},
            ],
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin",
            },
        }),
    ]
}

fn service() -> Value {
    json!({
        "kind": "Service", "apiVersion": "v1",
        "metadata": {
            "name": "kubernetes", "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "ports": [{"name": "https", "protocol": "TCP", "port": 443, "targetPort": 6443}],
            "clusterIP": API, "clusterIPs": [API], "type": "ClusterIP", "sessionAffinity": "None",
            "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "internalTrafficPolicy": "Cluster",
        },
        "status": {"loadBalancer": {}},
    })
}
