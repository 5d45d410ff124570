//! Strategic merge patch: maps merge, lists merge by key where the schema says so, directives say the rest.
//!
//! The order of merged lists is the real server's: what the patch names keeps the patch's order, the rest
//! its own, and where neither says which comes first the patch's items do.

pub(crate) mod outcome;
mod order;

use serde_json::{Map, Value};

use super::go_type;
use crate::failure::{Details, Failure, Result};
use crate::mutation::{self, Mutation};
use crate::schema::{Schema, SchemaRef};

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_FROM: &str = "$deleteFromPrimitiveList";
const SET_ORDER: &str = "$setElementOrder";

/// The document after the patch; `patch` is the request's body.
pub(crate) fn apply(schema: &SchemaRef, document: &Value, patch: &[u8]) -> Result<Value> {
    let patch: Value = serde_json::from_slice(patch)
        .map_err(|error| Failure::bad_request(super::syntax_error(&error)))?;
    let patch = match patch {
        Value::Object(patch) => patch,
        Value::Null => Map::new(),
        other => {
            let found = super::json_type(&other);
            return Err(Failure::bad_request(format!(
                "json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"
            )));
        }
    };
    let document = document.as_object().cloned().unwrap_or_default();
    merge_map(document, patch, &Node::of(schema)).map(Value::Object)
}

/// A patch as the real server shows it when its outcome is no object of the kind: `map[a:1 b:[x y]]`.
pub(crate) fn shown(patch: &[u8]) -> String {
    match serde_json::from_slice(patch) {
        Ok(Value::Null) | Err(_) => "map[]".to_owned(),
        Ok(patch) => go_text(&patch),
    }
}

/// A value as Go prints it.
fn go_text(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            format!("[{}]", list.iter().map(go_text).collect::<Vec<_>>().join(" "))
        }
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| *key);
            let pairs = pairs.into_iter().map(|(key, value)| format!("{key}:{}", go_text(value)));
            format!("map[{}]", pairs.collect::<Vec<_>>().join(" "))
        }
        other => other.to_string(),
    }
}

/// A schema with its name, which some refusals tell.
struct Node<'a> {
    schema: &'a Schema,
    name: &'a str,
}

impl<'a> Node<'a> {
    fn of(reference: &'a SchemaRef) -> Self {
        let name = match reference {
            SchemaRef::Builtin(name) => name,
            SchemaRef::Own(schema) => schema.definition.unwrap_or_default(),
        };
        let name = name.rsplit('.').next().unwrap_or_default();
        Self { schema: reference.get(), name }
    }

    /// The schema of a field; `None` where keys are data or nothing is known.
    fn field(&self, key: &str) -> Result<Option<Node<'a>>> {
        match self.schema.properties.get(key) {
            Some(field) => Ok(Some(Node::of(field))),
            None if self.schema.properties.is_empty() => {
                Ok(self.schema.additional.as_ref().map(Node::of))
            }
            None => {
                let name = self.name;
                Err(Failure::internal(format!(
                    "unable to find api field in struct {name} for the json field {key:?}"
                )))
            }
        }
    }
}

/// How a list merges.
struct Merging<'a> {
    /// `None`: the patch's list takes its place.
    merges: bool,
    /// Empty for primitives.
    key: &'a str,
    item: Option<Node<'a>>,
}

impl<'a> Merging<'a> {
    fn of(list: Option<&Node<'a>>) -> Self {
        match list {
            None => Self { merges: false, key: "", item: None },
            Some(node) => Self {
                merges: node.schema.patch_merge,
                key: &node.schema.patch_merge_key,
                item: node.schema.items.as_ref().map(Node::of),
            },
        }
    }
}

type Fields = Map<String, Value>;

