//! The definitions: a line for each with its own facts, then a line for each of its fields.
//!
//! ```text
//! api.core.v1.ContainerPort required=containerPort
//!  containerPort int32
//!  protocol string default="TCP" enum=SCTP,TCP,UDP
//! api.core.v1.PodSpec required=containers
//!  containers []api.core.v1.Container list=map:name patch=merge:name
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

/// The text of all definitions of these documents, each once, in the order of their names.
pub(super) fn text(documents: &[Value]) -> String {
    let mut definitions = BTreeMap::new();
    for document in documents {
        let schemas = document["components"]["schemas"].as_object();
        for (name, schema) in schemas.into_iter().flatten() {
            definitions.insert(short(name), schema);
        }
    }
    let mut text = String::new();
    for (name, schema) in definitions {
        let _ = write!(text, "{name}");
        let expression = expression(schema);
        if expression != "object" {
            let _ = write!(text, " {expression}");
        }
        write_attributes(&mut text, schema);
        if let Some(kind) = own_kind(schema) {
            let _ = write!(text, " gvk={kind}");
        }
        if let Some(required) = words(&schema["required"]) {
            let _ = write!(text, " required={required}");
        }
        text.push('\n');
        for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
            let _ = write!(text, " {field} {}", self::expression(schema));
            write_attributes(&mut text, schema);
            text.push('\n');
        }
    }
    text
}

/// `io.k8s.api.core.v1.Pod` without `io.k8s.`, which all names have.
fn short(name: &str) -> &str {
    name.strip_prefix("io.k8s.").unwrap_or(name)
}

/// The type: `string`, `int32`, `[]T`, `map:T`, a definition's name.
fn expression(schema: &Value) -> String {
    let all_of = schema["allOf"].as_array().map_or(&[][..], Vec::as_slice);
    let reference = schema["$ref"].as_str().or_else(|| all_of.first()?["$ref"].as_str());
    if let Some(reference) = reference {
        return short(reference.trim_start_matches("#/components/schemas/")).to_owned();
    }
    let format = schema["format"].as_str().unwrap_or_default();
    match (schema["type"].as_str(), format) {
        (_, "int-or-string") => "int-or-string".to_owned(),
        (None, _) if schema["oneOf"].is_array() => "quantity".to_owned(),
        (None, _) => "any".to_owned(),
        (Some("array"), _) => format!("[]{}", expression(&schema["items"])),
        (Some("object"), _) if schema["additionalProperties"].is_object() => {
            format!("map:{}", expression(&schema["additionalProperties"]))
        }
        (Some(kind), "") => kind.to_owned(),
        (Some(_), format) => format.to_owned(),
    }
}

fn write_attributes(text: &mut String, schema: &Value) {
    let text_of = |key: &str| schema[key].as_str().unwrap_or_default();
    match text_of("x-kubernetes-list-type") {
        "map" => {
            let keys = words(&schema["x-kubernetes-list-map-keys"]).unwrap_or_default();
            let _ = write!(text, " list=map:{keys}");
        }
        "set" => text.push_str(" list=set"),
        _ => {}
    }
    match text_of("x-kubernetes-map-type") {
        "atomic" => text.push_str(" atomic"),
        "granular" => text.push_str(" granular"),
        _ => {}
    }
    if schema["x-kubernetes-preserve-unknown-fields"] == true {
        text.push_str(" preserve");
    }
    let strategy = text_of("x-kubernetes-patch-strategy");
    if !strategy.is_empty() {
        let _ = write!(text, " patch={strategy}");
        let key = text_of("x-kubernetes-patch-merge-key");
        if !key.is_empty() {
            let _ = write!(text, ":{key}");
        }
    }
    if let Some(values) = words(&schema["enum"]) {
        let _ = write!(text, " enum={values}");
    }
    // `{}` only says that Go has a value there, not a pointer.
    let default = &schema["default"];
    let is_empty = default.as_object().is_some_and(serde_json::Map::is_empty);
    if !default.is_null() && !is_empty {
        let _ = write!(text, " default={default}");
    }
}

/// Strings joined by commas; `None` when there are none.
fn words(list: &Value) -> Option<String> {
    let words: Vec<&str> = list.as_array()?.iter().filter_map(Value::as_str).collect();
    Some(words.join(","))
}

/// The kind that the definition is of. Those that are of every group (DeleteOptions) are of none.
fn own_kind(schema: &Value) -> Option<String> {
    let [kind] = schema["x-kubernetes-group-version-kind"].as_array()?.as_slice() else {
        return None;
    };
    let part = |key: &str| kind[key].as_str().unwrap_or_default();
    Some(format!("{}/{}/{}", part("group"), part("version"), part("kind")))
}
