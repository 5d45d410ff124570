//! Disruption budgets.

use serde_json::{Value, json};

use super::{World, world};

const BUDGETS: &str = "poddisruptionbudgets.policy";

fn budget(world: &World, spec: Value) {
    let mut spec = spec;
    spec["selector"] = json!({"matchLabels": {"app": "x"}});
    world.put(BUDGETS, "default", "b", json!({"metadata": {"generation": 3}, "spec": spec}));
}

fn pod(world: &World, name: &str, is_ready: bool, owner: Option<&Value>) {
    let ready = if is_ready { "True" } else { "False" };
    let mut pod = json!({
        "metadata": {"labels": {"app": "x"}},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    });
    if let Some(owner) = owner {
        pod["metadata"]["ownerReferences"] = json!([owner]);
    }
    world.put("pods", "default", name, pod);
}

/// Allowed, healthy, desired, expected.
#[track_caller]
fn check(world: &World, expected: [i64; 4], reason: &str) {
    let status = &world.get(BUDGETS, "default", "b")["status"];
    let keys = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"];
    assert_eq!(keys.map(|key| status[key].as_i64().unwrap_or(-1)), expected, "{status}");
    assert_eq!(status["conditions"][0]["reason"], reason);
}

#[test]
fn a_count_of_pods_that_must_stay() {
    let world = world();
    budget(&world, json!({"minAvailable": 1}));
    check(&world, [0, 0, 1, 0], "InsufficientPods");
    pod(&world, "one", false, None);
    check(&world, [0, 0, 1, 1], "InsufficientPods");
    pod(&world, "one", true, None);
    check(&world, [0, 1, 1, 1], "InsufficientPods");
    pod(&world, "two", true, None);
    check(&world, [1, 2, 1, 2], "SufficientPods");
    let status = world.get(BUDGETS, "default", "b")["status"].clone();
    assert_eq!(status["observedGeneration"], 3);
    assert_eq!(status["conditions"][0]["status"], "True");
    world.delete("pods", "default", "two", None);
    check(&world, [0, 1, 1, 1], "InsufficientPods");
}

#[test]
fn shares_are_of_what_controllers_want() {
    let world = world();
    let set = world.put("replicasets.apps", "default", "rs", json!({"spec": {"replicas": 3}}));
    let owner = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "rs", "uid": set, "controller": true,
    });
    pod(&world, "one", true, Some(&owner));
    pod(&world, "two", true, Some(&owner));
    budget(&world, json!({"maxUnavailable": 1}));
    check(&world, [0, 2, 2, 3], "InsufficientPods");
    budget(&world, json!({"maxUnavailable": "50%"}));
    check(&world, [1, 2, 1, 3], "SufficientPods");
    budget(&world, json!({"minAvailable": "34%"}));
    check(&world, [0, 2, 2, 3], "InsufficientPods");
    let other = json!({
        "apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "u", "controller": true,
    });
    let mut orphaned = other.clone();
    orphaned["uid"] = world.put("jobs.batch", "default", "j", json!({})).into();
    pod(&world, "three", true, Some(&orphaned));
    check(&world, [0, 2, 2, 3], "SyncFailed");
    assert_eq!(
        world.get(BUDGETS, "default", "b")["status"]["conditions"][0]["message"],
        "jobs.batch does not implement the scale subresource"
    );
}

#[test]
fn a_replica_set_of_a_deployment_counts_as_the_deployment() {
    let world = world();
    let deployment =
        world.put("deployments.apps", "default", "d", json!({"spec": {"replicas": 4}}));
    let reference = |kind: &str, name: &str, uid: &str| {
        json!({
            "apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true,
        })
    };
    let owned = json!([reference("Deployment", "d", &deployment)]);
    let set = json!({"metadata": {"ownerReferences": owned}, "spec": {"replicas": 2}});
    let set = world.put("replicasets.apps", "default", "rs", set);
    pod(&world, "one", true, Some(&reference("ReplicaSet", "rs", &set)));
    budget(&world, json!({"maxUnavailable": "50%"}));
    check(&world, [0, 1, 2, 4], "InsufficientPods");
}

#[test]
fn what_was_evicted_is_not_healthy_any_more() {
    let world = world();
    budget(&world, json!({"minAvailable": 1}));
    pod(&world, "one", true, None);
    pod(&world, "two", true, None);
    world.change(BUDGETS, "default", "b", |value| {
        let now = crate::clock::seconds(jiff::Timestamp::now());
        value["status"]["disruptedPods"] = json!({"one": now, "gone": now});
    });
    check(&world, [0, 1, 1, 2], "InsufficientPods");
    let status = &world.get(BUDGETS, "default", "b")["status"];
    assert_eq!(status["disruptedPods"].as_object().unwrap().len(), 1);
}
