//! The schemas of a document: those of its kinds, and all that they refer to.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::custom;
use crate::resource::ResourceType;
use crate::schema::{ListType, Schema, SchemaKind, SchemaRef, builtin};

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// The schemas by name; `definition` is what a custom resource's definition says.
pub(super) fn of(
    resources: &[&ResourceType],
    definition: impl Fn(&ResourceType) -> Option<Value>,
) -> Value {
    let mut document = Document::default();
    for resource in resources {
        let kind = json!([{
            "group": resource.group, "kind": resource.kind, "version": resource.version,
        }]);
        let mut schema = match definition(resource).filter(|_| resource.is_custom()) {
            Some(defined) => {
                document.wanted.insert(META);
                custom::published(&defined, &component(META))
            }
            None => document.own(resource.schema.get()),
        };
        schema["x-kubernetes-group-version-kind"] = kind;
        document.schemas.insert(name(resource), schema);
    }
    while let Some(wanted) = document.wanted.pop_first() {
        let component = component(wanted);
        if !document.schemas.contains_key(&component) {
            // Put there first, so that what refers to itself ends.
            document.schemas.insert(component.clone(), Value::Null);
            let schema = document.own(builtin::definition(wanted));
            document.schemas.insert(component, schema);
        }
    }
    document.schemas.into()
}

/// The name of a resource's schema: `io.k8s.api.core.v1.Pod`, `io.ex.v1.Widget`.
pub(super) fn name(resource: &ResourceType) -> String {
    match &resource.schema {
        SchemaRef::Builtin(name) if !resource.is_custom() => component(name),
        _ => {
            let mut parts: Vec<&str> = resource.group.split('.').rev().collect();
            parts.extend([resource.version.as_str(), resource.kind.as_str()]);
            parts.join(".")
        }
    }
}

/// The name under which a definition of the built-ins stands in a document.
fn component(name: &str) -> String {
    if name.starts_with("io.k8s.") { name.to_owned() } else { format!("io.k8s.{name}") }
}

#[derive(Default)]
struct Document {
    schemas: Map<String, Value>,
    /// Definitions that are referred to.
    wanted: BTreeSet<&'static str>,
}

impl Document {
    fn referred(&mut self, schema: &SchemaRef) -> Value {
        match schema {
            SchemaRef::Own(schema) => match schema.definition {
                // Its own words stand beside the reference.
                Some(name) => {
                    let mut value = extensions(schema);
                    value.insert("allOf".into(), self.reference(name));
                    value.into()
                }
                None => self.own(schema),
            },
            SchemaRef::Builtin(name) => json!({"allOf": self.reference(name)}),
        }
    }

    fn reference(&mut self, name: &'static str) -> Value {
        self.wanted.insert(name);
        json!([{"$ref": format!("#/components/schemas/{}", component(name))}])
    }

    fn own(&mut self, schema: &Schema) -> Value {
        let mut value = shape(schema);
        value.append(&mut extensions(schema));
        for (key, text) in [("description", &schema.description), ("format", &schema.format)] {
            if !text.is_empty() {
                value.insert(key.to_owned(), text.as_str().into());
            }
        }
        if !schema.required.is_empty() {
            value.insert("required".into(), schema.required.as_slice().into());
        }
        if let Some(default) = &schema.default {
            value.insert("default".into(), default.clone());
        }
        if !schema.allowed.is_empty() {
            value.insert("enum".into(), schema.allowed.as_slice().into());
        }
        if !schema.properties.is_empty() {
            let mut properties = Map::new();
            for (name, property) in &schema.properties {
                properties.insert(name.clone(), self.referred(property));
            }
            value.insert("properties".into(), properties.into());
        }
        if let Some(additional) = &schema.additional {
            let additional = self.referred(additional);
            value.insert("additionalProperties".into(), additional);
        }
        if let Some(items) = &schema.items {
            let items = self.referred(items);
            value.insert("items".into(), items);
        }
        value.into()
    }
}

/// How the value merges.
fn extensions(schema: &Schema) -> Map<String, Value> {
    let mut value = Map::new();
    let mut set = |key: &str, extension: Value| {
        value.insert(format!("x-kubernetes-{key}"), extension);
    };
    if !schema.patch_merge_key.is_empty() {
        set("patch-merge-key", schema.patch_merge_key.as_str().into());
    }
    match (schema.patch_merge, schema.patch_retain_keys) {
        (true, true) => set("patch-strategy", "merge,retainKeys".into()),
        (true, false) => set("patch-strategy", "merge".into()),
        (false, true) => set("patch-strategy", "retainKeys".into()),
        (false, false) => {}
    }
    match &schema.list {
        ListType::Atomic => {}
        ListType::Set => set("list-type", "set".into()),
        ListType::Map(keys) => {
            set("list-type", "map".into());
            set("list-map-keys", keys.as_slice().into());
        }
    }
    if schema.atomic_map {
        set("map-type", "atomic".into());
    }
    value
}

/// The type.
fn shape(schema: &Schema) -> Map<String, Value> {
    let of_type = |name: &str| json!({"type": name});
    let value = match schema.kind {
        SchemaKind::Any => json!({}),
        SchemaKind::Object => of_type("object"),
        SchemaKind::Array => of_type("array"),
        SchemaKind::String => of_type("string"),
        SchemaKind::Integer => of_type("integer"),
        SchemaKind::Number => of_type("number"),
        SchemaKind::Boolean => of_type("boolean"),
        SchemaKind::IntOrString => {
            json!({"format": "int-or-string", "oneOf": [of_type("integer"), of_type("string")]})
        }
        SchemaKind::Quantity => json!({"oneOf": [of_type("string"), of_type("number")]}),
    };
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
