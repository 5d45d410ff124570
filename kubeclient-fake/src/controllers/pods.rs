//! Pods that run at once, where a test wants that: a scheduler, a node and its kubelet in one step.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::Change;
use super::desk::Desk;
use crate::api::Cluster;
use crate::object::{Object, metadata_mut};
use crate::store::Stored;

/// Where pods run that were given no node.
const NODE: &str = "node";
/// Its address.
const HOST: &str = "10.0.0.1";
/// Who writes what a node says of its pods.
const KUBELET: &str = "kubelet";

impl Cluster {
    /// Whether pods run at once when they are created, and go at once when they are deleted. It holds for
    /// what happens from now on.
    pub(crate) fn set_run_pods(&self, on: bool) {
        self.subresources.run_pods.store(on, Ordering::SeqCst);
    }

    pub(crate) fn runs_pods(&self) -> bool {
        self.subresources.run_pods.load(Ordering::SeqCst)
    }
}

/// Lets a pod run that doesn't yet, or go that shall.
pub(super) fn react(desk: &mut Desk<'_, '_>, change: Change<'_>) {
    if &*change.key.resource != "pods" || change.after.is_none() {
        return;
    }
    let Some(live) = desk.get(change.key) else { return };
    if live.value.is_terminating() {
        stop(desk, &live);
    } else if is_waiting(&live.value) {
        let bound = bind(desk, &live);
        let running = run(&bound.value, desk.time, desk.transaction.version());
        desk.save(&bound, running, KUBELET, "status");
    }
}

/// Ends the grace. A pod with finalizers waits for those only.
fn stop(desk: &mut Desk<'_, '_>, live: &Stored) {
    if live.value.finalizers().is_empty() {
        desk.transaction.remove(&live.key);
        return;
    }
    let mut object = live.value.clone();
    metadata_mut(&mut object).insert("deletionGracePeriodSeconds".into(), 0.into());
    if object != live.value {
        desk.transaction.put(live.key.clone(), object);
    }
}

fn is_waiting(pod: &Value) -> bool {
    let phase = pod.get("status").and_then(|status| status.get("phase")).and_then(Value::as_str);
    let gates = pod["spec"].get("schedulingGates").and_then(Value::as_array);
    matches!(phase, None | Some("" | "Pending")) && gates.is_none_or(Vec::is_empty)
}

/// The pod on a node.
fn bind(desk: &mut Desk<'_, '_>, live: &Stored) -> Stored {
    let node = live.value.get("spec").and_then(|spec| spec.get("nodeName"));
    if node.and_then(Value::as_str).is_some_and(|node| !node.is_empty()) {
        return live.clone();
    }
    let mut object = live.value.clone();
    object["spec"]["nodeName"] = NODE.into();
    desk.transaction.put(live.key.clone(), object)
}

/// The pod as it runs; the number makes its address.
fn run(pod: &Value, now: &str, number: u64) -> Value {
    let condition = |kind: &str| json!({"type": kind, "status": "True", "lastProbeTime": null, "lastTransitionTime": now});
    let kinds =
        ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
    let conditions: Value = kinds.iter().map(|kind| condition(kind)).collect();
    let address = format!("10.1.{}.{}", (number / 250) % 250, number % 250 + 1);
    let started = json!({"running": {"startedAt": now}});
    let mut object = pod.clone();
    let mut status = pod.get("status").cloned().unwrap_or_else(|| json!({}));
    if let (Value::Object(status), Value::Object(news)) = (
        &mut status,
        json!({
            "phase": "Running", "conditions": conditions, "startTime": now,
            "hostIP": HOST, "hostIPs": [{"ip": HOST}], "podIP": address, "podIPs": [{"ip": address}],
            "containerStatuses": statuses(pod, "containers", &started),
        }),
    ) {
        status.extend(news);
        let over = json!({"terminated": {
            "exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now,
        }});
        let inits = statuses(pod, "initContainers", &over);
        if !inits.is_empty() {
            status.insert("initContainerStatuses".into(), inits.into());
        }
    }
    object["status"] = status;
    object
}

/// What is said of each container in a list.
fn statuses(pod: &Value, list: &str, state: &Value) -> Vec<Value> {
    let containers = pod.get("spec").and_then(|spec| spec.get(list)).and_then(Value::as_array);
    let status = |container: &Value| {
        json!({
            "name": container["name"], "image": container["image"], "imageID": "",
            "ready": true, "restartCount": 0, "started": state.get("running").is_some(),
            "state": state, "lastState": {},
        })
    };
    containers.into_iter().flatten().map(status).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::api::testing::world;

    #[test]
    fn pods_run_at_once_where_that_is_wanted() {
        let world = world();
        world.cluster.set_run_pods(true);
        let pods = "/api/v1/namespaces/default/pods";
        let spec = json!({
            "initContainers": [{"name": "i", "image": "j"}],
            "containers": [{"name": "c", "image": "d"}],
        });
        world.create(pods, &json!({"metadata": {"name": "p"}, "spec": spec}));
        let pod = world.get(&format!("{pods}/p")).body;
        assert_eq!(
            (&pod["status"]["phase"], &pod["spec"]["nodeName"]),
            (&json!("Running"), &json!("node"))
        );
        let status = &pod["status"]["containerStatuses"][0];
        assert_eq!((&status["name"], &status["ready"]), (&json!("c"), &json!(true)));
        assert_eq!(pod["status"]["initContainerStatuses"][0]["state"]["terminated"]["exitCode"], 0);
        let managers = pod["metadata"]["managedFields"].as_array().unwrap();
        assert!(
            managers
                .iter()
                .any(|entry| entry["manager"] == "kubelet" && entry["subresource"] == "status")
        );
        world.delete(&format!("{pods}/p"));
        assert_eq!(world.get(&format!("{pods}/p")).status, 404);
    }

    #[test]
    fn a_stopped_pod_waits_for_its_finalizers_only() {
        let world = world();
        world.cluster.set_run_pods(true);
        let pods = "/api/v1/namespaces/default/pods";
        let spec = json!({"containers": [{"name": "c", "image": "d"}]});
        let metadata = json!({"name": "p", "finalizers": ["x/y"]});
        world.create(pods, &json!({"metadata": metadata, "spec": spec}));
        world.delete(&format!("{pods}/p"));
        let pod = world.get(&format!("{pods}/p")).body;
        assert_eq!(pod["metadata"]["deletionGracePeriodSeconds"], 0);
        world.ask("PATCH", &format!("{pods}/p"), &json!({"metadata": {"finalizers": null}}));
        assert_eq!(world.get(&format!("{pods}/p")).status, 404);
    }

    #[test]
    fn pods_do_not_run_by_themselves() {
        let world = world();
        let pods = "/api/v1/namespaces/default/pods";
        let spec = json!({"containers": [{"name": "c", "image": "d"}]});
        world.create(pods, &json!({"metadata": {"name": "p"}, "spec": spec}));
        assert_eq!(world.get(&format!("{pods}/p")).body["status"]["phase"], "Pending");
    }
}
