//! Watches on the real server: what comes, in which order, and what happens when a connection ends.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use kubeclient::api::RawEvent;
use kubeclient::{
    Api, DeleteParams, ListParams, ObjectMeta, Patch, PatchParams, RestClient, Stop, WatchEvent,
    WatchParams,
};
use serde_json::json;

use crate::common::{Disturbed, PATIENCE, Sandbox, eventually, observed, told, watch};
use crate::foo::{ConfigMap, Foo};

fn label(foos: &Api<Foo>, name: &str, value: &str) {
    let patch = Patch::Merge(json!({"metadata": {"labels": {"l": value}}}));
    foos.patch(name, &patch, &PatchParams::default()).unwrap();
}

/// Fidelity 61: one request gives both, by the watch that streams its list.
#[test]
fn the_objects_that_are_there_come_first_then_changes_in_order() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("a", 1)).unwrap();
    foos.create(&Foo::named("b", 1)).unwrap();
    let (client, attempts) = sandbox.observed();
    let watched: Api<Foo> = Api::namespaced(&client, &sandbox.namespace);
    let mut events = watch(&watched, &WatchParams::default());
    let mut first = [told(&mut events), told(&mut events)];
    first.sort();
    assert_eq!(first, ["added a", "added b"]);
    assert_eq!(told(&mut events), "synced");
    assert!(!events.resource_version().is_empty());

    foos.create(&Foo::named("c", 1)).unwrap();
    label(&foos, "a", "1");
    foos.delete("b", &DeleteParams::default()).unwrap();
    assert_eq!(told(&mut events), "added c");
    assert_eq!(told(&mut events), "modified a");
    let Some(Ok(WatchEvent::Deleted(b))) = events.next() else { panic!() };
    assert_eq!((b.metadata.name.as_str(), b.spec.replicas), ("b", 1));
    // The last state carries the version of the delete.
    assert_eq!(events.resource_version(), b.metadata.resource_version);
    assert_eq!(attempts.count(), 1);
}

/// Fidelity 63, 60: the server ends each connection after a second, with a bookmark shortly before;
/// the watch goes on from there without a list.
#[test]
fn a_watch_resumes_where_the_server_ended_it_without_loss_or_doubling() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    let (client, attempts) = sandbox.observed();
    let watched: Api<Foo> = Api::namespaced(&client, &sandbox.namespace);
    let mut events = watch(&watched, &WatchParams::default().timeout(Duration::from_secs(1)));
    assert_eq!(told(&mut events), "synced");
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let stop = Stop::new();
            for number in 0..30 {
                foos.create(&Foo::named(&format!("f{number:02}"), 1)).unwrap();
                // Spread over several connections.
                stop.wait_timeout(Duration::from_millis(100));
            }
        });
        for number in 0..30 {
            assert_eq!(told(&mut events), format!("added f{number:02}"));
        }
        writer.join().unwrap();
    });
    assert_eq!(events.restarts(), 0);
    assert!(attempts.count() >= 3, "{} connections", attempts.count());
    assert!(attempts.codes().iter().all(|code| *code == 200));
}

/// How long a watch must last for a bookmark to come for sure: the server sends one 2 s before the end, and
/// for a kind that it has just begun to serve, later.
const WITH_BOOKMARK: Duration = Duration::from_secs(8);

/// Fidelity 60: a bookmark is no event, and what a quiet watch resumes from.
#[test]
fn a_quiet_watch_stays_quiet_and_keeps_up_by_bookmarks() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    let Some((_other, elsewhere)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("a", 1)).unwrap();
    let (client, attempts) = sandbox.observed();
    let watched: Api<Foo> = Api::namespaced(&client, &sandbox.namespace);
    let mut events = watch(&watched, &WatchParams::default().timeout(WITH_BOOKMARK));
    assert_eq!((told(&mut events), told(&mut events)), ("added a".into(), "synced".into()));
    let later = elsewhere.create(&Foo::named("b", 1)).unwrap().metadata.resource_version;
    let stopper = events.stopper();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| events.by_ref().map(|e| e.unwrap()).collect::<Vec<_>>());
        eventually("the watch has been opened again", || (attempts.count() >= 2).then_some(()));
        stopper.stop();
        assert_eq!(reader.join().unwrap(), []);
    });
    assert_eq!(events.restarts(), 0);
    let number = |text: &str| text.parse::<u64>().unwrap();
    assert!(number(events.resource_version()) >= number(&later));
}