fn merge_map(mut original: Fields, mut patch: Fields, node: &Node<'_>) -> Result<Fields> {
    if let Some(directive) = patch.get(DIRECTIVE) {
        return match directive.as_str() {
            Some("replace") => {
                patch.remove(DIRECTIVE);
                Ok(patch)
            }
            Some("delete") => Ok(Fields::new()),
            _ => Err(unknown_directive(&patch)),
        };
    }
    retain_keys(&mut original, &mut patch)?;
    merge_ordered_lists(&mut original, &mut patch, node)?;
    for (key, value) in patch {
        let (key, is_deletion) = if key.starts_with(DELETE_FROM) {
            let Some(key) = key.strip_prefix(DELETE_FROM).and_then(|key| key.strip_prefix('/'))
            else {
                return Err(Failure::bad_request("invalid patch format of primitive list"));
            };
            (key.to_owned(), true)
        } else {
            (key, false)
        };
        if value.is_null() {
            original.remove(&key);
            continue;
        }
        let merged = match (original.remove(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                let merged = match node.field(&key)? {
                    Some(field) if field.schema.patch_replace => Ok(new),
                    Some(field) => merge_map(old, new, &field),
                    None => merge_map(old, new, &unknown()),
                };
                Some(Value::Object(merged?))
            }
            (Some(Value::Array(old)), Value::Array(new)) => {
                let field = node.field(&key)?;
                let merging = Merging::of(field.as_ref());
                let merged = if merging.merges || is_deletion {
                    merge_list(old, new, &merging, is_deletion)?
                } else {
                    new
                };
                Some(Value::Array(merged))
            }
            (old, _) if is_deletion => old,
            (_, mut new) => {
                discard_nulls(&mut new);
                without_directives(new)
            }
        };
        if let Some(merged) = merged {
            original.insert(key, merged);
        }
    }
    Ok(original)
}

/// What is known of what nothing is known of.
fn unknown() -> Node<'static> {
    static ANYTHING: std::sync::OnceLock<Schema> = std::sync::OnceLock::new();
    Node { schema: ANYTHING.get_or_init(Schema::default), name: "" }
}

/// `$retainKeys`: of the original's keys only those that it lists stay.
fn retain_keys(original: &mut Fields, patch: &mut Fields) -> Result<()> {
    let Some(list) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    let wrong = || Failure::bad_request("invalid patch format of retainKeys");
    let list = list.as_array().ok_or_else(wrong)?;
    let is_listed = |key: &str| list.iter().any(|item| item.as_str() == Some(key));
    for (key, value) in patch.iter() {
        let is_directive = key.starts_with(DELETE_FROM) || key.starts_with(SET_ORDER);
        if !value.is_null() && !is_directive && !is_listed(key) {
            return Err(wrong());
        }
    }
    original.retain(|key, _| is_listed(key));
    Ok(())
}

/// `$setElementOrder/x`: the list `x` merges with what the patch has for it, in the order that is said.
fn merge_ordered_lists(original: &mut Fields, patch: &mut Fields, node: &Node<'_>) -> Result<()> {
    let directives: Vec<String> =
        patch.keys().filter(|key| key.starts_with(SET_ORDER)).cloned().collect();
    for directive in directives {
        let order = list_of(patch.remove(&directive))?.unwrap_or_default();
        let Some(key) = directive.strip_prefix(SET_ORDER).and_then(|key| key.strip_prefix('/'))
        else {
            return Err(Failure::bad_request("invalid patch format of setElementOrder list"));
        };
        let old = list_of(original.get(key).cloned())?;
        let new = list_of(patch.get(key).cloned())?;
        let field = node.field(key)?;
        let merging = Merging::of(field.as_ref());
        order::check(new.as_deref().unwrap_or_default(), &order, merging.key)?;
        let live = old.clone().unwrap_or_default();
        let first = element_type(&live, new.as_deref().unwrap_or_default());
        let merged = match (old, new) {
            (None, None) => continue,
            (Some(old), None) => old,
            (None, Some(new)) => new.into_iter().filter_map(without_directives).collect(),
            (Some(old), Some(new)) if merging.merges => merge_list(old, new, &merging, false)?,
            (Some(_), Some(new)) => new,
        };
        let (named, rest) = order::partition(merged, &order, merging.key)?;
        if first?.is_none() {
            return Err(Failure::internal("no elements in any of the given slices"));
        }
        let merged = order::normalize(named, rest, &order, &live, merging.key)?;
        original.insert(key.to_owned(), Value::Array(merged));
        patch.remove(key);
    }
    Ok(())
}

fn list_of(value: Option<Value>) -> Result<Option<Vec<Value>>> {
    match value {
        None => Ok(None),
        Some(Value::Array(list)) => Ok(Some(list)),
        Some(other) => Err(wrong_type("[]interface {}", &other)),
    }
}

fn wrong_type(expected: &str, found: &Value) -> Failure {
    // As Go prints no type with `%s`.
    let found = if found.is_null() { "%!s(<nil>)" } else { go_type(found) };
    Failure::internal(format!("expected a {expected}, but received a {found}"))
}

