//! What handlers are told, and when.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use kubeclient_fake::Fault;

use super::super::event::CacheEvent;
use super::super::handler::HandlerOptions;
use super::super::handlers::Handlers;
use super::super::health::Monitor;
use super::super::index::Indexers;
use super::super::informer::SharedInformer;
use super::super::report::Reporter;
use super::super::sink::Sink;
use super::super::state::Seen;
use super::super::store::Writer;
use super::{PATIENCE, Thing, World, next, patience, quietly_panic, word, words};
use crate::error::ErrorKind;

/// Fidelity 71.
#[test]
fn a_late_handler_hears_of_what_is_there_and_then_of_changes() {
    let world = World::with(&["a", "b"]);
    let informer = world.builder().build();
    let (handler, early) = words();
    let early_handler = informer.add_handler(handler).unwrap();
    informer.start().unwrap();
    informer.start().unwrap();
    early_handler.wait_synced(&patience()).unwrap();
    assert_eq!(next(&early, 2), ["*a", "*b"]);
    world.create("c");
    assert_eq!(next(&early, 1), ["+c"]);
    let (handler, late) = words();
    let late_handler = informer.add_handler(handler).unwrap();
    late_handler.wait_synced(&patience()).unwrap();
    assert_eq!(late.try_iter().collect::<Vec<_>>(), ["*a", "*b", "*c"]);
    world.change("a", "1");
    world.delete("b");
    let changes = ["~a", "-b"];
    assert_eq!(
        (next(&early, 2), next(&late, 2)),
        (changes.map(Into::into).into(), changes.map(Into::into).into())
    );
    late_handler.remove(&patience()).unwrap();
    world.create("d");
    assert_eq!(next(&early, 1), ["+d"]);
    assert_eq!(late.try_recv().ok(), None);
    assert_eq!(informer.health().handlers.len(), 1);
    early_handler.keep();
    world.create("e");
    assert_eq!(next(&early, 1), ["+e"]);
}

/// A cache without a server.
fn cache() -> (Writer<Thing>, Arc<Handlers<Thing>>) {
    let reporter = Arc::new(Reporter::new(|_| {}));
    let indexers = Arc::new(Indexers { all: Vec::new(), reporter: Arc::clone(&reporter) });
    let writer = Writer::new("things".into(), indexers, Arc::new(Monitor::new()));
    let handlers = Arc::new(Handlers::new(writer.store(), reporter, "test".into()));
    (writer, handlers)
}

fn put(writer: &mut Writer<Thing>, handlers: &Handlers<Thing>, name: &str, version: u64) {
    let thing = Thing::new(name, name, version);
    let events = writer.apply(Seen::There(thing), &version.to_string());
    handlers.take(events, false, &mut || writer.publish());
}

/// Fidelity 71: handlers come at any moment of a busy cache; each hears of every object, once, and of each
/// state after that it was told of.
#[test]
fn handlers_that_come_while_the_cache_is_busy_lose_and_double_nothing() {
    let (mut writer, handlers) = cache();
    handlers.take(Vec::new(), true, &mut || ());
    let is_over = Arc::new(AtomicBool::new(false));
    std::thread::scope(|scope| {
        let adders: Vec<_> = (0..2)
            .map(|_| {
                let (handlers, is_over) = (Arc::clone(&handlers), Arc::clone(&is_over));
                scope.spawn(move || {
                    let mut added = Vec::new();
                    while !is_over.load(Ordering::SeqCst) && added.len() < 40 {
                        let (sender, told) = channel();
                        let options = HandlerOptions::default().raw(usize::MAX);
                        let handler = handlers
                            .add(&options, move |event: CacheEvent<Thing>| {
                                let version = event.object().metadata.resource_version.clone();
                                drop(sender.send((word(&event), version)));
                            })
                            .unwrap();
                        added.push((handler, told));
                    }
                    added
                })
            })
            .collect();
        for version in 1..=3000 {
            put(&mut writer, &handlers, &format!("k{}", version % 10), version);
        }
        is_over.store(true, Ordering::SeqCst);
        for adder in adders {
            for (_handler, told) in adder.join().unwrap() {
                let mut last = [0; 10];
                while last.iter().max() != Some(&3000) {
                    let (word, version) = told.recv_timeout(PATIENCE).unwrap();
                    let key: usize = word[2..].parse().unwrap();
                    let version: u64 = version.parse().unwrap();
                    let is_first = last[key] == 0;
                    assert_eq!(is_first, !word.starts_with('~'), "{word} {version}");
                    // Each key changes every ten versions: none is left out.
                    assert!(is_first || version == last[key] + 10, "{word} {version}");
                    last[key] = version;
                }
            }
        }
    });
}

