//! What the real server was seen to answer, asked of this one.

mod pods;
mod reviews;
mod scales;

use serde_json::{Value, json};

use crate::api::testing::World;

const PODS: &str = "/api/v1/namespaces/default/pods";

/// Makes a pod with the label `app: x` and these containers.
#[track_caller]
fn pod(world: &World, name: &str, containers: &[&str]) {
    let containers: Vec<Value> =
        containers.iter().map(|name| json!({"name": name, "image": "i"})).collect();
    let pod = json!({
        "metadata": {"name": name, "labels": {"app": "x"}}, "spec": {"containers": containers},
    });
    world.create(PODS, &pod);
}

/// Says that a pod runs.
#[track_caller]
fn run(world: &World, name: &str, ready: &str) {
    let status = json!({"status": {
        "phase": "Running", "conditions": [{"type": "Ready", "status": ready}],
    }});
    let answer = world.ask("PATCH", &format!("{PODS}/{name}/status"), &status);
    assert_eq!(answer.status, 200, "{}", answer.body);
}

fn path(name: &str, subresource: &str) -> String {
    format!("{PODS}/{name}/{subresource}")
}

fn named(name: &str) -> Value {
    json!({"metadata": {"name": name}})
}