fn merge_list(
    original: Vec<Value>,
    patch: Vec<Value>,
    merging: &Merging<'_>,
    is_deletion: bool,
) -> Result<Vec<Value>> {
    if mutation::is(Mutation::ListsAreReplaced) {
        return Ok(patch);
    }
    let Some(is_of_maps) = element_type(&original, &patch)? else { return Ok(original) };
    if !is_of_maps {
        if is_deletion {
            return Ok(original.into_iter().filter(|item| !patch.contains(item)).collect());
        }
        let mut merged: Vec<Value> = Vec::with_capacity(original.len() + patch.len());
        for item in original.iter().chain(&patch) {
            if !merged.contains(item) {
                merged.push(item.clone());
            }
        }
        let (named, rest) = order::partition(merged, &patch, "")?;
        return order::normalize(named, rest, &patch, &original, "");
    }
    if merging.key.is_empty() {
        let name = merging.item.as_ref().map_or("", |item| item.name);
        return Err(Failure::internal(format!("cannot merge lists without merge key for {name}")));
    }
    let (live, patch) = apply_list_directives(original, patch, merging.key)?;
    let mut merged = live.clone();
    for item in &patch {
        // Invariant: the items are maps, as `element_type` found.
        let Value::Object(fields) = item else { continue };
        let Some(key) = fields.get(merging.key) else {
            return Err(no_merge_key(fields, merging.key));
        };
        match order::position(&merged, merging.key, key)? {
            Some(index) => {
                let old = merged[index].as_object().cloned().unwrap_or_default();
                let node = merging.item.as_ref();
                let fields = fields.clone();
                let item = match node {
                    Some(node) => merge_map(old, fields, node)?,
                    None => merge_map(old, fields, &unknown())?,
                };
                merged[index] = Value::Object(item);
            }
            None => merged.push(item.clone()),
        }
    }
    let (named, rest) = order::partition(merged, &patch, merging.key)?;
    order::normalize(named, rest, &patch, &live, merging.key)
}

/// What items with `$patch` do to a list; the list and the patch without them.
fn apply_list_directives(
    mut original: Vec<Value>,
    patch: Vec<Value>,
    key: &str,
) -> Result<(Vec<Value>, Vec<Value>)> {
    let mut rest = Vec::new();
    let mut replaces = false;
    for item in patch {
        let fields = item.as_object();
        let directive = fields.and_then(|fields| fields.get(DIRECTIVE));
        let (Some(fields), Some(directive)) = (fields, directive) else {
            rest.push(item);
            continue;
        };
        match directive.as_str() {
            Some("delete") => {
                let Some(value) = fields.get(key) else { return Err(no_merge_key(fields, key)) };
                while let Some(index) = order::position(&original, key, value)? {
                    original.remove(index);
                }
            }
            Some("replace") => replaces = true,
            Some("merge") => {
                let message = "merging lists cannot yet be specified in the patch";
                return Err(Failure::internal(message));
            }
            _ => return Err(unknown_directive(fields)),
        }
    }
    Ok(if replaces { (rest, Vec::new()) } else { (original, rest) })
}

/// Whether the items are maps; `None` when there are none. All must be of one type, and no lists.
fn element_type(original: &[Value], patch: &[Value]) -> Result<Option<bool>> {
    let mut items = original.iter().chain(patch);
    let Some(first) = items.next() else { return Ok(None) };
    if first.is_array() {
        let message = "the server rejected our request due to an error in our request";
        return Err(Failure::new(422, "Invalid", message).with_details(Details::default()));
    }
    if items.any(|item| go_type(item) != go_type(first)) {
        let lists = [original, patch].map(|list| go_text(&Value::Array(list.to_vec()))).join(" ");
        return Err(Failure::internal(format!("list element types are not identical: [{lists}]")));
    }
    Ok(Some(first.is_object()))
}

fn unknown_directive(fields: &Fields) -> Failure {
    let directive = fields.get(DIRECTIVE).map(go_text).unwrap_or_default();
    let map = go_text(&Value::Object(fields.clone()));
    Failure::internal(format!("unknown patch type: {directive} in map: {map}"))
}

fn no_merge_key(fields: &Fields, key: &str) -> Failure {
    let map = go_text(&Value::Object(fields.clone()));
    Failure::internal(format!("map: {map} does not contain declared merge key: {key}"))
}

fn discard_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(discard_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(discard_nulls),
        _ => {}
    }
}

/// A value that takes a free place; what has a directive takes none.
fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Object(map) if map.contains_key(DIRECTIVE) => None,
        Value::Object(map) => {
            let kept = |(key, value)| without_directives(value).map(|value| (key, value));
            Some(Value::Object(map.into_iter().filter_map(kept).collect()))
        }
        Value::Array(list) => {
            Some(Value::Array(list.into_iter().filter_map(without_directives).collect()))
        }
        other => Some(other),
    }
}

#[cfg(test)]
mod tests;
