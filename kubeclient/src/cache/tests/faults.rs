//! Many changes, and a server that is cut off again and again.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, channel};

use kubeclient_fake::{Fault, Injection};

use super::super::event::CacheEvent;
use super::super::handler::HandlerOptions;
use super::super::random::Random;
use super::{PATIENCE, Thing, World, patience};
use crate::api::ListParams;

const EVENTS: u64 = 2000;
const KEYS: u64 = 100;

/// How many seeds are tried: three, or as many as the environment says.
fn seeds() -> u64 {
    let count = std::env::var("KUBECLIENT_FAULT_SEEDS").ok();
    count.map_or(3, |count| count.parse().expect("KUBECLIENT_FAULT_SEEDS: a number"))
}

/// The name of the last object created: where all is told anew it comes last.
const END: &str = "z-end";

/// What happened to an object: it was there in a version, or it went.
#[derive(Clone, Debug, PartialEq)]
enum Fact {
    There { uid: String, version: String },
    Gone { uid: String },
}

impl Fact {
    fn of(thing: &Thing) -> Self {
        let metadata = &thing.metadata;
        Self::There { uid: metadata.uid.clone(), version: metadata.resource_version.clone() }
    }
}

type History = BTreeMap<String, Vec<Fact>>;

/// Things happen at random, and are added to the history.
fn happen(world: &World, random: &mut Random, events: u64, history: &mut History) {
    for event in 0..events {
        let name = format!("k{}", random.below(KEYS));
        let facts = history.entry(name.clone()).or_default();
        let (uid, is_there) = match facts.last() {
            Some(Fact::There { uid, .. }) => (uid.clone(), true),
            _ => (format!("{name}-{}", facts.len()), false),
        };
        if is_there && random.below(4) == 0 {
            world.delete(&name);
            facts.push(Fact::Gone { uid });
            continue;
        }
        let text = format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, uid: {uid}}}, data: {{n: 'x{event}'}}}}"
        );
        world.server.seed(&text).unwrap();
        let object = world.server.object("v1", "ConfigMap", "default", &name).unwrap();
        facts.push(Fact::of(&serde_json::from_value(object).unwrap()));
    }
}

/// Each connection of a watch ends in one of these ways, somewhere; the last ones don't.
fn cuts(world: &World, random: &mut Random, count: u64) -> Vec<Injection> {
    let mut cut = || {
        let fault = match random.below(6) {
            0 => Fault::close(),
            1 => Fault::reset(),
            2 => Fault::truncate(),
            3 => Fault::garbage("\n{\"type\":\n"),
            4 => Fault::error_event(500, "InternalError", "odd"),
            _ => Fault::status(503, "ServiceUnavailable", "busy"),
        };
        let fault = fault.verb("watch").once();
        world.server.inject(match random.below(4) {
            0 => fault.after_events(random.below(30)),
            // In the middle of a line, mostly.
            _ => fault.after_bytes(random.below(12_000)),
        })
    };
    (0..count).map(|_| cut()).collect()
}

/// What a handler that asks for each event is told.
fn listen(
    informer: &super::SharedInformer<Thing>,
    raw: usize,
) -> (super::super::HandlerHandle<Thing>, Receiver<CacheEvent<Thing>>) {
    let (sender, told) = channel();
    let options = HandlerOptions::default().raw(raw);
    let handler = informer.add_handler_with(&options, move |event| drop(sender.send(event)));
    (handler.unwrap(), told)
}

/// All that was told before the end, which is told by an object of its own.
fn collect(told: &Receiver<CacheEvent<Thing>>) -> (History, Vec<CacheEvent<Thing>>) {
    let (mut history, mut missed) = (History::new(), Vec::new());
    loop {
        let event = told.recv_timeout(PATIENCE).expect("the end in time");
        let object = event.object();
        let name = object.metadata.name.clone();
        if name == END {
            return (history, missed);
        }
        let fact = match &event {
            CacheEvent::Deleted(_) => Fact::Gone { uid: object.metadata.uid.clone() },
            _ => Fact::of(object),
        };
        if matches!(&event, CacheEvent::Deleted(deleted) if deleted.is_missed()) {
            missed.push(event);
        }
        if name.starts_with('k') && !name.starts_with("kube-") {
            history.entry(name).or_default().push(fact);
        }
    }
}

