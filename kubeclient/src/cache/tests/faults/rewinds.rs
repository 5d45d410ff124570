//! Versions that go back: a replica that lags behind, and an etcd that was put back to a backup.

use std::sync::mpsc::channel;
use std::time::Duration;

use kubeclient_fake::Fault;
use serde::{Deserialize, Deserializer, Serialize};

use super::super::super::{Reflector, ReflectorState};
use super::super::{World, eventually, hasty, patience, quietly_panic};
use super::script::{Script, answer, end, event, object, of};
use crate::api::Api;
use crate::error::ErrorKind;
use crate::meta::object_meta::ObjectMeta;
use crate::stop::Stop;

/// A watch on a replica that lags behind tells what was: nobody hears of it.
#[test]
fn a_replica_that_lags_behind_turns_no_time_back() {
    let before = [
        event("ADDED", "a", 2),
        event("MODIFIED", "a", 6),
        event("DELETED", "b", 3),
        of("DELETED", object("a", "a", 7)),
    ];
    let script = Script::new(&[
        &[event("ADDED", "a", 1200), event("ADDED", "b", 900), end(1200)],
        &before,
        &[event("MODIFIED", "a", 1201)],
    ]);
    let followed = script.follow(script.world.builder());
    followed.expect("1201", &["*a", "*b", "~a"]);
    assert_eq!(script.asked()[..3], ["initial", "1200", "1200"]);
    let health = followed.informer.health().cache;
    assert_eq!((health.restarts, health.rewinds), (0, 0));
}

/// Only a cache that is empty takes a list of whatever age: after a panic of its thread it does not.
#[test]
fn a_cache_that_has_something_asks_for_no_list_of_the_past() {
    let world = World::with(&["a"]);
    let refused = Fault::status(400, "BadRequest", "no").verb("watch");
    let _no_lists = world.server.inject(refused.query("sendInitialEvents", "true"));
    let api: Api<Explosive> = Api::namespaced(&world.client, "default");
    let reflector = hasty(Reflector::builder(&api)).on_error(|_| {}).start().unwrap();
    reflector.wait_synced(&patience()).unwrap();
    let b = world.change("a", "explode");
    // The thread begins anew, and panics at the list until the object is another one.
    world.server.requests().verb("list").wait_for(2, super::PATIENCE).unwrap();
    let a = world.change("a", "calm");
    assert_ne!(a.metadata.resource_version, b.metadata.resource_version);
    let version = &a.metadata.resource_version;
    reflector.store().wait_for_resource_version(version, &patience()).unwrap();
    let lists = world.server.requests().verb("list").resource("configmaps").all();
    let versions: Vec<_> = lists.iter().map(|list| list.query("resourceVersion")).collect();
    assert_eq!(versions[..2], [Some("0"), None]);
    assert!(reflector.health().panics > 0);
}

/// F30: a thread that panics says so for as long as it is not there again.
#[test]
fn a_cache_whose_thread_panicked_says_that_it_fails_and_begins_anew() {
    let world = World::with(&["a"]);
    let api: Api<Explosive> = Api::namespaced(&world.client, "default");
    let (enter, pauses) = channel();
    let pause = move |_: &Stop, _| {
        let (go_on, gate) = channel::<()>();
        enter.send(go_on).unwrap();
        let _ = gate.recv();
    };
    let reflector = Reflector::builder(&api).pause(pause).on_error(|_| {}).start().unwrap();
    reflector.wait_synced(&patience()).unwrap();
    assert_eq!(reflector.health().state, ReflectorState::Following);
    world.change("a", "explode");
    let held = pauses.recv_timeout(super::PATIENCE).unwrap();
    let health = reflector.health();
    assert_eq!((health.state, health.panics), (ReflectorState::Failing, 1));
    assert_eq!(health.last_failure.unwrap().1.kind(), ErrorKind::Panic);
    let calm = world.change("a", "calm");
    drop(held);
    let version = &calm.metadata.resource_version;
    reflector.store().wait_for_resource_version(version, &patience()).unwrap();
    eventually("it follows", || reflector.health().state == ReflectorState::Following);
    assert_eq!(reflector.health().panics, 1);
}

