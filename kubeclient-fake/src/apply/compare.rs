//! What differs between two objects of one type.

use std::collections::BTreeMap;

use serde_json::Value;

use super::check::item_step;
use super::element::{Element, same};
use super::set::FieldSet;
use super::types::{Relation, Shape, Type};

/// The fields that differ, each in one of the sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) added: FieldSet,
    pub(super) modified: FieldSet,
    pub(super) removed: FieldSet,
}

impl Difference {
    /// Leaves out the fields of the set and all below them.
    pub(super) fn without(self, ignored: &FieldSet) -> Self {
        Self {
            added: self.added.without(ignored),
            modified: self.modified.without(ignored),
            removed: self.removed.without(ignored),
        }
    }

    /// What has another value than before.
    pub(super) fn written(&self) -> FieldSet {
        self.added.clone().union(&self.modified)
    }
}

/// What makes `new` differ from `old`.
pub(super) fn compare(ty: Type<'_>, old: &Value, new: &Value) -> Difference {
    let mut walk = Walk { at: Vec::new(), found: Difference::default() };
    walk.value(ty, Some(old), Some(new));
    walk.found
}

struct Walk {
    at: Vec<Element>,
    found: Difference,
}

impl Walk {
    fn value(&mut self, ty: Type<'_>, old: Option<&Value>, new: Option<&Value>) {
        let is_leaf = match (old, new) {
            (None, None) => return,
            (Some(one), None) | (None, Some(one)) => self.shaped(ty, ty.shape(one), old, new),
            (Some(before), Some(after)) => {
                let (was, is) = (ty.shape(before), ty.shape(after));
                if was != is {
                    self.shaped(ty, was, old, new);
                }
                self.shaped(ty, is, old, new)
            }
        };
        if !is_leaf && old.is_none() {
            self.found.added.insert(&self.at);
        } else if !is_leaf && new.is_none() {
            self.found.removed.insert(&self.at);
        }
    }

    fn below(&mut self, step: Element, ty: Type<'_>, old: Option<&Value>, new: Option<&Value>) {
        self.at.push(step);
        self.value(ty, old, new);
        self.at.pop();
    }

    /// Compares as values of this shape; says whether they were taken as a whole.
    fn shaped(
        &mut self,
        ty: Type<'_>,
        shape: Shape,
        old: Option<&Value>,
        new: Option<&Value>,
    ) -> bool {
        match shape {
            Shape::Map if !ty.is_atomic_map() => {
                let old = old.and_then(Value::as_object).filter(|map| !map.is_empty());
                let new = new.and_then(Value::as_object).filter(|map| !map.is_empty());
                if old.is_some() || new.is_some() {
                    let mut names: Vec<&String> =
                        old.into_iter().chain(new).flat_map(|map| map.keys()).collect();
                    names.sort();
                    names.dedup();
                    for name in names {
                        let pair =
                            (old.and_then(|map| map.get(name)), new.and_then(|map| map.get(name)));
                        // A field that the schema does not know cannot be here: it was refused before.
                        let field = ty.field(name).unwrap_or(Type::Untyped);
                        self.below(Element::field(name), field, pair.0, pair.1);
                    }
                    return false;
                }
            }
            Shape::List if ty.relation() != Relation::Atomic => {
                let old = old.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                let new = new.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                if !old.is_empty() || !new.is_empty() {
                    self.items(ty, old, new);
                    return false;
                }
            }
            Shape::Map | Shape::List | Shape::Scalar => {}
        }
        self.leaf(old, new);
        true
    }

    fn leaf(&mut self, old: Option<&Value>, new: Option<&Value>) {
        match (old, new) {
            (None, _) => self.found.added.insert(&self.at),
            (_, None) => self.found.removed.insert(&self.at),
            (Some(old), Some(new)) if !same(old, new) => self.found.modified.insert(&self.at),
            _ => {}
        }
    }

    fn items(&mut self, ty: Type<'_>, old: &[Value], new: &[Value]) {
        let mut pairs: BTreeMap<Element, (Vec<&Value>, Vec<&Value>)> = BTreeMap::new();
        for item in old {
            if let Ok(step) = item_step(ty, item) {
                pairs.entry(step).or_default().0.push(item);
            }
        }
        for item in new {
            if let Ok(step) = item_step(ty, item) {
                pairs.entry(step).or_default().1.push(item);
            }
        }
        for (step, (old, new)) in pairs {
            match (old.as_slice(), new.as_slice()) {
                ([] | [_], [] | [_]) => {
                    self.below(step, ty.item(), old.first().copied(), new.first().copied());
                }
                // Items with the same key are compared as one leaf.
                ([_, _, ..], [_, _, ..]) => {
                    let equal = old.len() == new.len()
                        && old.iter().zip(&new).all(|(old, new)| same(old, new));
                    if !equal {
                        self.at.push(step);
                        self.found.modified.insert(&self.at);
                        self.at.pop();
                    }
                }
                ([_, _, ..], _) => {
                    self.below(step.clone(), ty.item(), None, new.first().copied());
                    self.at.push(step);
                    self.found.removed.insert(&self.at);
                    self.at.pop();
                }
                (_, [_, _, ..]) => {
                    self.below(step.clone(), ty.item(), old.first().copied(), None);
                    self.at.push(step);
                    self.found.added.insert(&self.at);
                    self.at.pop();
                }
            }
        }
    }
}
