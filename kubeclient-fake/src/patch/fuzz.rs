//! Patches that were right before they were damaged: they change a document or are refused.

use bolero::TypeGenerator;
use serde_json::{Map, Value, json};

use super::{json as json_patch, merge};

/// A patch, and mistakes in it: where, and what stands there instead of so many bytes.
pub(super) type Damage = (u8, Vec<(u16, u8, Piece)>);

#[derive(Clone, Debug, TypeGenerator)]
pub(super) enum Piece {
    Bytes(Vec<u8>),
    Token(u8),
}

const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "null",
    "-1",
    "1e400",
    "18446744073709551616",
    "\"$patch\":\"delete\"",
    "\"$patch\":\"replace\"",
    "\"$retainKeys\":[\"a\"]",
    "\"$setElementOrder/ports\":[]",
    "\"$deleteFromPrimitiveList/finalizers\":[\"x\"]",
    "/-",
    "~1",
    "~2",
    "/metadata/list/99",
    "\"path\"",
    "\"from\"",
    "\"op\":\"move\"",
    "\"op\":\"test\"",
    "\\u0000",
    "\\ud800",
];

pub(super) fn damaged(examples: &[&str], (number, mistakes): &Damage) -> Vec<u8> {
    let mut bytes = examples[usize::from(*number) % examples.len()].as_bytes().to_vec();
    for (place, count, piece) in mistakes {
        let start = usize::from(*place) * bytes.len() / usize::from(u16::MAX);
        let end = (start + usize::from(*count % 8)).min(bytes.len());
        let piece = match piece {
            Piece::Bytes(bytes) => bytes.clone(),
            Piece::Token(number) => TOKENS[usize::from(*number) % TOKENS.len()].into(),
        };
        bytes.splice(start..end, piece);
    }
    bytes
}

fn document() -> Value {
    json!({
        "metadata": {"name": "a", "finalizers": ["x", "y"], "labels": {"k": "v"}, "list": [1, [2], {"a": null}]},
        "spec": {"ports": [{"port": 1, "protocol": "TCP", "name": "one"}, {"port": 2, "protocol": "UDP"}]},
    })
}

#[test]
fn a_damaged_json_patch_changes_or_is_refused() {
    const EXAMPLES: &[&str] = &[
        r#"[{"op":"add","path":"/metadata/list/-","value":{"a":1}},{"op":"remove","path":"/metadata/labels/k"}]"#,
        r#"[{"op":"move","from":"/metadata","path":"/spec/ports/0"},{"op":"copy","from":"/spec","path":"/x"}]"#,
        r#"[{"op":"test","path":"/metadata/name","value":"a"},{"op":"replace","path":"","value":{}}]"#,
    ];
    bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
        let patch = damaged(EXAMPLES, damage);
        let Ok(patched) = json_patch::apply(&document(), &patch) else { return };
        // Its operations one by one lead to the same.
        let Ok(Value::Array(operations)) = serde_json::from_slice(&patch) else {
            assert_eq!(patched, document());
            return;
        };
        let one_by_one = operations.into_iter().fold(document(), |document, operation| {
            json_patch::apply(&document, json!([operation]).to_string().as_bytes()).unwrap()
        });
        assert_eq!(patched, one_by_one);
        let same = json!([{"op": "test", "path": "", "value": patched}]).to_string();
        // What is deeper than a decoder goes can't be sent.
        if serde_json::from_str::<Value>(&same).is_ok() {
            assert_eq!(json_patch::apply(&patched, same.as_bytes()).unwrap(), patched);
        }
    });
}

/// What a merge patch says stands in the result, and what it does not speak of stands there as before.
fn check_merged(before: &Value, patch: &Value, after: &Value) {
    let Value::Object(patch) = patch else {
        // In the place of an object a list is taken as it is.
        let taken = if before.is_object() { patch.clone() } else { without_nulls(patch) };
        return assert_eq!(*after, taken);
    };
    let nothing = Map::new();
    let before = before.as_object().unwrap_or(&nothing);
    let after = after.as_object().expect("an object");
    for (key, value) in patch {
        match value {
            Value::Null => assert!(!after.contains_key(key), "{key}"),
            value => check_merged(before.get(key).unwrap_or(&Value::Null), value, &after[key]),
        }
    }
    let kept = |(key, _): &(&String, &Value)| !patch.contains_key(*key);
    assert!(before.iter().filter(kept).eq(after.iter().filter(kept)));
}

/// A value without the nulls of its objects, as new values are taken.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect(),
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

#[test]
fn a_damaged_merge_patch_changes_or_is_refused() {
    const EXAMPLES: &[&str] = &[
        r#"{"metadata":{"labels":{"k":null,"l":"w"},"list":[]},"spec":null}"#,
        r#"{"a":{"b":{"c":{}}}}"#,
    ];
    bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
        let patch = damaged(EXAMPLES, damage);
        if let Ok(patched) = merge::apply(&document(), &patch) {
            assert_eq!(merge::apply(&patched, &patch).unwrap(), patched, "twice is once");
            check_merged(&document(), &serde_json::from_slice(&patch).unwrap(), &patched);
        }
    });
}