/// Fidelity 73: 100,000 updates of 10 keys.
#[test]
fn a_slow_handler_costs_little_and_holds_up_nobody() {
    let (mut writer, handlers) = cache();
    let (entered, is_in) = channel();
    let (release, gate) = channel::<()>();
    let (sender, seen) = channel();
    let slow = handlers
        .add(&HandlerOptions::default(), move |event: CacheEvent<Thing>| {
            let _ = entered.send(());
            let _ = gate.recv();
            drop(sender.send(event.object().metadata.resource_version.clone()));
        })
        .unwrap();
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let (last, done) = channel();
    let quick = handlers
        .add(&HandlerOptions::default().raw(usize::MAX), move |event: CacheEvent<Thing>| {
            counted.fetch_add(1, Ordering::SeqCst);
            if event.object().metadata.resource_version == "100000" {
                let _ = last.send(());
            }
        })
        .unwrap();
    put(&mut writer, &handlers, "k1", 1);
    is_in.recv_timeout(PATIENCE).unwrap();
    for version in 2..=100_000 {
        put(&mut writer, &handlers, &format!("k{}", version % 10), version);
    }
    done.recv_timeout(PATIENCE).unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 100_000, "the other one heard of each");
    assert!(slow.health().pending <= 10, "{:?}", slow.health());
    assert_eq!(quick.health().joined, 0);
    drop(release);
    let versions: Vec<String> = (0..11).map(|_| seen.recv_timeout(PATIENCE).unwrap()).collect();
    let mut last: Vec<u64> = versions[1..].iter().map(|version| version.parse().unwrap()).collect();
    last.sort_unstable();
    assert_eq!(last, (99_991..=100_000).collect::<Vec<_>>());
}

#[test]
fn a_handler_that_panics_goes_on_with_the_next_event() {
    let world = World::with(&["a", "bad", "c"]);
    let (sender, reports) = channel();
    let informer = world
        .builder()
        .on_error(move |error| drop(sender.send(error.to_string())))
        .start()
        .unwrap();
    let (mut tell, told) = words();
    let handler = informer
        .add_handler(move |event| {
            let is_bad = event.object().metadata.name == "bad";
            tell(event);
            if is_bad {
                quietly_panic("it is bad");
            }
        })
        .unwrap();
    assert_eq!(next(&told, 3), ["*a", "*bad", "*c"]);
    world.change("bad", "1");
    world.create("d");
    assert_eq!(next(&told, 2), ["~bad", "+d"]);
    let report = reports.recv_timeout(PATIENCE).unwrap();
    assert_eq!(report, "a handler, told of default/bad, panicked: it is bad");
    assert_eq!(handler.health().panics, 2);
}

/// Fidelity 70.
#[test]
fn a_handler_is_told_again_from_the_cache_without_a_request() {
    let world = World::with(&["a", "b"]);
    let informer = world.builder().start().unwrap();
    informer.wait_synced(&patience()).unwrap();
    world.server.requests().clear();
    let (handler, told) = words();
    let options = HandlerOptions::default().resync(Duration::from_millis(20));
    let _handler = informer.add_handler_with(&options, handler).unwrap();
    assert_eq!(next(&told, 6), ["*a", "*b", "=a", "=b", "=a", "=b"]);
    assert_eq!(world.server.requests().count(), 0);
}

/// However short its period: what is pending has its turn between two rounds of it. Fidelity 70.
#[test]
fn a_handler_that_is_always_to_be_told_again_is_told_what_is_new() {
    const CHANGES: u64 = 100;
    let (mut writer, handlers) = cache();
    let (handler, told) = words();
    let options = HandlerOptions::default().resync(Duration::from_nanos(1));
    let handler = handlers.add(&options, handler).unwrap();
    put(&mut writer, &handlers, "a", 1);
    for version in 2..=CHANGES {
        put(&mut writer, &handlers, &format!("k{version}"), version);
        let word = format!("+k{version}");
        // What is pending when it comes, is told again at most once before.
        let mut before = 0;
        while told.recv_timeout(PATIENCE).expect("what is new, in time") != word {
            before += 1;
        }
        let pending = handler.health().pending;
        assert!(pending as u64 <= version, "{pending} pending, {before} told before");
    }
    drop(handler);
    assert!(told.iter().all(|word| word.starts_with('=')));
}

