//! Lists the pods of a namespace in pages of 500.

use std::collections::BTreeMap;
use std::process::ExitCode;

use kubeclient::core_v1::{Container, Pod};
use kubeclient::{Clientset, ListParams, ObjectMeta};
use kubeclient_examples::{Outcome, Session, run};

/// How many pods the example makes where it has a server of its own: three pages.
const PODS: usize = 1200;

fn main() -> ExitCode {
    run("list_pods", list_pods)
}

fn list_pods(session: &Session) -> Outcome {
    let pods = Clientset::new(&session.client).core_v1().pods(&session.namespace);
    // A cluster is spared most of them.
    let count = if session.server.is_some() { PODS } else { 5 };
    for number in 0..count {
        pods.create(&pod(&format!("pod-{number:04}")))?;
    }

    // A page is asked for when the iterator comes to it; none is held longer than that.
    let params = ListParams::default().limit(500);
    let mut phases = BTreeMap::new();
    for pod in pods.list_all(&params) {
        *phases.entry(pod?.status.phase).or_insert(0) += 1;
    }
    println!("list_all    {phases:?}");

    // The same by hand: each answer says where the next page begins.
    let mut page = pods.list(&params)?;
    loop {
        let last = page.items.last().map(|pod| pod.metadata.name.as_str()).unwrap_or_default();
        println!("page        {} pods, up to {last}", page.items.len());
        if !page.has_more() {
            return Ok(());
        }
        page = pods.list(&params.clone().continue_token(page.metadata.continue_token))?;
    }
}

fn pod(name: &str) -> Pod {
    let mut pod = Pod { metadata: ObjectMeta::named(name), ..Pod::default() };
    pod.spec.containers.push(Container {
        name: "pause".into(),
        image: "registry.k8s.io/pause:3.10".into(),
        ..Container::default()
    });
    pod
}
