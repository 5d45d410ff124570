//! Waits on the real server.

use std::time::Duration;

use kubeclient::{
    Api, ApiResource, DeleteParams, DynamicObject, ErrorKind, Patch, PatchParams, Stop, wait,
};
use serde_json::json;

use crate::common::{PATIENCE, Sandbox};
use crate::foo::{Namespace, definition};

fn soon() -> Stop {
    Stop::after(PATIENCE)
}

fn api(sandbox: &Sandbox, group: &str, kind: &str, plural: &str) -> Api<DynamicObject> {
    let kind = ApiResource::namespaced(group, "v1", kind, plural);
    Api::dynamic_namespaced(&sandbox.client, &kind, &sandbox.namespace)
}

#[test]
fn a_definition_is_waited_for_until_its_kind_is_served() {
    let Some(sandbox) = Sandbox::new() else { return };
    let kind = ApiResource::cluster(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
    );
    let definitions = Api::<DynamicObject>::dynamic(&sandbox.client, &kind);
    let group = format!("{}.example.com", sandbox.namespace);
    let mut made = definition();
    made["spec"]["group"] = group.as_str().into();
    let plural = made["spec"]["names"]["plural"].as_str().unwrap().to_owned();
    let name = format!("{plural}.{group}");
    made["metadata"]["name"] = name.as_str().into();
    definitions.apply(&name, "kubeclient-tests", &made).unwrap();
    wait::until(&definitions, &name, wait::established(), &soon()).unwrap();

    // Names that another one has are not accepted.
    let other = format!("others.{group}");
    made["metadata"]["name"] = other.as_str().into();
    made["spec"]["names"]["plural"] = "others".into();
    definitions.apply(&other, "kubeclient-tests", &made).unwrap();
    let error = wait::until(&definitions, &other, wait::established(), &soon()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unmet);
    assert!(error.to_string().contains("its names are not accepted"), "{error}");
    for name in [&name, &other] {
        definitions.delete(name, &DeleteParams::default()).unwrap();
        wait::deleted(&definitions, name, None, &soon()).unwrap();
    }
}

#[test]
fn a_job_is_waited_for_until_it_is_complete_or_failed() {
    let Some(sandbox) = Sandbox::new() else { return };
    let jobs = api(&sandbox, "batch", "Job", "jobs");
    let job = |name: &str| {
        json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
            "spec": {
                // Its controller leaves it alone, as there is nobody to run it.
                "managedBy": "example.com/nobody",
                "template": {"spec": {
                    "restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}],
                }},
            },
        })
    };
    for name in ["good", "bad"] {
        jobs.create(&serde_json::from_value(job(name)).unwrap()).unwrap();
    }
    let now = "2026-01-02T03:04:05Z";
    let condition = |kind: &str| json!({"type": kind, "status": "True", "reason": "Why", "message": "so", "lastTransitionTime": now});
    let end = |name: &str, kinds: [&str; 2], times: serde_json::Value| {
        let mut status = json!({"startTime": now, "conditions": kinds.map(condition)});
        status.as_object_mut().unwrap().extend(times.as_object().unwrap().clone());
        let patch = Patch::Merge(json!({"status": status}));
        jobs.patch_status(name, &patch, &PatchParams::default()).unwrap();
    };
    end("good", ["SuccessCriteriaMet", "Complete"], json!({"completionTime": now}));
    end("bad", ["FailureTarget", "Failed"], json!({}));
    wait::until(&jobs, "good", wait::complete(), &soon()).unwrap();
    wait::until(&jobs, "bad", wait::failed(), &soon()).unwrap();
    let error = wait::until(&jobs, "bad", wait::complete(), &soon()).unwrap_err();
    assert_eq!(error.to_string(), "Job bad: waiting for complete: it failed: Why: so");
}

#[test]
fn a_deployment_counts_when_its_latest_generation_is_observed() {
    let Some(sandbox) = Sandbox::new() else { return };
    let deployments = api(&sandbox, "apps", "Deployment", "deployments");
    let web = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": 0, "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "c", "image": "i"}]},
            },
        },
    });
    deployments.create(&serde_json::from_value(web).unwrap()).unwrap();
    // Its controller does not run.
    let observe = |status: serde_json::Value| {
        let patch = Patch::Merge(json!({"status": status}));
        deployments.patch_status("web", &patch, &PatchParams::default()).unwrap();
    };
    let available = |status: &str, reason: &str| json!([{"type": "Available", "status": status, "reason": reason, "message": ""}]);
    let enough = available("True", "MinimumReplicasAvailable");
    observe(json!({"observedGeneration": 1, "conditions": enough}));
    let both = || wait::and(wait::available(), wait::rolled_out());
    wait::until(&deployments, "web", both(), &soon()).unwrap();
    // What is asked for now nobody has looked at.
    let patch = Patch::Merge(json!({"spec": {"replicas": 1}}));
    deployments.patch("web", &patch, &PatchParams::default()).unwrap();
    let stop = Stop::after(Duration::from_millis(500));
    let error = wait::until(&deployments, "web", both(), &stop).unwrap_err();
    let why = "condition Available is True of generation 1, the latest is 2";
    let what = "Deployment web: waiting for available and rolled out";
    assert_eq!(error.to_string(), format!("{what}: {why}"));
    let too_few = available("False", "MinimumReplicasUnavailable");
    observe(json!({"observedGeneration": 2, "conditions": too_few}));
    let stop = Stop::after(Duration::from_millis(500));
    let error = wait::until(&deployments, "web", wait::available(), &stop).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Deployment web: waiting for available: condition Available is False (MinimumReplicasUnavailable)"
    );
    assert_eq!(error.last_object().unwrap().metadata.generation, 2);
}

#[test]
fn a_namespace_is_waited_for_until_it_is_gone() {
    let Some(sandbox) = Sandbox::new() else { return };
    let namespaces = Api::<Namespace>::all(&sandbox.client);
    let name = format!("{}-gone", sandbox.namespace);
    let made = Namespace { metadata: kubeclient::ObjectMeta::named(&name) };
    let uid = namespaces.create(&made).unwrap().metadata.uid;
    // The type has no status.
    let active = wait::json_path("{.status.phase}=Active").unwrap();
    wait::until(&namespaces, &name, active, &soon()).unwrap();
    namespaces.delete(&name, &DeleteParams::default()).unwrap();
    wait::deleted(&namespaces, &name, Some(&uid), &soon()).unwrap();
    assert!(namespaces.get_opt(&name).unwrap().is_none());
}
