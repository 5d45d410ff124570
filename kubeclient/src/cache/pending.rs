//! [`Pending`]: what a handler is still to be told. Pure.
//!
//! Events of one key can be joined into fewer, so that a slow handler costs memory by the number of its
//! keys, not of its events. What is left is an ordered subsequence for each key that ends in the last state.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::event::CacheEvent;
use super::key::ObjectKey;

/// Events to be told, in order.
pub(super) struct Pending<T> {
    /// By number.
    events: BTreeMap<u64, (ObjectKey, CacheEvent<T>)>,
    /// The number of the last event of a key.
    last: HashMap<ObjectKey, u64>,
    next: u64,
    /// How many events may be pending before those of one key are joined.
    raw: usize,
    joined: u64,
}

impl<T> Pending<T> {
    /// Without events; `raw` of them may be pending before those of one key are joined.
    pub(super) fn new(raw: usize) -> Self {
        Self { events: BTreeMap::new(), last: HashMap::new(), next: 0, raw, joined: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// How many events were joined with others.
    pub(super) fn joined(&self) -> u64 {
        self.joined
    }

    /// The number that the next event will have.
    pub(super) fn next_number(&self) -> u64 {
        self.next
    }

    /// The number of the first event that is pending.
    pub(super) fn first_number(&self) -> Option<u64> {
        self.events.first_key_value().map(|(number, _)| *number)
    }

    /// Adds an event behind all others, or joins it with the last one of its key.
    pub(super) fn push(&mut self, key: ObjectKey, event: CacheEvent<T>) {
        if self.events.len() >= self.raw
            && let Some(number) = self.last.get(&key).copied()
            && let Some((_, last)) = self.events.get_mut(&number)
        {
            match join(last, event) {
                Join::Pushed(event) => self.append(key, event),
                Join::Changed => self.joined += 1,
                Join::Nothing => {
                    self.joined += 2;
                    self.events.remove(&number);
                    // What is pending of the key besides says that it is gone: nothing is joined with that.
                    self.last.remove(&key);
                }
            }
            return;
        }
        self.append(key, event);
    }

    /// Tells of an object again, unless something is pending of it anyway.
    pub(super) fn push_again(&mut self, key: &ObjectKey, object: &Arc<T>) {
        if !self.last.contains_key(key) {
            let [old, new] = [object, object].map(Arc::clone);
            self.append(key.clone(), CacheEvent::Updated { old, new });
        }
    }

    /// Takes the first event.
    pub(super) fn pop(&mut self) -> Option<(u64, ObjectKey, CacheEvent<T>)> {
        let (number, (key, event)) = self.events.pop_first()?;
        if self.last.get(&key) == Some(&number) {
            self.last.remove(&key);
        }
        Some((number, key, event))
    }

    /// Takes out all there is: nobody will be told.
    pub(super) fn take(&mut self) -> impl Sized + use<T> {
        (std::mem::take(&mut self.events), std::mem::take(&mut self.last))
    }

    fn append(&mut self, key: ObjectKey, event: CacheEvent<T>) {
        let number = self.next;
        self.next += 1;
        self.last.insert(key.clone(), number);
        self.events.insert(number, (key, event));
    }
}

/// What becomes of two events of one key.
enum Join<T> {
    /// One, in the first one's place.
    Changed,
    /// None: the object came and went.
    Nothing,
    /// Both.
    Pushed(CacheEvent<T>),
}

fn join<T>(last: &mut CacheEvent<T>, event: CacheEvent<T>) -> Join<T> {
    match (last, event) {
        (CacheEvent::Added { object, .. }, CacheEvent::Updated { new, .. }) => *object = new,
        (CacheEvent::Updated { new: last, .. }, CacheEvent::Updated { new, .. }) => *last = new,
        (CacheEvent::Added { .. }, CacheEvent::Deleted(_)) => return Join::Nothing,
        (last @ CacheEvent::Updated { .. }, event @ CacheEvent::Deleted(_)) => *last = event,
        (_, event) => return Join::Pushed(event),
    }
    Join::Changed
}

#[cfg(all(test, feature = "derive"))]
mod tests {
    use super::super::event::Deleted;
    use super::super::random::Random;
    use super::super::tests::Thing;
    use super::*;

    /// A store of few keys that things happen to at random, and what a handler made of being told.
    struct World {
        random: Random,
        now: HashMap<String, Arc<Thing>>,
        told: HashMap<String, Arc<Thing>>,
        version: u64,
        pending: Pending<Thing>,
    }

    impl World {
        fn new(seed: u64, raw: usize) -> Self {
            let (now, told) = (HashMap::new(), HashMap::new());
            Self { random: Random::new(seed), now, told, version: 0, pending: Pending::new(raw) }
        }

        fn happen(&mut self) {
            self.version += 1;
            let name = format!("k{}", self.random.below(10));
            let new = Arc::new(Thing::new(&name, "", self.version));
            let event = match (self.now.get(&name).cloned(), self.random.below(3)) {
                (Some(old), 0) => {
                    self.now.remove(&name);
                    CacheEvent::Deleted(Deleted::Observed(old))
                }
                (old, _) => {
                    self.now.insert(name, Arc::clone(&new));
                    match old {
                        Some(old) => CacheEvent::Updated { old, new },
                        None => CacheEvent::Added { object: new, initial: false },
                    }
                }
            };
            self.pending.push(event.key(), event);
        }

        /// Tells the handler, which must know of what the event says was there.
        fn tell(&mut self) -> bool {
            let Some((_, key, event)) = self.pending.pop() else { return false };
            let name = key.name().to_owned();
            let known = self.told.remove(&name);
            let version = |thing: &Thing| thing.metadata.resource_version.parse::<u64>().unwrap();
            match event {
                CacheEvent::Added { object, .. } => {
                    assert!(known.is_none(), "{name} is added twice");
                    self.told.insert(name, object);
                }
                CacheEvent::Updated { old, new } => {
                    assert!(Arc::ptr_eq(&old, &known.unwrap()), "{name} was not told as {old:?}");
                    assert!(version(&new) > version(&old));
                    self.told.insert(name, new);
                }
                CacheEvent::Deleted(deleted) => {
                    assert!(version(deleted.object()) >= version(&known.unwrap()));
                }
            }
            true
        }

        fn settle(mut self) {
            while self.tell() {}
            let sorted = |things: &HashMap<String, Arc<Thing>>| {
                let mut all: Vec<_> = things.values().map(|thing| thing.metadata.clone()).collect();
                all.sort_by(|a, b| a.name.cmp(&b.name));
                all
            };
            assert_eq!(sorted(&self.told), sorted(&self.now));
        }
    }

    /// Fidelity 73: at most a deletion and a state for each key.
    #[test]
    fn whatever_is_joined_a_handler_ends_with_the_last_state_in_order() {
        for seed in 0..200 {
            let mut world = World::new(seed, 0);
            for _ in 0..300 {
                world.happen();
                assert!(world.pending.len() <= 20, "seed {seed}: {}", world.pending.len());
                if world.random.below(4) == 0 {
                    world.tell();
                }
            }
            assert!(world.pending.joined() > 0);
            world.settle();
        }
    }

    #[test]
    fn raw_events_come_each_until_there_are_too_many() {
        for seed in 0..100 {
            let mut world = World::new(seed, 50);
            for count in 1..=50 {
                world.happen();
                assert_eq!(world.pending.len(), count, "seed {seed}");
            }
            for _ in 0..1000 {
                world.happen();
            }
            assert!(world.pending.len() <= 50 + 10, "seed {seed}: {}", world.pending.len());
            world.settle();
        }
    }

    #[test]
    fn what_is_pending_is_not_told_again() {
        let mut pending = Pending::new(0);
        let (a, b) = (Arc::new(Thing::new("a", "", 1)), Arc::new(Thing::new("b", "", 2)));
        let keys = [&a, &b].map(|thing| ObjectKey::of(&**thing));
        let added = CacheEvent::Added { object: Arc::clone(&a), initial: true };
        pending.push(keys[0].clone(), added);
        pending.push_again(&keys[0], &a);
        pending.push_again(&keys[1], &b);
        pending.push_again(&keys[1], &b);
        assert!(matches!(pending.pop(), Some((0, _, CacheEvent::Added { initial: true, .. }))));
        let Some((1, _, CacheEvent::Updated { old, new })) = pending.pop() else { panic!() };
        assert!(Arc::ptr_eq(&old, &new));
        assert!(pending.pop().is_none());
    }
}
