//! `kubectl apply --server-side` over an object that `kubectl apply` made: what its annotation says was
//! kubectl's own is no conflict, and the annotation is kept up to date.

use serde_json::Value;

use super::check::{Duplicates, check};
use super::compare::compare;
use super::owned::fields_of;
use super::set::FieldSet;
use super::types::Type;
use crate::object::{Object, metadata_mut};

const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The fields that the annotation of `live` names with the values that they still have.
pub(super) fn still_applied(ty: Type<'_>, live: &Value, api_version: &str) -> Option<FieldSet> {
    let text = annotation(live)?;
    let last: Value = serde_json::from_str(text).ok()?;
    let fits = |object: &Value| check(ty, object, Duplicates::Refused).is_empty();
    if last.get("apiVersion")?.as_str()? != api_version || !fits(&last) || !fits(live) {
        return None;
    }
    let changes = compare(ty, &last, live);
    let kept = fields_of(ty, &last).difference(&changes.written());
    Some(kept.difference(&changes.removed))
}

/// Writes what was applied into the annotation, where the object has one.
pub(super) fn record(object: &mut Value, applied: &Value) {
    if annotation(object).is_none() {
        return;
    }
    let mut applied = applied.clone();
    let metadata = applied.get_mut("metadata");
    let annotations = metadata.and_then(|metadata| metadata.get_mut("annotations"));
    if let Some(annotations) = annotations.and_then(Value::as_object_mut) {
        annotations.remove(ANNOTATION);
    }
    let text = escaped(&applied.to_string()) + "\n";
    metadata_mut(object)["annotations"][ANNOTATION] = text.into();
}

fn annotation(object: &Value) -> Option<&str> {
    let text = object.meta("annotations")?.get(ANNOTATION)?.as_str()?;
    (!text.is_empty()).then_some(text)
}

/// JSON as Go writes it: without the characters that mean something in HTML.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => text.push(character),
        }
    }
    text
}
