//! Sets of fields: a tree of steps, each of which may be a member. And the sets as `fieldsV1` writes them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde_json::{Map, Value};

use super::element::Element;

/// Which fields. An owned parent does not own its children, nor the other way round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FieldSet {
    /// No node is here that is no member and has no member below.
    nodes: BTreeMap<Element, Node>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Node {
    member: bool,
    below: FieldSet,
}

/// The steps from the object to a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path(pub(super) Vec<Element>);

impl FieldSet {
    /// The set of fields at these paths.
    pub(super) fn of_fields(paths: &[&[&str]]) -> Self {
        let mut set = Self::default();
        for path in paths {
            set.insert(&path.iter().map(|name| Element::field(name)).collect::<Vec<_>>());
        }
        set
    }

    /// Adds the field; the whole object is no field.
    pub(super) fn insert(&mut self, path: &[Element]) {
        let Some((step, rest)) = path.split_first() else { return };
        let node = self.nodes.entry(step.clone()).or_default();
        if rest.is_empty() {
            node.member = true;
        } else {
            node.below.insert(rest);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Whether the field is a member.
    pub(super) fn has(&self, path: &[Element]) -> bool {
        match path {
            [] => false,
            [last] => self.has_member(last),
            [step, rest @ ..] => self.below(step).is_some_and(|below| below.has(rest)),
        }
    }

    /// Whether the field at this step is a member.
    pub(super) fn has_member(&self, step: &Element) -> bool {
        self.nodes.get(step).is_some_and(|node| node.member)
    }

    /// What is below the step, if anything is.
    pub(super) fn below(&self, step: &Element) -> Option<&Self> {
        self.nodes.get(step).map(|node| &node.below).filter(|below| !below.is_empty())
    }

    /// The steps at the top: each with whether it is a member, and what is below.
    pub(super) fn steps(&self) -> impl Iterator<Item = (&Element, bool, &Self)> {
        self.nodes.iter().map(|(step, node)| (step, node.member, &node.below))
    }

    /// Puts a node in, unless it says nothing.
    pub(super) fn put(&mut self, step: Element, member: bool, below: Self) {
        if member || !below.is_empty() {
            self.nodes.insert(step, Node { member, below });
        }
    }

    /// What is in either.
    pub(super) fn union(mut self, other: &Self) -> Self {
        for (step, node) in &other.nodes {
            match self.nodes.entry(step.clone()) {
                Entry::Vacant(place) => {
                    place.insert(node.clone());
                }
                Entry::Occupied(mut mine) => {
                    let mine = mine.get_mut();
                    mine.member |= node.member;
                    mine.below = std::mem::take(&mut mine.below).union(&node.below);
                }
            }
        }
        self
    }

    /// What is in both.
    pub(super) fn intersection(&self, other: &Self) -> Self {
        let mut both = Self::default();
        for (step, node) in &self.nodes {
            if let Some(theirs) = other.nodes.get(step) {
                let below = node.below.intersection(&theirs.below);
                both.put(step.clone(), node.member && theirs.member, below);
            }
        }
        both
    }

    /// What is here and not there.
    pub(super) fn difference(&self, other: &Self) -> Self {
        let mut rest = Self::default();
        for (step, node) in &self.nodes {
            match other.nodes.get(step) {
                None => rest.put(step.clone(), node.member, node.below.clone()),
                Some(theirs) => {
                    let below = node.below.difference(&theirs.below);
                    rest.put(step.clone(), node.member && !theirs.member, below);
                }
            }
        }
        rest
    }

    /// What is here and neither there nor below a member there.
    pub(super) fn without(&self, other: &Self) -> Self {
        let mut rest = Self::default();
        for (step, node) in &self.nodes {
            match other.nodes.get(step) {
                None => rest.put(step.clone(), node.member, node.below.clone()),
                Some(theirs) if theirs.member => {}
                Some(theirs) => {
                    rest.put(step.clone(), node.member, node.below.without(&theirs.below));
                }
            }
        }
        rest
    }

    /// The members with no member below.
    #[cfg(test)]
    pub(super) fn leaves(&self) -> Self {
        let mut leaves = Self::default();
        for (step, node) in &self.nodes {
            let member = node.member && node.below.is_empty();
            leaves.put(step.clone(), member, node.below.leaves());
        }
        leaves
    }

    /// Every member: those at one level before those below.
    pub(super) fn paths(&self) -> Vec<Path> {
        let mut paths = Vec::new();
        self.collect_paths(&mut Path::default(), &mut paths);
        paths
    }

    fn collect_paths(&self, at: &mut Path, paths: &mut Vec<Path>) {
        for (step, node) in &self.nodes {
            if node.member {
                at.0.push(step.clone());
                paths.push(at.clone());
                at.0.pop();
            }
        }
        for (step, node) in &self.nodes {
            at.0.push(step.clone());
            node.below.collect_paths(at, paths);
            at.0.pop();
        }
    }

    /// The set as `fieldsV1` writes it.
    pub(super) fn wire(&self) -> Value {
        let mut map = Map::new();
        for (step, node) in &self.nodes {
            let mut below = node.below.wire();
            if node.member && !node.below.is_empty() {
                below["."] = Value::Object(Map::new());
            }
            map.insert(step.wire(), below);
        }
        map.into()
    }

    /// The set that a `fieldsV1` says; what is no known kind of step is left out.
    pub(super) fn from_wire(fields: &Value) -> Result<Self, String> {
        match fields {
            Value::Null => Ok(Self::default()),
            Value::Object(map) => Ok(read(map)?.0),
            _ => Err(format!("fieldsV1 is no object: {fields}")),
        }
    }
}

/// The members of one level, and whether the level itself is a member: it says so, or has nothing below.
fn read(map: &Map<String, Value>) -> Result<(FieldSet, bool), String> {
    let mut set = FieldSet::default();
    let mut member = false;
    for (key, value) in map {
        if key == "." {
            member = true;
            continue;
        }
        let Some(step) = Element::from_wire(key)? else { continue };
        let (below, is_member) = match value {
            Value::Null => (FieldSet::default(), true),
            Value::Object(map) => read(map)?,
            _ => return Err(format!("fieldsV1 has no object at {key:?}")),
        };
        set.put(step, is_member, below);
    }
    let nothing_below = set.is_empty();
    Ok((set, member || nothing_below))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| step.fmt(f))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(fields: Value) -> FieldSet {
        FieldSet::from_wire(&fields).unwrap()
    }

    #[test]
    fn a_set_is_written_as_it_was_read() {
        let fields = json!({
            "f:data": {".": {}, "f:a": {}},
            "f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}}}},
            "f:set": {"v:\"x\"": {}, "v:10": {}, "v:true": {}},
            "f:list": {"i:3": {}},
        });
        assert_eq!(set(fields.clone()).wire(), fields);
    }

    #[test]
    fn keys_are_sorted_and_unknown_steps_left_out() {
        let read = set(json!({"f:p": {"k:{\"b\":1,\"a\":2}": {}}, "q:x": {"f:y": {}}}));
        assert_eq!(read.wire(), json!({"f:p": {"k:{\"a\":2,\"b\":1}": {}}}));
    }

    #[test]
    fn what_is_no_set_is_refused() {
        for fields in [
            json!({"x": {}}),
            json!({"bad": {}}),
            json!({"k:{": {}}),
            json!({"i:x": {}}),
            json!([]),
        ] {
            assert!(FieldSet::from_wire(&fields).is_err(), "{fields}");
        }
    }

    #[test]
    fn sets_are_joined_cut_and_split() {
        let one = set(json!({"f:a": {".": {}, "f:b": {}, "f:c": {}}, "f:x": {}}));
        let two = set(json!({"f:a": {"f:b": {}}, "f:y": {}}));
        assert_eq!(
            one.clone().union(&two).wire(),
            json!({"f:a": {".": {}, "f:b": {}, "f:c": {}}, "f:x": {}, "f:y": {}})
        );
        assert_eq!(one.intersection(&two).wire(), json!({"f:a": {"f:b": {}}}));
        assert_eq!(one.difference(&two).wire(), json!({"f:a": {".": {}, "f:c": {}}, "f:x": {}}));
        assert_eq!(one.leaves().wire(), json!({"f:a": {"f:b": {}, "f:c": {}}, "f:x": {}}));
    }

    #[test]
    fn a_parent_takes_its_children_only_where_asked() {
        let deep = set(json!({"f:a": {"f:b": {}}}));
        let parent = set(json!({"f:a": {}}));
        assert_eq!(deep.difference(&parent), deep);
        assert!(deep.without(&parent).is_empty());
    }

    #[test]
    fn members_of_a_level_are_told_before_those_below() {
        let paths = set(json!({"f:a": {"f:b": {}}, "f:c": {}, "f:d": {"v:\"x\"": {}}})).paths();
        let paths: Vec<String> = paths.iter().map(Path::to_string).collect();
        assert_eq!(paths, [".c", ".a.b", ".d[=\"x\"]"]);
    }
}
