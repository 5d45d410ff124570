//! A watch that ends with an ERROR which is not 410.

use std::sync::mpsc::channel;
use std::time::Duration;

use kubeclient_fake::Fault;
use serde_json::json;

use super::super::super::ReflectorState;
use super::super::{World, patience};
use super::script::of;
use crate::stop::Stop;

/// An event that the server can never send, or its reader never read: the others come by a list.
#[test]
fn a_place_that_always_fails_is_left() {
    for fault in [
        Fault::error_event(500, "InternalError", "an old form that nobody can convert"),
        Fault::answer(200, "application/json", "{\"type\":\"ADDED\",\"object\":7}\n"),
    ] {
        let world = World::with(&["a"]);
        let (sender, waits) = channel();
        let pause = move |_: &Stop, time| {
            let _ = sender.send(time);
        };
        let informer = world.builder().on_error(|_| {}).pause(pause).start().unwrap();
        informer.wait_synced(&patience()).unwrap();
        let version = informer.store().resource_version();
        let _fault = world.server.inject(fault.verb("watch").query("resourceVersion", &version));
        world.server.drop_watches();
        let b = world.create("b");
        let version = &b.metadata.resource_version;
        informer.lister().wait_for_resource_version(version, &patience()).unwrap();
        assert_eq!(informer.health().cache.restarts, 1);
        assert_eq!(informer.lister().list().len(), 2);
        let waited: Duration = waits.try_iter().sum();
        assert!(waited >= Duration::from_secs(40), "a dozen attempts in {waited:?}");
    }
}

/// Each way, ten times one after the other: the cache recovers, from where it was, and asks ever more seldom.
#[test]
fn errors_of_every_kind_end_a_connection_and_no_more() {
    let error = Fault::error_event;
    let line = |object| {
        let line = of("ERROR", object) + "\n";
        Fault::answer(200, "application/json", line)
    };
    let ways = [
        ("forbidden", error(403, "Forbidden", "no more")),
        ("storage", error(500, "StoreReadError", "corrupt object")),
        ("internal", error(500, "InternalError", "odd")),
        ("timeout", error(504, "Timeout", "too slow")),
        ("busy", error(429, "TooManyRequests", "later")),
        ("unauthorized", error(401, "Unauthorized", "who?")),
        ("no status", line(json!({"kind": "ConfigMap", "metadata": {"name": "a"}}))),
        ("no object", line(json!("boom"))),
    ];
    for (way, fault) in ways {
        let world = World::with(&["a"]);
        let (sender, waits) = channel();
        let builder = world.builder().on_error(|_| {}).pause(move |_, time| {
            let _ = sender.send(time);
        });
        let informer = builder.start().unwrap();
        informer.wait_synced(&patience()).unwrap();
        world.server.requests().clear();
        let fault = world.server.inject(fault.verb("watch").times(10));
        world.server.drop_watches();
        assert!(fault.wait_for(10, super::PATIENCE), "{way}: {}", fault.strikes());
        let b = world.create("b");
        let version = &b.metadata.resource_version;
        informer.lister().wait_for_resource_version(version, &patience()).unwrap();
        let health = informer.health().cache;
        assert_eq!((health.state, health.restarts), (ReflectorState::Following, 0), "{way}");
        assert!(health.last_failure.is_some(), "{way}");
        // At most once in four seconds.
        let waited: Duration = waits.try_iter().sum();
        assert!(waited >= Duration::from_secs(40), "{way}: ten attempts in {waited:?}");
        let lists = world.server.requests().query("sendInitialEvents", "true").count()
            + world.server.requests().verb("list").count();
        assert_eq!(lists, 0, "{way}");
    }
}