/// The cache is as the server is.
fn check_store(world: &World, informer: &super::SharedInformer<Thing>) {
    let version = |thing: &Thing| (thing.metadata.name.clone(), Fact::of(thing).clone());
    let list = world.things.list(&ListParams::default()).unwrap();
    let there: Vec<_> = list.items.iter().map(version).collect();
    let kept: Vec<_> = informer.lister().list().iter().map(|thing| version(thing)).collect();
    assert_eq!(kept, there);
}

/// Cuts alone lose no place: each event comes, once, in order. Fidelity 74, 75.
#[test]
fn cut_off_again_and_again_nothing_is_lost_doubled_or_out_of_order() {
    for seed in 0..seeds() {
        let world = World::new();
        let random = &mut Random::new(seed);
        let informer = world.builder().on_error(|_| {}).start().unwrap();
        informer.wait_synced(&patience()).unwrap();
        let (_raw, raw) = listen(&informer, usize::MAX);
        let (_joined, joined) = listen(&informer, 0);
        let cuts = cuts(&world, random, 60);
        world.server.drop_watches();
        let mut history = History::new();
        happen(&world, random, EVENTS, &mut history);
        let end = world.create(END);
        let version = &end.metadata.resource_version;
        informer.lister().wait_for_resource_version(version, &patience()).unwrap();
        let (told, missed) = collect(&raw);
        for (name, facts) in &history {
            assert_eq!(told.get(name), Some(facts), "seed {seed}, {name}");
        }
        assert!(missed.is_empty(), "seed {seed}");
        let (told, _) = collect(&joined);
        check_subsequence(&told, &history, seed);
        check_store(&world, &informer);
        assert_eq!(informer.health().cache.restarts, 0, "seed {seed}");
        let strikes: u64 = cuts.iter().map(Injection::strikes).sum();
        assert!(strikes > 20, "seed {seed}: {strikes} cuts");
    }
}

/// With histories that are forgotten on the way, what is told is an ordered part that ends in the truth.
#[test]
fn forgotten_histories_leave_an_ordered_part_that_ends_in_the_truth() {
    for seed in 1000..1000 + seeds() {
        let world = World::new();
        let random = &mut Random::new(seed);
        let informer = world.builder().on_error(|_| {}).start().unwrap();
        informer.wait_synced(&patience()).unwrap();
        let (_raw, raw) = listen(&informer, usize::MAX);
        let (_joined, joined) = listen(&informer, 0);
        let mut history = History::new();
        for round in 0..10 {
            // Now and then all of it is forgotten before anybody hears of it.
            let deaf = Fault::status(503, "ServiceUnavailable", "busy").verb("watch");
            let _deaf = (round % 3 == 0).then(|| world.server.inject(deaf));
            let _cuts = cuts(&world, random, 4);
            world.server.drop_watches();
            happen(&world, random, EVENTS / 10, &mut history);
            world.server.compact();
        }
        let end = world.create(END);
        let version = &end.metadata.resource_version;
        informer.lister().wait_for_resource_version(version, &patience()).unwrap();
        for told in [raw, joined] {
            let (told, _) = collect(&told);
            check_subsequence(&told, &history, seed);
        }
        check_store(&world, &informer);
        assert!(informer.health().cache.restarts >= 4, "seed {seed}");
    }
}

/// What was told of each object is an ordered part of what happened, without repetition, and ends as it.
fn check_subsequence(told: &History, history: &History, seed: u64) {
    for (name, facts) in history {
        let nothing = Vec::new();
        let told = told.get(name).unwrap_or(&nothing);
        let mut rest = facts.iter();
        for fact in told {
            // A deletion that was missed may stand between states that were not told.
            assert!(rest.any(|other| other == fact), "seed {seed}, {name}: {told:?} of {facts:?}");
        }
        match (facts.last(), told.last()) {
            // Gone is gone, whoever else of this name came and went unseen.
            (Some(Fact::Gone { .. }), None | Some(Fact::Gone { .. })) => {}
            (last, end) => assert_eq!(last, end, "seed {seed}, {name}"),
        }
    }
}
