//! Finalizers.

use serde::de::DeserializeOwned;
use serde_json::json;

use super::super::Action;
use super::super::finalizer::{Finalizer, FinalizerError, FinalizerEvent};
use super::{Thing, World};
use crate::api::{Api, Patch, PatchParams};
use crate::error::Error;
use crate::meta::dynamic::DynamicObject;
use crate::meta::object_meta::ObjectMeta;
use crate::meta::partial::PartialObjectMetadata;
use crate::meta::resource::{Metadata, Object, Resource};

fn finalizer() -> Finalizer {
    Finalizer::new("example.com/part").unwrap()
}

fn with_finalizers(world: &World, name: &str, finalizers: &[&str]) -> Thing {
    let finalizers = finalizers.iter().map(|name| (*name).to_owned()).collect();
    let metadata = ObjectMeta { finalizers, ..ObjectMeta::named(name) };
    world.things.create(&Thing { metadata, ..Thing::default() }).unwrap()
}

fn set(world: &World, name: &str, finalizers: &[&str]) {
    let patch = Patch::Merge(json!({"metadata": {"finalizers": finalizers}}));
    world.things.patch(name, &patch, &PatchParams::default()).unwrap();
}

fn finalizers(world: &World, name: &str) -> Vec<String> {
    world.things.get(name).unwrap().metadata.finalizers
}

/// Reconciles; what it was told to do, and what came of it.
fn reconcile(
    world: &World,
    thing: &Thing,
    outcome: Result<Action, &'static str>,
) -> (Option<&'static str>, Result<Action, FinalizerError>) {
    let mut told = None;
    // Of all namespaces: the object's own is meant.
    let things = Api::<Thing>::all(&world.client);
    let action = finalizer().reconcile(&things, thing, |event| {
        assert!(finalizer().is_on(event.object()));
        told = Some(match event {
            FinalizerEvent::Apply(_) => "apply",
            FinalizerEvent::Cleanup(_) => "cleanup",
        });
        outcome
    });
    (told, action)
}

const DONE: Result<Action, &str> = Ok(Action(super::super::action::Next::Done));

#[test]
fn it_is_put_on_before_the_work_and_taken_off_after_the_cleanup() {
    let world = World::new();
    for others in [&[][..], &["other.io/a"], &["other.io/a", "other.io/b"]] {
        let thing = with_finalizers(&world, "a", others);
        let (told, action) = reconcile(&world, &thing, Ok(Action::requeue_with_backoff()));
        assert_eq!((told, action.unwrap()), (Some("apply"), Action::requeue_with_backoff()));
        let (now, ours) = (finalizers(&world, "a"), "example.com/part".to_owned());
        assert_eq!(
            now,
            [others.iter().map(|name| (*name).to_owned()).collect(), vec![ours]].concat()
        );
        // It stands there already: nothing is written.
        let version = world.things.get("a").unwrap().metadata.resource_version;
        let (told, action) = reconcile(&world, &world.things.get("a").unwrap(), DONE);
        assert_eq!((told, action.unwrap()), (Some("apply"), Action::done()));
        assert_eq!(world.things.get("a").unwrap().metadata.resource_version, version);

        world.delete("a");
        let thing = world.things.get("a").unwrap();
        // Not over yet, or failed: it stays.
        let (told, action) = reconcile(&world, &thing, Ok(Action::requeue_with_backoff()));
        assert_eq!((told, action.unwrap()), (Some("cleanup"), Action::requeue_with_backoff()));
        let (_, action) = reconcile(&world, &thing, Err("the zone is locked"));
        assert!(
            matches!(&action, Err(FinalizerError::Cleanup(error)) if error.to_string().contains("locked"))
        );
        assert_eq!(finalizers(&world, "a"), now);
        let (told, action) = reconcile(&world, &thing, DONE);
        assert_eq!((told, action.unwrap()), (Some("cleanup"), Action::done()));
        match others {
            [] => assert!(world.things.get_opt("a").unwrap().is_none()),
            others => {
                assert_eq!(finalizers(&world, "a"), others);
                // Ours no longer: nothing is done.
                let (told, action) = reconcile(&world, &world.things.get("a").unwrap(), DONE);
                assert_eq!((told, action.unwrap()), (None, Action::done()));
                set(&world, "a", &[]);
            }
        }
    }
}

