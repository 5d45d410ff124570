//! Which keys are reconciled, and when.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kubeclient_fake::Fault;
use serde_json::json;

use super::super::{Action, Controller, ControllerBuilder, ReconcileRequest, generation_changed};
use super::{PATIENCE, Part, Thing, World, eventually, informer, says_keys};
use crate::api::{Api, Patch, PatchParams};
use crate::cache::{InformerFactory, ObjectKey};
use crate::error::{Error, ErrorKind};
use crate::meta::dynamic::DynamicObject;
use crate::meta::partial::PartialObjectMetadata;
use crate::meta::resource::Resource;
use crate::stop::Stop;

#[test]
fn what_is_there_what_changes_and_what_goes_is_reconciled() {
    let world = World::with(&["a", "b"]);
    let controller = world.builder().build().unwrap();
    let (reconcile, said) = says_keys();
    let running = controller.spawn(reconcile).unwrap();
    assert_eq!(said.set(2), ["a", "b"]);
    world.create("c");
    assert_eq!(said.next(), "c");
    world.change("a", "1");
    assert_eq!(said.next(), "a");
    world.delete("b");
    assert_eq!(said.next(), "-b");
    let health = controller.health();
    assert!(health.is_running && health.is_synced && health.retrying == 0);
    running.stop();
    running.join(&Stop::after(PATIENCE)).unwrap();
    assert!(!controller.health().is_running);
    assert!(said.so_far().is_empty());
}

#[test]
fn an_object_whose_end_nobody_saw_is_reconciled() {
    let world = World::with(&["a", "b"]);
    let controller = world.builder().build().unwrap();
    let (reconcile, said) = says_keys();
    let _running = controller.spawn(reconcile).unwrap();
    assert_eq!(said.set(2), ["a", "b"]);
    let refused = world.server.inject(Fault::status(503, "ServiceUnavailable", "no").verb("watch"));
    world.server.drop_watches();
    world.delete("b");
    world.server.compact();
    drop(refused);
    said.until("-b");
}

/// Ends a run also where a test fails: its scope waits for it.
struct StopAtEnd<'a>(&'a Stop);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

#[test]
fn a_key_is_never_with_two_workers_and_none_is_lost() {
    let world = World::with(&["a", "b", "c"]);
    let controller = world.builder().workers(8).build().unwrap();
    let (asked, seen) = (AtomicUsize::new(0), Mutex::new(HashMap::<String, usize>::new()));
    let (active, at_once) = (Mutex::new(HashMap::<String, usize>::new()), AtomicUsize::new(0));
    let stop = Stop::new();
    let enter = |name: &str| {
        let mut active = active.lock().unwrap();
        let workers = active.entry(name.into()).or_default();
        *workers += 1;
        assert_eq!(*workers, 1, "{name} is with two workers");
        at_once.fetch_max(active.values().sum(), Ordering::SeqCst);
    };
    std::thread::scope(|scope| {
        let _end = StopAtEnd(&stop);
        let run = scope.spawn(|| {
            controller.run(&stop, |request| {
                enter(request.name());
                let latest = asked.load(Ordering::SeqCst);
                std::thread::yield_now();
                seen.lock().unwrap().insert(request.name().into(), latest);
                *active.lock().unwrap().get_mut(request.name()).unwrap() -= 1;
                Ok::<_, Error>(Action::done())
            })
        });
        eventually("synced", || controller.health().is_synced);
        for round in 1..=2000 {
            asked.store(round, Ordering::SeqCst);
            for name in ["a", "b", "c"] {
                controller.enqueue(ObjectKey::new("default", name));
            }
        }
        // Each key was reconciled after it was last asked for.
        eventually("the last round", || {
            let seen = seen.lock().unwrap();
            ["a", "b", "c"].iter().all(|name| seen.get(*name) == Some(&2000))
        });
        stop.stop();
        run.join().unwrap().unwrap();
    });
    assert!(at_once.into_inner() <= 3);
}

#[test]
fn a_cache_that_cannot_be_filled_is_an_error_that_says_why() {
    let world = World::with(&["a"]);
    let _forbidden =
        world.server.inject(Fault::status(403, "Forbidden", "not yours").resource("secrets"));
    let builder = world.builder().owns(&informer(&world.parts));
    let controller = builder.sync_timeout(Duration::from_millis(200)).build().unwrap();
    let error = controller
        .run(&Stop::new(), |_| -> Result<Action, Error> { panic!("not before all caches") })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let text = format!("{error:#}");
    assert!(text.contains("secrets") && text.contains("not yours"), "{text}");
    // Told to end, it does not wait, and that is no error.
    let stop = Stop::new();
    let controller = world.builder().owns(&informer(&world.parts)).build().unwrap();
    std::thread::scope(|scope| {
        let _end = StopAtEnd(&stop);
        let run = scope.spawn(|| controller.run(&stop, |_| Ok::<_, Error>(Action::done())));
        eventually("running", || controller.health().is_running);
        stop.stop();
        run.join().unwrap().unwrap();
    });
}

