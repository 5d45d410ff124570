//! What is reported of an object, in its `status`: conditions, numbers and texts. Pure.

use serde_json::Value;

use super::verdict::Verdict;
use crate::meta::dynamic::DynamicObject;

/// One of the conditions; case does not matter.
pub(crate) fn find<'a>(object: &'a DynamicObject, kind: &str) -> Option<&'a Value> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    conditions.iter().find(|condition| text(condition, "type").eq_ignore_ascii_case(kind))
}

/// A text of a condition; empty where there is none.
pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A number of the object, by a JSON pointer.
pub(crate) fn number(object: &DynamicObject, pointer: &str) -> Option<i64> {
    object.pointer(pointer).and_then(Value::as_i64)
}

/// A text of the object, by a JSON pointer; empty where there is none.
pub(crate) fn text_at<'a>(object: &'a DynamicObject, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a condition has this status, as kubectl decides it: what is said of an older generation does not count.
pub(crate) fn has_condition(object: &DynamicObject, kind: &str, status: &str) -> Verdict {
    let Some(condition) = find(object, kind) else {
        return Verdict::Waiting(format!("condition {kind} is not there"));
    };
    let found = text(condition, "status");
    let observed = condition.get("observedGeneration").and_then(Value::as_i64);
    let observed = observed.or_else(|| number(object, "/status/observedGeneration"));
    let generation = object.metadata.generation;
    if let Some(observed) = observed.filter(|observed| *observed < generation) {
        return Verdict::Waiting(format!(
            "condition {kind} is {found} of generation {observed}, the latest is {generation}"
        ));
    }
    Verdict::when(found.eq_ignore_ascii_case(status), || match text(condition, "reason") {
        "" => format!("condition {kind} is {found}"),
        reason => format!("condition {kind} is {found} ({reason})"),
    })
}

/// Reason and message of a condition.
pub(crate) fn told(object: &DynamicObject, kind: &str) -> String {
    let Some(condition) = find(object, kind) else { return String::new() };
    let parts = [text(condition, "reason"), text(condition, "message")];
    parts.iter().filter(|part| !part.is_empty()).map(|part| format!(": {part}")).collect()
}
