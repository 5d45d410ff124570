//! Nodes: cordon, drain, evict, taint, with a disruption budget in the way.

use crate::normal;
use crate::step::{Step, kubectl, steps};

pub(crate) fn steps() -> Vec<Step> {
    steps![
        kubectl("create -f node.yaml"),
        kubectl("replace --subresource=status -f node.yaml"),
        kubectl("get nodes"),
        kubectl("get nodes -o wide --show-labels"),
        kubectl("create -f node-pods.yaml"),
        kubectl("replace --subresource=status -f node-pods.yaml"),
        kubectl("cordon plain"),
        kubectl("cordon plain"),
        kubectl("get node plain"),
        kubectl("describe node plain"),
        kubectl("uncordon plain"),
        kubectl("uncordon plain"),
        kubectl("taint node plain spot=yes:NoSchedule"),
        kubectl("taint node plain spot:NoSchedule-"),
        kubectl("label node plain disk=ssd"),
        kubectl("drain plain --dry-run=server --force").normal(normal::sorted),
        kubectl("drain plain"),
        kubectl("drain plain --force --timeout=20s").normal(normal::sorted),
        kubectl("get pods -A --field-selector=spec.nodeName=plain"),
        kubectl("create -f node-pods.yaml").normal(normal::nothing),
        kubectl("replace --subresource=status -f node-pods.yaml").normal(normal::nothing),
        kubectl("create -f budget.yaml"),
        kubectl(BUDGET_STATUS).normal(normal::patched),
        kubectl(
            "wait poddisruptionbudget/keep --for=jsonpath={.status.currentHealthy}=2 --timeout=20s"
        ),
        kubectl("get poddisruptionbudget"),
        kubectl("drain plain --force --timeout=1s").normal(normal::sorted),
        kubectl("get pods"),
        kubectl("create --raw /api/v1/namespaces/nodes/pods/first/eviction -f -").stdin(EVICTION),
        kubectl("delete poddisruptionbudget keep"),
        kubectl("drain plain --force --disable-eviction --timeout=20s").normal(normal::sorted),
        kubectl("get pods"),
        kubectl("drain nothing"),
        kubectl("delete node plain"),
    ]
}

const BUDGET_STATUS: &str = r#"patch poddisruptionbudget keep --subresource=status --type=merge -p '{"status":{"observedGeneration":1,"currentHealthy":2,"desiredHealthy":2,"expectedPods":2,"disruptionsAllowed":0}}'"#;

const EVICTION: &str = "
{\"apiVersion\": \"policy/v1\", \"kind\": \"Eviction\", \"metadata\": {\"name\": \"first\", \"namespace\": \"nodes\"}}
";
