//! What a reflector makes of what the server says and does.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use kubeclient_fake::Fault;
use serde::{Deserialize, Serialize};

use super::super::health::ReflectorState;
use super::super::key::ObjectKey;
use super::super::reflector::Reflector;
use super::super::transform::strip_managed_fields;
use super::{PATIENCE, World, hasty, next, patience, quietly_panic, words};
use crate::api::Api;
use crate::clock::ManualClock;
use crate::error::{Error, ErrorKind};
use crate::meta::dynamic::DynamicObject;
use crate::meta::object_meta::ObjectMeta;
use crate::meta::partial::PartialObjectMetadata;
use crate::meta::resource::Resource;
use crate::stop::Stop;

/// Fidelity 60, 61: one connection gives the objects and their changes.
#[test]
fn a_store_is_filled_and_follows_by_one_request() {
    let world = World::with(&["a", "b"]);
    world.server.requests().clear();
    let reflector = world.reflector().start().unwrap();
    reflector.wait_synced(&patience()).unwrap();
    let before = reflector.store().snapshot();
    world.create("c");
    world.delete("a");
    let b = world.change("b", "1");
    reflector.store().wait_for_resource_version(&b.metadata.resource_version, &patience()).unwrap();
    let names = |things: Vec<&Arc<super::Thing>>| -> Vec<String> {
        things.iter().map(|thing| thing.metadata.name.clone()).collect()
    };
    assert_eq!(names(reflector.store().snapshot().namespace("default").collect()), ["b", "c"]);
    assert_eq!(names(before.namespace("default").collect()), ["a", "b"], "a snapshot stays");
    assert_eq!(reflector.store().get(&ObjectKey::new("default", "b")).unwrap().data["v"], "1");
    let requests = world.server.requests().verb("watch").all();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].query("sendInitialEvents"), Some("true"));
    assert_eq!(world.server.requests().verb("list").count(), 0);
    let health = reflector.health();
    assert_eq!((health.state, health.restarts), (ReflectorState::Following, 0));
    assert!(health.is_synced && health.last_heard.is_some());
}

/// Fidelity 62, 63: the first list may come from the server's cache; after 410 it may not.
#[test]
fn where_the_watch_gives_no_list_one_is_read_from_the_cache_and_after_410_anew() {
    let world = World::with(&["a"]);
    let _no_lists = world.server.inject(
        Fault::status(400, "BadRequest", "no").verb("watch").query("sendInitialEvents", "true"),
    );
    let informer = world.builder().start().unwrap();
    informer.wait_synced(&patience()).unwrap();
    let lists = world.server.requests().verb("list").resource("configmaps");
    assert_eq!(lists.all()[0].query("resourceVersion"), Some("0"));
    // The watch that follows the list is there once it tells something.
    let version = world.create("x").metadata.resource_version;
    informer.lister().wait_for_resource_version(&version, &patience()).unwrap();
    let refused = world.server.inject(Fault::status(503, "ServiceUnavailable", "no").verb("watch"));
    world.server.drop_watches();
    let b = world.create("b");
    world.server.compact();
    drop(refused);
    let version = &b.metadata.resource_version;
    informer.lister().wait_for_resource_version(version, &patience()).unwrap();
    let all = lists.all();
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].query("resourceVersion"), None);
    assert_eq!(informer.health().cache.restarts, 1);
}

/// Fidelity 68, 69.
#[test]
fn what_happens_out_of_hearing_is_told_as_missed() {
    let world = World::with(&["a", "b", "c"]);
    let informer = world.builder().start().unwrap();
    let (handler, told) = words();
    let _handler = informer.add_handler(handler).unwrap();
    assert_eq!(next(&told, 3), ["*a", "*b", "*c"]);
    let deaf = world.server.inject(Fault::status(503, "ServiceUnavailable", "no").verb("watch"));
    world.server.drop_watches();
    assert!(deaf.wait_for(1, PATIENCE));
    world.delete("a");
    world.delete("b");
    let b = world.create("b");
    world.change("c", "1");
    world.create("d");
    world.server.compact();
    deaf.remove();
    // First what is gone; then, key by key, what is there.
    assert_eq!(next(&told, 5), ["?a", "?b", "+b", "~c", "+d"]);
    let kept = informer.lister().get("b").unwrap();
    assert_eq!(kept.metadata.uid, b.metadata.uid);
}

