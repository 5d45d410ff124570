//! Answers in YAML: mappings and sequences in block style, strings quoted unless they are plainly words.

use serde_json::Value;

/// The document.
pub(crate) fn document(value: &Value) -> Vec<u8> {
    let mut text = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => block(&mut text, value, 0),
        Value::Array(list) if !list.is_empty() => block(&mut text, value, 0),
        scalar => {
            text.push_str(&inline(scalar));
            text.push('\n');
        }
    }
    text.into_bytes()
}

/// A mapping or sequence that is not empty, each entry on its line.
fn block(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                pad(text, indent);
                text.push_str(&string(key));
                text.push(':');
                after_key(text, value, indent);
            }
        }
        Value::Array(list) => {
            for item in list {
                pad(text, indent);
                text.push('-');
                let mut inner = String::new();
                if is_block(item) {
                    block(&mut inner, item, indent + 2);
                    // The first line of the item stands beside its dash.
                    text.push(' ');
                    text.push_str(inner.trim_start_matches(' '));
                } else {
                    text.push(' ');
                    text.push_str(&inline(item));
                    text.push('\n');
                }
            }
        }
        _ => {}
    }
}

fn after_key(text: &mut String, value: &Value, indent: usize) {
    if is_block(value) {
        text.push('\n');
        let deeper = if value.is_array() { indent } else { indent + 2 };
        block(text, value, deeper);
    } else {
        text.push(' ');
        text.push_str(&inline(value));
        text.push('\n');
    }
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => false,
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => string(text),
        // An empty mapping or sequence, a number, a bool, null: JSON is YAML.
        other => other.to_string(),
    }
}

/// A string as it is where it can only be read as that string, else in JSON's quotes.
fn string(text: &str) -> String {
    let first_fits = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/');
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ' ');
    let lower = text.to_ascii_lowercase();
    let word = matches!(
        lower.as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
    );
    if first_fits && text.chars().all(fits) && !text.ends_with(' ') && !word {
        text.to_owned()
    } else {
        Value::String(text.to_owned()).to_string()
    }
}

fn pad(text: &mut String, indent: usize) {
    text.extend(std::iter::repeat_n(' ', indent));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::document;

    #[test]
    fn what_is_written_reads_as_the_same() {
        let value = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "empty": {}, "none": [], "null": null,
            "data": {"y": "yes", "n o": "1", "date": "2026-01-01T00:00:00Z", "multi": "a\nb\n", "d": "- x"},
            "list": [{"a": 1, "b": [1, [2, 3], {"c": {"d": true}}]}, "x", [], {}], "x: y": "#",
        });
        let text = String::from_utf8(document(&value)).unwrap();
        let read: Value = serde_saphyr::from_str(&text).unwrap_or_else(|e| panic!("{e}:\n{text}"));
        assert_eq!(read, value, "{text}");
    }
}
