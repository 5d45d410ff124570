//! The conditions in an object's status.

use serde_json::Value;

/// Sets a condition in `status`; its time is that of the last change of its status.
pub(crate) fn set(object: &mut Value, condition: Value, now: &str) {
    let conditions = with(object.pointer("/status/conditions"), condition, now);
    object["status"]["conditions"] = conditions;
}

/// These conditions, with one of them set.
pub(crate) fn with(conditions: Option<&Value>, mut condition: Value, now: &str) -> Value {
    let mut list = conditions.and_then(Value::as_array).cloned().unwrap_or_default();
    let old = list.iter_mut().find(|old| old["type"] == condition["type"]);
    let since = old.as_ref().filter(|old| old["status"] == condition["status"]);
    condition["lastTransitionTime"] =
        since.map_or_else(|| now.into(), |old| old["lastTransitionTime"].clone());
    match old {
        Some(old) => *old = condition,
        None => list.push(condition),
    }
    list.into()
}