#[test]
fn who_stops_a_cache_ends_the_controller() {
    let world = World::with(&["a"]);
    let factory = InformerFactory::new(&world.client);
    let things = factory.informer(|client| Api::<Thing>::namespaced(client, "default"));
    let controller = Controller::builder(&things).build().unwrap();
    let (reconcile, said) = says_keys();
    let running = controller.spawn(reconcile).unwrap();
    said.until("a");
    factory.shut_down(&Stop::after(PATIENCE)).unwrap();
    let error = running.join(&Stop::after(PATIENCE)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);
    assert!(error.to_string().contains("the cache of configmaps"), "{error}");
}

#[test]
fn it_runs_once_at_a_time_and_again() {
    let world = World::with(&["a"]);
    let controller = world.builder().build().unwrap();
    for _ in 0..2 {
        let (reconcile, said) = says_keys();
        let running = controller.spawn(reconcile).unwrap();
        said.until("a");
        let (other, _) = says_keys();
        let error = controller.run(&Stop::new(), other).unwrap_err();
        assert!(error.to_string().contains("running already"), "{error}");
        drop(running);
        assert!(!controller.health().is_running);
    }
    assert!(world.builder().workers(0).build().unwrap_err().to_string().contains("a worker"));
    assert!(world.builder().max_attempts(0).build().unwrap_err().to_string().contains("attempt"));
}

#[test]
fn a_filter_holds_changes_back() {
    let world = World::with(&["a"]);
    let builder =
        world.builder().filter(|event| event.object().data.get("v").is_none_or(|v| v != "no"));
    let controller = builder.filter(generation_changed).build().unwrap();
    let (reconcile, said) = says_keys();
    let _running = controller.spawn(reconcile).unwrap();
    said.until("a");
    world.change("a", "no");
    world.create("b");
    assert_eq!(said.next(), "b");
    world.change("a", "yes");
    assert_eq!(said.next(), "a");
}

#[test]
fn untyped_objects_and_metadata_can_be_primary_and_owned() {
    let world = World::with(&["a"]);
    let (kind, part) = (Thing::api_resource(), Part::api_resource());
    let dynamic = Api::<DynamicObject>::dynamic_namespaced(&world.client, &kind, "default");
    let owned = Api::<DynamicObject>::dynamic_namespaced(&world.client, &part, "default");
    let controller =
        ControllerBuilder::new(informer(&dynamic)).owns(&informer(&owned)).build().unwrap();
    let (reconcile, said) = says_keys();
    let running = controller
        .spawn(move |request: &ReconcileRequest<'_, DynamicObject>| {
            assert_eq!(request.object().unwrap().types.kind, "ConfigMap");
            reconcile(request)
        })
        .unwrap();
    assert_eq!(said.next(), "a");
    // What it owns comes, changes and goes.
    let owner = super::controlled_by(&world.things.get("a").unwrap());
    let mut object = DynamicObject::new("dynamic", &part);
    object.metadata.owner_references = vec![owner];
    owned.create(&object).unwrap();
    assert_eq!(said.next(), "a");
    let patch = Patch::Merge(json!({"metadata": {"labels": {"step": "two"}}}));
    owned.patch("dynamic", &patch, &PatchParams::default()).unwrap();
    assert_eq!(said.next(), "a");
    owned.delete("dynamic", &Default::default()).unwrap();
    assert_eq!(said.next(), "a");
    let untouched = DynamicObject::new("of-nobody", &part);
    owned.create(&untouched).unwrap();
    eventually("the queue is empty", || {
        controller.health().workers.iter().all(|worker| worker.working_on.is_none())
    });
    assert!(controller.health().workers.iter().all(|worker| worker.panicked == 0));
    drop(running);
    assert_eq!(said.so_far(), Vec::<String>::new(), "nobody owns the last one");

    let metadata = Api::<PartialObjectMetadata<Thing>>::namespaced(&world.client, "default");
    let owned = Api::<PartialObjectMetadata<Part>>::namespaced(&world.client, "default");
    let controller =
        ControllerBuilder::new(informer(&metadata)).owns(&informer(&owned)).build().unwrap();
    let (reconcile, said) = says_keys();
    let _running = controller.spawn(reconcile).unwrap();
    assert_eq!(said.next(), "a");
    let owner = super::controlled_by(&world.things.get("a").unwrap());
    let metadata = crate::meta::object_meta::ObjectMeta {
        owner_references: vec![owner],
        ..crate::meta::object_meta::ObjectMeta::named("p")
    };
    world.parts.create(&Part { metadata }).unwrap();
    assert_eq!(said.next(), "a");
}
