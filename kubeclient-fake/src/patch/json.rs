//! JSON patch as the real server does it (evanphx/json-patch v4: more lenient than RFC 6902).
//!
//! `replace` makes a missing key, `test` takes a missing path for null, `copy` of nothing is null, an index
//! may count from the end. What can't be done is refused without a word about why, as there.

use serde_json::{Map, Value};

use crate::failure::{Details, Failure, Result};
use crate::mutation::{self, Mutation};

/// The operations that one patch may have.
const MAX_OPERATIONS: usize = 10_000;
/// The bytes that the `copy` operations of one patch may copy.
const MAX_COPIED: usize = 3 * 1024 * 1024;
/// How deep a document may become. The real server's bound is its JSON decoder's; ours is our stack.
const MAX_DEPTH: usize = 256;

/// The document after the patch; `patch` is the request's body.
pub(crate) fn apply(document: &Value, patch: &[u8]) -> Result<Value> {
    let operations = decode(patch)?;
    let mut document = document.clone();
    let mut copied = 0;
    for operation in &operations {
        step(&mut document, operation, &mut copied).ok_or_else(rejected)?;
    }
    Ok(document)
}

/// What strict decoding says of a patch that can be decoded: the fields that no operation has.
pub(crate) fn unknown_fields(patch: &[u8]) -> Vec<String> {
    let Ok(Value::Array(operations)) = serde_json::from_slice(patch) else { return Vec::new() };
    let mut unknown = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        for key in operation.as_object().into_iter().flat_map(Map::keys) {
            if !matches!(key.as_str(), "op" | "path" | "from" | "value") {
                unknown.push(format!("json patch unknown field \"[{index}].{key}\""));
            }
        }
    }
    unknown
}

fn decode(patch: &[u8]) -> Result<Vec<Map<String, Value>>> {
    let wrong = |what: String| Failure::bad_request(format!("error decoding patch: {what}"));
    let cannot = |value: &Value, into: &str| {
        wrong(format!("json: cannot unmarshal {} into Go {into}", super::json_type(value)))
    };
    let patch: Value =
        serde_json::from_slice(patch).map_err(|error| wrong(super::syntax_error(&error)))?;
    let list = match patch {
        Value::Null => Vec::new(),
        Value::Array(list) => list,
        other => return Err(cannot(&other, "value of type []handlers.jsonPatchOp")),
    };
    let count = list.len();
    let mut operations = Vec::new();
    for item in list {
        match item {
            Value::Null => operations.push(Map::new()),
            Value::Object(operation) => {
                for key in ["op", "path", "from"] {
                    match operation.get(key) {
                        None | Some(Value::Null | Value::String(_)) => {}
                        Some(other) => {
                            let into = format!("struct field jsonPatchOp.{key} of type string");
                            return Err(cannot(other, &into));
                        }
                    }
                }
                operations.push(operation);
            }
            other => return Err(cannot(&other, "value of type handlers.jsonPatchOp")),
        }
    }
    if count > MAX_OPERATIONS {
        let message = format!(
            "Request entity too large: The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got \
             {count}"
        );
        return Err(Failure::new(413, "RequestEntityTooLarge", message));
    }
    Ok(operations)
}

/// The answer to whatever can't be done.
fn rejected() -> Failure {
    let message = "the server rejected our request due to an error in our request";
    Failure::new(422, "Invalid", message).with_details(Details::default())
}

