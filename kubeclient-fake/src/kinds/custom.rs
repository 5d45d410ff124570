//! Custom resources: what their definition's schema says is valid, and where their replicas are.

use serde_json::Value;

use crate::api::metadata;
use crate::failure::Result;
use crate::field::FieldError;
use crate::patch::go_type;
use crate::resource::ResourceType;
use crate::schema;

/// What is wrong with a new object.
pub(super) fn create_errors(resource: &ResourceType, object: &Value) -> Result<Vec<FieldError>> {
    let mut errors = schema::custom_errors(resource.schema.get(), object, None)?;
    scale_errors(resource, &["specReplicasPath", "statusReplicasPath"], object, &mut errors);
    Ok(errors)
}

/// What is wrong with a changed object.
pub(super) fn update_errors(
    resource: &ResourceType,
    subresource: &str,
    object: &Value,
    live: &Value,
) -> Result<Vec<FieldError>> {
    let mut errors = metadata::kind_update_errors(resource, live, object);
    let schema = resource.schema.get();
    errors.extend(match subresource {
        "status" => schema::custom_status_errors(schema, object, live)?,
        _ => schema::custom_errors(schema, object, Some(live))?,
    });
    let paths: &[&str] = match subresource {
        "status" => &["statusReplicasPath"],
        _ => &["specReplicasPath", "statusReplicasPath"],
    };
    scale_errors(resource, paths, object, &mut errors);
    Ok(errors)
}

/// What is wrong with the replicas, where the definition says that there are some.
fn scale_errors(
    resource: &ResourceType,
    paths: &[&str],
    object: &Value,
    errors: &mut Vec<FieldError>,
) {
    let Some(scale) = resource.custom.as_ref().and_then(|custom| custom.scale.as_ref()) else {
        return;
    };
    let texts = ["labelSelectorPath"];
    for key in paths.iter().chain(&texts) {
        let Some(path) = scale.get(*key).and_then(Value::as_str).filter(|path| !path.is_empty())
        else {
            continue;
        };
        let found = match find(object, path) {
            Ok(found) => found,
            Err(why) => {
                errors.push(FieldError::invalid(path, zero(key), why));
                continue;
            }
        };
        let Some(found) = found else { continue };
        if *key == "labelSelectorPath" {
            if !found.is_string() {
                errors.push(FieldError::invalid(path, zero(key), not_a(path, found, "string")));
            }
            continue;
        }
        match found.as_i64() {
            None => {
                errors.push(FieldError::invalid(path, zero(key), not_a(path, found, "int64")));
            }
            Some(number) if number < 0 => {
                let why = "should be a non-negative integer";
                errors.push(FieldError::invalid(path, number, why));
            }
            Some(number) if number > i64::from(i32::MAX) => {
                let why = format!("should be less than or equal to {}", i32::MAX);
                errors.push(FieldError::invalid(path, number, why));
            }
            Some(_) => {}
        }
    }
}

/// What is said to have been found where nothing was.
fn zero(key: &str) -> Value {
    if key == "labelSelectorPath" { "".into() } else { 0.into() }
}

/// The value at a path of names; nothing where the way ends early, an error where it goes through no object.
fn find<'a>(object: &'a Value, path: &str) -> Result<Option<&'a Value>, String> {
    let mut value = object;
    let mut walked = String::new();
    for name in path.trim_start_matches('.').split('.') {
        walked.push('.');
        walked.push_str(name);
        match value {
            Value::Null => return Ok(None),
            Value::Object(map) => match map.get(name) {
                Some(inner) => value = inner,
                None => return Ok(None),
            },
            other => return Err(not_a(&walked, other, "map[string]interface{}")),
        }
    }
    Ok(Some(value).filter(|value| !value.is_null()))
}

fn not_a(path: &str, value: &Value, wanted: &str) -> String {
    let kind = go_type(value);
    let said = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    format!("{path} accessor error: {said} is of the type {kind}, expected {wanted}")
}
