//! The objects that a cluster begins with: the API server makes them when it starts.

use serde_json::{Value, json};

/// The address of the API inside a cluster.
const API: &str = "10.0.0.1";

/// What is there before anyone writes, in the order in which it is made. They lack what every object gets: uid,
/// time, version.
pub(crate) fn objects() -> Vec<Value> {
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
