//! The columns of custom resources: the name, and what the definition says, or else the age.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::duration;
use super::jsonpath::Path;
use crate::object::Object;

/// The column definitions.
pub(super) fn columns(defined: &[Value]) -> Vec<Value> {
    let mut columns = vec![json!({
        "name": "Name", "type": "string", "format": "name", "description": "", "priority": 0,
    })];
    for (column, _) in parsed(&with_default(defined)) {
        let path = text(&column, "jsonPath");
        let description = match text(&column, "description") {
            "" => format!("Custom resource definition column (in JSONPath format): {path}"),
            description => description.to_owned(),
        };
        columns.push(json!({
            "name": text(&column, "name"),
            "type": text(&column, "type"),
            "format": text(&column, "format"),
            "description": description,
            "priority": column.get("priority").and_then(Value::as_i64).unwrap_or(0),
        }));
    }
    columns
}

/// The cells of an object.
pub(super) fn cells(defined: &[Value], object: &Value, now: Timestamp) -> Vec<Value> {
    let mut cells = vec![object.name().into()];
    for (column, path) in parsed(&with_default(defined)) {
        let found = path.find(object).unwrap_or_default();
        cells.push(
            found.first().map_or(Value::Null, |value| cell(text(&column, "type"), value, now)),
        );
    }
    cells
}

fn with_default(defined: &[Value]) -> Vec<Value> {
    if defined.is_empty() {
        let path = ".metadata.creationTimestamp";
        return vec![json!({"name": "Age", "type": "date", "jsonPath": path})];
    }
    defined.to_vec()
}

/// The columns up to the first whose path is none, as the real server has it.
fn parsed(columns: &[Value]) -> Vec<(Value, Path)> {
    let parsed =
        |column: &Value| Path::parse(text(column, "jsonPath")).map(|path| (column.clone(), path));
    columns.iter().map_while(parsed).collect()
}

fn text<'a>(column: &'a Value, key: &str) -> &'a str {
    column.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The value as the column's type has it; what is of another type is null.
fn cell(column: &str, value: &Value, now: Timestamp) -> Value {
    match (column, value) {
        ("string", Value::String(text)) => text.as_str().into(),
        ("string", Value::Null) => "<no value>".into(),
        ("string", other) => other.to_string().into(),
        // Whole numbers are cut, not rounded.
        #[expect(clippy::cast_possible_truncation)]
        ("integer", Value::Number(number)) => {
            number.as_i64().or_else(|| number.as_f64().map(|float| float as i64)).into()
        }
        ("number", Value::Number(number)) => Value::Number(number.clone()),
        ("boolean", Value::Bool(_)) => value.clone(),
        ("date", Value::String(text)) => match text.parse() {
            Ok(then) => duration::since(then, now).into(),
            Err(_) => "<invalid>".into(),
        },
        _ => Value::Null,
    }
}
