//! OpenAPI: of each schema, a line for each property that is required, has a default or has an enumeration.
//!
//! ```json
//! "io.k8s.api.core.v1.ContainerPort": {
//!  "containerPort": {"required": true},
//!  "protocol": {"default": "TCP", "enum": ["SCTP", "TCP", "UDP"]}
//! },
//! ```

use std::collections::BTreeMap;

use serde_json::Value;

/// The text of all schemas of these documents, each once, in the order of their names.
pub(super) fn text(documents: &[Value]) -> String {
    let mut schemas = BTreeMap::new();
    for document in documents {
        for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
            schemas.insert(name.as_str(), schema);
        }
    }
    let schemas: Vec<String> = schemas.iter().map(|(name, it)| schema(name, it)).collect();
    format!("{{\n{}\n}}\n", schemas.join(",\n"))
}

fn schema(name: &str, schema: &Value) -> String {
    let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
    let mut lines = BTreeMap::new();
    for (property, its) in schema["properties"].as_object().into_iter().flatten() {
        let facts = facts(its, required.iter().any(|name| name == property.as_str()));
        if !facts.is_empty() {
            lines.insert(property.as_str(), facts.join(", "));
        }
    }
    let lines: Vec<String> = lines
        .iter()
        .map(|(property, facts)| format!(" {}: {{{facts}}}", Value::from(*property)))
        .collect();
    let name = Value::from(name);
    match lines.as_slice() {
        [] => format!("{name}: {{}}"),
        lines => format!("{name}: {{\n{}\n}}", lines.join(",\n")),
    }
}

fn facts(property: &Value, is_required: bool) -> Vec<String> {
    let mut facts = Vec::new();
    if is_required {
        facts.push("\"required\": true".to_owned());
    }
    // `{}` only says that Go has a value there, not a pointer.
    let default = &property["default"];
    let is_empty = default.as_object().is_some_and(serde_json::Map::is_empty);
    if !default.is_null() && !is_empty {
        facts.push(format!("\"default\": {default}"));
    }
    if property["enum"].is_array() {
        facts.push(format!("\"enum\": {}", property["enum"]));
    }
    facts
}
