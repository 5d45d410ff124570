//! A structured selector of labels as the text that selects the same.

use serde_json::Value;

use super::{items_at, text_at};

/// `a=b,c in (d,e),!f`, by keys; empty for a selector that selects all.
pub(super) fn selector_text(selector: &Value) -> String {
    let mut parts: Vec<(String, String)> = Vec::new();
    let labels = selector.get("matchLabels").and_then(Value::as_object);
    for (key, value) in labels.into_iter().flatten() {
        parts.push((key.clone(), format!("{key}={}", value.as_str().unwrap_or_default())));
    }
    for expression in items_at(selector, &["matchExpressions"]) {
        let key = text_at(expression, &["key"]);
        let mut values: Vec<&str> =
            items_at(expression, &["values"]).iter().filter_map(Value::as_str).collect();
        values.sort_unstable();
        let values = values.join(",");
        let text = match text_at(expression, &["operator"]) {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        };
        parts.push((key.to_owned(), text));
    }
    parts.sort_by(|(one, _), (other, _)| one.cmp(other));
    parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::selector_text;

    #[test]
    fn a_selector_is_written_by_its_keys() {
        let selector = json!({
            "matchExpressions": [
                {"key": "h", "operator": "Exists"},
                {"key": "e", "operator": "In", "values": ["g", "f"]},
                {"key": "b", "operator": "NotIn", "values": ["x"]},
                {"key": "z", "operator": "DoesNotExist"},
            ],
            "matchLabels": {"c": "d", "a": "b"},
        });
        assert_eq!(selector_text(&selector), "a=b,b notin (x),c=d,e in (f,g),h,!z");
        assert_eq!(selector_text(&json!({})), "");
    }
}
