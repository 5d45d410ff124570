//! What the real server was seen to do, and what must hold whatever is applied.

use serde_json::{Value, json};

use super::*;
use crate::schema::{ListType, SchemaKind, SchemaRef};

mod updates;
mod applies;
mod refusals;
mod random;

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

/// An object and who writes it, step by step.
pub(super) struct Story {
    pub(super) schema: Schema,
    pub(super) api_version: String,
    pub(super) object: Option<Value>,
    /// The minute of the next write.
    pub(super) minute: u32,
    /// Paths that the endpoint leaves alone.
    pub(super) ignored: &'static [&'static [&'static str]],
    pub(super) subresource: String,
}

impl Story {
    /// Of a ConfigMap.
    pub(super) fn of_config_map() -> Self {
        Self::new(
            "v1",
            &json!({"type": "object", "properties": {
                "metadata": metadata(),
                "data": {"type": "object", "additionalProperties": {"type": "string"}},
                "immutable": {"type": "boolean"},
            }}),
        )
    }

    /// Of something like a Deployment.
    pub(super) fn of_deployment() -> Self {
        let ports = json!({"type": "object", "required": ["containerPort"], "properties": {
            "containerPort": {"type": "integer"},
            "protocol": {"type": "string", "default": "TCP"},
        }});
        let container = json!({"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string"},
            "image": {"type": "string"},
            "ports": {"type": "array", "items": ports, "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["containerPort", "protocol"]},
            "args": {"type": "array", "items": {"type": "string"}},
            "resources": {"type": "object", "properties": {
                "limits": {"type": "object", "additionalProperties": {"$ref":
                    "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"}},
            }},
        }});
        let pod = json!({"type": "object", "required": ["containers"], "properties": {
            "containers": {"type": "array", "items": container, "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"]},
            "nodeSelector": {"type": "object", "additionalProperties": {"type": "string"},
                "x-kubernetes-map-type": "atomic"},
        }});
        Self::new(
            "apps/v1",
            &json!({"type": "object", "properties": {
                "metadata": metadata(),
                "spec": {"type": "object", "required": ["template"], "properties": {
                    "replicas": {"type": "integer"},
                    "template": {"type": "object", "properties": {"metadata": metadata(), "spec": pod}},
                }},
                "status": {"type": "object", "properties": {"replicas": {"type": "integer"}}},
            }}),
        )
    }

    /// Of a custom resource that has something of all.
    pub(super) fn of_custom() -> Self {
        let item = json!({"type": "object", "required": ["port"], "properties": {
            "port": {"type": "integer"},
            "proto": {"type": "string", "default": "TCP"},
            "name": {"type": "string"},
            "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
        }});
        Self::new(
            "ex.io/v1",
            &json!({"type": "object", "properties": {
                "metadata": metadata(),
                "spec": {"type": "object", "properties": {
                    "name": {"type": "string"},
                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                    "whole": {"type": "object", "x-kubernetes-map-type": "atomic",
                        "properties": {"a": {"type": "string"}, "b": {"type": "string"}}},
                    "set": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
                    "nums": {"type": "array", "items": {"type": "integer"}, "x-kubernetes-list-type": "set"},
                    "list": {"type": "array", "items": {"type": "string"}},
                    "map": {"type": "array", "items": item, "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["port", "proto"]},
                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                    "mixed": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
                        "properties": {"known": {"type": "object", "properties": {"x": {"type": "string"}}}}},
                    "any": {},
                    "replicas": {"type": "integer"},
                }},
                "status": {"type": "object", "properties": {"phase": {"type": "string"}}},
            }}),
        )
    }

    fn new(api_version: &str, source: &Value) -> Self {
        let mut source = source.clone();
        source["properties"]["apiVersion"] = json!({"type": "string"});
        source["properties"]["kind"] = json!({"type": "string"});
        Self {
            schema: schema(&source, &Value::Null),
            api_version: api_version.to_owned(),
            object: None,
            minute: 0,
            ignored: &[&["status"]],
            subresource: String::new(),
        }
    }

    fn manager(&mut self, name: &str) -> Manager {
        let time = format!("2026-01-01T00:{:02}:00Z", self.minute);
        self.minute += 1;
        Manager {
            name: name.to_owned(),
            api_version: self.api_version.clone(),
            subresource: self.subresource.clone(),
            time,
        }
    }

    /// A write that is no apply and leaves `new`.
    pub(super) fn write(&mut self, name: &str, mut new: Value) -> &mut Self {
        let manager = self.manager(name);
        update(&self.schema, self.object.as_ref(), &mut new, &manager, self.ignored).unwrap();
        self.object = Some(new);
        self
    }

    /// A write that changes the object that is there.
    pub(super) fn change(&mut self, name: &str, change: impl FnOnce(&mut Value)) -> &mut Self {
        let mut new = self.object.clone().unwrap();
        change(&mut new);
        self.write(name, new)
    }

    pub(super) fn try_apply(&mut self, name: &str, applied: &Value, force: bool) -> Result<()> {
        let manager = self.manager(name);
        let live = self.object.as_ref();
        let object = apply(&self.schema, live, applied, &manager, force, self.ignored)?;
        self.object = Some(object);
        Ok(())
    }

    #[track_caller]
    pub(super) fn apply(&mut self, name: &str, applied: Value) -> &mut Self {
        self.try_apply(name, &applied, false).unwrap();
        self
    }

    #[track_caller]
    pub(super) fn force(&mut self, name: &str, applied: Value) -> &mut Self {
        self.try_apply(name, &applied, true).unwrap();
        self
    }

    /// The message of the refusal.
    #[track_caller]
    pub(super) fn refused(&mut self, name: &str, applied: Value) -> String {
        let status = self.try_apply(name, &applied, false).unwrap_err().status();
        status["message"].as_str().unwrap().to_owned()
    }

    /// The entries in their order: who, how, and what.
    #[track_caller]
    pub(super) fn owners(&mut self, expected: &[(&str, &str)]) -> &mut Self {
        let entries = self.object.as_ref().unwrap()["metadata"]["managedFields"].as_array();
        let found: Vec<(String, String)> = entries
            .into_iter()
            .flatten()
            .map(|entry| {
                let text = |key: &str| entry[key].as_str().unwrap_or_default();
                let who = format!("{} {}", text("manager"), text("operation"));
                (who, entry["fieldsV1"].to_string())
            })
            .collect();
        let found: Vec<(&str, &str)> =
            found.iter().map(|(who, what)| (who.as_str(), what.as_str())).collect();
        assert_eq!(found, expected);
        self
    }

    #[track_caller]
    pub(super) fn is(&mut self, pointer: &str, expected: Value) -> &mut Self {
        let object = self.object.as_ref().unwrap();
        assert_eq!(object.pointer(pointer).unwrap_or(&Value::Null), &expected);
        self
    }
}

fn metadata() -> Value {
    let owner = json!({"type": "object", "x-kubernetes-map-type": "atomic",
        "properties": {"uid": {"type": "string"}, "name": {"type": "string"}}});
    json!({"type": "object", "properties": {
        "name": {"type": "string"},
        "namespace": {"type": "string"},
        "resourceVersion": {"type": "string"},
        "generation": {"type": "integer"},
        "managedFields": {"type": "array", "items": {"type": "object"}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
        "finalizers": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
        "ownerReferences": {"type": "array", "items": owner, "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["uid"]},
    }})
}
