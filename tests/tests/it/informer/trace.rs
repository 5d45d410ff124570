//! Things that happen to ConfigMaps by a seed, and what a handler was told of them.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, channel, sync_channel};

use kubeclient::cache::{CacheEvent, HandlerHandle, HandlerOptions, SharedInformer};
use kubeclient::{Api, DeleteParams};
use serde_json::{Value, json};

use crate::common::PATIENCE;
use crate::foo::ConfigMap;

/// The name of the last object created.
pub(super) const END: &str = "z-end";

/// What all others are called, before a number.
const PREFIX: &str = "map-";

/// What happened to an object: it was there in a version, or it went.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fact {
    There { uid: String, version: String },
    Gone { uid: String },
}

impl Fact {
    pub(super) fn of(map: &ConfigMap) -> Self {
        let metadata = &map.metadata;
        Self::There { uid: metadata.uid.clone(), version: metadata.resource_version.clone() }
    }

    fn told(event: &CacheEvent<ConfigMap>) -> Self {
        match event {
            CacheEvent::Deleted(_) => Self::Gone { uid: event.object().metadata.uid.clone() },
            _ => Self::of(event.object()),
        }
    }

    /// As `tests/cluster/informer` says it.
    pub(super) fn read(entry: &Value) -> Self {
        let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
        match entry["what"] == "gone" {
            true => Self::Gone { uid: text("uid") },
            false => Self::There { uid: text("uid"), version: text("resourceVersion") },
        }
    }
}

pub(super) type History = BTreeMap<String, Vec<Fact>>;

/// So many things happen, the same ones for the same seed, to so many objects; then the end.
pub(super) fn happen(
    maps: &Api<ConfigMap>,
    seed: u64,
    events: u64,
    keys: u64,
    pace: impl Fn(u64),
) -> History {
    let mut random = Random(seed);
    let mut objects: BTreeMap<String, ConfigMap> = BTreeMap::new();
    let mut history = History::new();
    for event in 0..events {
        pace(event);
        let name = format!("{PREFIX}{}", random.below(keys));
        let facts = history.entry(name.clone()).or_default();
        match objects.remove(&name) {
            Some(map) if random.below(4) == 0 => {
                maps.delete(&name, &DeleteParams::default()).unwrap();
                facts.push(Fact::Gone { uid: map.metadata.uid });
            }
            known => {
                let is_there = known.is_some();
                let mut map = known.unwrap_or_else(|| ConfigMap::named(&name));
                map.data = [("n".into(), event.to_string())].into();
                let map = if is_there { maps.replace(&map) } else { maps.create(&map) };
                let map = map.unwrap();
                facts.push(Fact::of(&map));
                objects.insert(name, map);
            }
        }
    }
    maps.create(&ConfigMap::named(END)).unwrap();
    history
}

/// A handler, and what it is told.
pub(super) struct Listener {
    /// Dropped first, so that the handler waits no more when it is removed.
    told: Receiver<CacheEvent<ConfigMap>>,
    handler: HandlerHandle<ConfigMap>,
}

impl Listener {
    /// Hears of each event.
    pub(super) fn add(informer: &SharedInformer<ConfigMap>) -> Self {
        let (sender, told) = channel();
        let options = HandlerOptions::default().raw(usize::MAX);
        let handler = informer.add_handler_with(&options, move |event| drop(sender.send(event)));
        Self { told, handler: handler.unwrap() }
    }

    /// Falls behind: it hears of so many events, and of more only once it is asked.
    pub(super) fn behind(informer: &SharedInformer<ConfigMap>, events: usize) -> Self {
        let (sender, told) = sync_channel(events);
        let handler = informer.add_handler(move |event| drop(sender.send(event)));
        Self { told, handler: handler.unwrap() }
    }

    /// How many events were joined with a later one.
    pub(super) fn joined(&self) -> u64 {
        self.handler.health().joined
    }

    /// All that was told before the end.
    pub(super) fn collect(&self) -> History {
        let mut history = History::new();
        loop {
            // After some failures to open a connection the next attempt may be a minute away.
            let event = self.told.recv_timeout(3 * PATIENCE);
            let event = event.unwrap_or_else(|_| panic!("no end: {:?}", self.handler.health()));
            let name = event.object().metadata.name.clone();
            if name == END {
                return history;
            }
            if name.starts_with(PREFIX) {
                history.entry(name).or_default().push(Fact::told(&event));
            }
        }
    }
}

/// What was told of each object is an ordered part of what happened, without repetition, and ends as it.
#[track_caller]
pub(super) fn check_subsequence(told: &History, history: &History) {
    for (name, facts) in history {
        let nothing = Vec::new();
        let told = told.get(name).unwrap_or(&nothing);
        let mut rest = facts.iter();
        for fact in told {
            assert!(rest.any(|other| other == fact), "{name}: {told:?} of {facts:?}");
        }
        match (facts.last(), told.last()) {
            // Who came and went between two looks was not told.
            (Some(Fact::Gone { .. }), None | Some(Fact::Gone { .. })) => {}
            (last, end) => assert_eq!(last, end, "{name}"),
        }
    }
}

/// Numbers that are the same for the same seed (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

#[test]
fn what_client_go_says_is_read() {
    let entry = json!({"what": "gone", "name": "a", "uid": "u"});
    assert_eq!(Fact::read(&entry), Fact::Gone { uid: "u".into() });
    let entry = json!({"what": "stored", "name": "a", "uid": "u", "resourceVersion": "7"});
    assert_eq!(Fact::read(&entry), Fact::There { uid: "u".into(), version: "7".into() });
}