/// Fidelity 72.
#[test]
fn waiting_for_what_is_forbidden_ends_with_the_servers_reason() {
    let world = World::new();
    let (sender, reports) = channel();
    let forbidden = world.server.inject(Fault::status(403, "Forbidden", "you may not"));
    let builder = world.reflector().on_error(move |error| drop(sender.send(error.to_string())));
    let reflector = builder.start().unwrap();
    assert!(reports.recv_timeout(PATIENCE).unwrap().contains("you may not"));
    let error = reflector.wait_synced(&Stop::after(Duration::from_millis(50))).unwrap_err();
    assert!(error.last_error().is_some_and(|error| error.is_forbidden()), "{error:?}");
    assert!(error.is_timeout() && !error.is_stopped());
    let text = format!("{:#}", Error::from(error));
    assert!(
        text.starts_with("the cache of configmaps in namespace \"default\" is not filled"),
        "{text}"
    );
    assert!(text.contains("you may not"), "{text}");
    assert_eq!(reflector.health().state, ReflectorState::Failing);
    let stop = Stop::new();
    stop.stop();
    let error = Error::from(reflector.wait_synced(&stop).unwrap_err());
    assert!(
        error.is_stopped() && error.to_string().ends_with("the wait for it was stopped"),
        "{error:?}"
    );
    let error = reflector.store().wait_for_resource_version("a", &patience()).unwrap_err();
    assert_eq!((error.kind(), error.is_timeout()), (ErrorKind::Invalid, false));
    // It did not give up.
    forbidden.remove();
    reflector.wait_synced(&patience()).unwrap();
    assert_eq!(reflector.health().state, ReflectorState::Following);
    let stopped = Stop::new();
    reflector.stop();
    reflector.join(&patience()).unwrap();
    let error = reflector.store().wait_for_resource_version("99999999", &stopped).unwrap_err();
    assert!(error.is_stopped(), "{error:?}");
    assert!(reflector.start().unwrap_err().is_stopped());
}

/// Fidelity 65: by a clock that only notes what it is asked for.
#[test]
fn failures_are_waited_out_longer_and_longer() {
    let world = World::new();
    let (sender, waits) = channel();
    // Each attempt asks for the objects through the watch, and then for a list.
    let _fails = world.server.inject(Fault::status(500, "InternalError", "no").times(10));
    let builder = Reflector::builder(&world.things).pause(move |_, time| {
        let _ = sender.send(time);
    });
    let reflector = builder.start().unwrap();
    reflector.wait_synced(&patience()).unwrap();
    let waits: Vec<Duration> = waits.try_iter().collect();
    assert_eq!(waits.len(), 5, "{waits:?}");
    for (wait, least) in waits.iter().zip([0.8, 1.6, 3.2, 6.4, 12.8]) {
        let least = Duration::from_secs_f64(least);
        assert!((least..=least * 2).contains(wait), "{waits:?}");
    }
}

/// Fidelity 65: neither sooner nor, after a time in which all went well, as long as before.
#[test]
fn failures_are_waited_out_by_the_clock_that_it_is_given() {
    let world = World::new();
    let failing = || {
        let fault = Fault::status(500, "InternalError", "no").resource("configmaps");
        world.server.inject(fault)
    };
    let clock = ManualClock::new();
    let builder = Reflector::builder(&world.things).clock(&clock.clock()).on_error(|_| {});
    let fails = failing();
    let reflector = builder.start().unwrap();
    // A watch and a list each time.
    let asked = |count: usize| {
        clock.wait_for_sleepers(1);
        assert_eq!(world.server.requests().resource("configmaps").count(), count);
    };
    asked(2);
    clock.advance(Duration::from_millis(799));
    asked(2);
    clock.advance(Duration::from_millis(801));
    asked(4);
    clock.advance(Duration::from_millis(1599));
    asked(4);
    clock.advance(Duration::from_millis(1601));
    asked(6);
    fails.remove();
    clock.advance(Duration::from_millis(6400));
    reflector.wait_synced(&patience()).unwrap();
    clock.advance(Duration::from_secs(125));
    world.server.requests().clear();
    let _fails = failing();
    world.server.drop_watches();
    clock.wait_for_sleepers(1);
    let count = world.server.requests().resource("configmaps").count();
    clock.advance(Duration::from_millis(799));
    asked(count);
    clock.advance(Duration::from_millis(801));
    clock.wait_for_sleepers(1);
    assert!(world.server.requests().resource("configmaps").count() > count);
}

/// Fidelity 66: what the server has no time for is asked again from the same place.
#[test]
fn an_overloaded_server_is_asked_again_without_a_list() {
    let world = World::with(&["a"]);
    let reflector = world.reflector().start().unwrap();
    reflector.wait_synced(&patience()).unwrap();
    world.server.requests().clear();
    let fault = Fault::status(429, "TooManyRequests", "later").verb("watch").times(3);
    let busy = world.server.inject(fault);
    world.server.drop_watches();
    assert!(busy.wait_for(3, PATIENCE));
    let b = world.create("b");
    let version = &b.metadata.resource_version;
    reflector.store().wait_for_resource_version(version, &patience()).unwrap();
    assert_eq!(reflector.health().restarts, 0);
    let watches = world.server.requests().verb("watch").all();
    assert!(watches.iter().all(|request| request.query("sendInitialEvents").is_none()));
    assert!(reflector.health().last_failure.is_some());
}