/// One operation; `None` when it can't be done.
fn step(document: &mut Value, operation: &Map<String, Value>, copied: &mut usize) -> Option<()> {
    let text = |key: &str| operation.get(key).and_then(Value::as_str);
    let path = text("path");
    match text("op")? {
        "add" => {
            let value = operation.get("value").cloned().unwrap_or_default();
            add(document, path?, value)
        }
        "remove" => {
            let (place, key) = find(document, path?)?;
            place.remove(&key).map(drop)
        }
        "replace" => replace(document, path?, operation.get("value")),
        "move" => {
            let (place, key) = find(document, text("from")?)?;
            let value = place.remove(&key)?;
            add(document, path?, value)
        }
        "copy" => {
            let (place, key) = find(document, text("from")?)?;
            let value = place.get(&key)?.cloned();
            if let Some(value) = &value {
                *copied += value.to_string().len();
            }
            if *copied > MAX_COPIED {
                return None;
            }
            add(document, path?, value.unwrap_or_default())
        }
        "test" if mutation::is(Mutation::TestsPass) => Some(()),
        "test" => test(document, path?, operation.get("value")),
        _ => None,
    }
}

fn add(document: &mut Value, path: &str, value: Value) -> Option<()> {
    if path.matches('/').count() + depth(&value) > MAX_DEPTH {
        return None;
    }
    let (place, key) = find(document, path)?;
    match place {
        Place::Object(map) => {
            map.insert(key, value);
        }
        Place::Array(list) if key == "-" => list.push(value),
        Place::Array(list) => {
            let index = index(&key, list.len() + 1)?;
            if index > list.len() {
                return None;
            }
            list.insert(index, value);
        }
    }
    Some(())
}

fn replace(document: &mut Value, path: &str, value: Option<&Value>) -> Option<()> {
    if path.is_empty() {
        let value = value.filter(|value| value.is_object() || value.is_array())?;
        *document = value.clone();
        return Some(());
    }
    let value = value.cloned().unwrap_or_default();
    if path.matches('/').count() + depth(&value) > MAX_DEPTH {
        return None;
    }
    let (place, key) = find(document, path)?;
    match place {
        Place::Object(map) => {
            map.insert(key, value);
        }
        Place::Array(list) => {
            let index = index(&key, list.len())?;
            *list.get_mut(index)? = value;
        }
    }
    Some(())
}

fn test(document: &mut Value, path: &str, value: Option<&Value>) -> Option<()> {
    if path.is_empty() {
        return (Some(&*document) == value).then_some(());
    }
    let (place, key) = find(document, path)?;
    let found = place.get(&key)?.filter(|found| !found.is_null());
    (found == value.filter(|value| !value.is_null())).then_some(())
}

/// What holds the value that a path names.
enum Place<'a> {
    Object(&'a mut Map<String, Value>),
    Array(&'a mut Vec<Value>),
}

impl Place<'_> {
    /// The value; `Some(None)` for a key that an object does not have, `None` for what can't be.
    fn get(&self, key: &str) -> Option<Option<&Value>> {
        match self {
            Self::Object(map) => Some(map.get(key)),
            Self::Array(list) => list.get(index(key, list.len())?).map(Some),
        }
    }

    fn remove(self, key: &str) -> Option<Value> {
        match self {
            Self::Object(map) => map.remove(key),
            Self::Array(list) => {
                let index = index(key, list.len())?;
                (index < list.len()).then(|| list.remove(index))
            }
        }
    }
}

/// What holds the value that a path names, and its key there. What is before the first slash does not count.
fn find<'a>(document: &'a mut Value, path: &str) -> Option<(Place<'a>, String)> {
    let mut keys: Vec<String> = path.split('/').skip(1).map(unescape).collect();
    let last = keys.pop()?;
    let mut value = document;
    for key in &keys {
        value = match value {
            Value::Object(map) => map.get_mut(key)?,
            Value::Array(list) => {
                let index = index(key, list.len())?;
                list.get_mut(index)?
            }
            _ => return None,
        };
    }
    match value {
        Value::Object(map) => Some((Place::Object(map), last)),
        Value::Array(list) => Some((Place::Array(list), last)),
        _ => None,
    }
}

/// `~1` is a slash, `~0` a tilde.
fn unescape(key: &str) -> String {
    key.replace("~1", "/").replace("~0", "~")
}

