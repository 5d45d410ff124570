//! The order of a merged list: what a patch names, and what only the server has.

use serde_json::Value;

use super::{DIRECTIVE, SET_ORDER, go_text, no_merge_key, wrong_type};
use crate::failure::{Failure, Result};

/// Where the item with that key stands.
pub(super) fn position(list: &[Value], key: &str, value: &Value) -> Result<Option<usize>> {
    for (index, item) in list.iter().enumerate() {
        let Some(fields) = item.as_object() else {
            return Err(Failure::internal(format!("value for key {index} is not a map")));
        };
        if fields.get(key) == Some(value) {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

/// Splits a list into what another names and the rest.
pub(super) fn partition(
    list: Vec<Value>,
    by: &[Value],
    key: &str,
) -> Result<(Vec<Value>, Vec<Value>)> {
    let (mut named, mut rest) = (Vec::new(), Vec::new());
    for item in list {
        let is_named = if key.is_empty() {
            by.contains(&item)
        } else {
            position(by, key, key_of(&item, key)?)?.is_some()
        };
        if is_named { named.push(item) } else { rest.push(item) }
    }
    Ok((named, rest))
}

/// One list of both: the named in the order of `order`, the rest in the order of `live`, and of two that
/// `live` has both the one that comes first there.
pub(super) fn normalize(
    mut named: Vec<Value>,
    mut rest: Vec<Value>,
    order: &[Value],
    live: &[Value],
    key: &str,
) -> Result<Vec<Value>> {
    if !key.is_empty() {
        for item in named.iter().chain(order).chain(&rest).chain(live) {
            key_of(item, key)?;
        }
    }
    named.sort_by_key(|item| index(order, item, key));
    rest.sort_by_key(|item| index(live, item, key));
    let mut all = Vec::with_capacity(named.len() + rest.len());
    let mut rest = rest.into_iter().peekable();
    for item in named {
        let place = index(live, &item, key);
        while let Some(before) = rest.next_if(|other| {
            place.is_some() && index(live, other, key).is_some_and(|at| Some(at) < place)
        }) {
            all.push(before);
        }
        all.push(item);
    }
    all.extend(rest);
    Ok(all)
}

/// Whether the items of a patch stand in the order that `$setElementOrder` says, and are all named there.
pub(super) fn check(patch: &[Value], order: &[Value], key: &str) -> Result<()> {
    if patch.is_empty() || order.is_empty() {
        return Ok(());
    }
    let no_map = patch.iter().find(|item| !item.is_object());
    if let Some(wrong) = no_map.filter(|_| !key.is_empty()) {
        return Err(wrong_type("map[string]interface {}", wrong));
    }
    let has_directive = |item: &&Value| item.get(DIRECTIVE).is_some();
    let mut order_items = order.iter();
    for item in patch.iter().filter(|item| !has_directive(item)) {
        loop {
            let Some(other) = order_items.next() else {
                let patch = go_text(&Value::Array(patch.to_vec()));
                let order = go_text(&Value::Array(order.to_vec()));
                return Err(Failure::internal(format!(
                    "The order in patch list:\n{patch}\n doesn't match {SET_ORDER} list:\n{order}\n"
                )));
            };
            let is_same = if key.is_empty() {
                item == other
            } else {
                key_of(item, key)? == key_of(other, key)?
            };
            if is_same {
                break;
            }
        }
    }
    Ok(())
}

fn key_of<'a>(item: &'a Value, key: &str) -> Result<&'a Value> {
    let Some(fields) = item.as_object() else {
        return Err(wrong_type("map[string]interface {}", item));
    };
    fields.get(key).ok_or_else(|| no_merge_key(fields, key))
}

fn index(list: &[Value], item: &Value, key: &str) -> Option<usize> {
    if key.is_empty() {
        return list.iter().position(|other| other == item);
    }
    list.iter().position(|other| other.get(key) == item.get(key))
}
