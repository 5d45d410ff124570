//! The fields that an object mentions, as its schema divides it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::check::item_step;
use super::element::Element;
use super::set::FieldSet;
use super::types::{Relation, Shape, Type};

/// Every leaf that the object mentions, every item of a list map, every key of a map.
pub(super) fn fields_of(ty: Type<'_>, value: &Value) -> FieldSet {
    below(ty, value).1
}

/// Whether the value itself is a leaf, and the fields below it.
fn below(ty: Type<'_>, value: &Value) -> (bool, FieldSet) {
    match ty.shape(value) {
        Shape::Scalar => (true, FieldSet::default()),
        Shape::Map if ty.is_atomic_map() => (true, FieldSet::default()),
        Shape::Map => (false, map_fields(ty, value)),
        Shape::List if ty.relation() == Relation::Atomic => (true, FieldSet::default()),
        Shape::List => (false, list_fields(ty, value)),
    }
}

fn map_fields(ty: Type<'_>, value: &Value) -> FieldSet {
    let mut set = FieldSet::default();
    for (name, value) in value.as_object().into_iter().flatten() {
        // Invariant: an object with a field that the schema does not know was refused before.
        let Some(field) = ty.field(name) else { continue };
        let (is_leaf, fields) = below(field, value);
        let is_bare = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
        set.put(Element::field(name), is_leaf || is_bare || !ty.names(name), fields);
    }
    set
}

fn list_fields(ty: Type<'_>, value: &Value) -> FieldSet {
    let mut set = FieldSet::default();
    let items: Vec<(Element, &Value)> = value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| Some((item_step(ty, item).ok()?, item)))
        .collect();
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<&Element> =
        items.iter().map(|(step, _)| step).filter(|step| !seen.insert(*step)).collect();
    for (step, item) in &items {
        // Items with the same key are owned together, as wholes.
        let fields = match twice.contains(step) {
            true => FieldSet::default(),
            false => below(ty.item(), item).1,
        };
        set.put(step.clone(), true, fields);
    }
    set
}

/// The set and the named fields on the way to its members. Keys of maps and items of lists are not added:
/// they come and go with their members only where they are members themselves.
pub(super) fn with_named_parents(ty: Type<'_>, set: &FieldSet) -> FieldSet {
    let mut all = FieldSet::default();
    for (step, member, below) in set.steps() {
        let (is_named, child) = match step {
            Element::Field(name) => (ty.names(name), ty.field(name)),
            Element::Key(_) => (false, Some(ty.item())),
            Element::Item(_) | Element::Index(_) => (false, None),
        };
        let inner = match child {
            Some(child) => with_named_parents(child, below),
            None => below.clone(),
        };
        all.put(step.clone(), member || (is_named && !below.is_empty()), inner);
    }
    all
}
