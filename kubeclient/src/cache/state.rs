//! [`State`]: the objects of a cache and its indices at one moment, and the changes from one to the next.
//! Pure, but for the index functions.

use std::sync::Arc;

use super::event::{CacheEvent, Change, Deleted};
use super::index::{Indexers, Values};
use super::key::ObjectKey;
use super::tree::Tree;
use crate::meta::resource::{Metadata, Object};
use crate::meta::resource_version::is_older;

/// Objects and indices. A clone costs a few reference counts and stays as it is.
pub(super) struct State<T> {
    pub(super) objects: Tree<ObjectKey, Entry<T>>,
    /// For each indexer the keys of the objects with a value.
    pub(super) indices: Vec<Tree<Arc<str>, Tree<ObjectKey, ()>>>,
    /// All changes up to this version are in it; empty before the first filling.
    pub(super) version: Arc<str>,
}

/// An object, and the values under which it stands in the indices.
pub(super) struct Entry<T> {
    pub(super) object: Arc<T>,
    values: Values,
}

/// What the server says of an object.
pub(super) enum Seen<T> {
    /// It is there, new or changed.
    There(T),
    /// It is gone; its last state.
    Gone(T),
    /// It is gone, and its last state can't be read.
    GoneUnread(ObjectKey),
}

/// What makes the next state of one.
pub(super) enum Edit<T> {
    Put(ObjectKey, Entry<T>),
    Remove(ObjectKey),
}

