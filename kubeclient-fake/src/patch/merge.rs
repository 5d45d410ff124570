//! Merge patch: RFC 7386 as the real server does it.

use serde_json::{Map, Value};

use crate::failure::{Failure, Result};
use crate::mutation::{self, Mutation};

/// The document after the patch.
///
/// As in evanphx/json-patch, nulls go from new values also where they stand in objects in lists.
pub(crate) fn apply(document: &Value, patch: &[u8]) -> Result<Value> {
    let wrong = |what: String| Failure::bad_request(format!("error decoding patch: {what}"));
    let patch: Value =
        serde_json::from_slice(patch).map_err(|error| wrong(super::syntax_error(&error)))?;
    let patch = match patch {
        Value::Object(patch) => patch,
        Value::Null => return Err(Failure::bad_request("Invalid JSON Patch")),
        other => {
            let found = super::json_type(&other);
            let what = format!(
                "json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"
            );
            return Err(wrong(what));
        }
    };
    let mut document = document.clone();
    merge_value(&mut document, Value::Object(patch));
    Ok(document)
}

fn merge(document: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (key, mut value) in patch {
        if value.is_null() && mutation::is(Mutation::NullsStay) {
            continue;
        }
        if value.is_null() {
            document.remove(&key);
            continue;
        }
        match document.get_mut(&key) {
            Some(present) if !present.is_null() => merge_value(present, value),
            _ => {
                prune_nulls(&mut value);
                document.insert(key, value);
            }
        }
    }
}

fn merge_value(document: &mut Value, patch: Value) {
    match (document, patch) {
        (Value::Object(document), Value::Object(patch)) => merge(document, patch),
        (document @ Value::Object(_), patch) => *document = patch,
        (document, mut patch) => {
            prune_nulls(&mut patch);
            *document = patch;
        }
    }
}

fn prune_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(prune_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(prune_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::apply;

    #[track_caller]
    fn leads_to(document: Value, patch: Value, expected: Value) {
        let after = apply(&document, patch.to_string().as_bytes()).expect("applies");
        assert_eq!(after, expected, "{document} + {patch}");
    }

    #[test]
    fn objects_merge_and_the_rest_is_replaced() {
        leads_to(
            json!({"a": {"b": 1, "c": 2}}),
            json!({"a": {"b": 3}}),
            json!({"a": {"b": 3, "c": 2}}),
        );
        leads_to(json!({"a": [1, 2]}), json!({"a": [3]}), json!({"a": [3]}));
        leads_to(json!({"a": {"b": 1}}), json!({"a": "x"}), json!({"a": "x"}));
        leads_to(json!({"a": "x"}), json!({"a": {"b": 1}}), json!({"a": {"b": 1}}));
        leads_to(json!({"a": null}), json!({"a": {"b": 1}}), json!({"a": {"b": 1}}));
        leads_to(json!({"a": 1}), json!({}), json!({"a": 1}));
    }

    #[test]
    fn null_removes_and_never_stays() {
        leads_to(json!({"a": 1, "b": 2}), json!({"a": null, "c": null}), json!({"b": 2}));
        leads_to(json!({}), json!({"a": {"b": null, "c": 1}}), json!({"a": {"c": 1}}));
        leads_to(json!({"a": "x"}), json!({"a": {"b": null}}), json!({"a": {}}));
        leads_to(json!({}), json!({"a": [{"b": null}, null]}), json!({"a": [{}, null]}));
    }

    #[test]
    fn what_is_no_object_is_refused_in_the_servers_words() {
        let cannot = "error decoding patch: json: cannot unmarshal";
        for (patch, expected) in [
            ("null", "Invalid JSON Patch".to_owned()),
            ("[]", format!("{cannot} array into Go value of type map[string]interface {{}}")),
            ("5", format!("{cannot} number into Go value of type map[string]interface {{}}")),
            ("{", "error decoding patch: unexpected end of JSON input".to_owned()),
        ] {
            let failure = apply(&json!({}), patch.as_bytes()).expect_err(patch);
            assert_eq!(failure.code, 400);
            assert_eq!(failure.status()["message"], expected);
        }
    }
}
