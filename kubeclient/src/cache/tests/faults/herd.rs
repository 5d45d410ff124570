//! Many informers of one client that lose the server at the same time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kubeclient_fake::Fault;

use super::super::super::SharedInformer;
use super::super::{World, patience};

const INFORMERS: usize = 200;

/// Nobody waits: each wait is noted, so that the time of a list is the sum of the waits before it.
#[test]
fn two_hundred_informers_do_not_list_all_at_once() {
    let world = World::with(&["a"]);
    let waits: Arc<Mutex<BTreeMap<usize, Duration>>> = Arc::default();
    let informers: Vec<SharedInformer<_>> = (0..INFORMERS)
        .map(|number| {
            let waits = Arc::clone(&waits);
            let builder = SharedInformer::builder(&world.things).pause(move |_, time| {
                *waits.lock().unwrap().entry(number).or_default() += time;
            });
            builder.on_error(|_| {}).start().unwrap()
        })
        .collect();
    for informer in &informers {
        informer.wait_synced(&patience()).unwrap();
    }
    assert_eq!(*waits.lock().unwrap(), BTreeMap::new());

    // The server is gone, and back without a memory.
    world.server.requests().clear();
    let gone = world.server.inject(Fault::stall().verb("watch"));
    world.server.drop_watches();
    assert!(gone.wait_for(INFORMERS as u64, super::PATIENCE));
    let b = world.create("b");
    world.server.compact();
    gone.remove();
    for informer in &informers {
        let version = &b.metadata.resource_version;
        informer.lister().wait_for_resource_version(version, &patience()).unwrap();
        assert_eq!(informer.health().cache.restarts, 1);
    }
    let lists = world.server.requests().query("sendInitialEvents", "true").count();
    assert_eq!(lists, INFORMERS);
    let waits = waits.lock().unwrap();
    let mut times: Vec<Duration> =
        (0..INFORMERS).map(|number| waits.get(&number).copied().unwrap_or_default()).collect();
    times.sort();
    for (place, first) in times.iter().enumerate() {
        let until = *first + Duration::from_secs(1);
        let count = times[place..].iter().take_while(|time| **time < until).count();
        assert!(count <= INFORMERS / 4, "{count} lists in the second after {first:?}");
    }
    assert!(*times.last().unwrap() <= Duration::from_secs(7), "{times:?}");

    // 250 ms are promised.
    let asked = Instant::now();
    informers.iter().for_each(|informer| informer.stopper().stop());
    drop(informers);
    assert!(asked.elapsed() < Duration::from_millis(2500), "{:?}", asked.elapsed());
}

/// How often each asks in vain, and how often it may do so a second then.
const ATTEMPTS: usize = 12;
const RATE: f64 = 0.25;

/// The outage goes on: after the place is lost, each asks for all there is, in vain, and less and less often.
#[test]
fn two_hundred_informers_without_a_server_list_each_four_seconds_at_most() {
    let world = World::with(&["a"]);
    let (enough, has_enough) = std::sync::mpsc::channel();
    let informers: Vec<SharedInformer<_>> = (0..INFORMERS)
        .map(|_| {
            let (waits, enough) = (Mutex::new(Vec::new()), enough.clone());
            let builder = SharedInformer::builder(&world.things).pause(move |stop, time| {
                let mut waits = waits.lock().unwrap();
                waits.push(time);
                if waits.len() == ATTEMPTS {
                    let _ = enough.send(waits.clone());
                }
                if waits.len() >= ATTEMPTS {
                    stop.wait();
                }
            });
            builder.on_error(|_| {}).start().unwrap()
        })
        .collect();
    for informer in &informers {
        informer.wait_synced(&patience()).unwrap();
    }
    world.server.requests().clear();
    let refused = || Fault::status(503, "ServiceUnavailable", "gone").resource("configmaps");
    let initial = world.server.inject(refused().query("sendInitialEvents", "true"));
    let lists = world.server.inject(refused().verb("list"));
    // Of its place, each hears that it is lost.
    let lost = Fault::status(410, "Expired", "too old").resource("configmaps").verb("watch");
    let lost =
        world.server.inject(lost.when(|request| request.query("sendInitialEvents").is_none()));
    world.server.drop_watches();
    for _ in 0..INFORMERS {
        let waits = has_enough.recv_timeout(super::PATIENCE).unwrap();
        let time: Duration = waits.iter().sum();
        assert!(ATTEMPTS as f64 <= RATE * time.as_secs_f64(), "{waits:?}");
        // The first is before a place is lost; the next three are shorter.
        let late = &waits[4..];
        assert!(late.iter().all(|wait| wait.as_secs_f64() >= 1.0 / RATE), "{waits:?}");
    }
    let asked = initial.strikes() + lists.strikes();
    println!("{asked} lists refused, {} places lost", lost.strikes());
    assert!(asked >= (INFORMERS * (ATTEMPTS - 2)) as u64, "{asked}");
    assert!(asked <= (INFORMERS * (ATTEMPTS + 1)) as u64, "{asked}");
}

/// One alone comes back at once.
#[test]
fn an_informer_that_is_cut_off_alone_comes_back_at_once() {
    let world = World::with(&["a"]);
    let (sender, waits) = std::sync::mpsc::channel();
    let builder = SharedInformer::builder(&world.things).pause(move |_, time| {
        let _ = sender.send(time);
    });
    let informer = builder.start().unwrap();
    informer.wait_synced(&patience()).unwrap();
    for name in ["b", "c", "d", "e"] {
        // Something comes over each connection before it is cut.
        let version = world.create(name).metadata.resource_version;
        informer.lister().wait_for_resource_version(&version, &patience()).unwrap();
        world.server.drop_watches();
    }
    let version = world.create("f").metadata.resource_version;
    informer.lister().wait_for_resource_version(&version, &patience()).unwrap();
    assert_eq!(waits.try_recv().ok(), None);
}
