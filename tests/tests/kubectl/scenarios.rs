//! What is asked of both servers. The scenarios run in this order.

mod access;
mod apply;
mod collection;
mod custom;
mod discovery;
mod edits;
mod generators;
mod logs;
mod namespaces;
mod nodes;
mod printing;
mod rollout;
mod waiting;

use crate::step::{Scenario, Step, kubectl};

/// All scenarios, each beginning with its namespace.
pub(crate) fn all() -> Vec<Scenario> {
    let scenarios = [
        ("discovery", discovery::steps()),
        ("apply", apply::steps()),
        ("server-side", apply::server_side()),
        ("edits", edits::steps()),
        ("printing", printing::steps()),
        ("watching", waiting::watches()),
        ("waiting", waiting::steps()),
        ("rollout", rollout::steps()),
        ("generators", generators::steps()),
        ("generated", generators::run_and_expose()),
        ("collection", collection::steps()),
        ("access", access::steps()),
        ("nodes", nodes::steps()),
        ("logs", logs::steps()),
        ("custom", custom::steps()),
        ("namespaces", namespaces::steps()),
    ];
    scenarios
        .into_iter()
        .map(|(name, mut steps)| {
            steps.insert(0, Step::from(kubectl("create -f -").stdin(NAMESPACE)));
            Scenario { name, steps }
        })
        .collect()
}

const NAMESPACE: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: {NAMESPACE}}}";
