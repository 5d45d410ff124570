//! From the version in which an object is stored to the one that is asked for, and back.

mod autoscaler;
mod event;

use std::sync::Arc;

use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::kinds;
use crate::resource::{Custom, ResourceType};

/// The object in the resource's version.
///
/// # Errors
/// 501 between versions that are not known to be the same object.
pub(crate) fn to(resource: &ResourceType, value: &Value) -> Result<Value> {
    let wanted = resource.api_version();
    let is = value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    if is == wanted {
        return Ok(value.clone());
    }
    let mut value = value.clone();
    match (resource.kind.as_str(), is, wanted.as_str()) {
        _ if resource.is_custom() => {
            let by_webhook = |custom: &Arc<Custom>| custom.converts_by_webhook;
            if resource.custom.as_ref().is_some_and(by_webhook) {
                let what = "conversion of custom resources by a webhook";
                return Err(Failure::not_implemented(what));
            }
            value["apiVersion"] = wanted.into();
            return Ok(value);
        }
        ("Event", "v1", "events.k8s.io/v1") => event::to_events(&mut value),
        ("Event", "events.k8s.io/v1", "v1") => event::to_core(&mut value),
        ("HorizontalPodAutoscaler", "autoscaling/v1", "autoscaling/v2") => {
            autoscaler::to_v2(&mut value);
        }
        ("HorizontalPodAutoscaler", "autoscaling/v2", "autoscaling/v1") => {
            autoscaler::to_v1(&mut value);
        }
        (kind, ..) => {
            return Err(Failure::not_implemented(format_args!("{kind} from {is} to {wanted}")));
        }
    }
    value["apiVersion"] = wanted.into();
    kinds::default(resource, &mut value);
    Ok(value)
}

/// Gives a field another name.
fn rename(value: &mut Value, from: &str, to: &str) {
    if let Value::Object(map) = value
        && let Some(field) = map.remove(from)
    {
        map.insert(to.to_owned(), field);
    }
}

#[cfg(test)]
mod tests;
