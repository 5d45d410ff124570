//! What the real server answered, to hold against what is answered here. The texts are recorded: the object
//! that was sent, and on the next line what became of it.

use serde_json::{Value, json};

use super::{Around, create_errors, default, prepare_create, prepare_update, update_errors};
use crate::auth::User;
use crate::failure::Failure;
use crate::field::FieldError;
use crate::object::metadata_mut;
use crate::resource::ResourceType;
use crate::schema::builtin;
use crate::schema::decode;
use crate::store::Store;

const CREATED: &str = include_str!("recorded/created.txt");
const REFUSED: &str = include_str!("recorded/refused.txt");
const REPLACED: &str = include_str!("recorded/replaced.txt");
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
        let errors = create_errors(resource(&given), &made).unwrap();
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

/// The causes as the recording has them: reason, field, message.
fn causes(errors: &[FieldError]) -> Vec<String> {
    let cause = |error: &FieldError| {
        let cause = error.cause();
        let reason = cause.reason.trim_start_matches("FieldValue");
        plain(&json!([reason, cause.field, cause.message]))
    };
    errors.iter().map(cause).collect()
}

fn causes_of(failure: &Failure) -> Vec<String> {
    let status = failure.status();
    let cause = |cause: &Value| {
        let reason = cause["reason"].as_str().unwrap().trim_start_matches("FieldValue");
        plain(&json!([reason, cause["field"], cause["message"]]))
    };
    let all = status["details"]["causes"].as_array();
    all.into_iter().flatten().map(cause).collect()
}

/// A cause as text. How Go shows its structures is not held against us, nor what else differs each time.
fn plain(cause: &Value) -> String {
    let (reason, field) = (cause[0].as_str().unwrap(), cause[1].as_str().unwrap());
    let message = cause[2].as_str().unwrap();
    // After it comes a comparison of Go's structures.
    let message = message.split("\n@@").next().unwrap();
    let message = match (message.find('{'), message.rfind('}')) {
        (Some(begin), Some(end)) if begin < end => {
            format!("{}{}", &message[..=begin], &message[end..])
        }
        _ => message.to_owned(),
    };
    let uid = regex::Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").unwrap();
    uid.replace_all(&format!("{reason} {field}: {message}"), "uid").into_owned()
}

fn expected_causes(line: &Value) -> Vec<String> {
    line.as_array().unwrap().iter().map(plain).collect()
}

#[test]
fn wrong_objects_are_refused_in_the_words_of_the_real_server() {
    let lines: Vec<&str> = REFUSED.lines().collect();
    let mut wrong = Vec::new();
    for pair in lines.chunks(2) {
        let (given, expected) = (parse(pair[0]), expected_causes(&parse(pair[1])));
        let found = match create(&given, "kt2") {
            Ok(made) => causes(&create_errors(resource(&given), &made).unwrap()),
            Err(failure) => causes_of(&failure),
        };
        if sorted(&found) != sorted(&expected) {
            wrong.push(format!("{given}\n  expected {expected:#?}\n  found {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len() / 2, wrong.join("\n"));
}

fn sorted(causes: &[String]) -> Vec<String> {
    let mut causes = causes.to_vec();
    causes.sort();
    causes
}

#[test]
fn replaced_objects_are_what_the_real_server_makes_of_them() {
    let lines: Vec<&str> = REPLACED.lines().collect();
    let mut wrong = Vec::new();
    for three in lines.chunks(3) {
        let (live, patch, answer) = (parse(three[0]), parse(three[1]), parse(three[2]));
        let mut new = live.clone();
        merge(&mut new, &patch);
        let resource = resource(&live);
        let (mut object, _) = decode(resource, new.clone()).unwrap();
        default(resource, &mut object);
        let user = User::new("admin", &[]);
        let prepared = Store::new().write(|transaction| {
            let now = "2026-01-01T00:00:00Z".parse().unwrap();
            let mut around = Around { transaction, now, user: &user };
            prepare_update(&mut around, resource, "", &mut object, &live)
        });
        let found = match prepared {
            Ok(()) => causes(&update_errors(resource, "", &object, &live).unwrap()),
            Err(failure) => causes_of(&failure),
        };
        if answer.is_array() {
            let expected = expected_causes(&answer);
            if found != expected {
                wrong
                    .push(format!("{live}\n{patch}\n  expected {expected:#?}\n  found {found:#?}"));
            }
            continue;
        }
        merge(&mut new, &answer);
        metadata_mut(&mut object)
            .insert("generation".into(), new["metadata"]["generation"].clone());
        if new["metadata"].get("generation").is_none() {
            metadata_mut(&mut object).remove("generation");
        }
        normalize("", &mut new);
        normalize("", &mut object);
        if !found.is_empty() || object != new {
            let differences = differences("", &new, &object).join("\n       ");
            wrong.push(format!("{live}\n{patch}\n  {found:?}\n  made {differences}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len() / 3, wrong.join("\n"));
}

fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = json!({});
    }
    for (key, field) in fields {
        match field {
            Value::Null => drop(value.as_object_mut().unwrap().remove(key)),
            field => merge(&mut value[key], field),
        }
    }
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
