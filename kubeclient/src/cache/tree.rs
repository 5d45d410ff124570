//! [`Tree`]: an ordered map whose clones cost nothing and stay as they were. Pure.
//!
//! It is what lets readers of a cache look at one moment for as long as they like while the writer goes on:
//! a clone shares all nodes, and a change copies the nodes between the root and its place, those that are
//! shared. It is a treap: a search tree by key and a heap by a hash of the key, which keeps it balanced
//! whatever the order in which keys come.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;

/// An ordered, persistent map.
pub(super) struct Tree<K, V> {
    root: Link<K, V>,
    len: usize,
    hasher: RandomState,
}

type Link<K, V> = Option<Arc<Node<K, V>>>;

#[derive(Clone)]
struct Node<K, V> {
    key: K,
    value: V,
    /// No smaller than those below.
    rank: u64,
    left: Link<K, V>,
    right: Link<K, V>,
}

impl<K, V> Tree<K, V> {
    pub(super) fn new() -> Self {
        Self { root: None, len: 0, hasher: RandomState::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The entries in the order of their keys.
    pub(super) fn iter(&self) -> Iter<'_, K, V> {
        let mut iter = Iter { above: Vec::new() };
        iter.descend(&self.root);
        iter
    }
}

impl<K: Ord, V> Tree<K, V> {
    pub(super) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let mut link = &self.root;
        while let Some(node) = link {
            link = match key.cmp(node.key.borrow()) {
                Ordering::Less => &node.left,
                Ordering::Greater => &node.right,
                Ordering::Equal => return Some(&node.value),
            };
        }
        None
    }

    /// The entries from this key on, in the order of their keys.
    pub(super) fn iter_from<Q: Ord + ?Sized>(&self, first: &Q) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        let mut iter = Iter { above: Vec::new() };
        let mut link = &self.root;
        while let Some(node) = link {
            link = if node.key.borrow() < first {
                &node.right
            } else {
                iter.above.push(node);
                &node.left
            };
        }
        iter
    }
}

impl<K: Ord + Hash + Clone, V: Clone> Tree<K, V> {
    /// Puts an entry there; the value that was there before.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let rank = self.hasher.hash_one(&key);
        let old = insert(&mut self.root, key, value, rank);
        self.len += usize::from(old.is_none());
        old
    }

    /// Takes an entry out.
    pub(super) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        // A key that is not there must not cost copies.
        self.get(key)?;
        let old = remove(&mut self.root, key);
        self.len -= usize::from(old.is_some());
        old
    }
}

fn insert<K, V>(link: &mut Link<K, V>, key: K, value: V, rank: u64) -> Option<V>
where
    K: Ord + Clone,
    V: Clone,
{
    let Some(node) = link else {
        *link = Some(Arc::new(Node { key, value, rank, left: None, right: None }));
        return None;
    };
    let node = Arc::make_mut(node);
    let (old, rises) = match key.cmp(&node.key) {
        Ordering::Equal => return Some(std::mem::replace(&mut node.value, value)),
        Ordering::Less => {
            let old = insert(&mut node.left, key, value, rank);
            (old, is_above(&node.left, node.rank))
        }
        Ordering::Greater => {
            let old = insert(&mut node.right, key, value, rank);
            (old, is_above(&node.right, node.rank))
        }
    };
    if rises {
        raise_child(link);
    }
    old
}

fn is_above<K, V>(child: &Link<K, V>, rank: u64) -> bool {
    child.as_ref().is_some_and(|child| child.rank > rank)
}

/// Puts the child that ranks above its parent into the parent's place.
fn raise_child<K: Clone, V: Clone>(link: &mut Link<K, V>) {
    let Some(mut parent) = link.take() else { return };
    let below = Arc::make_mut(&mut parent);
    let is_left = is_above(&below.left, below.rank);
    let Some(mut child) = (if is_left { below.left.take() } else { below.right.take() }) else {
        *link = Some(parent);
        return;
    };
    let above = Arc::make_mut(&mut child);
    if is_left {
        below.left = above.right.take();
        above.right = Some(parent);
    } else {
        below.right = above.left.take();
        above.left = Some(parent);
    }
    *link = Some(child);
}

fn remove<K, V, Q>(link: &mut Link<K, V>, key: &Q) -> Option<V>
where
    K: Ord + Clone + Borrow<Q>,
    V: Clone,
    Q: Ord + ?Sized,
{
    let node = Arc::make_mut(link.as_mut()?);
    match key.cmp(node.key.borrow()) {
        Ordering::Less => remove(&mut node.left, key),
        Ordering::Greater => remove(&mut node.right, key),
        Ordering::Equal => {
            let both = merge(node.left.take(), node.right.take());
            let value = node.value.clone();
            *link = both;
            Some(value)
        }
    }
}

/// Joins two trees, all keys of the one below those of the other.
fn merge<K: Clone, V: Clone>(left: Link<K, V>, right: Link<K, V>) -> Link<K, V> {
    match (left, right) {
        (None, other) | (other, None) => other,
        (Some(mut left), Some(mut right)) => Some(if left.rank > right.rank {
            let node = Arc::make_mut(&mut left);
            node.right = merge(node.right.take(), Some(right));
            left
        } else {
            let node = Arc::make_mut(&mut right);
            node.left = merge(Some(left), node.left.take());
            right
        }),
    }
}

/// The entries of a [`Tree`] in order.
pub(super) struct Iter<'a, K, V> {
    /// The nodes whose own entry and right side are still to come, the next one last.
    above: Vec<&'a Node<K, V>>,
}

impl<'a, K, V> Iter<'a, K, V> {
    fn descend(&mut self, mut link: &'a Link<K, V>) {
        while let Some(node) = link {
            self.above.push(node);
            link = &node.left;
        }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        let node = self.above.pop()?;
        self.descend(&node.right);
        Some((&node.key, &node.value))
    }
}

impl<K, V> Clone for Tree<K, V> {
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), len: self.len, hasher: self.hasher.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::*;
    use std::collections::BTreeMap;

    fn depth<K, V>(link: &Link<K, V>) -> usize {
        link.as_ref().map_or(0, |node| 1 + depth(&node.left).max(depth(&node.right)))
    }

    #[test]
    fn it_is_a_map_and_its_clones_stay_as_they_were() {
        for seed in 0..20 {
            let mut random = Random::new(seed);
            let (mut tree, mut model) = (Tree::new(), BTreeMap::new());
            let mut kept = Vec::new();
            for step in 0..2000 {
                let key = random.below(200);
                if random.below(3) == 0 {
                    assert_eq!(tree.remove(&key), model.remove(&key), "seed {seed}");
                } else {
                    assert_eq!(tree.insert(key, step), model.insert(key, step), "seed {seed}");
                }
                if step % 100 == 0 {
                    kept.push((tree.clone(), model.clone()));
                }
            }
            kept.push((tree, model));
            for (tree, model) in &kept {
                assert!(tree.iter().eq(model.iter()), "seed {seed}");
                assert_eq!(tree.len(), model.len());
                assert!(tree.iter_from(&70).eq(model.range(70..)));
                assert_eq!(tree.get(&7), model.get(&7));
            }
        }
    }

    #[test]
    fn keys_in_order_do_not_make_it_deep() {
        let mut tree = Tree::new();
        for key in 0..10_000 {
            tree.insert(key, ());
        }
        // Expected about 2 ln n = 18 to the average node, twice as much to the deepest.
        assert!(depth(&tree.root) < 60, "{}", depth(&tree.root));
    }
}
