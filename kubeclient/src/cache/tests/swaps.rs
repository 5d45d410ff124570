//! What readers see while lists and changes come: one moment, whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;

use super::super::health::Monitor;
use super::super::index::Indexers;
use super::super::key::ObjectKey;
use super::super::report::Reporter;
use super::super::snapshot::Snapshot;
use super::super::state::Seen;
use super::super::store::{Store, Writer};
use super::{PATIENCE, Thing};

/// How many objects a list has.
const SIZE: u64 = 200;

/// A store without a server, filled by lists that this writes.
fn writer() -> Writer<Thing> {
    let reporter = Arc::new(Reporter::new(|_| {}));
    let indexers = Arc::new(Indexers { all: Vec::new(), reporter });
    Writer::new("things".into(), indexers, Arc::new(Monitor::new()))
}

/// A list of the objects of one set, all in this version.
fn replace(writer: &mut Writer<Thing>, set: &str, version: u64) {
    writer.begin_filling();
    for number in 0..SIZE {
        let name = format!("{set}-{number:03}");
        writer.fill(Seen::There(Thing::new(&name, &format!("{name}-{version}"), version)));
    }
    let events = writer.end_filling(&version.to_string(), false);
    assert!(events.len() as u64 >= SIZE);
    writer.publish();
}

fn change(writer: &mut Writer<Thing>, name: &str, version: u64) {
    writer.apply(Seen::There(Thing::new(name, name, version)), &version.to_string());
    writer.publish();
}

/// The set that is in it, whole, in one version.
#[track_caller]
fn check_whole(snapshot: &Snapshot<Thing>) -> (String, u64) {
    let first = snapshot.iter().next().unwrap();
    let (set, version) = (&first.metadata.name[..1], &first.metadata.resource_version);
    assert_eq!(snapshot.len() as u64, SIZE);
    assert_eq!(snapshot.resource_version(), version);
    for (number, (key, thing)) in snapshot.keys().zip(snapshot.iter()).enumerate() {
        assert_eq!(thing.metadata.name, format!("{set}-{number:03}"));
        assert_eq!(&thing.metadata.resource_version, version);
        assert_eq!(snapshot.get(key).map(|thing| &thing.metadata.name), Some(&thing.metadata.name));
    }
    (set.to_owned(), version.parse().unwrap())
}

/// Lists alternate between two sets that have no object in common: who reads sees one of them, never some of each and
/// never less. Fidelity 65.
#[test]
fn a_list_takes_the_place_of_all_that_was_there_at_once() {
    const LISTS: u64 = 1_000;
    let mut writer = writer();
    replace(&mut writer, "a", 1);
    let (store, is_over) = (writer.store().clone(), AtomicBool::new(false));
    let seen = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|_| {
                let (store, is_over): (Store<Thing>, _) = (store.clone(), &is_over);
                scope.spawn(move || {
                    let (mut last, mut seen) = (0, 0);
                    while !is_over.load(Ordering::SeqCst) {
                        let (set, version) = check_whole(&store.snapshot());
                        assert_eq!(set == "a", version % 2 == 1);
                        assert!(version >= last, "{version} after {last}");
                        seen += u64::from(version > last);
                        last = version;
                    }
                    seen
                })
            })
            .collect();
        for version in 2..=LISTS {
            replace(&mut writer, if version % 2 == 1 { "a" } else { "b" }, version);
        }
        is_over.store(true, Ordering::SeqCst);
        readers.into_iter().map(|reader| reader.join().unwrap()).min()
    });
    assert!(seen.unwrap() >= 3, "each reader saw some of the lists: {seen:?}");
    assert_eq!(check_whole(&store.snapshot()), ("b".into(), LISTS));
}

/// Whatever happens to the store meanwhile.
#[test]
fn a_snapshot_stays_as_it_was() {
    let mut writer = writer();
    replace(&mut writer, "a", 1);
    let (store, key) = (writer.store().clone(), ObjectKey::new("", "a-007"));
    let snapshot = store.snapshot();
    let before: Vec<Arc<Thing>> = snapshot.iter().cloned().collect();
    let is_as_it_was = |snapshot: &Snapshot<Thing>| {
        assert_eq!(check_whole(snapshot), ("a".into(), 1));
        assert!(snapshot.iter().zip(&before).all(|(now, before)| Arc::ptr_eq(now, before)));
    };
    change(&mut writer, "a-007", 2);
    is_as_it_was(&snapshot);
    assert_eq!(store.get(&key).unwrap().metadata.resource_version, "2");
    writer.apply(Seen::Gone(Thing::new("a-007", "a-007", 3)), "3");
    writer.publish();
    is_as_it_was(&snapshot);
    assert_eq!((store.len() as u64, store.get(&key)), (SIZE - 1, None));
    change(&mut writer, "z", 4);
    replace(&mut writer, "b", 5);
    is_as_it_was(&snapshot);
    assert_eq!(check_whole(&store.snapshot()), ("b".into(), 5));
    // A clone of it, and what was read of it, outlive it and the store.
    let copy = snapshot.clone();
    drop((snapshot, store, writer));
    is_as_it_was(&copy);
}

/// Who sits in the midst of what it reads holds up neither the writer nor other readers: these go on meanwhile, and
/// would wait for ever else.
#[test]
fn a_reader_that_does_not_go_on_holds_up_nobody() {
    const CHANGES: u64 = 10_000;
    let mut writer = writer();
    replace(&mut writer, "a", 1);
    let store = writer.store().clone();
    let (entered, is_in) = channel();
    let (release, gate) = channel::<()>();
    let reached = Arc::new(AtomicU64::new(0));
    let (told, is_told) = channel();
    let reading = {
        let store = store.clone();
        std::thread::spawn(move || {
            let snapshot = store.snapshot();
            for thing in snapshot.iter() {
                if thing.metadata.name == "a-100" {
                    entered.send(()).unwrap();
                    let _ = gate.recv();
                }
                assert_eq!(thing.metadata.resource_version, "1");
            }
            check_whole(&snapshot)
        })
    };
    is_in.recv_timeout(PATIENCE).unwrap();
    let writing = {
        let reached = Arc::clone(&reached);
        std::thread::spawn(move || {
            for version in 2..=CHANGES {
                change(&mut writer, &format!("a-{:03}", version % SIZE), version);
                reached.store(version, Ordering::SeqCst);
            }
            replace(&mut writer, "b", CHANGES + 1);
            told.send(check_whole(&writer.store().snapshot())).unwrap();
        })
    };
    let end = is_told.recv_timeout(PATIENCE);
    assert_eq!(end, Ok(("b".into(), CHANGES + 1)), "at {}", reached.load(Ordering::SeqCst));
    assert_eq!(store.get(&ObjectKey::new("", "a-000")), None);
    drop(release);
    assert_eq!(reading.join().unwrap(), ("a".into(), 1));
    writing.join().unwrap();
}
