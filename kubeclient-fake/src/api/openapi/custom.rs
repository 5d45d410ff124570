//! The schema of a custom resource, as its definition has it and as it is published.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::api::Cluster;
use crate::resource::ResourceType;
use crate::store::Key;

const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// The schema in the definition of a custom resource, of the resource's version.
pub(super) fn definition(cluster: &Cluster, resource: &ResourceType) -> Option<Value> {
    let name = resource.custom.as_ref()?.definition.clone();
    let key = Key { resource: Arc::from(DEFINITIONS), namespace: String::new(), name };
    let stored = cluster.store.get(&key)?;
    let versions = stored.value.pointer("/spec/versions")?.as_array()?;
    let version = versions.iter().find(|version| version["name"] == resource.version.as_str())?;
    version.pointer("/schema/openAPIV3Schema").cloned()
}

/// The schema with what every object has; `meta` is the name of the metadata's schema.
pub(super) fn published(defined: &Value, meta: &str) -> Value {
    let mut schema = filled(defined, meta);
    if !schema.is_object() {
        schema = json!({"type": "object"});
    }
    add_object_fields(&mut schema, meta);
    schema
}

fn add_object_fields(schema: &mut Value, meta: &str) {
    let fields = [
        ("apiVersion", json!({"type": "string"})),
        ("kind", json!({"type": "string"})),
        ("metadata", json!({"allOf": [{"$ref": format!("#/components/schemas/{meta}")}]})),
    ];
    for (name, field) in fields {
        schema["properties"][name] = field;
    }
}

/// The schema with what its extensions mean, all the way down.
fn filled(schema: &Value, meta: &str) -> Value {
    let Value::Object(fields) = schema else { return schema.clone() };
    let mut schema = Value::Object(fields.clone());
    let is_set = |key: &str| fields.get(key) == Some(&Value::Bool(true));
    if let Some(Value::Object(properties)) = fields.get("properties") {
        schema["properties"] =
            properties.iter().map(|(name, field)| (name.clone(), filled(field, meta))).collect();
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = fields.get(key) {
            schema[key] = filled(inner, meta);
        }
    }
    if is_set("x-kubernetes-int-or-string") && !fields.contains_key("anyOf") {
        schema["anyOf"] = json!([{"type": "integer"}, {"type": "string"}]);
    }
    if is_set("x-kubernetes-embedded-resource") {
        add_object_fields(&mut schema, meta);
        let mut required: Vec<Value> =
            fields.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        for name in ["kind", "apiVersion"] {
            if !required.iter().any(|known| known == name) {
                required.push(name.into());
            }
        }
        schema["required"] = required.into();
    }
    schema
}