/// Nor does it where the place of its watch is lost.
#[test]
fn a_cache_whose_place_is_lost_asks_for_no_list_of_the_past() {
    let world = World::with(&["a"]);
    let refused = Fault::status(400, "BadRequest", "no").verb("watch");
    let _no_lists = world.server.inject(refused.query("sendInitialEvents", "true"));
    let reflector = world.reflector().start().unwrap();
    reflector.wait_synced(&patience()).unwrap();
    let _lost = world.server.inject(Fault::status(410, "Expired", "old").verb("watch").once());
    world.server.drop_watches();
    world.server.requests().verb("list").wait_for(2, super::PATIENCE).unwrap();
    let lists = world.server.requests().verb("list").resource("configmaps").all();
    let versions: Vec<_> = lists.iter().map(|list| list.query("resourceVersion")).collect();
    assert_eq!(versions, [Some("0"), None]);
}

/// A ConfigMap whose reading may panic.
#[derive(kubeclient_derive::Resource, Serialize, Deserialize, Clone, Debug)]
#[resource(group = "", version = "v1", kind = "ConfigMap", plural = "configmaps", crate = "crate")]
struct Explosive {
    metadata: ObjectMeta,
    #[serde(default)]
    data: std::collections::BTreeMap<String, Fuse>,
}

#[derive(Serialize, Clone, Debug)]
struct Fuse(String);

impl<'de> Deserialize<'de> for Fuse {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "explode" {
            quietly_panic("it explodes");
        }
        Ok(Self(text))
    }
}

/// The objects of a backup, of a time before what the cache had.
fn backup() -> Vec<String> {
    vec![event("ADDED", "a", 900), event("ADDED", "c", 950), end(1000)]
}

/// Versions went from 1200 to 1000, and the server says that it can't go on from 1200.
#[test]
fn a_server_put_back_to_a_backup_is_followed_there() {
    let words = "Too large resource version";
    let causes = |cause: serde_json::Value| {
        serde_json::json!({
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Timeout", "code": 504,
            "message": "because", "details": {"causes": [cause], "retryAfterSeconds": 1},
        })
    };
    let today = causes(serde_json::json!({"reason": "ResourceVersionTooLarge", "message": words}));
    let before = causes(serde_json::json!({"message": words}));
    let first = format!("Timeout: {words}: 1200, current: 1000");
    let answered = |status: &serde_json::Value| {
        Fault::answer(504, "application/json", status.to_string()).answer_header("Retry-After", "1")
    };
    let ways = [
        Fault::status(410, "Expired", "too old"),
        Fault::error_event(410, "Expired", "too old"),
        // The three forms in which servers say that a version lies in their future, each in both ways.
        answered(&today),
        answered(&before),
        Fault::status(504, "Timeout", &first).answer_header("Retry-After", "1"),
        answer(&[of("ERROR", today)]),
        answer(&[of("ERROR", before)]),
        Fault::error_event(504, "Timeout", &first),
    ];
    for lost in ways {
        let begin = [event("ADDED", "a", 1100), event("ADDED", "b", 1150), end(1200)];
        let script = Script::on(
            World::new(),
            [
                answer(&begin),
                lost.verb("watch"),
                answer(&backup()),
                // What happens in the new time is new.
                answer(&[event("MODIFIED", "a", 1001), event("ADDED", "d", 1002)]),
            ],
        );
        let followed = script.follow(script.world.builder());
        followed.informer.wait_synced(&patience()).unwrap();
        script.world.server.requests().verb("watch").wait_for(5, super::PATIENCE).unwrap();
        followed.expect("1002", &["*a", "*b", "?b", "~a", "+c", "~a", "+d"]);
        let kept = followed.kept();
        let kept: Vec<_> = kept.iter().map(|(name, version)| (&**name, &**version)).collect();
        assert_eq!(kept, [("a", "1001"), ("c", "950"), ("d", "1002")]);
        assert_eq!(script.asked()[..5], ["initial", "1200", "initial", "1000", "1002"]);
        let health = followed.informer.health().cache;
        assert_eq!((health.restarts, health.rewinds), (1, 1));
    }
}

/// A server that says nothing of it is found out by a list from time to time.
#[test]
fn a_list_from_time_to_time_finds_that_a_server_was_put_back() {
    let begin = [event("ADDED", "a", 1100), event("ADDED", "b", 1150), end(1200)];
    let script = Script::new(&[&begin, &backup()]);
    let followed = script.follow(script.world.builder().relist_every(Duration::ZERO));
    script.world.server.requests().verb("watch").wait_for(3, super::PATIENCE).unwrap();
    followed.expect("1000", &["*a", "*b", "?b", "~a", "+c"]);
    assert_eq!(script.asked(), ["initial"; 3]);
    assert_eq!(followed.informer.health().cache.rewinds, 1);
}
