//! The end of namespaces, and their service accounts.

use serde_json::{Value, json};

use super::{World, world};
use crate::object::metadata_mut;

fn namespace(world: &World) {
    let active = json!({"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}});
    world.put("namespaces", "", "n", active);
}

fn condition(world: &World, kind: &str) -> Value {
    let namespace = world.get("namespaces", "", "n");
    let conditions = namespace["status"]["conditions"].as_array().cloned().unwrap_or_default();
    conditions.into_iter().find(|condition| condition["type"] == kind).unwrap_or_default()
}

#[test]
fn a_namespace_goes_with_its_content() {
    let world = world();
    namespace(&world);
    world.put("configmaps", "n", "a", json!({}));
    world.put("configmaps", "default", "b", json!({}));
    world.delete("namespaces", "", "n", None);
    assert!(
        world.get("namespaces", "", "n").is_null() && world.get("configmaps", "n", "a").is_null()
    );
    assert!(world.get("serviceaccounts", "n", "default").is_null());
    assert!(world.has("b"));
}

#[test]
fn a_namespace_waits_for_what_has_finalizers_and_says_so() {
    let world = world();
    namespace(&world);
    world.put("configmaps", "n", "kept", json!({"metadata": {"finalizers": ["a.b/c"]}}));
    world.delete("namespaces", "", "n", None);
    assert!(world.get("configmaps", "n", "kept")["metadata"]["deletionTimestamp"].is_string());
    let content = condition(&world, "NamespaceContentRemaining");
    assert_eq!(
        (&content["status"], &content["reason"], &content["message"]),
        (
            &json!("True"),
            &json!("SomeResourcesRemain"),
            &json!("Some resources are remaining: configmaps. has 1 resource instances")
        )
    );
    assert_eq!(
        condition(&world, "NamespaceFinalizersRemaining")["message"],
        "Some content in the namespace has finalizers remaining: a.b/c in 1 resource instances"
    );
    assert_eq!(condition(&world, "NamespaceDeletionContentFailure")["status"], "False");
    world.change("configmaps", "n", "kept", |value| {
        metadata_mut(value).remove("finalizers");
    });
    assert!(world.get("namespaces", "", "n").is_null());
}

#[test]
fn a_namespace_with_a_finalizer_of_its_own_loses_only_the_servers() {
    let world = world();
    namespace(&world);
    world.change("namespaces", "", "n", |value| {
        metadata_mut(value).insert("finalizers".into(), json!(["a.b/c"]));
    });
    world.delete("namespaces", "", "n", None);
    let left = world.get("namespaces", "", "n");
    assert_eq!(left["spec"], json!({}));
    assert_eq!(condition(&world, "NamespaceContentRemaining")["reason"], "ContentRemoved");
    world.change("namespaces", "", "n", |value| {
        metadata_mut(value).remove("finalizers");
    });
    assert!(world.get("namespaces", "", "n").is_null());
}

#[test]
fn another_finalizer_in_the_specification_stays() {
    let world = world();
    namespace(&world);
    world.change("namespaces", "", "n", |value| {
        value["spec"]["finalizers"] = json!(["kubernetes", "a.b/c"]);
    });
    world.delete("namespaces", "", "n", None);
    assert_eq!(world.get("namespaces", "", "n")["spec"]["finalizers"], json!(["a.b/c"]));
}

#[test]
fn a_running_pod_has_its_grace_and_keeps_the_namespace() {
    let world = world();
    namespace(&world);
    world.put("pods", "n", "p", json!({"metadata": {"generation": 1}, "spec": {"nodeName": "x"}}));
    world.put("pods", "n", "unscheduled", json!({"spec": {}}));
    world.delete("namespaces", "", "n", None);
    let pod = world.get("pods", "n", "p");
    assert_eq!(pod["metadata"]["deletionGracePeriodSeconds"], 30);
    assert_eq!(pod["metadata"]["generation"], 2);
    assert!(world.get("pods", "n", "unscheduled").is_null());
    assert!(!world.get("namespaces", "", "n").is_null());
}

#[test]
fn every_namespace_has_a_service_account_that_comes_back() {
    let world = world();
    namespace(&world);
    let account = world.get("serviceaccounts", "n", "default");
    assert_eq!(account["kind"], "ServiceAccount");
    world.delete("serviceaccounts", "n", "default", None);
    let again = world.get("serviceaccounts", "n", "default");
    assert_ne!(account["metadata"]["uid"], again["metadata"]["uid"]);
    assert!(again["metadata"]["uid"].is_string());
}
