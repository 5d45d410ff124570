//! What Go makes of fields that are not set, or set to the zero value of their type.
//!
//! Where Go has a plain value, not set and zero are the same: some such fields are always written
//! (`lastProbeTime: null`, `resources: {}`), others never while they are zero (`unavailableReplicas: 0`).
//! The text (`generated/zeros.txt`) tells which; `tests/cluster/zeros` takes it from the types themselves.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use serde_json::{Map, Value};

use super::SchemaRef;

const ZEROS: &str = include_str!("generated/zeros.txt");

/// Takes out what is the zero value of a field where Go can't tell it from one that is not set.
///
/// Before defaults are filled in: they are for what is not set.
pub(crate) fn unset(schema: &SchemaRef, value: &mut Value) {
    walk(schema, value, &|fields, map| {
        let is_zero = |name: &str| map.get(name).is_some_and(is_zero);
        let always = fields.always.iter().filter(|(_, zero)| !zero.is_null());
        let always = always.map(|(name, _)| *name).filter(|name| is_zero(name));
        let dropped: Vec<_> =
            fields.never.iter().copied().filter(|name| is_zero(name)).chain(always).collect();
        for name in dropped {
            map.remove(name);
        }
    });
}

/// Puts in what is written although it is not set.
pub(crate) fn fill(schema: &SchemaRef, value: &mut Value) {
    walk(schema, value, &|fields, map| {
        for (name, zero) in &fields.always {
            if !map.contains_key(*name) {
                map.insert((*name).to_owned(), zero.clone());
            }
        }
    });
}

/// Takes out of an object of a definition what is never written while it is zero.
#[cfg(feature = "protobuf")]
pub(crate) fn drop_unwritten(definition: &str, object: &mut Map<String, Value>) {
    for name in fields_of(definition).into_iter().flat_map(|fields| &fields.never) {
        if object.get(*name).is_some_and(is_zero) {
            object.remove(*name);
        }
    }
}

/// The fields of a type that have something to do with zero.
#[derive(Default)]
struct Fields {
    /// Written also when not set, and as what.
    always: Vec<(&'static str, Value)>,
    /// Not written while zero.
    never: Vec<&'static str>,
}

/// Does something to each object of a built-in type, outer ones first.
fn walk(reference: &SchemaRef, value: &mut Value, act: &dyn Fn(&Fields, &mut Map<String, Value>)) {
    let schema = reference.get();
    match value {
        Value::Object(map) => {
            let name = match reference {
                SchemaRef::Builtin(name) => Some(*name),
                _ => schema.definition,
            };
            if let Some(fields) = name.and_then(fields_of) {
                act(fields, map);
            }
            for (name, value) in map.iter_mut() {
                if let Some(field) = schema.properties.get(name).or(schema.additional.as_ref()) {
                    walk(field, value, act);
                }
            }
        }
        Value::Array(list) => {
            if let Some(items) = &schema.items {
                list.iter_mut().for_each(|value| walk(items, value, act));
            }
        }
        _ => {}
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

fn fields_of(name: &str) -> Option<&'static Fields> {
    type Index = HashMap<&'static str, (&'static str, OnceLock<Fields>)>;
    static INDEX: LazyLock<Index> = LazyLock::new(|| {
        let lines = ZEROS.lines().filter_map(|line| line.split_once(' '));
        lines.map(|(name, fields)| (name, (fields, OnceLock::new()))).collect()
    });
    let (text, fields) = INDEX.get(name.strip_prefix("io.k8s.").unwrap_or(name))?;
    Some(fields.get_or_init(|| parse(text)))
}

fn parse(text: &'static str) -> Fields {
    let mut fields = Fields::default();
    for word in text.split(' ') {
        if let Some(name) = word.strip_prefix('-') {
            fields.never.push(name);
        } else if let Some((name, zero)) = word.split_once('=') {
            fields.always.push((name, serde_json::from_str(zero).unwrap_or_default()));
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::builtin;

    #[test]
    fn what_go_always_writes_is_filled_in() {
        let schema = builtin::schema_of("", "v1", "Pod").unwrap();
        let mut pod = json!({
            "status": {
                "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [{"name": "app", "lastState": {}, "restartCount": 1}],
            },
        });
        fill(&schema, &mut pod);
        let condition = json!({
            "type": "Ready", "status": "True", "lastProbeTime": null, "lastTransitionTime": null,
        });
        assert_eq!(pod["status"]["conditions"][0], condition);
        let status = json!({
            "name": "app", "lastState": {}, "state": {}, "ready": false, "restartCount": 1,
            "image": "", "imageID": "",
        });
        assert_eq!(pod["status"]["containerStatuses"][0], status);
        assert_eq!(pod["spec"], json!({"containers": null}));
    }

    #[test]
    fn zero_is_not_set_where_go_has_a_plain_value() {
        let schema = builtin::schema_of("apps", "v1", "Deployment").unwrap();
        let mut deployment = json!({
            "metadata": {"labels": {}, "creationTimestamp": null},
            "spec": {"replicas": 0, "minReadySeconds": 0, "selector": {}},
            "status": {"unavailableReplicas": 0, "replicas": 2},
        });
        unset(&schema, &mut deployment);
        let expected = json!({
            "spec": {"replicas": 0, "selector": {}},
            "status": {"replicas": 2},
            "metadata": {},
        });
        assert_eq!(deployment, expected);
    }

    #[test]
    fn the_text_is_about_definitions_that_are_there() {
        for line in ZEROS.lines() {
            let (name, fields) = line.split_once(' ').unwrap();
            let schema = builtin::definition(name);
            let Fields { always, never } = parse(fields);
            for field in always.iter().map(|(field, _)| *field).chain(never) {
                assert!(schema.properties.contains_key(field), "{name} {field}");
            }
        }
    }
}
