//! An informer whose connections to the real server are cut, again and again, at any byte.

// What was measured is told.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use kubeclient::cache::SharedInformer;
use kubeclient::{Api, ListParams, Patch, PatchParams, Stop};
use kubeclient_tests::chaos::{ChaosProxy, Plans};
use serde_json::Value;

use super::proxied;
use super::trace::{END, Fact, Listener, PREFIX, check_subsequence, happen};
use crate::common::{PATIENCE, Sandbox, eventually};
use crate::foo::ConfigMap;
use crate::go_program::{GoProgram, Running};

/// How much happens: with `KUBECLIENT_FAULT_SEEDS`, so many seeds of the full size, from the seed
/// `KUBECLIENT_FAULT_FIRST` on.
struct Size {
    seeds: Range<u64>,
    events: u64,
    keys: u64,
    cuts: u64,
    /// How many of the cuts hit the opening of a connection, which makes the next one wait longer and longer.
    early: u64,
}

impl Size {
    fn of_run() -> Self {
        match std::env::var("KUBECLIENT_FAULT_SEEDS") {
            Err(_) => Self { seeds: 0..2, events: 1_000, keys: 50, cuts: 20, early: 2 },
            Ok(seeds) => {
                let seeds: u64 = seeds.parse().expect("KUBECLIENT_FAULT_SEEDS: a number");
                let first = std::env::var("KUBECLIENT_FAULT_FIRST").unwrap_or("0".into());
                let first: u64 = first.parse().expect("KUBECLIENT_FAULT_FIRST: a number");
                let seeds = first..first + seeds;
                Self { seeds, events: 10_000, keys: 500, cuts: 200, early: 2 }
            }
        }
    }
}

/// Fidelity 67, 74.
#[test]
fn cut_off_by_the_network_an_informer_loses_doubles_and_disorders_nothing() {
    let size = Size::of_run();
    for seed in size.seeds.clone() {
        let Some(sandbox) = Sandbox::new() else { return };
        run(&sandbox, seed, &size, None);
    }
}

/// What happens ends, in both, in the same store and, of each object, in the same event.
#[test]
fn cut_off_or_not_it_ends_as_client_gos_does() {
    let Some(sandbox) = Sandbox::new() else { return };
    let Some(program) = GoProgram::build("informer") else { return };
    let oracle = program.start(&[&sandbox.namespace]);
    oracle.hear("synced");
    run(&sandbox, 100, &Size::of_run(), Some(oracle));
}

/// Lets things happen past a proxy, through which an informer hears of them.
fn run(sandbox: &Sandbox, seed: u64, size: &Size, oracle: Option<Running>) {
    let began = Instant::now();
    let (proxy, maps) = proxied(sandbox);
    let informer: SharedInformer<ConfigMap> =
        SharedInformer::builder(&maps).on_error(|_| {}).start().unwrap();
    informer.wait_synced(&Stop::after(PATIENCE)).unwrap();
    let (raw, joined) = (Listener::add(&informer), Listener::behind(&informer, 100));

    proxy.insist(Plans::seeded(seed, size.cuts, size.early));
    proxy.cut();
    let history = happen(&sandbox.maps(), seed, size.events, size.keys, |event| {
        // What happens waits for the cuts.
        let due = size.cuts * event / size.events;
        if event % 50 == 0 {
            await_cuts(&sandbox.maps(), &proxy, &informer, due);
        }
    });
    proxy.calm();
    // After some failures to open a connection the next attempt may be a minute away.
    let (told, _) = raw.collect(PREFIX, 3 * PATIENCE);
    for (name, facts) in &history {
        assert_eq!(told.get(name), Some(facts), "seed {seed}, {name}");
    }
    check_subsequence(&joined.collect(PREFIX, 3 * PATIENCE).0, &history, seed);
    assert!(joined.joined() > size.events / 4, "seed {seed}: {}", joined.joined());
    assert_eq!(informer.health().cache.restarts, 0, "seed {seed}");
    let struck = proxy.struck();
    // After the last look at them, a twentieth of all happens.
    assert!(strikes(&proxy) >= size.cuts * 9 / 10, "seed {seed}: {struck:?}");
    assert!(struck.len() >= 8, "seed {seed}: {struck:?}");
    println!("seed {seed}: {} cuts struck, {:?}", strikes(&proxy), began.elapsed());

    let list = sandbox.maps().list(&ListParams::default()).unwrap();
    let there = facts(list.items.iter());
    eventually("the store is as the server's list", || {
        (facts(informer.lister().list().iter().map(|map| &**map)) == there).then_some(())
    });
    if let Some(mut oracle) = oracle {
        oracle.say(END);
        let entries = oracle.hear("end");
        let entries: Vec<Value> =
            entries.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let facts = |stored: bool| -> BTreeMap<String, Fact> {
            let entries = entries.iter().filter(|entry| (entry["what"] == "stored") == stored);
            let name = |entry: &Value| entry["name"].as_str().unwrap().to_owned();
            entries.map(|entry| (name(entry), Fact::read(entry))).collect()
        };
        assert_eq!(facts(true), there);
        let last_told = facts(false);
        for (name, facts) in &told {
            assert_eq!(last_told.get(name), facts.last(), "{name}");
        }
        assert!(last_told.len() > told.len(), "the end, too");
    }
}

/// Waits until there were so many cuts. What happens meanwhile to an object that nobody looks at brings the
/// bytes that a cut waits for.
fn await_cuts(
    maps: &Api<ConfigMap>,
    proxy: &ChaosProxy,
    informer: &SharedInformer<ConfigMap>,
    due: u64,
) {
    // After some failures to open a connection the next attempt may be a minute away.
    let end = Instant::now() + 3 * PATIENCE;
    let mut filler = ConfigMap::named("filler");
    let params = PatchParams::apply("chaos");
    for number in 0.. {
        if strikes(proxy) >= due {
            return;
        }
        assert!(
            Instant::now() < end,
            "not the {due} cuts that are due: {:?}, {} connections, {:?}",
            proxy.struck(),
            proxy.accepted(),
            informer.health()
        );
        filler.data = [("n".into(), number.to_string())].into();
        maps.patch("filler", &Patch::Apply(&filler), &params).unwrap();
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// How many cuts there were.
fn strikes(proxy: &ChaosProxy) -> u64 {
    proxy.struck().values().sum()
}

/// The objects by their names.
fn facts<'a>(maps: impl Iterator<Item = &'a ConfigMap>) -> BTreeMap<String, Fact> {
    maps.map(|map| (map.metadata.name.clone(), Fact::of(map))).collect()
}
