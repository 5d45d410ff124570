//! Rules of custom resources in CEL (`x-kubernetes-validations`): how they may be written, and whether an
//! object keeps them. Evaluation is the feature `cel`; without it, whoever brings rules is told so.

#[cfg(feature = "cel")]
mod cel;
#[cfg(all(test, feature = "cel"))]
mod tests;

#[cfg(feature = "cel")]
pub(crate) use cel::Program;

use serde_json::Value;

use super::{Schema, SchemaRef, validate};
use crate::failure::Result;
use crate::field::{FieldError, FieldErrorKind};

/// The most bytes of an expression; the parser is recursive.
#[cfg(feature = "cel")]
const MAX_EXPRESSION: usize = 16 * 1024;
const REASONS: [&str; 4] =
    ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

/// What is wrong with an object of a custom resource; `old` is what it replaces.
///
/// # Errors
/// A rule that this server cannot evaluate.
pub(crate) fn custom_errors(
    schema: &Schema,
    value: &Value,
    old: Option<&Value>,
) -> Result<Vec<FieldError>> {
    with_rules(validate::update_errors(schema, value, old), schema, value, old)
}

/// The same of an object whose status was written: only that is looked at, by itself, but for the rules.
///
/// # Errors
/// A rule that this server cannot evaluate.
pub(crate) fn custom_status_errors(
    schema: &Schema,
    value: &Value,
    old: &Value,
) -> Result<Vec<FieldError>> {
    let status = |value: &Value| value.get("status").cloned();
    let mut errors = Vec::new();
    if let (Some(schema), Some(status_now)) = (schema.properties.get("status"), status(value)) {
        errors = validate::update_errors(schema.get(), &status_now, status(old).as_ref());
        for error in &mut errors {
            error.field = match error.field.as_str() {
                "" => "status".to_owned(),
                field => format!("status.{field}"),
            };
        }
    }
    with_rules(errors, schema, value, Some(old))
}

fn with_rules(
    mut errors: Vec<FieldError>,
    schema: &Schema,
    value: &Value,
    old: Option<&Value>,
) -> Result<Vec<FieldError>> {
    if !has_rules(schema) {
        return Ok(errors);
    }
    if errors.iter().any(|error| is_blocking(&error.kind)) {
        let why = "some validation rules were not checked because the object was invalid; correct the \
                   existing errors to complete validation";
        errors.push(FieldError::invalid("<nil>", Value::Null, why));
        return Ok(errors);
    }
    errors.extend(broken(schema, value, old)?);
    Ok(errors)
}

#[cfg(feature = "cel")]
fn broken(schema: &Schema, value: &Value, old: Option<&Value>) -> Result<Vec<FieldError>> {
    cel::broken(schema, value, old)
}

#[cfg(not(feature = "cel"))]
fn broken(_: &Schema, _: &Value, _: Option<&Value>) -> Result<Vec<FieldError>> {
    let what = "CEL rules without the feature `cel`";
    Err(crate::failure::Failure::not_implemented(what))
}

/// Whether rules could stumble over it.
fn is_blocking(kind: &FieldErrorKind) -> bool {
    matches!(
        kind,
        FieldErrorKind::NotSupported(_)
            | FieldErrorKind::Required
            | FieldErrorKind::TooLong
            | FieldErrorKind::TooMany(_)
            | FieldErrorKind::TypeInvalid(_)
    )
}

fn has_rules(schema: &Schema) -> bool {
    let parts = schema.properties.values().chain(&schema.items).chain(&schema.additional);
    let own = schema.constraints.as_ref().is_some_and(|constraints| !constraints.rules.is_empty());
    // A built-in part has none, and may refer to itself.
    own || parts.into_iter().any(|part| match part {
        SchemaRef::Own(part) => has_rules(part),
        SchemaRef::Builtin(_) => false,
    })
}

