//! Bookmarks that are missing, early, odd or of the past.

use std::sync::mpsc::channel;
use std::time::Duration;

use kubeclient_fake::Fault;
use serde_json::json;

use super::super::World;
use super::script::{Script, answer, bookmark, end, event};

/// Fidelity 60, 61.
#[test]
fn bookmarks_before_the_end_of_the_initial_events_end_nothing() {
    let script = Script::new(&[&[
        bookmark(json!({"resourceVersion": "3"})),
        event("ADDED", "a", 2),
        // An end that is at no version.
        bookmark(json!({"annotations": {"k8s.io/initial-events-end": "true"}})),
        bookmark(
            json!({"annotations": {"k8s.io/initial-events-end": "false"}, "resourceVersion": "4"}),
        ),
        // One that can't be read.
        bookmark(json!({"resourceVersion": 4})),
        bookmark(json!([])),
        event("ADDED", "b", 3),
        end(5),
        event("ADDED", "c", 6),
    ]]);
    let followed = script.follow(script.world.builder());
    followed.expect("6", &["*a", "*b", "+c"]);
    script.world.server.requests().verb("watch").wait_for(2, super::PATIENCE).unwrap();
    assert_eq!(script.asked(), ["initial", "6"]);
    assert_eq!(followed.informer.health().cache.restarts, 0);
}

/// A place moves on by bookmarks, and by none that says nothing or turns back.
#[test]
fn odd_bookmarks_leave_the_place() {
    let begin = [event("ADDED", "a", 2), end(5), event("MODIFIED", "a", 9)];
    for odd in [
        bookmark(json!({})),
        bookmark(json!({"resourceVersion": ""})),
        bookmark(json!({"resourceVersion": "7"})),
        bookmark(json!({"resourceVersion": "0"})),
        bookmark(json!({"resourceVersion": "abc"})),
        bookmark(json!({"resourceVersion": 12})),
        bookmark(json!("what?")),
        end(8),
    ] {
        let script = Script::new(&[
            &[&begin[..], std::slice::from_ref(&odd)].concat(),
            &[event("ADDED", "b", 12)],
        ]);
        let followed = script.follow(script.world.builder());
        followed.expect("12", &["*a", "~a", "+b"]);
        assert_eq!(script.asked()[..2], ["initial", "9"], "{odd}");
        assert_eq!(followed.informer.health().cache.restarts, 0, "{odd}");
    }
}

#[test]
fn an_end_that_comes_twice_is_a_bookmark() {
    let script =
        Script::new(&[&[event("ADDED", "a", 2), end(5), end(11)], &[event("ADDED", "b", 12)]]);
    let followed = script.follow(script.world.builder());
    followed.expect("12", &["*a", "+b"]);
    assert_eq!(script.asked()[..2], ["initial", "11"]);
}

/// A server that knows nothing of initial events is listed after a while, at once and without a pause.
#[test]
fn without_an_end_of_the_initial_events_the_objects_are_listed() {
    let ghost = event("ADDED", "ghost", 2);
    let changes = (3..500).map(|version| event("MODIFIED", "ghost", version));
    let changes: Vec<String> = [ghost.clone()].into_iter().chain(changes).collect();
    let nothing = Fault::stall().after_events(0);
    let nothing_more = Fault::stall().after_events(1);
    let in_drops = Fault::slow(20_000).after_events(1);
    let twice = [ghost.clone(), ghost];
    for (way, lines, fault, restarts) in [
        ("nothing comes", &twice[..], nothing, 0),
        ("an object comes, then nothing", &twice, nothing_more, 1),
        ("changes come without end", &changes, in_drops, 1),
    ] {
        let script = Script::on(World::with(&["a"]), [answer(lines)]);
        let _slow = script.world.server.inject(fault.verb("watch").once());
        let (sender, waits) = channel();
        let end_mark = Duration::from_millis(200);
        let builder = script.world.builder().end_mark(end_mark).pause(move |_, time| {
            let _ = sender.send(time);
        });
        let followed = script.follow(builder);
        followed.informer.wait_synced(&super::patience()).unwrap();
        let names: Vec<String> = followed.kept().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a"], "{way}");
        script.world.server.requests().verb("watch").wait_for(2, super::PATIENCE).unwrap();
        assert_eq!(script.asked()[..2], ["initial", "list"], "{way}");
        assert_eq!(followed.informer.health().cache.restarts, restarts, "{way}");
        assert_eq!(waits.try_recv().ok(), None, "{way}");
    }
}
