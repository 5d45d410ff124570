//! From the version in which an object is stored to the one that is asked for, and back.

use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::resource::ResourceType;

/// The object in the resource's version.
pub(crate) fn to(resource: &ResourceType, value: &Value) -> Result<Value> {
    let wanted = resource.api_version();
    let is = value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    if is == wanted {
        return Ok(value.clone());
    }
    if resource.is_custom() {
        let mut value = value.clone();
        value["apiVersion"] = wanted.into();
        return Ok(value);
    }
    Err(Failure::not_implemented(format_args!("{} from {is} to {wanted}", resource.kind)))
}
