//! What the real server was seen to do, and what must hold whatever is applied.

use serde_json::{Value, json};

use super::*;
use crate::schema::{ListType, SchemaKind, SchemaRef};

/// The schema that the OpenAPI form describes.
pub(super) fn schema(source: &Value, definitions: &Value) -> Schema {
    let text = |key: &str| source[key].as_str().unwrap_or_default();
    let reference = source["$ref"].as_str().or_else(|| source["allOf"][0]["$ref"].as_str());
    let mut schema = match reference.and_then(|path| path.rsplit('/').next()) {
        Some("io.k8s.apimachinery.pkg.api.resource.Quantity") => {
            Schema { kind: SchemaKind::Quantity, ..Schema::default() }
        }
        Some(name) => self::schema(&definitions[name], definitions),
        None => Schema::default(),
    };
    let own = |source: &Value| SchemaRef::Own(Box::new(self::schema(source, definitions)));
    match text("type") {
        "object" => schema.kind = SchemaKind::Object,
        "array" => schema.kind = SchemaKind::Array,
        "string" => schema.kind = SchemaKind::String,
        "integer" => schema.kind = SchemaKind::Integer,
        "number" => schema.kind = SchemaKind::Number,
        "boolean" => schema.kind = SchemaKind::Boolean,
        _ => {}
    }
    for (name, field) in source["properties"].as_object().into_iter().flatten() {
        schema.properties.insert(name.clone(), own(field));
    }
    if source["additionalProperties"].is_object() {
        schema.additional = Some(own(&source["additionalProperties"]));
    }
    if source["items"].is_object() {
        schema.items = Some(own(&source["items"]));
    }
    if let Some(default) = source.get("default") {
        schema.default = Some(default.clone());
    }
    if let Some(required) = source["required"].as_array() {
        schema.required = required.iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    }
    if let Some(format) = source["format"].as_str() {
        schema.format = format.to_owned();
    }
    let keys = source["x-kubernetes-list-map-keys"].as_array().into_iter().flatten();
    match text("x-kubernetes-list-type") {
        "set" => schema.list = ListType::Set,
        "map" => {
            schema.list = ListType::Map(keys.map(|key| key.as_str().unwrap().to_owned()).collect());
        }
        _ => {}
    }
    schema.atomic_map |= text("x-kubernetes-map-type") == "atomic";
    schema.preserve_unknown |= source["x-kubernetes-preserve-unknown-fields"] == true;
    schema.embedded_resource |= source["x-kubernetes-embedded-resource"] == true;
    schema
}

#[test]
fn a_map_is_owned_key_by_key() {
    let source = json!({"type": "object", "properties": {
        "data": {"type": "object", "additionalProperties": {"type": "string"}},
    }});
    let manager = Manager {
        name: "m".into(),
        api_version: "v1".into(),
        subresource: String::new(),
        time: "2026-01-01T00:00:00Z".into(),
    };
    let applied = json!({"data": {"a": "1"}});
    let schema = schema(&source, &Value::Null);
    let made = apply(&schema, None, &applied, &manager, false, &[]).unwrap();
    let fields = &made["metadata"]["managedFields"][0]["fieldsV1"];
    assert_eq!(*fields, json!({"f:data": {"f:a": {}}}));
}
