//! Whose key an object of another cache queues.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::{Part, World, controlled_by, informer, quietly_panic, says_keys};
use crate::api::{Patch, PatchParams};
use crate::cache::ObjectKey;
use crate::meta::object_meta::{ObjectMeta, OwnerReference};

fn part(name: &str, owners: &[OwnerReference]) -> Part {
    let metadata = ObjectMeta { owner_references: owners.to_vec(), ..ObjectMeta::named(name) };
    Part { metadata }
}

#[test]
fn what_a_primary_object_controls_queues_its_key_and_nothing_else_does() {
    let world = World::with(&["a", "b"]);
    let controller = world.builder().owns(&informer(&world.parts)).build().unwrap();
    let (reconcile, said) = says_keys();
    let _running = controller.spawn(reconcile).unwrap();
    assert_eq!(said.set(2), ["a", "b"]);

    let [a, b] = ["a", "b"].map(|name| controlled_by(&world.things.get(name).unwrap()));
    // Named alike, but of another kind, another group, or no controller.
    let others = [
        OwnerReference { kind: "Pod".into(), ..a.clone() },
        OwnerReference { api_version: "example.com/v1".into(), ..a.clone() },
        OwnerReference { controller: Some(false), ..a.clone() },
        OwnerReference { controller: None, ..a.clone() },
    ];
    world.server.set_garbage_collection(false);
    for (number, owner) in others.into_iter().enumerate() {
        world.parts.create(&part(&format!("other-{number}"), &[owner])).unwrap();
    }
    world.parts.create(&part("none", &[])).unwrap();
    // Were one of them mapped, its key would come before this one.
    world.parts.create(&part("of-b", std::slice::from_ref(&b))).unwrap();
    assert_eq!(said.next(), "b");
    world.parts.create(&part("of-a", std::slice::from_ref(&a))).unwrap();
    assert_eq!(said.next(), "a");

    // It changes hands: both owners are to look.
    let patch = Patch::Merge(json!({"metadata": {"ownerReferences": [b]}}));
    world.parts.patch("of-a", &patch, &PatchParams::default()).unwrap();
    assert_eq!(said.set(2), ["a", "b"]);
    world.parts.delete("of-a", &Default::default()).unwrap();
    assert_eq!(said.next(), "b");
}

#[test]
fn a_function_maps_both_states_of_what_changes() {
    let world = World::with(&["a", "b"]);
    let uses = |part: &Part| {
        let used = part.metadata.annotations.get("uses");
        used.map(|name| ObjectKey::new("default", name)).into_iter().collect()
    };
    let controller = world.builder().watches(&informer(&world.parts), uses).build().unwrap();
    let (reconcile, said) = says_keys();
    let _running = controller.spawn(reconcile).unwrap();
    assert_eq!(said.set(2), ["a", "b"]);
    let mut new = part("p", &[]);
    new.metadata.annotations.insert("uses".into(), "a".into());
    world.parts.create(&new).unwrap();
    assert_eq!(said.next(), "a");
    let patch = Patch::Merge(json!({"metadata": {"annotations": {"uses": "b"}}}));
    world.parts.patch("p", &patch, &PatchParams::default()).unwrap();
    assert_eq!(said.set(2), ["a", "b"]);
}

#[test]
fn a_function_that_panics_loses_no_key() {
    static BREAKS: AtomicBool = AtomicBool::new(false);
    let world = World::with(&["a", "b"]);
    let breaks = || {
        if BREAKS.swap(false, Ordering::SeqCst) {
            quietly_panic("a mistake");
        }
    };
    let parts = informer(&world.parts);
    let builder = world.builder().watches(&parts, move |_| {
        breaks();
        Vec::new()
    });
    let controller = builder
        .filter(move |_| {
            breaks();
            true
        })
        .build()
        .unwrap();
    let (reconcile, said) = says_keys();
    let _running = controller.spawn(reconcile).unwrap();
    assert_eq!(said.set(2), ["a", "b"]);
    // Whom it is about is not known: all are looked at.
    BREAKS.store(true, Ordering::SeqCst);
    world.parts.create(&part("p", &[])).unwrap();
    assert_eq!(said.set(2), ["a", "b"]);
    // Of the primary cache it is known, also of what is gone.
    BREAKS.store(true, Ordering::SeqCst);
    world.delete("a");
    assert_eq!(said.next(), "-a");
    assert_eq!(parts.health().handlers[0].panics, 1);
}