/// A ConfigMap whose mode is one of two.
#[derive(kubeclient_derive::Resource, Serialize, Deserialize, Clone, Debug)]
#[resource(group = "", version = "v1", kind = "ConfigMap", plural = "configmaps", crate = "crate")]
struct Picky {
    metadata: ObjectMeta,
    data: Modes,
}

#[derive(Serialize, Deserialize, Clone, Debug)]
struct Modes {
    v: Mode,
}

#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Mode {
    On,
    Off,
}

#[test]
fn an_object_that_can_not_be_read_is_reported_and_the_others_live() {
    let world = World::with(&["a", "b", "odd"]);
    for (name, value) in [("a", "on"), ("b", "off"), ("odd", "broken")] {
        world.change(name, value);
    }
    let (sender, reports) = channel();
    let things: Api<Picky> = Api::namespaced(&world.client, "default");
    let reflector = hasty(Reflector::builder(&things))
        .on_error(move |error| drop(sender.send(error.object().map(str::to_owned))))
        .start()
        .unwrap();
    reflector.wait_synced(&patience()).unwrap();
    let store = reflector.store();
    let mode = |name: &str| store.get(&ObjectKey::new("default", name)).map(|it| it.data.v);
    assert_eq!((mode("a"), mode("b"), mode("odd")), (Some(Mode::On), Some(Mode::Off), None));
    assert_eq!(reports.recv_timeout(PATIENCE).unwrap().as_deref(), Some("default/odd"));

    let shows = |version: &str| store.wait_for_resource_version(version, &patience()).unwrap();
    shows(&world.change("odd", "on").metadata.resource_version);
    assert_eq!(mode("odd"), Some(Mode::On));
    // What was known stays while what is there can't be read, also when all is read anew.
    shows(&world.change("odd", "broken").metadata.resource_version);
    assert_eq!(mode("odd"), Some(Mode::On));
    let deaf = world.server.inject(Fault::status(503, "ServiceUnavailable", "no").verb("watch"));
    world.server.drop_watches();
    assert!(deaf.wait_for(1, PATIENCE));
    let a = world.change("a", "off");
    world.server.compact();
    deaf.remove();
    shows(&a.metadata.resource_version);
    assert_eq!((mode("a"), mode("odd")), (Some(Mode::Off), Some(Mode::On)));
    assert_eq!(reflector.health().restarts, 1);
    // It can't be read, but that it is gone can.
    world.delete("odd");
    shows(&world.change("b", "on").metadata.resource_version);
    assert_eq!(mode("odd"), None);
    assert!(reflector.health().rejected >= 4);
}

#[test]
fn functions_that_panic_do_no_harm() {
    let world = World::with(&["a", "bad", "c"]);
    let (sender, reports) = channel();
    let reflector = world
        .builder()
        .transform(strip_managed_fields)
        .transform(|thing| {
            if thing.metadata.name == "bad" {
                quietly_panic("it is bad");
            }
        })
        .index("one", |thing| -> Option<String> {
            if thing.metadata.name == "c" {
                quietly_panic("it is c");
            }
            Some("x".into())
        })
        .on_error(move |error| {
            sender.send(error.to_string()).unwrap();
            quietly_panic("in the error handler");
        })
        .start()
        .unwrap();
    reflector.wait_synced(&patience()).unwrap();
    let snapshot = reflector.store().snapshot();
    let names: Vec<&str> = snapshot.iter().map(|thing| thing.metadata.name.as_str()).collect();
    assert_eq!(names, ["a", "c"]);
    assert!(snapshot.iter().all(|thing| thing.metadata.managed_fields.is_empty()));
    assert_eq!(snapshot.by_index("one", "x").unwrap().len(), 1);
    assert_eq!(snapshot.index_values("one").unwrap(), [("x", 1)]);
    let reports: Vec<String> = reports.try_iter().collect();
    assert!(reports.iter().any(|report| report.contains("given default/bad, panicked")));
    assert!(reports.iter().any(|report| report.contains("\"one\", given default/c, panicked")));
    let error = snapshot.by_index("two", "x").unwrap_err().to_string();
    assert!(error.contains("\"two\"") && error.contains("[\"one\"]"), "{error}");
}

#[test]
fn any_type_of_object_can_be_kept() {
    let world = World::with(&["a"]);
    let dynamic: Api<DynamicObject> =
        Api::dynamic_namespaced(&world.client, &super::Thing::api_resource(), "default");
    let metadata = world.things.read_as::<PartialObjectMetadata<super::Thing>>();
    let dynamic = hasty(Reflector::builder(&dynamic)).start().unwrap();
    let metadata = hasty(Reflector::builder(&metadata)).start().unwrap();
    dynamic.wait_synced(&patience()).unwrap();
    metadata.wait_synced(&patience()).unwrap();
    let key = ObjectKey::new("default", "a");
    assert_eq!(dynamic.store().get(&key).unwrap().types.kind, "ConfigMap");
    assert_eq!(metadata.store().get(&key).unwrap().metadata.name, "a");
}
