//! What must hold whatever is applied, tried with configurations from a seeded generator.

use super::*;

const MANAGERS: [&str; 3] = ["a", "b", "c"];

/// A small generator of numbers (xorshift): the same seed gives the same story.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn name(&mut self) -> String {
        ["p", "q", "r"][self.below(3) as usize].to_owned()
    }

    fn some(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Value,
        unique: fn(&Value) -> String,
    ) -> Value {
        let mut items: Vec<Value> = Vec::new();
        for _ in 0..=self.below(3) {
            let item = one(self);
            if items.iter().all(|other| unique(other) != unique(&item)) {
                items.push(item);
            }
        }
        items.into()
    }

    fn set(&mut self) -> Value {
        self.some(|dice| dice.name().into(), |item| item.to_string())
    }

    fn list_map(&mut self) -> Value {
        let one = |dice: &mut Self| {
            let mut item = json!({"port": dice.below(3), "proto": "TCP"});
            if dice.below(2) == 0 {
                item["name"] = dice.name().into();
            }
            if dice.below(3) == 0 {
                item["tags"] = dice.set();
            }
            item
        };
        self.some(one, |item| item["port"].to_string())
    }

    fn config(&mut self) -> Value {
        // Never empty: an empty map over one that loses all it has becomes null, as the real server has it.
        let mut spec = json!({"replicas": 1});
        for field in ["name", "labels", "whole", "set", "list", "map", "free"] {
            if self.below(2) == 0 {
                continue;
            }
            spec[field] = match field {
                "name" => self.name().into(),
                "set" | "list" => self.set(),
                "map" => self.list_map(),
                "whole" => json!({"a": self.name()}),
                "free" => json!({self.name(): {self.name(): self.below(3)}}),
                _ => json!({self.name(): self.name(), self.name(): self.name()}),
            };
        }
        json!({"apiVersion": "ex.io/v1", "kind": "W", "metadata": {"name": "x"}, "spec": spec})
    }
}

fn held(story: &Story, manager: &str) -> FieldSet {
    let entries = story.object.as_ref().unwrap().meta("managedFields");
    let managers = Managers::from_wire(entries).unwrap();
    managers.get(&Id::applier(manager, "")).map(|held| held.fields.clone()).unwrap_or_default()
}

#[test]
fn applying_holds_its_promises() {
    for seed in 1..=100 {
        let mut dice = Dice(u64::wrapping_mul(seed, 0x9e37_79b9_7f4a_7c15));
        let mut story = Story::of_custom();
        story.minute = 0;
        for step in 0..12 {
            story.minute %= 50;
            let manager = MANAGERS[dice.below(3) as usize];
            let what = format!("seed {seed}, step {step}, {manager}");
            if dice.below(4) == 0 && story.object.is_some() {
                gives_up(&mut story, manager, &what);
            } else {
                applies(&mut story, manager, &dice.config(), &what);
            }
        }
    }
}

/// After a forced apply every leaf is the applier's and as applied, and to do it again does nothing.
fn applies(story: &mut Story, manager: &str, config: &Value, what: &str) {
    story.try_apply(manager, config, true).unwrap();
    let ty = Type::of(&story.schema);
    let wanted = fields_of(ty, config).difference(&FieldSet::of_fields(UNOWNED));
    assert_eq!(held(story, manager), wanted, "{what}: {config}");
    let bare = without_managed_fields(story.object.as_ref().unwrap());
    let difference = compare(ty, &bare, config);
    assert!(difference.written().is_empty(), "{what}: {config} is not in {bare}");
    for other in MANAGERS.iter().filter(|other| **other != manager) {
        let gone = held(story, other).leaves().difference(&fields_of(ty, &bare));
        assert!(gone.is_empty(), "{what}: {other} holds what is not there: {gone:?}");
    }
    let before = story.object.clone();
    story.try_apply(manager, config, false).unwrap();
    assert_eq!(story.object, before, "{what}: {config}");
}

/// After an apply of nothing the applier has no entry, and what nobody else held is gone.
fn gives_up(story: &mut Story, manager: &str, what: &str) {
    let alone = MANAGERS
        .iter()
        .filter(|other| **other != manager)
        .fold(held(story, manager).leaves(), |alone, other| alone.difference(&held(story, other)));
    let nothing = json!({"apiVersion": "ex.io/v1", "kind": "W", "metadata": {"name": "x"}});
    story.try_apply(manager, &nothing, false).unwrap();
    assert!(held(story, manager).is_empty(), "{what}");
    let left = fields_of(Type::of(&story.schema), story.object.as_ref().unwrap());
    let kept = alone.intersection(&left);
    assert!(kept.is_empty(), "{what}: still there: {kept:?}");
}