/// The index that a key names; a negative one counts from the end. It may be past the end.
fn index(key: &str, length: usize) -> Option<usize> {
    let number: i64 = key.parse().ok()?;
    match usize::try_from(number) {
        Ok(index) => Some(index),
        Err(_) => length.checked_sub(usize::try_from(number.unsigned_abs()).ok()?),
    }
}

/// How many values stand one in another. No deeper than `MAX_DEPTH`, as nothing deeper gets in.
fn depth(value: &Value) -> usize {
    match value {
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{MAX_OPERATIONS, apply, unknown_fields};

    fn document() -> Value {
        json!({"metadata": {"name": "a", "list": ["x", "y", "z"]}, "data": {"k": "v", "a/b~c": "s"}})
    }

    fn refusal(patch: &str) -> String {
        let status = apply(&document(), patch.as_bytes()).expect_err(patch).status();
        let text = |key: &str| status[key].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", status["code"], text("reason"), text("message"))
    }

    #[track_caller]
    fn leads_to(patch: Value, pointer: &str, expected: Option<Value>) {
        let after = apply(&document(), patch.to_string().as_bytes()).expect("applies");
        assert_eq!(after.pointer(pointer), expected.as_ref(), "{patch}");
    }

    #[track_caller]
    fn is_rejected(patch: Value) {
        let expected = "422 Invalid the server rejected our request due to an error in our request";
        assert_eq!(refusal(&patch.to_string()), expected, "{patch}");
    }

    #[test]
    fn operations_do_what_they_say() {
        leads_to(
            json!([{"op": "add", "path": "/data/n", "value": "1"}]),
            "/data/n",
            Some(json!("1")),
        );
        leads_to(json!([{"op": "remove", "path": "/data/k"}]), "/data/k", None);
        leads_to(
            json!([{"op": "remove", "path": "/data/a~1b~0c"}]),
            "/data",
            Some(json!({"k": "v"})),
        );
        leads_to(
            json!([{"op": "move", "from": "/data/k", "path": "/data/n"}]),
            "/data",
            Some(json!({"n": "v", "a/b~c": "s"})),
        );
        leads_to(
            json!([{"op": "copy", "from": "/data/k", "path": "/data/n"}]),
            "/data/n",
            Some(json!("v")),
        );
        leads_to(
            json!([{"op": "test", "path": "/data/k", "value": "v"}, {"op": "replace", "path": "/data/k", "value": 2}]),
            "/data/k",
            Some(json!(2)),
        );
    }

    #[test]
    fn lists_are_counted_from_both_ends() {
        let list = "/metadata/list";
        for (key, expected) in [
            ("-", json!(["x", "y", "z", "n"])),
            ("0", json!(["n", "x", "y", "z"])),
            ("+1", json!(["x", "n", "y", "z"])),
            ("3", json!(["x", "y", "z", "n"])),
            ("-1", json!(["x", "y", "z", "n"])),
            ("-4", json!(["n", "x", "y", "z"])),
        ] {
            let patch = json!([{"op": "add", "path": format!("{list}/{key}"), "value": "n"}]);
            leads_to(patch, list, Some(expected));
        }
        leads_to(
            json!([{"op": "remove", "path": "/metadata/list/-1"}]),
            list,
            Some(json!(["x", "y"])),
        );
        leads_to(
            json!([{"op": "replace", "path": "/metadata/list/-3", "value": "n"}]),
            list,
            Some(json!(["n", "y", "z"])),
        );
        for key in ["4", "-5", "x", ""] {
            is_rejected(json!([{"op": "add", "path": format!("{list}/{key}"), "value": "n"}]));
        }
        for key in ["3", "-4", "-"] {
            is_rejected(json!([{"op": "replace", "path": format!("{list}/{key}"), "value": "n"}]));
            is_rejected(json!([{"op": "remove", "path": format!("{list}/{key}")}]));
        }
    }

    #[test]
    fn it_is_as_lenient_as_the_server() {
        leads_to(
            json!([{"op": "replace", "path": "/data/n", "value": "1"}]),
            "/data/n",
            Some(json!("1")),
        );
        leads_to(
            json!([{"op": "replace", "path": "", "value": {"a": 1}}]),
            "",
            Some(json!({"a": 1})),
        );
        leads_to(json!([{"op": "test", "path": "/data/n", "value": null}]), "", Some(document()));
        leads_to(json!([{"op": "test", "path": "/data/n"}]), "", Some(document()));
        leads_to(
            json!([{"op": "copy", "from": "/data/no", "path": "/data/n"}]),
            "/data/n",
            Some(json!(null)),
        );
        leads_to(json!([{"op": "add", "path": "/data/n"}]), "/data/n", Some(json!(null)));
        leads_to(json!([{"op": "add", "path": "data/n", "value": 1}]), "/n", Some(json!(1)));
        leads_to(json!([]), "", Some(document()));
        leads_to(json!(null), "", Some(document()));
    }

    #[test]
    fn what_cannot_be_done_is_rejected_without_a_word() {
        for operation in [
            json!({"op": "remove", "path": "/data/n"}),
            json!({"op": "move", "from": "/data/n", "path": "/data/m"}),
            json!({"op": "add", "path": "/no/n", "value": 1}),
            json!({"op": "add", "path": "/data/k/n", "value": 1}),
            json!({"op": "add", "path": "", "value": {}}),
            json!({"op": "add", "value": {}}),
            json!({"op": "test", "path": "/data/k", "value": "other"}),
            json!({"op": "test", "path": "/data/k"}),
            json!({"op": "test", "path": "", "value": {}}),
            json!({"op": "replace", "path": "", "value": 5}),
            json!({"op": "replace", "path": ""}),
            json!({"op": "copy", "from": "", "path": "/data/n"}),
            json!({"op": "ADD", "path": "/data/n", "value": 1}),
            json!({"path": "/data/n", "value": 1}),
            json!(null),
        ] {
            is_rejected(json!([operation]));
        }
    }

    #[test]
    fn what_is_no_patch_is_told_in_the_servers_words() {
        let start = "400 BadRequest error decoding patch:";
        for (patch, expected) in [
            ("{}", "json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"),
            ("[1]", "json: cannot unmarshal number into Go value of type handlers.jsonPatchOp"),
            (
                r#"[{"op": 1}]"#,
                "json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string",
            ),
            (
                r#"[{"op": "add", "path": {}}]"#,
                "json: cannot unmarshal object into Go struct field jsonPatchOp.path of type string",
            ),
            ("[", "unexpected end of JSON input"),
        ] {
            assert_eq!(refusal(patch), format!("{start} {expected}"));
        }
    }

    #[test]
    fn ten_thousand_operations_are_enough() {
        let operation = json!({"op": "test", "path": "/data/n"});
        let patch = |count| json!(vec![operation.clone(); count]).to_string();
        assert!(apply(&document(), patch(MAX_OPERATIONS).as_bytes()).is_ok());
        let expected = "413 RequestEntityTooLarge Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001";
        assert_eq!(refusal(&patch(MAX_OPERATIONS + 1)), expected);
    }

    #[test]
    fn a_patch_cannot_make_a_document_grow_without_bound() {
        let nested = json!({"op": "copy", "from": "/data", "path": "/data/k"});
        is_rejected(json!(vec![nested; 1000]));
        let wide = json!({"op": "copy", "from": "/metadata/list", "path": "/metadata/list/-"});
        is_rejected(json!(vec![wide; 1000]));
    }

    #[test]
    fn fields_that_no_operation_has_are_named() {
        let patch = r#"[{"op":"test","path":"/a"},{"foo":1,"op":"add"}]"#;
        assert_eq!(unknown_fields(patch.as_bytes()), [r#"json patch unknown field "[1].foo""#]);
    }
}