impl<T: Object> State<T> {
    /// Without objects.
    pub(super) fn empty(indexers: &Indexers<T>) -> Self {
        let indices = indexers.all.iter().map(|_| Tree::new()).collect();
        Self { objects: Tree::new(), indices, version: Arc::from("") }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Arc<T>> {
        self.objects.get(key).map(|entry| &entry.object)
    }

    /// What it changes that the server says something of an object: what is to be told, and what makes the
    /// state in which it is so.
    ///
    /// What is known already, or is older than what is known of the same object, changes nothing: a server
    /// that lags behind must not turn time back.
    pub(super) fn decide(
        &self,
        indexers: &Indexers<T>,
        seen: Seen<T>,
    ) -> (Vec<Change<T>>, Option<Edit<T>>) {
        let nothing = (Vec::new(), None);
        match seen {
            Seen::There(object) => {
                let key = ObjectKey::of(&object);
                let old = self.get(key.as_str()).cloned();
                if old.as_ref().is_some_and(|old| is_stale(&object, old)) {
                    return nothing;
                }
                let entry = Entry::new(indexers, &key, Arc::new(object));
                let events = changes(&key, old, Some(Arc::clone(&entry.object)), false);
                (events, Some(Edit::Put(key, entry)))
            }
            Seen::Gone(object) => {
                let key = ObjectKey::of(&object);
                // It may be of another one of this name, which was there before.
                let old = self.get(key.as_str()).filter(|known| !is_past(&object, known));
                let Some(old) = old.cloned() else { return nothing };
                let deleted = match uids_fit(&object, &old) {
                    true => Deleted::Observed(Arc::new(object)),
                    false => Deleted::Missed(old),
                };
                (vec![(key.clone(), CacheEvent::Deleted(deleted))], Some(Edit::Remove(key)))
            }
            Seen::GoneUnread(key) => {
                let Some(old) = self.get(key.as_str()).cloned() else { return nothing };
                (changes(&key, Some(old), None, false), Some(Edit::Remove(key)))
            }
        }
    }

    /// Becomes the next state; what was in the place of the change.
    pub(super) fn edit(&mut self, edit: Edit<T>) -> Option<Entry<T>> {
        match edit {
            Edit::Put(key, entry) => self.put(key, entry),
            Edit::Remove(key) => self.remove(key.as_str()),
        }
    }

    /// Puts an object of a list into the state that is to follow `before`. What did not change is shared
    /// with it.
    pub(super) fn fill(&mut self, indexers: &Indexers<T>, before: &Self, object: T) {
        let key = ObjectKey::of(&object);
        match before.objects.get(key.as_str()) {
            Some(entry) if is_known(&object, &entry.object) => self.keep(before, &key),
            _ => {
                let entry = Entry::new(indexers, &key, Arc::new(object));
                self.put(key, entry);
            }
        }
    }

    /// Keeps what was known of an object, whose state now can't be read.
    pub(super) fn keep(&mut self, before: &Self, key: &ObjectKey) {
        if let Some(entry) = before.objects.get(key.as_str()) {
            self.put(key.clone(), entry.clone());
        }
    }

    /// Takes an object out, and out of the indices.
    pub(super) fn remove(&mut self, key: &str) -> Option<Entry<T>> {
        let entry = self.objects.remove(key)?;
        self.unlink(key, &entry.values);
        Some(entry)
    }

    /// Puts an object in, and into the indices; what was in its place.
    fn put(&mut self, key: ObjectKey, entry: Entry<T>) -> Option<Entry<T>> {
        let values = entry.values.clone();
        let old = self.objects.insert(key.clone(), entry);
        match &old {
            Some(old) if old.values == values => {}
            old => {
                if let Some(old) = old {
                    self.unlink(key.as_str(), &old.values);
                }
                self.link(&key, &values);
            }
        }
        old
    }

    fn link(&mut self, key: &ObjectKey, values: &Values) {
        let values = values.iter().flat_map(|values| values.iter());
        for (index, values) in self.indices.iter_mut().zip(values) {
            for value in values {
                let mut keys = index.get(value).cloned().unwrap_or_else(Tree::new);
                if keys.get(key).is_none() {
                    keys.insert(key.clone(), ());
                    index.insert(Arc::clone(value), keys);
                }
            }
        }
    }

    fn unlink(&mut self, key: &str, values: &Values) {
        let values = values.iter().flat_map(|values| values.iter());
        for (index, values) in self.indices.iter_mut().zip(values) {
            for value in values {
                let Some(mut keys) = index.get(value).cloned() else { continue };
                keys.remove(key);
                if keys.is_empty() {
                    index.remove(value);
                } else {
                    index.insert(Arc::clone(value), keys);
                }
            }
        }
    }
}

/// What is to be told when one state follows another without anybody having seen what lay between: first
/// what is gone, then the rest.
pub(super) fn difference<T: Object>(
    before: &State<T>,
    after: &State<T>,
    initial: bool,
) -> Vec<Change<T>> {
    let gone = before
        .objects
        .iter()
        .filter(|(key, _)| after.get(key.as_str()).is_none())
        .flat_map(|(key, entry)| changes(key, Some(Arc::clone(&entry.object)), None, initial));
    let there = after.objects.iter().flat_map(|(key, entry)| {
        let old = before.get(key.as_str()).cloned();
        changes(key, old, Some(Arc::clone(&entry.object)), initial)
    });
    gone.chain(there).collect()
}

/// What is to be told of one key.
fn changes<T: Object>(
    key: &ObjectKey,
    old: Option<Arc<T>>,
    new: Option<Arc<T>>,
    initial: bool,
) -> Vec<Change<T>> {
    let added = |object| (key.clone(), CacheEvent::Added { object, initial });
    let missed = |old| (key.clone(), CacheEvent::Deleted(Deleted::Missed(old)));
    match (old, new) {
        (None, None) => Vec::new(),
        (Some(old), Some(new)) if Arc::ptr_eq(&old, &new) => Vec::new(),
        (None, Some(new)) => vec![added(new)],
        (Some(old), None) => vec![missed(old)],
        (Some(old), Some(new)) if uids_fit(&*old, &*new) => {
            vec![(key.clone(), CacheEvent::Updated { old, new })]
        }
        // Another object of the same name.
        (Some(old), Some(new)) => vec![missed(old), added(new)],
    }
}

impl<T: Object> Entry<T> {
    fn new(indexers: &Indexers<T>, key: &ObjectKey, object: Arc<T>) -> Self {
        Self { values: indexers.values(key, &object), object }
    }
}

/// Whether two states may be of the same object. Metadata without UIDs can't tell.
fn uids_fit<T: Object>(one: &T, other: &T) -> bool {
    let (one, other) = (one.metadata().uid(), other.metadata().uid());
    one == other || one.is_empty() || other.is_empty()
}

/// Whether this very state is known.
fn is_known<T: Object>(object: &T, known: &T) -> bool {
    let version = object.metadata().resource_version();
    !version.is_empty()
        && version == known.metadata().resource_version()
        && object.metadata().uid() == known.metadata().uid()
}

/// Whether a state is not newer than what is known.
fn is_stale<T: Object>(object: &T, known: &T) -> bool {
    is_known(object, known) || is_past(object, known)
}

/// Whether a state lies before what is known. Versions count across all objects of a kind, so that this
/// holds for another object of the same name, too.
fn is_past<T: Object>(object: &T, known: &T) -> bool {
    is_older(object.metadata().resource_version(), known.metadata().resource_version())
}

// Derived, they would ask `T: Clone`.
impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        Self {
            objects: self.objects.clone(),
            indices: self.indices.clone(),
            version: Arc::clone(&self.version),
        }
    }
}

