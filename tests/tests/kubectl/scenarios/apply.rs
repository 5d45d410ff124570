//! Apply, on the client's side and on the server's, and what goes with it: diff, replace, prune.

use crate::step::{Step, kubectl, steps};

pub(crate) fn steps() -> Vec<Step> {
    steps![
        kubectl("apply -f web.yaml"),
        kubectl("apply -f web.yaml"),
        kubectl("get deployment web -o yaml"),
        kubectl("get service web -o yaml --show-managed-fields"),
        kubectl("diff -f web.yaml"),
        kubectl("diff -f web-changed.yaml"),
        kubectl("apply -f web-changed.yaml"),
        kubectl("get deployment web -o yaml --show-managed-fields"),
        kubectl("apply view-last-applied configmap/web"),
        kubectl("apply set-last-applied -f web.yaml"),
        kubectl("apply -f web.yaml --dry-run=server"),
        kubectl("apply -f web.yaml --dry-run=client"),
        kubectl("apply -f web.yaml --prune -l app=web --prune-allowlist=core/v1/ConfigMap"),
        kubectl("apply -f web-changed.yaml --prune -l app=web --prune-allowlist=core/v1/ConfigMap"),
        kubectl("get configmap -l app=web -o name"),
        kubectl("apply -f -").stdin(UNKNOWN_FIELD),
        kubectl("apply -f - --validate=warn").stdin(UNKNOWN_FIELD),
        kubectl("apply -f - --validate=ignore").stdin(UNKNOWN_FIELD),
        kubectl("apply -f -").stdin(WRONG_TYPE),
        kubectl("apply -f -").stdin(WRONG_NAME),
        kubectl("apply -f kindless.yaml"),
        kubectl("apply -f -").stdin(ELSEWHERE),
        kubectl("create -f web.yaml"),
        kubectl("replace -f web-changed.yaml"),
        kubectl("replace -f -").stdin(MISSING),
        kubectl("replace --force -f -").stdin(UNKNOWN_KEY),
        kubectl("get configmap loose -o yaml"),
        kubectl("delete -f web.yaml"),
        kubectl("delete -f web.yaml --ignore-not-found"),
        kubectl("get deployment web"),
    ]
}

pub(crate) fn server_side() -> Vec<Step> {
    steps![
        kubectl("apply --server-side -f web.yaml"),
        kubectl("apply --server-side -f web.yaml"),
        kubectl("get deployment web -o yaml --show-managed-fields"),
        kubectl("scale deployment web --replicas=5"),
        kubectl("apply --server-side -f web.yaml"),
        kubectl("apply --server-side --field-manager=other -f web-changed.yaml"),
        kubectl("apply --server-side --field-manager=other --force-conflicts -f web-changed.yaml"),
        kubectl("get deployment web -o yaml --show-managed-fields"),
        kubectl("diff --server-side -f web.yaml"),
        kubectl("diff --server-side --force-conflicts -f web.yaml"),
        kubectl("apply --server-side --dry-run=server --force-conflicts -f web.yaml -o name"),
        kubectl("create -f loose.yaml"),
        kubectl("apply -f loose.yaml"),
        kubectl("apply --server-side -f loose.yaml"),
        kubectl("get configmap loose -o yaml --show-managed-fields"),
        kubectl("apply --server-side -f -").stdin(UNKNOWN_FIELD),
        kubectl("apply --server-side -f -").stdin(TWICE_THE_PORT),
        kubectl("apply --server-side -f - -o yaml --show-managed-fields").stdin(LABELS_ONLY),
        kubectl("apply --server-side -f - -o yaml --show-managed-fields").stdin(NO_LABELS),
    ]
}

const UNKNOWN_FIELD: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: loose}
data: {k: v}
color: blue
";

const UNKNOWN_KEY: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: loose, labels: {a: b}}
data: {other: value}
";

const WRONG_TYPE: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: many}
";

const WRONG_NAME: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: Not_A_Name}
";

const ELSEWHERE: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: x, namespace: elsewhere}
";

const MISSING: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: missing}
";

const TWICE_THE_PORT: &str = "
apiVersion: v1
kind: Service
metadata: {name: twice}
spec:
  ports:
  - {port: 80, protocol: TCP}
  - {port: 80, protocol: TCP}
";

const LABELS_ONLY: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: labelled, labels: {a: b, c: d}}
data: {k: v}
";

const NO_LABELS: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: labelled}
data: {k: w}
";
