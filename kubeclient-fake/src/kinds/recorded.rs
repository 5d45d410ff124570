//! What the real server answered, to hold against what is answered here. The texts are recorded: the object
//! that was sent, and on the next line what became of it.

use serde_json::{Value, json};

use super::{Around, create_errors, default, prepare_create};
use crate::auth::User;
use crate::object::metadata_mut;
use crate::resource::ResourceType;
use crate::schema::builtin;
use crate::schema::decode;
use crate::store::Store;

const CREATED: &str = include_str!("recorded/created.txt");
const NAMESPACE: &str = "kf";

fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

fn resource(object: &Value) -> &'static ResourceType {
    let text = |key: &str| object[key].as_str().unwrap();
    let mut all = builtin::resources().iter();
    all.find(|known| known.kind == text("kind") && known.api_version() == text("apiVersion"))
        .unwrap()
}

/// The object as it is when the create is about to be stored.
fn create(given: &Value, namespace: &str) -> crate::failure::Result<Value> {
    let resource = resource(given);
    let (mut object, _) = decode(resource, given.clone()).unwrap();
    default(resource, &mut object);
    let metadata = metadata_mut(&mut object);
    metadata.insert("uid".into(), "00000000-0000-0000-0000-000000000000".into());
    if resource.namespaced {
        metadata.insert("namespace".into(), namespace.into());
    }
    let store = Store::new();
    store.write(|transaction| {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let user = User {
            uid: "admin-uid".into(),
            ..User::new("admin", &["system:masters", "system:authenticated"])
        };
        prepare_create(&mut Around { transaction, now, user: &user }, resource, &mut object)?;
        Ok(object)
    })
}

/// What differs from server to server and from time to time is made the same.
fn normalize(key: &str, value: &mut Value) {
    match value {
        Value::Object(map) => map.iter_mut().for_each(|(key, value)| normalize(key, value)),
        Value::Array(list) => list.iter_mut().for_each(|value| normalize(key, value)),
        Value::Number(_) if matches!(key, "nodePort" | "healthCheckNodePort") => *value = json!(0),
        Value::String(text) => {
            let is_uid = text.len() == 36 && text.matches('-').count() == 4;
            let is_address = text.starts_with("10.0.") || text.starts_with("10.8.");
            if is_uid {
                *text = "uid".into();
            } else if is_address && key.starts_with("clusterIP") {
                *text = "address".into();
            } else if matches!(key, "lastPhaseTransitionTime" | "lastTransitionTime") {
                *text = "time".into();
            }
        }
        _ => {}
    }
}

#[test]
fn created_objects_are_what_the_real_server_makes_of_them() {
    let lines: Vec<&str> = CREATED.lines().collect();
    let mut wrong = Vec::new();
    for pair in lines.chunks(2) {
        let (given, mut expected) = (parse(pair[0]), parse(pair[1]));
        let mut made = match create(&given, NAMESPACE) {
            Ok(made) => made,
            Err(failure) => {
                wrong.push(format!("{given}\n  refused {:?}", failure.status()["message"]));
                continue;
            }
        };
        let errors = create_errors(resource(&given), &made);
        if !errors.is_empty() {
            wrong.push(format!("{given}\n  invalid {errors:?}"));
        }
        for key in ["uid", "namespace"] {
            metadata_mut(&mut made).remove(key);
        }
        normalize("", &mut made);
        normalize("", &mut expected);
        if made != expected {
            wrong.push(format!(
                "{given}\n  made {}",
                differences("", &expected, &made).join("\n       ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len() / 2, wrong.join("\n"));
}

fn differences(path: &str, expected: &Value, made: &Value) -> Vec<String> {
    match (expected, made) {
        (Value::Object(old), Value::Object(new)) => {
            let keys = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key)));
            keys.flat_map(|key| {
                let of = |map: &serde_json::Map<String, Value>| map.get(key).cloned();
                match (of(old), of(new)) {
                    (Some(old), Some(new)) => differences(&format!("{path}.{key}"), &old, &new),
                    (old, new) => vec![format!("{path}.{key}: {old:?}, not {new:?}")],
                }
            })
            .collect()
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            let pairs = old.iter().zip(new).enumerate();
            pairs
                .flat_map(|(at, (old, new))| differences(&format!("{path}[{at}]"), old, new))
                .collect()
        }
        _ if expected == made => Vec::new(),
        _ => vec![format!("{path}: {expected}, not {made}")],
    }
}
