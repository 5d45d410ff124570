//! Sets that are waited for: until they are ready, until they are gone; and definitions, before what they define.

use std::time::Duration;

use kubeclient_fake::Fault;
use serde_json::json;

use super::super::*;
use super::{PATIENCE, custom, read, server};
use crate::api::{Api, Patch, PatchParams};
use crate::clock::ManualClock;
use crate::error::{Error, ErrorKind};
use crate::meta::api_resource::ApiResource;
use crate::meta::dynamic::DynamicObject;
use crate::rest::RestClient;
use crate::stop::Stop;

/// The definition, as a server has it that has not looked at it yet.
fn unestablished(client: &RestClient) -> String {
    let resource = ApiResource::cluster(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
    );
    let definitions = Api::<DynamicObject>::dynamic(client, &resource);
    let mut definition = definitions.get("crontabs.stable.example.com").unwrap();
    definition.data.remove("status");
    serde_json::to_string(&definition).unwrap()
}

#[test]
fn a_stop_while_a_definition_is_waited_for_is_told_as_one() {
    let (server, client) = server();
    Applier::new(&client, "test").apply(&custom(), |_| {}).unwrap().into_result().unwrap();
    let _faults = ["get", "patch"].map(|verb| {
        let answer = Fault::answer(200, "application/json", unestablished(&client));
        server.inject(answer.verb(verb).resource("customresourcedefinitions"))
    });
    let (stop, manual) = (Stop::new(), ManualClock::new());
    let mut applier = Applier::new(&client, "test").with_stop(&stop);
    applier.clock = manual.clock();
    let waiter = std::thread::spawn(move || applier.apply(&custom(), |_| {}).unwrap());
    manual.wait_for_sleepers(1);
    stop.stop();
    let summary = waiter.join().unwrap();
    assert_eq!((summary.failures.len(), summary.skipped), (0, 1), "{summary}");
    assert!(summary.into_result().unwrap_err().is_stopped());
}

#[test]
fn a_definition_that_did_not_change_is_waited_for_until_it_is_established() {
    let (server, client) = server();
    Applier::new(&client, "test").apply(&custom(), |_| {}).unwrap().into_result().unwrap();
    let _faults = ["get", "patch"].map(|verb| {
        let answer = Fault::answer(200, "application/json", unestablished(&client));
        server.inject(answer.verb(verb).resource("customresourcedefinitions").once())
    });
    server.requests().clear();
    let summary = Applier::new(&client, "test").apply(&custom(), |_| {}).unwrap();
    assert_eq!(summary.count(Change::Unchanged), 2, "{summary}");
    let reads = server.requests().verb("get").resource("customresourcedefinitions");
    assert_eq!(reads.count(), 2);
}

#[test]
fn a_definition_that_cannot_be_read_holds_no_custom_resource_up() {
    for fault in [
        Fault::status(403, "Forbidden", "no"),
        // Behind the read before the apply.
        Fault::status(400, "BadRequest", "no").skip(1).times(2),
    ] {
        let (server, client) = server();
        let _fault = server.inject(fault.verb("get").resource("customresourcedefinitions"));
        let summary = Applier::new(&client, "test").apply(&custom(), |_| {}).unwrap();
        assert!(summary.is_complete(), "{summary}");
    }
}

/// Jobs of these names, which nobody runs.
fn jobs(names: &[&str]) -> Manifests {
    let job = |name: &&str| {
        format!(
            "{{apiVersion: batch/v1, kind: Job, metadata: {{name: {name}}}, spec: {{template: {{spec: \
             {{restartPolicy: Never, containers: [{{name: a, image: a}}]}}}}}}}}\n"
        )
    };
    read(&names.iter().map(job).collect::<Vec<_>>().join("---\n"))
}

/// Makes a job count as ready.
fn suspend(client: &RestClient, name: &str) {
    let jobs = ApiResource::namespaced("batch", "v1", "Job", "jobs");
    let suspend = json!({"spec": {"suspend": true}});
    Api::<DynamicObject>::dynamic_namespaced(client, &jobs, "default")
        .patch(name, &Patch::Merge(suspend), &PatchParams::default())
        .unwrap();
}

