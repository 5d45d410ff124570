//! Owners and dependents.

use serde_json::{Value, json};

use super::{World, world};
use crate::object::Object;

fn owner(name: &str, uid: &str, blocks: bool) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid, "blockOwnerDeletion": blocks})
}

fn owned(owners: &[Value]) -> Value {
    json!({"ownerReferences": owners})
}

fn delete(world: &World, name: &str, finalizer: Option<&str>) {
    world.delete("configmaps", "default", name, finalizer);
}

#[test]
fn dependents_go_with_their_owner_down_all_generations() {
    let world = world();
    let one = world.map("one", json!({}));
    let two = world.map("two", owned(&[owner("one", &one, false)]));
    world.map("three", owned(&[owner("two", &two, false)]));
    delete(&world, "one", None);
    assert!(!world.has("two") && !world.has("three"));
}

#[test]
fn a_dependent_of_two_owners_loses_the_reference_to_the_one_that_is_gone() {
    let world = world();
    let (one, two) = (world.map("one", json!({})), world.map("two", json!({})));
    let kept = owner("two", &two, false);
    world.map("child", owned(&[owner("one", &one, false), kept.clone()]));
    delete(&world, "one", None);
    assert_eq!(world.config_map("child").owner_references(), [kept]);
    delete(&world, "two", None);
    assert!(!world.has("child"));
}

#[test]
fn who_names_an_owner_that_is_not_there_goes() {
    let world = world();
    world.map("there", json!({}));
    world.map("missing", owned(&[owner("never", "u", false)]));
    world.map("other-uid", owned(&[owner("there", "u", false)]));
    assert!(!world.has("missing") && !world.has("other-uid") && world.has("there"));
}

#[test]
fn an_owner_in_another_namespace_is_none() {
    let world = world();
    world.put("namespaces", "", "other", json!({"spec": {"finalizers": ["kubernetes"]}}));
    let uid = world.put("configmaps", "other", "owner", json!({}));
    world.map("child", owned(&[owner("owner", &uid, false)]));
    assert!(!world.has("child"));
}

#[test]
fn who_names_an_owner_that_cannot_be_told_stays() {
    let world = world();
    let unknown = json!({"apiVersion": "ex.io/v1", "kind": "Widget", "name": "w", "uid": "u"});
    world.map("unknown", owned(&[unknown]));
    assert!(world.has("unknown"));
    let namespaced = json!({"metadata": owned(&[owner("never", "u", false)])});
    world.put("nodes", "", "cluster-scoped", namespaced);
    assert!(!world.get("nodes", "", "cluster-scoped").is_null());
}

#[test]
fn a_cluster_scoped_owner_takes_namespaced_dependents_with_it() {
    let world = world();
    let uid = world.put("nodes", "", "n", json!({}));
    let node = json!({"apiVersion": "v1", "kind": "Node", "name": "n", "uid": uid});
    world.map("child", owned(&[node]));
    assert!(world.has("child"));
    world.delete("nodes", "", "n", None);
    assert!(!world.has("child"));
}

#[test]
fn an_orphan_loses_the_reference_and_its_owner_goes() {
    let world = world();
    let uid = world.map("owner", json!({}));
    world.map("child", owned(&[owner("owner", &uid, true)]));
    delete(&world, "owner", Some("orphan"));
    assert!(!world.has("owner"));
    assert!(world.config_map("child").meta("ownerReferences").is_none());
}

#[test]
fn a_foreground_owner_waits_for_what_blocks() {
    let world = world();
    let uid = world.map("owner", json!({}));
    let mut child = owned(&[owner("owner", &uid, true)]);
    child["finalizers"] = json!(["a.b/c"]);
    world.map("child", child);
    world.map("quick", owned(&[owner("owner", &uid, true)]));
    delete(&world, "owner", Some("foregroundDeletion"));
    assert!(!world.has("quick") && world.config_map("child").is_terminating());
    assert_eq!(world.config_map("owner").finalizers(), ["foregroundDeletion"]);
    world.release("child");
    assert!(!world.has("child") && !world.has("owner"));
}

#[test]
fn a_foreground_owner_does_not_wait_for_what_does_not_block() {
    let world = world();
    let uid = world.map("owner", json!({}));
    let mut child = owned(&[owner("owner", &uid, false)]);
    child["finalizers"] = json!(["a.b/c"]);
    world.map("child", child);
    delete(&world, "owner", Some("foregroundDeletion"));
    assert!(!world.has("owner") && world.config_map("child").is_terminating());
}

#[test]
fn a_foreground_deletion_goes_down_from_the_leaves() {
    let world = world();
    let one = world.map("one", json!({}));
    let two = world.map("two", owned(&[owner("one", &one, true)]));
    let mut leaf = owned(&[owner("two", &two, true)]);
    leaf["finalizers"] = json!(["a.b/c"]);
    world.map("leaf", leaf);
    delete(&world, "one", Some("foregroundDeletion"));
    assert_eq!(world.config_map("two").finalizers(), ["foregroundDeletion"]);
    assert!(world.has("one"));
    world.release("leaf");
    assert!(!world.has("one") && !world.has("two") && !world.has("leaf"));
}

#[test]
fn a_circle_of_foreground_owners_is_deleted_and_ends() {
    let world = world();
    let one = world.map("one", json!({}));
    let two = world.map("two", owned(&[owner("one", &one, true)]));
    world.map("one", owned(&[owner("two", &two, true)]));
    delete(&world, "one", Some("foregroundDeletion"));
    assert!(!world.has("one") && !world.has("two"));
}

#[test]
fn a_thousand_dependents_go() {
    let world = world();
    let uid = world.map("owner", json!({}));
    for index in 0..1000 {
        world.map(&format!("child-{index}"), owned(&[owner("owner", &uid, false)]));
    }
    delete(&world, "owner", None);
    assert_eq!(world.cluster.store.list("configmaps", None, "").objects.len(), 0);
}
