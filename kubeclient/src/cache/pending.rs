//! [`Pending`]: what a handler is still to be told. Pure.
//!
//! Events of one key can be joined into fewer, so that a slow handler costs memory by the number of its
//! keys, not of its events. What is left is an ordered subsequence for each key that ends in the last state.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::event::CacheEvent;
use super::key::ObjectKey;
use crate::meta::resource::Object;

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

impl<T: Object> Pending<T> {
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
    pub(super) fn push(&mut self, event: CacheEvent<T>) {
        let key = event.key();
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
    pub(super) fn push_again(&mut self, object: Arc<T>) {
        let key = ObjectKey::of(&*object);
        if !self.last.contains_key(&key) {
            self.append(key, CacheEvent::Updated { old: Arc::clone(&object), new: object });
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

#[cfg(test)]
mod tests;
