//! Items that come twice in a set or in a list with keys, and what an embedded object must have.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::field::FieldError;
use crate::kinds::NameRule;
use crate::schema::{ListType, Schema};

/// Says of each item that is there before where it first comes again.
pub(super) fn duplicates(
    schema: &Schema,
    list: &[Value],
    name: &str,
    errors: &mut Vec<FieldError>,
) {
    let key = |item: &Value| match &schema.list {
        ListType::Atomic => None,
        ListType::Set => Some(item.clone()),
        ListType::Map(keys) => keys_of(keys, item),
    };
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (index, item) in list.iter().enumerate() {
        let Some(key) = key(item) else { continue };
        let times = seen.entry(key.to_string()).or_default();
        *times += 1;
        if *times == 2 {
            errors.push(FieldError::duplicate(format!("{name}[{index}]"), key));
        }
    }
}

/// The keys of an item, as far as it has them.
fn keys_of(keys: &[String], item: &Value) -> Option<Value> {
    let item = item.as_object()?;
    let keys = keys.iter().filter_map(|key| Some((key.clone(), item.get(key)?.clone())));
    Some(Value::Object(keys.collect()))
}

/// What an item was before: known by its keys, or not at all.
pub(in crate::schema) fn counterpart<'a>(
    schema: &Schema,
    item: &Value,
    old: Option<&'a Value>,
) -> Option<&'a Value> {
    let ListType::Map(keys) = &schema.list else { return None };
    let wanted = keys_of(keys, item)?;
    old?.as_array()?.iter().find(|old| keys_of(keys, old).as_ref() == Some(&wanted))
}

/// An object within an object has a version and a kind.
pub(super) fn embedded(map: &Map<String, Value>, name: &str, errors: &mut Vec<FieldError>) {
    let mut said = HashSet::new();
    for key in ["apiVersion", "kind"] {
        let field = format!("{name}.{key}");
        let value = map.get(key).and_then(Value::as_str).unwrap_or_default();
        if value.is_empty() {
            errors.push(FieldError::required(field, ""));
        } else if key == "apiVersion" && value.matches('/').count() > 1 {
            let why = format!("unexpected GroupVersion string: {value}");
            errors.push(FieldError::invalid(field, value, why));
        } else if key == "kind" {
            for why in NameRule::OldLabel.errors(&value.to_lowercase(), false) {
                let why = format!("may have mixed case, but should otherwise match: {why}");
                if said.insert(why.clone()) {
                    errors.push(FieldError::invalid(field.clone(), value, why));
                }
            }
        }
    }
}
