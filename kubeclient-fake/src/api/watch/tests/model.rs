//! Random writes against a naive model: what a watch with a selector tells, folded, is the model's state
//! at every version.

use std::collections::BTreeMap;

use super::*;

/// The label and the version of each object, by name.
type Objects = BTreeMap<String, (String, u64)>;

/// A generator of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Writes at random, and keeps all the states that there were, by version.
fn history(world: &World, numbers: &mut Numbers, writes: usize) -> BTreeMap<u64, Objects> {
    let mut now = Objects::new();
    let mut states = BTreeMap::from([(world.cluster.store.version(), now.clone())]);
    for _ in 0..writes {
        let name = format!("c{}", numbers.below(8));
        let x = numbers.below(4).to_string();
        let version = if now.contains_key(&name) && numbers.below(4) == 0 {
            now.remove(&name);
            world.remove("d", &name)
        } else {
            let version = world.put("d", &name, &x);
            now.insert(name, (x, version));
            version
        };
        states.insert(version, now.clone());
    }
    states
}

fn selected(objects: &Objects, x: &str) -> Objects {
    let objects = objects.iter().filter(|(_, (label, _))| label == x);
    objects.map(|(name, object)| (name.clone(), object.clone())).collect()
}

#[test]
fn what_a_watch_tells_folds_to_the_state_at_each_version() {
    for seed in 1..=20 {
        let world = world();
        let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15 ^ seed);
        let states = history(&world, &mut numbers, 300);
        let versions: Vec<u64> = states.keys().copied().collect();
        for x in ["0", "1", "2", "3"] {
            let begin = versions[numbers.below(300) as usize];
            let query = format!("resourceVersion={begin}&labelSelector=x={x}");
            let mut state = selected(&states[&begin], x);
            let mut last = begin;
            for told in world.told(&query, || {}) {
                let words: Vec<&str> = told.split(' ').collect();
                let [kind, name, label, version] = words[..] else { panic!("{told}") };
                let version: u64 = version[1..].parse().unwrap();
                // Nothing was told between, so nothing changed between.
                let before = states.range(..version).next_back().unwrap().1;
                assert_eq!(state, selected(before, x), "seed {seed} before {told}");
                assert_eq!(label, format!("x={x}"));
                assert!(version > last);
                let was_there = match kind {
                    "DELETED" => state.remove(name).is_some(),
                    _ => state.insert(name.to_owned(), (x.to_owned(), version)).is_some(),
                };
                assert_eq!(was_there, kind != "ADDED", "seed {seed} {told}");
                last = version;
            }
            let end = states.last_key_value().unwrap().1;
            assert_eq!(state, selected(end, x), "seed {seed}");
        }
    }
}
