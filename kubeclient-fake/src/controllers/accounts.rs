//! What each namespace has from the start: a service account and the authority's certificate.

use serde_json::{Value, json};

use crate::api::Cluster;
use crate::clock::seconds;
use crate::object::Object;
use crate::random;
use crate::store::{Key, Transaction};

/// Makes what is missing in every namespace that is not going.
pub(crate) fn settle(cluster: &Cluster, transaction: &mut Transaction<'_>) {
    for namespace in transaction.list("namespaces", None) {
        if namespace.value.is_terminating() {
            continue;
        }
        let name = namespace.value.name();
        let now = seconds(cluster.clock.now());
        let metadata = |own: &str| {
            json!({
                "name": own, "namespace": name, "uid": random::uuid(), "creationTimestamp": now,
            })
        };
        let account = Key::new("serviceaccounts", name, "default");
        if transaction.get(&account).is_none() {
            let value: Value = json!({
                "kind": "ServiceAccount", "apiVersion": "v1", "metadata": metadata("default"),
            });
            transaction.put(account, value);
        }
        let certificate = Key::new("configmaps", name, "kube-root-ca.crt");
        if transaction.get(&certificate).is_none() {
            let mut value = json!({
                "kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata("kube-root-ca.crt"),
                "data": {"ca.crt": cluster.authority()},
            });
            value["metadata"]["annotations"] = json!({
                "kubernetes.io/description":
                    "Contains a CA bundle that can be used to verify the kube-apiserver when using \
                     internal endpoints such as the internal service IP or kubernetes.default.svc. No \
                     other usage is guaranteed across distributions of Kubernetes clusters.",
            });
            transaction.put(certificate, value);
        }
    }
}