/// Fidelity 60, 61.
#[test]
fn a_raw_watch_tells_bookmarks() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("a", 1)).unwrap();
    let version = foos.list(&ListParams::default()).unwrap().metadata.resource_version;
    let params = WatchParams::default().after(&version).timeout(WITH_BOOKMARK);
    foos.create(&Foo::named("b", 1)).unwrap();
    let events: Vec<_> = foos.watch_raw(&params).unwrap().map(|event| event.unwrap()).collect();
    let RawEvent::Added(b) = &events[0] else { panic!("{events:?}") };
    assert_eq!(b.metadata.name, "b");
    assert!(events.len() > 1, "no bookmark came before the end");
    for event in &events[1..] {
        let RawEvent::Bookmark { resource_version, ends_initial_events } = event else {
            panic!("{event:?}")
        };
        let number = |text: &str| text.parse::<u64>().unwrap();
        assert!(number(resource_version) >= number(&b.metadata.resource_version));
        assert!(!ends_initial_events);
    }
}

#[test]
fn a_raw_watch_without_a_version_begins_with_what_is_there() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let a = foos.create(&Foo::named("a", 1)).unwrap();
    let mut events = foos.with_stop(&Stop::after(PATIENCE)).watch_raw(&Default::default()).unwrap();
    assert_eq!(events.next().unwrap().unwrap(), RawEvent::Added(a));
    events.stopper().stop();
    for event in events {
        assert!(event.is_ok_and(|event| matches!(event, RawEvent::Bookmark { .. })));
    }
}

#[test]
fn a_watch_from_a_lists_version_tells_what_came_after_it() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("a", 1)).unwrap();
    let list = foos.list(&ListParams::default()).unwrap();
    foos.create(&Foo::named("b", 1)).unwrap();
    let mut events = watch(&foos, &WatchParams::default().after(&list.metadata.resource_version));
    foos.delete("a", &DeleteParams::default()).unwrap();
    assert_eq!((told(&mut events), told(&mut events)), ("added b".into(), "deleted a".into()));

    let mut all = foos.list_all(&ListParams::default().limit(1));
    assert_eq!(all.by_ref().count(), 1);
    let mut events = watch(&foos, &WatchParams::default().after(all.resource_version()));
    foos.create(&Foo::named("c", 1)).unwrap();
    assert_eq!(told(&mut events), "added c");
}

#[test]
fn an_object_that_comes_into_or_leaves_a_selection_is_added_or_deleted() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("a", 1)).unwrap();
    let mut events = watch(&foos, &WatchParams::default().labels("l=in"));
    assert_eq!(told(&mut events), "synced");
    label(&foos, "a", "in");
    assert_eq!(told(&mut events), "added a");
    label(&foos, "a", "out");
    let Some(Ok(WatchEvent::Deleted(a))) = events.next() else { panic!() };
    // The server tells the last state that was selected, at the version of the change.
    assert_eq!(a.metadata.labels["l"], "in");
    assert_eq!(a.metadata.resource_version, foos.get("a").unwrap().metadata.resource_version);

    let mut events = watch(&foos, &WatchParams::default().fields("metadata.name=b"));
    assert_eq!(told(&mut events), "synced");
    foos.create(&Foo::named("c", 1)).unwrap();
    foos.create(&Foo::named("b", 1)).unwrap();
    assert_eq!(told(&mut events), "added b");
}

#[test]
fn a_waiting_watch_ends_soon_after_it_is_stopped() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let mut events = watch(&foos, &WatchParams::default());
    assert_eq!(told(&mut events), "synced");
    let stopper = events.stopper();
    let stopped = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            assert!(events.next().is_none());
            Instant::now()
        });
        stopper.wait_timeout(Duration::from_millis(100));
        let asked = Instant::now();
        stopper.stop();
        reader.join().unwrap() - asked
    });
    // 50 ms are promised; other tests keep the machine busy.
    assert!(stopped < Duration::from_millis(500), "{stopped:?}");
    assert!(events.next().is_none());
}

#[test]
fn fifty_watches_are_stopped_at_once() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let stop = Stop::after(PATIENCE);
    let foos = foos.with_stop(&stop);
    std::thread::scope(|scope| {
        let (synced, all_synced) = std::sync::mpsc::channel();
        let readers: Vec<_> = (0..50)
            .map(|_| {
                let (foos, synced) = (foos.clone(), synced.clone());
                scope.spawn(move || {
                    let mut events = foos.watch(&WatchParams::default()).unwrap();
                    assert_eq!(told(&mut events), "synced");
                    synced.send(()).unwrap();
                    assert!(events.next().is_none());
                })
            })
            .collect();
        for _ in 0..50 {
            all_synced.recv_timeout(PATIENCE).unwrap();
        }
        let asked = Instant::now();
        stop.stop();
        for reader in readers {
            reader.join().unwrap();
        }
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    });
}

#[test]
fn a_watch_that_may_not_be_opened_is_an_error_at_once() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    let anonymous = RestClient::new(sandbox.config.anonymous()).unwrap();
    let foos: Api<Foo> = Api::namespaced(&anonymous, foos.namespace().unwrap());
    assert!(foos.watch(&WatchParams::default()).unwrap_err().is_forbidden());
    let maps: Api<ConfigMap> = Api::namespaced(&sandbox.client, &sandbox.namespace);
    let error = maps.watch(&WatchParams::default().fields("data.a=b")).unwrap_err();
    assert!(error.is_bad_request(), "{error}");
}

