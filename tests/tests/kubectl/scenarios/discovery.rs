//! What the server says it has: kinds, versions, fields.

use crate::normal;
use crate::step::{Step, kubectl, steps};

pub(crate) fn steps() -> Vec<Step> {
    steps![
        kubectl("version"),
        kubectl("cluster-info"),
        kubectl("api-versions"),
        kubectl("api-resources"),
        kubectl("api-resources -o wide"),
        kubectl("api-resources --namespaced=false --verbs=list,watch -o name"),
        kubectl("api-resources --api-group=apps --no-headers"),
        kubectl("api-resources --categories=all --sort-by=name"),
        kubectl("get --raw /healthz"),
        kubectl("get --raw /readyz"),
        kubectl("get --raw /apis/apps").normal(normal::json),
        kubectl("get --raw /nope"),
        kubectl("explain configmap").normal(normal::fields),
        kubectl("explain deployment.spec.strategy").normal(normal::fields),
        kubectl("explain pod.spec.containers.ports").normal(normal::fields),
        kubectl("explain service --recursive").normal(normal::fields),
        kubectl("explain pods.spec.restartPolicy").normal(normal::fields),
        kubectl("explain horizontalpodautoscaler --api-version=autoscaling/v1")
            .normal(normal::fields),
        kubectl("explain pod.spec.nothing"),
        kubectl("explain nothing"),
        kubectl("get nothing"),
        kubectl("get deployments.v9.apps"),
        kubectl("get deployments.v1.apps,po"),
    ]
}