/// What is wrong with the rules of one schema, as they are written.
pub(super) fn errors(path: &str, source: &Value) -> Vec<FieldError> {
    let rules = source["x-kubernetes-validations"].as_array().map_or(&[][..], Vec::as_slice);
    let mut errors = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        written(&format!("{path}.x-kubernetes-validations[{index}]"), source, rule, &mut errors);
    }
    errors
}

fn written(path: &str, schema: &Value, rule: &Value, errors: &mut Vec<FieldError>) {
    let text = |key: &str| rule[key].as_str().unwrap_or_default();
    let (expression, message) = (text("rule").trim(), text("message"));
    if expression.is_empty() {
        errors.push(FieldError::required(format!("{path}.rule"), "rule is not specified"));
        return;
    }
    let path_of_message = format!("{path}.message");
    if !message.is_empty() && message.trim().is_empty() {
        let why = "must be non-empty if specified";
        errors.push(FieldError::invalid(path_of_message, message, why));
    } else if message.contains(['\r', '\n']) {
        let why = "must not contain line breaks";
        errors.push(FieldError::invalid(path_of_message, message, why));
    } else if message.is_empty() && expression.contains(['\r', '\n']) {
        let why = "message must be specified if rule contains line breaks";
        errors.push(FieldError::required(path_of_message, why));
    }
    if !text("reason").is_empty() && !REASONS.contains(&text("reason")) {
        let path = format!("{path}.reason");
        errors.push(FieldError::not_supported(path, text("reason"), &REASONS));
    }
    let field = text("fieldPath");
    if !field.is_empty() && !is_path(schema, field) {
        let path = format!("{path}.fieldPath");
        errors.push(FieldError::invalid(path, field, "must be a valid path"));
    }
    if !rule["optionalOldSelf"].is_null() && !expression.contains("oldSelf") {
        let why = "may not be set if oldSelf is not used in rule";
        let value = rule["optionalOldSelf"].clone();
        errors.push(FieldError::invalid(format!("{path}.optionalOldSelf"), value, why));
    }
    compile(path, rule, errors);
}

#[cfg(feature = "cel")]
fn compile(path: &str, rule: &Value, errors: &mut Vec<FieldError>) {
    for key in ["rule", "messageExpression"] {
        let Some(expression) = rule[key].as_str().filter(|text| !text.trim().is_empty()) else {
            continue;
        };
        if let Err(why) = Program::compile(expression) {
            let why = format!("compilation failed: ERROR: <input>:{why}");
            errors.push(FieldError::invalid(format!("{path}.{key}"), shown(rule), why));
        }
    }
}

#[cfg(not(feature = "cel"))]
fn compile(_: &str, _: &Value, _: &mut Vec<FieldError>) {}

/// A rule as the server shows it.
#[cfg(feature = "cel")]
fn shown(rule: &Value) -> Value {
    let text = |key: &str| rule[key].as_str().unwrap_or_default();
    serde_json::json!({
        "Rule": text("rule"), "Message": text("message"),
        "MessageExpression": text("messageExpression"), "Reason": rule["reason"],
        "FieldPath": text("fieldPath"), "OptionalOldSelf": rule["optionalOldSelf"],
    })
}

/// Whether `.spec.x` or `.map['key']` leads to a field of the schema.
fn is_path(schema: &Value, path: &str) -> bool {
    let Some(steps) = steps(path) else { return false };
    let mut at = schema;
    for step in steps {
        let next = match &at["properties"][&step] {
            Value::Null => &at["additionalProperties"],
            field => field,
        };
        if !next.is_object() {
            return false;
        }
        at = next;
    }
    true
}

/// The names on a path; `None` when it is none.
fn steps(path: &str) -> Option<Vec<String>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix("['") {
            let (name, after) = quoted.split_once("']")?;
            steps.push(name.to_owned());
            rest = after;
        } else {
            let plain = rest.strip_prefix('.')?;
            let end = plain.find(['.', '[']).unwrap_or(plain.len());
            steps.push(plain[..end].to_owned());
            rest = &plain[end..];
        }
    }
    (steps.iter().all(|step| !step.is_empty()) && !steps.is_empty()).then_some(steps)
}
