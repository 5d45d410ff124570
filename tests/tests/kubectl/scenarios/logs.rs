//! What containers wrote: on the real side kwok serves it.

use crate::normal;
use crate::step::{Step, kubectl, log, steps};

pub(crate) fn steps() -> Vec<Step> {
    steps![
        kubectl("create -f -").stdin(NODE),
        kubectl("replace --subresource=status -f -").stdin(NODE),
        kubectl("create -f log-pods.yaml"),
        kubectl("replace --subresource=status -f log-pods.yaml"),
        log("web", "app", "begin"),
        log("web", "app", "second line"),
        log("web", "app", "third line"),
        log("web", "side", "beside"),
        log("job", "app", "done"),
        kubectl("logs web"),
        kubectl("logs web -c side"),
        kubectl("logs web --all-containers --prefix").normal(normal::sorted),
        kubectl("logs web --tail=1"),
        kubectl("logs web --tail=0"),
        kubectl("logs web --tail=-5"),
        kubectl("logs web --timestamps"),
        kubectl("logs web --since-time=2025-01-02T03:04:05Z"),
        kubectl("logs web --since-time=2999-01-02T03:04:05Z"),
        kubectl("logs web --limit-bytes=8"),
        kubectl("logs -l role=logs --tail=1 --prefix").normal(normal::sorted),
        kubectl("logs job"),
        kubectl("logs web -f")
            .lines(4)
            .meanwhile("third", steps![log("web", "app", "while you looked")]),
        kubectl("logs web -f --tail=1")
            .lines(2)
            .meanwhile("looked", steps![log("web", "app", "and again")]),
        kubectl("logs web -c nothing"),
        kubectl("logs nothing"),
        kubectl("logs waiting"),
        kubectl("logs deployment/nothing"),
        kubectl("delete node logs"),
    ]
}

const NODE: &str = "
apiVersion: v1
kind: Node
metadata: {name: logs}
status:
  addresses: [{type: InternalIP, address: 127.0.0.1}]
  daemonEndpoints: {kubeletEndpoint: {Port: {KUBELET_PORT}}}
";
