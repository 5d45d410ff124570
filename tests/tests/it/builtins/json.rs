//! JSON by value: what a server says against what a type makes of it.

use serde_json::Value;

/// Checks that `ours` is `theirs`, except for what Go writes though nothing is set: a null, or a struct of
/// nothing but zeros, may be absent in ours, and a null be an empty list.
#[track_caller]
pub(crate) fn check_same(theirs: &Value, ours: &Value, what: &str) {
    let mut differences = Vec::new();
    differ(theirs, ours, "", &mut differences);
    assert!(differences.is_empty(), "{what}: {differences:#?}");
}

fn differ(theirs: &Value, ours: &Value, path: &str, differences: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            for (name, value) in theirs {
                match ours.get(name) {
                    Some(ours) => differ(value, ours, &format!("{path}.{name}"), differences),
                    None if is_unset(value) || is_type(path, name) => {}
                    None => differences.push(format!("{path}.{name} is lost: {value}")),
                }
            }
            for name in ours.keys().filter(|name| !theirs.contains_key(*name)) {
                differences.push(format!("{path}.{name} is made up: {}", ours[name]));
            }
        }
        (Value::Array(theirs), Value::Array(ours)) if theirs.len() == ours.len() => {
            for (i, (theirs, ours)) in theirs.iter().zip(ours).enumerate() {
                differ(theirs, ours, &format!("{path}[{i}]"), differences);
            }
        }
        // A list that has to be there.
        (Value::Null, Value::Array(ours)) if ours.is_empty() => {}
        _ if theirs == ours => {}
        _ => differences.push(format!("{path}: {theirs} became {ours}")),
    }
}

/// What Go writes of a struct or a time in which nothing is set.
fn is_unset(value: &Value) -> bool {
    let is_zero = |value: &Value| match value {
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        value => is_unset(value),
    };
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(is_zero),
        _ => false,
    }
}

/// The one place where the server names the type of an object within another. Protobuf has no field for it,
/// and the server puts it there when it reads.
fn is_type(path: &str, name: &str) -> bool {
    path.starts_with(".spec.volumeClaimTemplates[") && matches!(name, "apiVersion" | "kind")
}

/// Checks that what was sent is in what was kept; the server may have added to it.
#[track_caller]
pub(crate) fn check_kept(sent: &Value, kept: &Value, what: &str) {
    let mut lost = Vec::new();
    find_lost(sent, kept, "", &mut lost);
    assert!(lost.is_empty(), "{what}: {lost:#?}");
}

fn find_lost(sent: &Value, kept: &Value, path: &str, lost: &mut Vec<String>) {
    match (sent, kept) {
        (Value::Object(sent), Value::Object(kept)) => {
            for (name, value) in sent {
                let path = format!("{path}.{name}");
                match kept.get(name) {
                    Some(kept) => find_lost(value, kept, &path, lost),
                    None if is_unset(value) => {}
                    None => lost.push(format!("{path} is lost: {value}")),
                }
            }
        }
        (Value::Array(sent), Value::Array(kept)) if sent.len() <= kept.len() => {
            for (i, (sent, kept)) in sent.iter().zip(kept).enumerate() {
                find_lost(sent, kept, &format!("{path}[{i}]"), lost);
            }
        }
        _ if sent == kept => {}
        _ => lost.push(format!("{path}: {sent} became {kept}")),
    }
}

#[test]
fn a_difference_is_seen() {
    use serde_json::json;

    let differences = |theirs: Value, ours: Value| {
        let mut found = Vec::new();
        differ(&theirs, &ours, "", &mut found);
        found
    };
    let theirs = || json!({"a": [1, {"b": "c"}], "d": {}, "e": null, "f": {"g": {}, "h": 0}});
    assert!(differences(theirs(), json!({"a": [1, {"b": "c"}]})).is_empty());
    for ours in [
        json!({"a": [1, {"b": "d"}]}),
        json!({"a": [1]}),
        json!({"a": [1, {}]}),
        json!({}),
        json!({"a": [1, {"b": "c"}], "h": ""}),
    ] {
        assert_eq!(differences(theirs(), ours.clone()).len(), 1, "{ours}");
    }
    let mut lost = Vec::new();
    find_lost(&json!({"a": 1, "b": [1], "c": {}}), &json!({"b": [2], "z": 1}), "", &mut lost);
    assert_eq!(lost, [".a is lost: 1", ".b[0]: 1 became 2"]);
}
