//! Which objects there are by their uid, and which name whom as their owner: what the collection of
//! garbage asks.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::{Key, Stored};
use crate::object::Object;

/// Keys by uid.
#[derive(Debug, Default)]
pub(super) struct Owners {
    objects: HashMap<String, Key>,
    dependents: HashMap<String, BTreeSet<Key>>,
}

impl Owners {
    /// The object of a uid.
    pub(super) fn of_uid(&self, uid: &str) -> Option<&Key> {
        self.objects.get(uid)
    }

    /// The objects that name the owner of a uid.
    pub(super) fn dependents(&self, uid: &str) -> impl Iterator<Item = &Key> {
        self.dependents.get(uid).into_iter().flatten()
    }

    /// An object becomes another, comes to be or goes.
    pub(super) fn change(&mut self, before: Option<&Stored>, after: Option<&Stored>) {
        let uid = |stored: &Stored| stored.value.uid().to_owned();
        if before.map(uid) != after.map(uid) {
            if let Some(before) = before {
                self.objects.remove(before.value.uid());
            }
            if let Some(after) = after
                && !after.value.uid().is_empty()
            {
                self.objects.insert(uid(after), after.key.clone());
            }
        }
        let owners = |stored: Option<&Stored>| -> BTreeSet<String> {
            stored
                .into_iter()
                .flat_map(|stored| owner_uids(&stored.value))
                .map(str::to_owned)
                .collect()
        };
        let (old, new) = (owners(before), owners(after));
        if let Some(before) = before {
            for uid in old.difference(&new) {
                if let Some(keys) = self.dependents.get_mut(uid) {
                    keys.remove(&before.key);
                    if keys.is_empty() {
                        self.dependents.remove(uid);
                    }
                }
            }
        }
        if let Some(after) = after {
            for uid in new.difference(&old) {
                self.dependents.entry(uid.clone()).or_default().insert(after.key.clone());
            }
        }
    }
}

/// The uids of an object's owners.
pub(super) fn owner_uids(object: &Value) -> impl Iterator<Item = &str> {
    let references = object.owner_references().iter();
    references.filter_map(|reference| reference.get("uid")?.as_str())
}
