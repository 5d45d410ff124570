//! Commands that watch: `get -w` and `wait`.

use crate::normal;
use crate::step::{Step, kubectl, steps};

pub(crate) fn watches() -> Vec<Step> {
    steps![
        kubectl("create -f pods.yaml"),
        kubectl("get pods -w --no-headers").lines(5).meanwhile(
            "two",
            steps![
                kubectl(RUNNING_ONE),
                kubectl("label pod two watched=yes"),
                kubectl("delete pod two"),
            ],
        ),
        kubectl("create -f pods.yaml"),
        // Each has something to show first: then its watch goes on from there, and misses nothing.
        kubectl("label pod two watched=yes"),
        kubectl("get pods -w -l watched=yes --output-watch-events").lines(4).meanwhile(
            "two",
            steps![kubectl("annotate pod two note=1"), kubectl("label pod two watched-")],
        ),
        kubectl("label pod one seen=first"),
        kubectl("get pod one -w -o 'jsonpath={.metadata.labels.seen}{\"\\n\"}'")
            .lines(3)
            .meanwhile(
                "first",
                steps![
                    kubectl("label pod one seen=second --overwrite"),
                    kubectl("label pod one seen=third --overwrite"),
                ],
            ),
        kubectl("create -f loose.yaml"),
        kubectl("get configmaps -w --output-watch-events").lines(4).meanwhile(
            "loose",
            steps![kubectl("annotate configmap loose note=1"), kubectl("delete configmap loose"),],
        ),
        kubectl(
            "get --raw '/api/v1/namespaces/watching/pods?watch=true&timeoutSeconds=1&labelSelector=none'"
        ),
    ]
}

pub(crate) fn steps() -> Vec<Step> {
    steps![
        kubectl("create -f pods.yaml"),
        kubectl("wait pod/one --for=condition=Ready --timeout=20s")
            .meanwhile("", steps![kubectl(RUNNING_ONE)]),
        kubectl("wait pod/one --for=condition=Ready=false --timeout=1s"),
        kubectl("wait pod/one --for=jsonpath={.status.phase}=Running --timeout=20s"),
        kubectl("wait pod --all --for=jsonpath={.status.phase}=Running --timeout=1s"),
        kubectl("wait pod/one --for=jsonpath={.status.podIP} --timeout=20s"),
        // It says nothing if the pod is gone when it looks, and nobody knows when it looks.
        kubectl("wait pod two --for=delete --timeout=20s")
            .meanwhile("", steps![kubectl("delete pod two")])
            .normal(normal::nothing),
        kubectl("wait pod/two --for=delete --timeout=20s"),
        kubectl("wait pod/two --for=condition=Ready --timeout=1s"),
        kubectl("wait configmap/loose --for=create --timeout=20s")
            .meanwhile("", steps![kubectl("create -f loose.yaml")]),
        kubectl("wait pod -l app=nothing --for=condition=Ready --timeout=1s"),
        kubectl("wait serviceaccount/default --for=create --timeout=20s"),
        kubectl("get serviceaccounts"),
        kubectl("describe serviceaccount default"),
    ]
}

const RUNNING_ONE: &str = r#"patch pod one --subresource=status -p '{"status":{"phase":"Running","podIP":"10.1.0.1","podIPs":[{"ip":"10.1.0.1"}],"conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2025-01-02T03:04:05Z"}],"containerStatuses":[{"name":"app","ready":true,"restartCount":0,"image":"app:1","imageID":"","state":{"running":{"startedAt":"2025-01-02T03:04:05Z"}}}]}}'"#;
