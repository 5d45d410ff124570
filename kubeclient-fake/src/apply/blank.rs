//! An object before it is made. The real server has its built-in objects as structures whose inner structures
//! are there from the start, so that nobody comes to own `spec` itself by creating an object. A custom
//! resource begins as nothing.

use serde_json::{Map, Value, json};

use crate::schema::{Schema, SchemaKind};

/// How deep the inner structures go at most.
const DEPTH: u32 = 8;

/// The groups of the built-in objects.
const BUILTIN_GROUPS: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
];

/// The fields that hold a structure, not a pointer to one, wherever they are.
const STRUCTURES: &[&str] = &[
    "acceptedNames",
    "daemonEndpoints",
    "deprecatedSource",
    "devices",
    "involvedObject",
    "jobTemplate",
    "kubeletEndpoint",
    "loadBalancer",
    "metadata",
    "names",
    "nodeInfo",
    "podSelector",
    "pool",
    "priorityLevelConfiguration",
    "regarding",
    "resource",
    "resources",
    "roleRef",
    "scaleTargetRef",
    "schedulingPolicy",
    "source",
    "spec",
    "status",
    "strategy",
    "taint",
    "target",
    "template",
    "updateStrategy",
    "user",
    "userInfo",
];

/// The object that the creation of `made` is compared to.
pub(super) fn blank(schema: &Schema, made: &Value, api_version: &str) -> Value {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    match BUILTIN_GROUPS.contains(&group) {
        true => Value::Object(structure(schema, made, DEPTH)),
        false => json!({}),
    }
}

fn structure(schema: &Schema, made: &Value, depth: u32) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, reference) in &schema.properties {
        let field = reference.get();
        let made = made.get(name);
        if depth > 0 && field.kind == SchemaKind::Object && is_structure(schema, name) {
            let inner = structure(field, made.unwrap_or(&Value::Null), depth - 1);
            fields.insert(name.clone(), inner.into());
        } else if made.is_some_and(Value::is_null) || is_always_written(schema, name, field) {
            fields.insert(name.clone(), zero(field));
        }
    }
    fields
}

/// Whether the field is written even when it says nothing. (That its written form says null tells it too.)
fn is_always_written(holder: &Schema, name: &String, field: &Schema) -> bool {
    let is_zero =
        |default: &Value| *default == json!("") || *default == json!(0) || *default == json!(false);
    holder.required.contains(name) || field.default.as_ref().is_some_and(is_zero)
}

fn is_structure(holder: &Schema, name: &str) -> bool {
    let kind_of = |name: &str| holder.properties.get(name).map(|field| field.get().kind);
    match name {
        // A claim's, not a pod's.
        "resources" => kind_of("accessModes").is_some(),
        // Not a replication controller's, whose selector is a plain map.
        "template" => {
            let selector = holder.properties.get("selector").map(|field| field.get());
            !selector.is_some_and(Schema::is_map)
        }
        _ => STRUCTURES.contains(&name),
    }
}

/// What a field that is always written has before it is set.
fn zero(field: &Schema) -> Value {
    match field.kind {
        SchemaKind::String if field.format.is_empty() => json!(""),
        SchemaKind::Integer | SchemaKind::Number => json!(0),
        SchemaKind::Boolean => json!(false),
        _ => Value::Null,
    }
}
