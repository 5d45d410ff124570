//! Namespaces and what is in them; the last scenario, since it looks across all.

use crate::normal;
use crate::step::{Step, kubectl, steps};

pub(crate) fn steps() -> Vec<Step> {
    steps![
        kubectl("get namespaces --no-headers -o custom-columns=:.metadata.name"),
        kubectl("get namespace default kube-system"),
        kubectl("describe namespace namespaces"),
        kubectl("get configmaps --all-namespaces -l app=web"),
        kubectl("get services -A --field-selector=metadata.name=kubernetes"),
        kubectl("create -f -").stdin(DOOMED),
        kubectl("delete namespace doomed --timeout=25s"),
        kubectl("get namespace doomed"),
        kubectl("get configmap -n doomed"),
        kubectl("create -f loose.yaml -n doomed"),
        kubectl("delete namespace default"),
        kubectl("get all -n kube-system").normal(normal::nothing),
    ]
}

const DOOMED: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: doomed}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: inside, namespace: doomed}
";
