//! The faults that a cache lives through. Here: many changes, and a server that is cut off again and again.
//!
//! Without `KUBECLIENT_FAULT_SEEDS`, twenty seeds of a slice that takes seconds; with it, so many seeds of the
//! full size.

// What was measured is told.
#![allow(clippy::print_stdout)]

mod bookmarks;
mod cuts;
mod endings;
mod errors;
mod events;
mod herd;
mod history;
mod names;
mod rewinds;
mod rollouts;
mod script;
mod soak;
mod storm;
mod withdrawn;

use std::time::Duration;

use self::cuts::{Cuts, KINDS};
use self::history::{END, History, Listener, check_store, check_subsequence, happen};
use super::super::random::Random;
use super::super::{InformerHealth, SharedInformer};
use super::{PATIENCE, Thing, World, patience};

/// How the names of the objects begin to which things happen.
const NAMES: &str = "k";

/// How much happens.
#[derive(Clone, Copy)]
struct Size {
    seeds: u64,
    events: u64,
    keys: u64,
    cuts: u64,
}

impl Size {
    fn of_run() -> Self {
        match std::env::var("KUBECLIENT_FAULT_SEEDS") {
            Err(_) => Self { seeds: 20, events: 500, keys: 25, cuts: 24 },
            Ok(seeds) => Self {
                seeds: seeds.parse().expect("KUBECLIENT_FAULT_SEEDS: a number"),
                events: 10_000,
                keys: 500,
                cuts: 200,
            },
        }
    }
}

/// A server whose mute connections are given up soon, and an informer of it with two handlers: one that hears
/// of each event, and one that falls behind.
struct Scene {
    /// Dropped before the informer, which waits for their handlers.
    raw: Listener<Thing>,
    joined: Listener<Thing>,
    informer: SharedInformer<Thing>,
    world: World,
}

impl Scene {
    fn new() -> Self {
        let idle = Duration::from_millis(50);
        let world = World::configured(|config| config.timeouts.watch_idle = Some(idle));
        let informer = world.builder().on_error(|_| {}).start().unwrap();
        informer.wait_synced(&patience()).unwrap();
        let (raw, joined) = (Listener::add(&informer), Listener::behind(&informer, 100));
        Self { raw, joined, informer, world }
    }

    /// The last thing happens, and is in the cache.
    fn end(&self) -> InformerHealth {
        let end = self.world.create(END);
        let version = &end.metadata.resource_version;
        self.informer.lister().wait_for_resource_version(version, &patience()).unwrap();
        self.informer.health()
    }

    /// How often all objects were asked for and given, as a list or through a watch.
    fn lists(&self) -> usize {
        let asked = || self.world.server.requests().resource("configmaps").status(200);
        asked().verb("list").count()
            + asked().verb("watch").query("sendInitialEvents", "true").count()
    }

    fn watches(&self) -> usize {
        self.world.server.requests().resource("configmaps").verb("watch").count()
    }
}

/// Cuts alone lose no place: each event comes, once, in order. Fidelity 66, 67, 74, 75.
#[test]
fn cut_off_again_and_again_nothing_is_lost_doubled_or_out_of_order() {
    let size = Size::of_run();
    for seed in 0..size.seeds {
        let scene = Scene::new();
        let random = &mut Random::new(seed);
        let cuts = Cuts::inject(&scene.world.server, random, size.cuts);
        scene.world.server.drop_watches();
        let mut history = History::new();
        happen(&scene.world, random, size.events, size.keys, &mut history);
        let health = scene.end();
        let (told, missed) = scene.raw.collect(NAMES, PATIENCE);
        for (name, facts) in &history {
            assert_eq!(told.get(name), Some(facts), "seed {seed}, {name}");
        }
        assert_eq!(missed, 0, "seed {seed}");
        let told = scene.joined.collect(NAMES, PATIENCE).0;
        check_subsequence(&told, &history, seed);
        assert!(scene.joined.joined() > size.events / 4, "seed {seed}: {}", scene.joined.joined());
        assert_eq!((scene.lists(), health.cache.restarts), (1, 0), "seed {seed}");
        check_store(&scene.world, &scene.informer);
        // The last ones may find nothing left to cut.
        let struck = cuts.struck();
        let (strikes, watches) = (struck.values().sum::<u64>(), scene.watches() as u64);
        println!("seed {seed}: {strikes} cuts struck, {watches} connections: {struck:?}");
        assert!(strikes >= size.cuts * 3 / 4, "seed {seed}: {struck:?}");
        assert_eq!(struck.len() as u64, KINDS, "seed {seed}: {struck:?}");
        assert!(watches >= strikes, "seed {seed}: {watches} connections, {strikes} cuts");
    }
}

/// With histories that are forgotten on the way, what is told is an ordered part that ends in the truth.
#[test]
fn forgotten_histories_leave_an_ordered_part_that_ends_in_the_truth() {
    const ROUNDS: u64 = 10;
    let size = Size::of_run();
    for seed in 1000..1000 + size.seeds {
        let scene = Scene::new();
        let random = &mut Random::new(seed);
        let mut history = History::new();
        for round in 0..ROUNDS {
            // Now and then all of it is forgotten before anybody hears of it.
            let deaf = kubeclient_fake::Fault::status(503, "ServiceUnavailable", "busy");
            let _deaf = (round % 3 == 0).then(|| scene.world.server.inject(deaf.verb("watch")));
            let _cuts = Cuts::inject(&scene.world.server, random, size.cuts / ROUNDS);
            scene.world.server.drop_watches();
            happen(&scene.world, random, size.events / ROUNDS, size.keys, &mut history);
            scene.world.server.compact();
        }
        let health = scene.end();
        for listener in [&scene.raw, &scene.joined] {
            check_subsequence(&listener.collect(NAMES, PATIENCE).0, &history, seed);
        }
        let (lists, restarts) = (scene.lists() as u64, health.cache.restarts);
        check_store(&scene.world, &scene.informer);
        assert!((1..=ROUNDS).contains(&restarts), "seed {seed}: {restarts} restarts");
        assert_eq!(lists, restarts + 1, "seed {seed}");
    }
}