impl<T> Clone for Entry<T> {
    fn clone(&self) -> Self {
        Self { object: Arc::clone(&self.object), values: self.values.clone() }
    }
}

#[cfg(all(test, feature = "derive"))]
mod tests {
    use super::super::index::Indexer;
    use super::super::random::Random;
    use super::super::report::Reporter;
    use super::super::tests::{Thing, quietly_panic};
    use super::*;
    use std::collections::BTreeMap;

    /// By the last digit of the version; a version that ends in 7 makes it panic.
    fn indexers() -> Indexers<Thing> {
        let digit = |thing: &Thing| -> Vec<String> {
            let digit = thing.metadata.resource_version.chars().last().unwrap();
            if digit == '7' {
                quietly_panic("odd");
            }
            vec![digit.into(), "all".into()]
        };
        let indexer = Indexer { name: "digit".into(), values: Box::new(digit) };
        Indexers { all: vec![indexer], reporter: Arc::new(Reporter::new(|_| {})) }
    }

    /// name -> (uid, version)
    type Model = BTreeMap<String, (String, u64)>;

    fn check(state: &State<Thing>, model: &Model, seed: u64) {
        let of = |object: &Thing| {
            let metadata = &object.metadata;
            (metadata.uid.clone(), metadata.resource_version.parse::<u64>().unwrap())
        };
        let objects: Model = state
            .objects
            .iter()
            .map(|(key, entry)| (key.name().to_owned(), of(&entry.object)))
            .collect();
        assert_eq!(&objects, model, "seed {seed}");
        let mut index: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, (_, version)) in model {
            if version % 10 != 7 {
                index.entry((version % 10).to_string()).or_default().push(name.clone());
                index.entry("all".into()).or_default().push(name.clone());
            }
        }
        let kept: BTreeMap<String, Vec<String>> = state.indices[0]
            .iter()
            .map(|(value, keys)| {
                (value.to_string(), keys.iter().map(|(key, ())| key.name().to_owned()).collect())
            })
            .collect();
        assert_eq!(kept, index, "seed {seed}");
    }

    /// Takes in what the server says; what that changes.
    fn apply(
        state: &mut State<Thing>,
        indexers: &Indexers<Thing>,
        seen: Seen<Thing>,
    ) -> Vec<Change<Thing>> {
        let (events, edit) = state.decide(indexers, seen);
        if let Some(edit) = edit {
            state.edit(edit);
        }
        events
    }

    /// What a reader of the events makes of them.
    fn follow(model: &mut Model, events: Vec<Change<Thing>>) {
        for (key, event) in events {
            assert_eq!(key, event.key());
            let metadata = event.object().metadata.clone();
            let version = metadata.resource_version.parse().unwrap();
            match event {
                CacheEvent::Added { .. } => {
                    assert!(model.insert(metadata.name, (metadata.uid, version)).is_none());
                }
                CacheEvent::Updated { old, .. } => {
                    let told = model.insert(metadata.name, (metadata.uid.clone(), version));
                    assert_eq!(old.metadata.uid, metadata.uid);
                    assert_eq!(told.unwrap().0, metadata.uid);
                }
                CacheEvent::Deleted(_) => {
                    assert_eq!(model.remove(&metadata.name).unwrap().0, metadata.uid);
                }
            }
        }
    }

    #[test]
    fn changes_and_lists_keep_objects_indices_and_events_together() {
        let indexers = indexers();
        for seed in 0..50 {
            let mut random = Random::new(seed);
            let mut state = State::empty(&indexers);
            let (mut model, mut told) = (Model::new(), Model::new());
            let mut version = 0;
            for _ in 0..300 {
                // The truth moves on, a few times unseen.
                let unseen = random.below(10) == 0;
                for _ in 0..if unseen { 5 } else { 1 } {
                    version += 1;
                    let name = format!("k{}", random.below(12));
                    let known = model.get(&name).cloned();
                    let uid = known.map_or_else(|| version.to_string(), |(uid, _)| uid);
                    let thing = Thing::new(&name, &uid, version);
                    let seen = if random.below(4) == 0 {
                        model.remove(&name);
                        Seen::Gone(thing)
                    } else {
                        model.insert(name, (uid, version));
                        Seen::There(thing)
                    };
                    if !unseen {
                        follow(&mut told, apply(&mut state, &indexers, seen));
                    }
                }
                if unseen {
                    let mut after = State::empty(&indexers);
                    for (name, (uid, version)) in &model {
                        after.fill(&indexers, &state, Thing::new(name, uid, *version));
                    }
                    follow(&mut told, difference(&state, &after, false));
                    state = after;
                }
                check(&state, &model, seed);
                assert_eq!(told, model, "seed {seed}");
            }
        }
    }

    #[test]
    fn what_is_known_or_older_changes_nothing() {
        let indexers = indexers();
        let mut state = State::empty(&indexers);
        let mut apply = |seen| apply(&mut state, &indexers, seen).len();
        let thing = |uid, version| Thing::new("a", uid, version);
        assert_eq!(apply(Seen::Gone(thing("u", 4))), 0, "nobody knew of it");
        assert_eq!(apply(Seen::There(thing("u", 9))), 1);
        assert_eq!(apply(Seen::There(thing("u", 9))), 0, "it comes again");
        assert_eq!(apply(Seen::There(thing("u", 8))), 0, "time does not turn back");
        assert_eq!(apply(Seen::Gone(thing("t", 8))), 0, "the one before it");
        assert_eq!(apply(Seen::There(thing("u", 10))), 1, "ten is more than nine");
        // Another one took its name, and nobody saw the first one go.
        assert_eq!(apply(Seen::There(thing("v", 12))), 2);
        assert_eq!(apply(Seen::GoneUnread(ObjectKey::new("", "a"))), 1);
    }

    /// Fidelity 68, 69.
    #[test]
    fn what_went_unseen_is_missed_and_what_took_its_name_is_new() {
        let indexers = indexers();
        let mut before = State::empty(&indexers);
        for (name, uid) in [("gone", "1"), ("replaced", "2"), ("same", "3"), ("unread", "4")] {
            apply(&mut before, &indexers, Seen::There(Thing::new(name, uid, 5)));
        }
        let mut after = State::empty(&indexers);
        after.fill(&indexers, &before, Thing::new("replaced", "9", 8));
        after.fill(&indexers, &before, Thing::new("same", "3", 5));
        after.keep(&before, &ObjectKey::new("", "unread"));
        let events: Vec<String> = difference(&before, &after, false)
            .iter()
            .map(|(_, event)| match event {
                CacheEvent::Deleted(Deleted::Missed(old)) => format!("missed {}", old.metadata.uid),
                CacheEvent::Added { object, .. } => format!("added {}", object.metadata.uid),
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(events, ["missed 1", "missed 2", "added 9"]);
        // What did not change is kept once.
        assert!(Arc::ptr_eq(before.get("same").unwrap(), after.get("same").unwrap()));
        assert!(after.get("unread").is_some());
    }
}
