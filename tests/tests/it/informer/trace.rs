//! Things that happen to ConfigMaps by a seed, and what a handler was told of them.

use std::collections::BTreeMap;

use kubeclient::cache::{CacheEvent, HandlerHandle, HandlerOptions, SharedInformer};
use kubeclient::{Api, DeleteParams, Object, ObjectMeta};
use serde_json::{Value, json};

use crate::foo::ConfigMap;

/// What the tests of caches on the embedded server have, too.
#[path = "../../../../kubeclient/src/cache/tests/faults/listener.rs"]
mod listener;

pub(super) use self::listener::{END, Fact, History, Listener, check_subsequence};

/// What all others are called, before a number.
pub(super) const PREFIX: &str = "map-";

impl Fact {
    /// As `tests/cluster/informer` says it.
    pub(super) fn read(entry: &Value) -> Self {
        let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
        match entry["what"] == "gone" {
            true => Self::Gone { uid: text("uid") },
            false => Self::There { uid: text("uid"), version: text("resourceVersion") },
        }
    }
}

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
