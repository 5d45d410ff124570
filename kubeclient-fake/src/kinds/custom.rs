//! Custom resources: what their definition's schema says is valid.

use serde_json::Value;

use crate::api::metadata;
use crate::field::FieldError;
use crate::resource::ResourceType;

/// What is wrong with a new object.
pub(super) fn create_errors(_resource: &ResourceType, _object: &Value) -> Vec<FieldError> {
    Vec::new()
}

/// What is wrong with a changed object.
pub(super) fn update_errors(
    _resource: &ResourceType,
    _subresource: &str,
    object: &Value,
    live: &Value,
) -> Vec<FieldError> {
    metadata::update_errors(live, object)
}