/// Fidelity 59: HTTP 200, then an event that says 410.
#[test]
fn a_raw_watch_at_a_forgotten_version_is_expired() {
    let Some(disturbed) = Disturbed::new() else { return };
    let maps = disturbed.sandbox.maps();
    let old = maps.create(&ConfigMap::named("a")).unwrap().metadata.resource_version;
    maps.delete("a", &DeleteParams::default()).unwrap();
    disturbed.forget();
    let (client, attempts) = disturbed.sandbox.observed();
    let maps: Api<ConfigMap> = Api::namespaced(&client, &disturbed.sandbox.namespace);
    let mut events = maps.watch_raw(&WatchParams::default().after(&old)).unwrap();
    let error = events.next().unwrap().unwrap_err();
    assert!(error.is_expired(), "{error}");
    assert_eq!(error.status().unwrap().code, 410);
    assert!(events.next().is_none());
    assert_eq!(attempts.codes(), [200]);
}

/// Fidelity 59, 63, 68: the watch starts over, and what does not come again is gone.
#[test]
fn a_watch_at_a_forgotten_version_starts_over_and_says_so() {
    let Some(disturbed) = Disturbed::new() else { return };
    let maps = disturbed.sandbox.maps();
    let kept = maps.create(&ConfigMap::named("kept")).unwrap();
    let old = maps.create(&ConfigMap::named("lost")).unwrap().metadata.resource_version;
    maps.delete("lost", &DeleteParams::default()).unwrap();
    disturbed.forget();
    let mut events = watch(&maps, &WatchParams::default().after(&old));
    assert_eq!(told(&mut events), "restarted");
    let Some(Ok(WatchEvent::Added(map))) = events.next() else { panic!() };
    assert_eq!(map, kept);
    assert_eq!((told(&mut events), events.restarts()), ("synced".into(), 1));
    maps.create(&ConfigMap::named("new")).unwrap();
    assert_eq!(told(&mut events), "added new");
}

/// A restarted server has forgotten its recent events: the watch may have to start over, but a reader
/// who follows what it says knows what is there.
#[test]
fn a_watch_outlives_the_server_and_its_reader_knows_what_is_there() {
    let Some(disturbed) = Disturbed::new() else { return };
    let maps = disturbed.sandbox.maps();
    maps.create(&ConfigMap::named("a")).unwrap();
    maps.create(&ConfigMap::named("b")).unwrap();
    let mut events = watch(&maps, &WatchParams::default());
    let mut known = BTreeSet::new();
    let mut read_until = |last: &str| {
        loop {
            let line = told(&mut events);
            match line.split_once(' ') {
                Some(("deleted", name)) => drop(known.remove(name)),
                Some((_, name)) => drop(known.insert(name.to_owned())),
                None if line == "restarted" => known.clear(),
                None => {}
            }
            if line == last {
                return known.iter().cloned().collect::<Vec<_>>();
            }
        }
    };
    assert_eq!(read_until("synced"), ["a", "b"]);
    maps.delete("a", &DeleteParams::default()).unwrap();
    disturbed.plane.restart_api_server().unwrap();
    maps.create(&ConfigMap::named("c")).unwrap();
    assert_eq!(read_until("added c"), ["b", "c"]);
    maps.delete("b", &DeleteParams::default()).unwrap();
    assert_eq!(read_until("deleted b"), ["c"]);
}

/// Fidelity 67.
#[test]
fn a_silent_connection_is_given_up_and_resumed_without_starting_over() {
    let Some(disturbed) = Disturbed::new() else { return };
    let mut config = disturbed.sandbox.config.clone();
    config.timeouts.watch_idle = Some(Duration::from_millis(500));
    config.timeouts.connect = Duration::from_millis(500);
    let (client, attempts) = observed(config);
    let watched: Api<ConfigMap> = Api::namespaced(&client, &disturbed.sandbox.namespace);
    let maps = disturbed.sandbox.maps();
    maps.create(&ConfigMap { metadata: ObjectMeta::named("before"), ..Default::default() })
        .unwrap();
    let mut events = watch(&watched, &WatchParams::default());
    assert_eq!((told(&mut events), told(&mut events)), ("added before".into(), "synced".into()));

    std::thread::scope(|scope| {
        let reader = scope.spawn(|| told(&mut events));
        let paused = disturbed.plane.pause_api_server().unwrap();
        eventually("the watch has tried to connect in vain", || {
            attempts.all().iter().any(|seen| seen.code.is_none()).then_some(())
        });
        paused.resume();
        maps.create(&ConfigMap::named("after")).unwrap();
        assert_eq!(reader.join().unwrap(), "added after");
    });
    assert_eq!(events.restarts(), 0);
}