#[test]
fn removing_a_handler_waits_until_it_returns_and_from_within_does_not() {
    let (mut writer, handlers) = cache();
    let (entered, is_in) = channel();
    let (release, gate) = channel::<()>();
    let is_out = Arc::new(AtomicBool::new(false));
    let out = Arc::clone(&is_out);
    let handler = handlers
        .add(&HandlerOptions::default(), move |_| {
            let _ = entered.send(());
            let _ = gate.recv();
            out.store(true, Ordering::SeqCst);
        })
        .unwrap();
    put(&mut writer, &handlers, "a", 1);
    put(&mut writer, &handlers, "b", 2);
    is_in.recv_timeout(PATIENCE).unwrap();
    std::thread::scope(|scope| {
        let remover = scope.spawn(move || handler.remove(&patience()));
        drop(release);
        remover.join().unwrap().unwrap();
        assert!(is_out.load(Ordering::SeqCst));
    });
    // It may have come to the second one before it was removed; not to a third.
    is_in.try_iter().for_each(drop);
    put(&mut writer, &handlers, "c", 3);
    assert!(is_in.recv().is_err(), "its function is gone");

    // One that takes itself away.
    let slot = Arc::new(std::sync::Mutex::new(None));
    let own = Arc::clone(&slot);
    let (sender, told) = channel();
    let handler = handlers
        .add(&HandlerOptions::default(), move |event: CacheEvent<Thing>| {
            if word(&event) == "+d" {
                drop(own.lock().unwrap().take());
                let _ = sender.send(());
            }
        })
        .unwrap();
    *slot.lock().unwrap() = Some(handler);
    put(&mut writer, &handlers, "d", 4);
    told.recv_timeout(PATIENCE).unwrap();
    assert!(told.recv_timeout(PATIENCE).is_err(), "its function is gone");
    handlers.close();
    handlers.join(&patience()).unwrap();
    assert!(handlers.add(&HandlerOptions::default(), |_| {}).unwrap_err().is_stopped());
}

#[test]
fn a_handler_may_call_back() {
    let world = World::with(&["a"]);
    let informer = Arc::new(world.builder().start().unwrap());
    let own = Arc::clone(&informer);
    let (sender, told) = channel();
    let handler = informer
        .add_handler(move |event| {
            // The cache is first.
            assert!(own.store().get(&event.key()).is_some());
            let (inner, words) = words();
            own.add_handler(inner).unwrap().remove(&patience()).unwrap();
            drop(words);
            own.stop();
            assert_eq!(own.join(&patience()).unwrap_err().kind(), ErrorKind::Invalid);
            let _ = sender.send(own.add_handler(|_| {}).is_err());
        })
        .unwrap();
    assert_eq!(told.recv_timeout(PATIENCE), Ok(true));
    drop(handler);
    informer.join(&patience()).unwrap();
}

/// Each of the two would wait for the other.
#[test]
fn a_handler_and_the_error_handler_may_both_stop_at_once() {
    let world = World::with(&["a"]);
    let slot = Arc::new(std::sync::OnceLock::<std::sync::Weak<SharedInformer<Thing>>>::new());
    let meet = Arc::new(std::sync::Barrier::new(2));
    let stop = {
        let (slot, meet) = (Arc::clone(&slot), Arc::clone(&meet));
        move || {
            let informer = slot.get().and_then(std::sync::Weak::upgrade).unwrap();
            meet.wait();
            informer.stop();
            drop(informer);
        }
    };
    let (on_error, on_event) = (stop.clone(), std::sync::Mutex::new(Some(stop)));
    let once = std::sync::Once::new();
    let informer = Arc::new(world.builder().on_error(move |_| once.call_once(&on_error)).build());
    slot.set(Arc::downgrade(&informer)).unwrap();
    let (sender, ended) = channel();
    informer
        .add_handler(move |_| {
            if let Some(stop) = on_event.lock().unwrap().take() {
                stop();
                sender.send(()).unwrap();
            }
        })
        .unwrap()
        .keep();
    informer.start().unwrap();
    informer.wait_synced(&patience()).unwrap();
    let _refused = world.server.inject(Fault::status(403, "Forbidden", "no").verb("watch"));
    world.server.drop_watches();
    ended.recv_timeout(PATIENCE).unwrap();
    // Who is none of its threads waits for all of them.
    informer.join(&patience()).unwrap();
    assert!(ended.recv().is_err(), "the handler is gone");
}

#[test]
fn who_waits_for_a_handler_hears_that_the_cache_has_ended() {
    let world = World::with(&["a"]);
    let _refused = world.server.inject(Fault::status(503, "ServiceUnavailable", "no"));
    let informer = world.builder().on_error(|_| {}).start().unwrap();
    let handler = informer.add_handler(|_| {}).unwrap();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| handler.wait_synced(&patience()));
        informer.stopper().stop();
        assert!(waiter.join().unwrap().is_err());
    });
}
