//! How the server writes built-in objects: which empty fields it leaves out, and which it writes though
//! nobody gave them. Go's encoder goes by the types of the fields; OpenAPI does not tell all of those, so
//! there is a generated text of them (see `tests/cluster/written`).

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::schema::{Schema, SchemaKind, SchemaRef};

const WRITTEN: &str = include_str!("generated/written.txt");

/// Go's facts of a definition's fields.
#[derive(Debug, Default)]
struct Fields {
    /// Pointers to scalars: a zero is something that was said.
    pointers: Vec<&'static str>,
    /// Written always, as zero when nothing was said.
    always: Vec<&'static str>,
    /// Pointers that are written always, as null when nothing was said.
    null: Vec<&'static str>,
    /// Structures, which are written when they are empty, too.
    structures: Vec<&'static str>,
    /// Structures that are not.
    left_out: Vec<&'static str>,
}

static FIELDS: LazyLock<HashMap<&'static str, Fields>> = LazyLock::new(|| {
    WRITTEN
        .lines()
        .map(|line| {
            let mut words = line.split(' ');
            let name = words.next().unwrap_or_default();
            let mut fields = Fields::default();
            for (class, names) in words.filter_map(|word| word.split_once('=')) {
                let names = names.split(',').collect();
                match class {
                    "p" => fields.pointers = names,
                    "a" => fields.always = names,
                    "n" => fields.null = names,
                    "s" => fields.structures = names,
                    _ => fields.left_out = names,
                }
            }
            (name, fields)
        })
        .collect()
});

/// The facts of a definition; the empty ones where it has none to tell.
fn fields(schema: &SchemaRef) -> &'static Fields {
    static NONE: LazyLock<Fields> = LazyLock::new(Fields::default);
    match schema {
        SchemaRef::Builtin(name) => {
            let name = name.strip_prefix("io.k8s.").unwrap_or(name);
            FIELDS.get(name).unwrap_or(&NONE)
        }
        SchemaRef::Own(_) => &NONE,
    }
}

/// Removes what says as much as nothing.
pub(super) fn strip(reference: &SchemaRef, value: &mut Value) {
    let schema = reference.get();
    match value {
        Value::Array(list) => {
            let Some(items) = &schema.items else { return };
            list.iter_mut().for_each(|item| strip(items, item));
        }
        Value::Object(map) if schema.is_map() => {
            let Some(values) = &schema.additional else { return };
            map.values_mut().for_each(|value| strip(values, value));
        }
        Value::Object(map) if !schema.properties.is_empty() => {
            let facts = fields(reference);
            map.retain(|name, value| {
                let Some(field) = schema.properties.get(name) else { return true };
                if value.is_null() {
                    return false;
                }
                strip(field, value);
                let name = name.as_str();
                let is_pointer = facts.pointers.contains(&name) || facts.null.contains(&name);
                let is_kept = is_pointer || is_structure(field.get());
                match value {
                    Value::Object(map) if map.is_empty() => {
                        is_kept && !facts.left_out.contains(&name)
                    }
                    // Said to be empty is more than not said, until it is stored.
                    Value::Array(_) if facts.always.contains(&name) => true,
                    value => is_kept || !is_zero(value),
                }
            });
        }
        _ => {}
    }
}

/// Adds what is written though nobody said it.
pub(super) fn complete(reference: &SchemaRef, value: &mut Value) {
    let schema = reference.get();
    match value {
        Value::Array(list) => {
            let Some(items) = &schema.items else { return };
            list.iter_mut().for_each(|item| complete(items, item));
        }
        Value::Object(map) if schema.is_map() => {
            let Some(values) = &schema.additional else { return };
            map.values_mut().for_each(|value| complete(values, value));
        }
        Value::Object(map) if !schema.properties.is_empty() => {
            let facts = fields(reference);
            let absent =
                |map: &Map<String, Value>, name: &str| map.get(name).is_none_or(Value::is_null);
            for name in facts.always.iter().chain(&facts.structures).chain(&facts.null) {
                let Some(field) = schema.properties.get(*name).filter(|_| absent(map, name)) else {
                    continue;
                };
                let is_null = facts.null.contains(name);
                let is_structure = facts.structures.contains(name);
                let nothing =
                    if is_null { Value::Null } else { nothing(field.get(), is_structure) };
                map.insert((*name).to_owned(), nothing);
            }
            for (name, value) in map.iter_mut() {
                if let Some(field) = schema.properties.get(name) {
                    complete(field, value);
                }
            }
        }
        _ => {}
    }
}

