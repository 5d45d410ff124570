//! An object without some of its fields.

use serde_json::{Map, Value};

use super::check::item_step;
use super::element::Element;
use super::set::FieldSet;
use super::types::{Relation, Shape, Type};

/// The value without the fields of the set; null for a list or a map of which nothing is left.
pub(super) fn remove(ty: Type<'_>, value: &Value, fields: &FieldSet) -> Value {
    if fields.is_empty() {
        return value.clone();
    }
    match (ty.shape(value), value) {
        (Shape::Scalar, _) => value.clone(),
        (Shape::List, Value::Array(items)) if ty.relation() != Relation::Atomic => {
            let kept = items.iter().filter_map(|item| match item_step(ty, item) {
                Ok(step) => kept(Some(ty.item()), item, &step, fields),
                Err(_) => Some(item.clone()),
            });
            let kept: Vec<Value> = kept.collect();
            if kept.is_empty() { Value::Null } else { kept.into() }
        }
        (Shape::Map, Value::Object(map)) if !ty.is_atomic_map() => {
            let mut rest = Map::new();
            for (name, value) in map {
                if let Some(value) = kept(ty.field(name), value, &Element::field(name), fields) {
                    rest.insert(name.clone(), value);
                }
            }
            if rest.is_empty() { Value::Null } else { rest.into() }
        }
        (Shape::List | Shape::Map, _) => Value::Null,
    }
}

/// What is left of the value at this step, if anything is.
fn kept(ty: Option<Type<'_>>, value: &Value, step: &Element, fields: &FieldSet) -> Option<Value> {
    if fields.has_member(step) {
        return None;
    }
    match (ty, fields.below(step)) {
        (Some(ty), Some(below)) => Some(remove(ty, value, below)),
        _ => Some(value.clone()),
    }
}
