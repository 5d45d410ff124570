//! A value as rules see it: by its schema, with the names of fields escaped.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kube_cel::cel::objects::{Key, Map};
use kube_cel::cel::{self, Context};
use serde_json::Value;

use crate::schema::{Schema, SchemaKind};

/// Words that cannot name a field.
const RESERVED: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// Converts a value. Of a whole object's metadata rules see the names alone, as the real server has it.
///
/// # Errors
/// `invalid data, expected int, got float64`.
pub(super) fn of(
    schema: &Schema,
    value: &Value,
    is_root: bool,
    functions: &Context<'_>,
) -> Result<cel::Value, String> {
    let wrong =
        |wanted: &str| Err(format!("invalid data, expected {wanted}, got {}", go_type(value)));
    Ok(match (schema.kind, value) {
        (_, Value::Null) => cel::Value::Null,
        (SchemaKind::Integer, value) => match value.as_i64() {
            Some(number) => cel::Value::Int(number),
            None => return wrong("int"),
        },
        (SchemaKind::Number, value) => match value.as_f64() {
            Some(number) => cel::Value::Float(number),
            None => return wrong("double"),
        },
        (SchemaKind::String, Value::String(text)) => formatted(&schema.format, text, functions),
        (SchemaKind::String, _) => return wrong("string"),
        (_, Value::Bool(value)) => cel::Value::Bool(*value),
        (_, Value::String(text)) => string(text),
        (_, Value::Number(number)) => match number.as_i64() {
            Some(number) => cel::Value::Int(number),
            None => cel::Value::Float(number.as_f64().unwrap_or_default()),
        },
        (_, Value::Array(list)) => {
            let nothing = Schema::default();
            let items = schema.item().unwrap_or(&nothing);
            let items = list.iter().map(|item| of(items, item, false, functions));
            cel::Value::List(Arc::new(items.collect::<Result<_, _>>()?))
        }
        (_, Value::Object(map)) => {
            let is_whole = is_root || schema.embedded_resource;
            let mut fields = HashMap::new();
            for (name, value) in map {
                if is_whole && name == "metadata" {
                    fields.insert(key("metadata"), metadata(value));
                } else if let Some(field) = schema.properties.get(name) {
                    if let Some(name) = escaped(name) {
                        fields.insert(key(&name), of(field.get(), value, false, functions)?);
                    }
                } else if let Some(values) = &schema.additional {
                    fields.insert(key(name), of(values.get(), value, false, functions)?);
                }
            }
            cel::Value::Map(Map { map: Arc::new(fields) })
        }
    })
}

fn metadata(value: &Value) -> cel::Value {
    let names = ["name", "generateName"].into_iter();
    let names = names.filter_map(|name| Some((key(name), string(value.get(name)?.as_str()?))));
    cel::Value::Map(Map { map: Arc::new(names.collect()) })
}

/// Text of a format that has a type of its own.
fn formatted(format: &str, text: &str, functions: &Context<'_>) -> cel::Value {
    let convert = |expression: &str, text: &str| {
        let mut scope = functions.new_inner_scope();
        scope.add_variable_from_value("text", string(text));
        cel::Program::compile(expression).ok()?.execute(&scope).ok()
    };
    let converted = match format {
        "date-time" => convert("timestamp(text)", text),
        "date" => convert("timestamp(text)", &format!("{text}T00:00:00Z")),
        "duration" => convert("duration(text)", text),
        "byte" => STANDARD.decode(text).ok().map(|bytes| cel::Value::Bytes(Arc::new(bytes))),
        _ => None,
    };
    converted.unwrap_or_else(|| string(text))
}

/// The name by which a rule knows a field; `None` when it can know it by none.
fn escaped(name: &str) -> Option<String> {
    if RESERVED.contains(&name) {
        return Some(format!("__{name}__"));
    }
    let escaped = name
        .replace("__", "__underscores__")
        .replace('.', "__dot__")
        .replace('-', "__dash__")
        .replace('/', "__slash__");
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = escaped.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (begins && escaped.chars().all(is_word)).then_some(escaped)
}

fn key(name: &str) -> Key {
    Key::String(Arc::new(name.to_owned()))
}

fn string(text: &str) -> cel::Value {
    cel::Value::String(Arc::new(text.to_owned()))
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}