#[test]
fn what_is_not_reached_in_time_is_not_asked_for() {
    let (server, client) = server();
    let set = jobs(&["a", "b"]);
    let applier = Applier::new(&client, "test");
    applier.apply(&set, |_| {}).unwrap().into_result().unwrap();
    server.requests().clear();
    let summary = applier.wait_ready(&set, Duration::from_millis(100), |_| {}).unwrap();
    assert_eq!(summary.failures.len(), 2, "{summary}");
    assert!(summary.to_string().contains("not within 100ms: it was not its turn"), "{summary}");
    assert_eq!(server.requests().resource("jobs").name("b").count(), 0);
    let error = summary.into_result().unwrap_err();
    assert!(error.is_timeout() && Error::from(error).is_timeout());
    applier.wait_ready(&set, Duration::ZERO, |_| {}).unwrap();
    assert_eq!(server.requests().resource("jobs").name("b").count(), 1);
}

#[test]
fn ready_is_waited_for_and_what_never_is_times_out_with_the_reason() {
    let (server, client) = server();
    let set = jobs(&["a"]);
    let applier = Applier::new(&client, "test");
    applier.apply(&set, |_| {}).unwrap().into_result().unwrap();
    let summary = applier.wait_ready(&set, Duration::from_secs(1), |_| {}).unwrap();
    let error = summary.failures[0].result.as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.to_string(), "not within 1s: the job is not complete");

    server.requests().clear();
    let waiter = {
        let (applier, set) = (applier.clone(), set.clone());
        std::thread::spawn(move || applier.wait_ready(&set, PATIENCE, |_| {}).unwrap())
    };
    server.requests().verb("watch").answered().wait_for(1, PATIENCE).unwrap();
    suspend(&client, "a");
    assert_eq!(waiter.join().unwrap().count(Change::Ready), 1);
    // What is as awaited is read once, and not watched.
    server.requests().clear();
    assert_eq!(applier.wait_ready(&set, PATIENCE, |_| {}).unwrap().count(Change::Ready), 1);
    assert_eq!(server.requests().resource("jobs").count(), 1);

    applier.delete(&set, |_| {}).unwrap().into_result().unwrap();
    let gone = applier.wait_gone(&set, PATIENCE, |_| {}).unwrap();
    assert_eq!(gone.count(Change::Absent), 1, "{gone}");
}

#[test]
fn a_server_that_can_not_answer_is_waited_for() {
    let (server, client) = server();
    let set = jobs(&["a"]);
    let applier = Applier::new(&client, "test");
    applier.apply(&set, |_| {}).unwrap().into_result().unwrap();
    suspend(&client, "a");
    let down = || Fault::status(503, "ServiceUnavailable", "down").resource("jobs").times(2);
    server.inject(down()).keep();
    let summary = applier.wait_ready(&set, PATIENCE, |_| {}).unwrap();
    assert_eq!(summary.count(Change::Ready), 1, "{summary}");
    // Also when it is asked for its kinds.
    server.inject(Fault::status(503, "ServiceUnavailable", "down").path("/apis").times(1)).keep();
    let summary = Applier::new(&client, "test").wait_ready(&set, PATIENCE, |_| {}).unwrap();
    assert_eq!(summary.count(Change::Ready), 1, "{summary}");
    applier.delete(&set, |_| {}).unwrap().into_result().unwrap();
    server.inject(down()).keep();
    let summary = applier.wait_gone(&set, PATIENCE, |_| {}).unwrap();
    assert_eq!(summary.count(Change::Absent), 1, "{summary}");
    // Without time to wait, the answer counts.
    server.inject(down()).keep();
    let summary = applier.wait_gone(&set, Duration::ZERO, |_| {}).unwrap();
    assert!(Error::from(summary.into_result().unwrap_err()).is_service_unavailable());
}

#[test]
fn an_object_that_failed_is_waited_for_no_longer() {
    let (server, client) = server();
    let failed = json!([{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]);
    let set = jobs(&["a"]);
    let mut job = serde_json::to_value(&set.iter().next().unwrap().object).unwrap();
    job["status"] = json!({"conditions": failed});
    server.seed(&job.to_string()).unwrap();
    let summary = Applier::new(&client, "test").wait_ready(&set, PATIENCE, |_| {}).unwrap();
    let error = summary.into_result().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unmet);
    let text = "1 failed: job.batch/a: it failed: BackoffLimitExceeded";
    assert_eq!(format!("{:#}", Error::from(error)), text);
}