/// Objects whose type declares no field for finalizers, or has nothing but metadata.
#[test]
fn it_goes_for_untyped_objects_and_for_metadata_alike() {
    let world = World::new();
    let untyped =
        Api::<DynamicObject>::dynamic_namespaced(&world.client, &Thing::api_resource(), "default");
    let metadata = world.things.read_as::<PartialObjectMetadata<Thing>>();
    comes_and_goes(&world, "untyped", &untyped);
    comes_and_goes(&world, "metadata", &metadata);
}

fn comes_and_goes<T: Object + DeserializeOwned>(world: &World, name: &str, api: &Api<T>) {
    world.create(name);
    let reconcile = |expected: &str| {
        let object = api.get(name).unwrap();
        let outcome = finalizer().reconcile(api, &object, |event| {
            let told = match event {
                FinalizerEvent::Apply(_) => "apply",
                FinalizerEvent::Cleanup(_) => "cleanup",
            };
            assert_eq!((told, event.object().metadata().name()), (expected, name));
            Ok::<_, Error>(Action::done())
        });
        assert_eq!(outcome.unwrap(), Action::done());
    };
    reconcile("apply");
    assert_eq!(finalizers(world, name), ["example.com/part"]);
    world.delete(name);
    reconcile("cleanup");
    assert!(world.things.get_opt(name).unwrap().is_none());
}

#[test]
fn where_others_changed_the_finalizers_meanwhile_it_comes_again() {
    let world = World::new();
    let thing = with_finalizers(&world, "a", &[]);
    set(&world, "a", &["other.io/a"]);
    let (told, action) = reconcile(&world, &thing, DONE);
    assert_eq!((told, action.unwrap()), (None, Action::requeue_with_backoff()));
    assert_eq!(finalizers(&world, "a"), ["other.io/a"]);

    set(&world, "a", &["example.com/part", "other.io/a"]);
    world.delete("a");
    let thing = world.things.get("a").unwrap();
    // Ours stands elsewhere now.
    set(&world, "a", &["other.io/a", "example.com/part"]);
    let (told, action) = reconcile(&world, &thing, DONE);
    assert_eq!((told, action.unwrap()), (Some("cleanup"), Action::requeue_with_backoff()));
    assert_eq!(finalizers(&world, "a"), ["other.io/a", "example.com/part"]);
    let (_, action) = reconcile(&world, &world.things.get("a").unwrap(), DONE);
    assert_eq!(action.unwrap(), Action::done());
    assert_eq!(finalizers(&world, "a"), ["other.io/a"]);
}

#[test]
fn an_object_that_is_gone_or_another_of_its_name_is_left_alone() {
    let world = World::new();
    let thing = with_finalizers(&world, "a", &[]);
    world.delete("a");
    let (told, action) = reconcile(&world, &thing, DONE);
    assert_eq!((told, action.unwrap()), (None, Action::done()));
    with_finalizers(&world, "a", &[]);
    let (told, action) = reconcile(&world, &thing, DONE);
    assert_eq!((told, action.unwrap()), (None, Action::done()));
    assert!(finalizers(&world, "a").is_empty());
}

#[test]
fn what_the_server_refuses_is_an_error() {
    let world = World::new();
    let thing = with_finalizers(&world, "a", &[]);
    let refusal = kubeclient_fake::Fault::status(422, "Invalid", "a rule").verb("patch");
    let refused = world.server.inject(refusal);
    let (told, action) = reconcile(&world, &thing, DONE);
    assert!(told.is_none());
    assert!(matches!(action, Err(FinalizerError::Add(error)) if error.is_invalid()));
    drop(refused);
    let (told, action) = reconcile(&world, &thing, Err("not yet"));
    assert_eq!(told, Some("apply"));
    assert!(matches!(action, Err(FinalizerError::Apply(_))));
}

#[test]
fn a_name_has_a_domain() {
    for name in ["example.com/part", "a/b", "my-app.example.com/Clean_up.1"] {
        assert_eq!(Finalizer::new(name).unwrap().name(), name);
    }
    for name in
        ["", "part", "/part", "example.com/", "Example.com/part", "example.com/a/b", "a b/c"]
    {
        let error: Error = Finalizer::new(name).unwrap_err();
        assert!(error.to_string().contains("expected `domain/name`"), "{error}");
    }
}
