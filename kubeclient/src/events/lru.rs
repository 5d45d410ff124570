//! [`Lru`]: a map of bounded size that forgets what was not used for longest. Pure.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Lru<V> {
    most: usize,
    /// Counts the uses.
    last: u64,
    values: HashMap<Arc<str>, (u64, V)>,
    /// The keys, by their last use.
    order: BTreeMap<u64, Arc<str>>,
}

impl<V> Lru<V> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, last: 0, values: HashMap::new(), order: BTreeMap::new() }
    }

    /// Uses a value.
    pub(super) fn get(&mut self, key: &str) -> Option<&mut V> {
        let (used, value) = self.values.get_mut(key)?;
        self.last += 1;
        if let Some(key) = self.order.remove(used) {
            self.order.insert(self.last, key);
        }
        *used = self.last;
        Some(value)
    }

    /// Sets a value, which counts as a use of it; what had to go for it.
    pub(super) fn insert(&mut self, key: &str, value: V) -> Option<V> {
        if let Some(place) = self.get(key) {
            *place = value;
            return None;
        }
        let key: Arc<str> = key.into();
        self.last += 1;
        self.order.insert(self.last, Arc::clone(&key));
        self.values.insert(key, (self.last, value));
        if self.values.len() <= self.most {
            return None;
        }
        let (_, oldest) = self.order.pop_first()?;
        self.values.remove(&oldest).map(|(_, value)| value)
    }

    /// Forgets a value, and gives it.
    pub(super) fn remove(&mut self, key: &str) -> Option<V> {
        let (used, value) = self.values.remove(key)?;
        self.order.remove(&used);
        Some(value)
    }

    /// Keeps the values for which this holds.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&mut V) -> bool) {
        let order = &mut self.order;
        self.values.retain(|_, (used, value)| {
            let stays = keep(value);
            if !stays {
                order.remove(used);
            }
            stays
        });
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.values.len(), self.order.len());
        self.values.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes() {
        let mut lru = Lru::new(2);
        assert_eq!(lru.insert("a", 1), None);
        assert_eq!(lru.insert("b", 2), None);
        assert_eq!(lru.get("a"), Some(&mut 1));
        assert_eq!(lru.insert("c", 3), Some(2));
        assert_eq!(lru.insert("a", 4), None);
        assert_eq!(lru.insert("d", 5), Some(3));
        assert_eq!((lru.get("a").copied(), lru.len()), (Some(4), 2));
        lru.retain(|value| *value != 4);
        assert_eq!((lru.get("a").copied(), lru.len()), (None, 1));
        assert_eq!(lru.insert("e", 6), None);
        assert_eq!((lru.remove("e"), lru.remove("e"), lru.len()), (Some(6), None, 1));
    }
}