/// Takes lists that are written always for null where they are empty, as what is stored has them.
pub(super) fn empty_is_null(reference: &SchemaRef, value: &mut Value) {
    let schema = reference.get();
    match value {
        Value::Array(list) => {
            let Some(items) = &schema.items else { return };
            list.iter_mut().for_each(|item| empty_is_null(items, item));
        }
        Value::Object(map) if !schema.properties.is_empty() => {
            let facts = fields(reference);
            for (name, value) in map.iter_mut() {
                let is_empty = value.as_array().is_some_and(Vec::is_empty);
                if is_empty && facts.always.contains(&name.as_str()) {
                    *value = Value::Null;
                } else if let Some(field) = schema.properties.get(name) {
                    empty_is_null(field, value);
                }
            }
        }
        _ => {}
    }
}

/// What Go writes for a field that it always writes, when it has nothing.
fn nothing(field: &Schema, is_structure: bool) -> Value {
    match field.kind {
        SchemaKind::Object if is_structure && !field.preserve_unknown => json!({}),
        SchemaKind::String if field.format.is_empty() => json!(""),
        SchemaKind::Quantity => json!("0"),
        SchemaKind::Integer | SchemaKind::Number | SchemaKind::IntOrString => json!(0),
        SchemaKind::Boolean => json!(false),
        _ => Value::Null,
    }
}

/// Whether objects of this schema have fields, not keys.
fn is_structure(schema: &Schema) -> bool {
    schema.kind == SchemaKind::Object && !schema.is_map() || schema.kind == SchemaKind::Any
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is) => !is,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{complete, empty_is_null, strip};
    use crate::schema::builtin::schema_of;

    #[track_caller]
    fn check(api_version: &str, kind: &str, given: Value, expected: Value) {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let schema = schema_of(group, version, kind).unwrap();
        let mut value = given;
        strip(&schema, &mut value);
        complete(&schema, &mut value);
        empty_is_null(&schema, &mut value);
        assert_eq!(value, expected);
    }

    #[test]
    fn zeros_stay_only_where_they_were_said() {
        let given = json!({"metadata": {"name": "a", "labels": {}}, "spec": {"replicas": 0, "minReadySeconds": 0, "paused": false}});
        let expected = json!({
            "metadata": {"name": "a"},
            "spec": {
                "replicas": 0, "selector": null, "strategy": {},
                "template": {"metadata": {}, "spec": {"containers": null}},
            },
            "status": {},
        });
        check("apps/v1", "Deployment", given, expected);
    }

    #[test]
    fn fields_that_go_always_writes_are_written() {
        check(
            "rbac.authorization.k8s.io/v1",
            "Role",
            json!({"metadata": {}, "rules": []}),
            json!({"metadata": {}, "rules": null}),
        );
        let event = json!({"metadata": {}, "involvedObject": {}, "source": {}, "firstTimestamp": null, "lastTimestamp": null, "eventTime": null, "reportingComponent": "", "reportingInstance": ""});
        check("v1", "Event", json!({}), event);
        let node = json!({"status": {"nodeInfo": {"machineID": "m"}}});
        let mut written = node;
        complete(&schema_of("", "v1", "Node").unwrap(), &mut written);
        assert_eq!(written["status"]["daemonEndpoints"], json!({"kubeletEndpoint": {"Port": 0}}));
        assert_eq!(written["status"]["nodeInfo"]["architecture"], "");
    }

    #[test]
    fn data_of_maps_is_left_alone() {
        let given = json!({"metadata": {"name": "a", "annotations": {"k": ""}}, "data": {"k": ""}});
        check("v1", "ConfigMap", given.clone(), given);
    }
}
