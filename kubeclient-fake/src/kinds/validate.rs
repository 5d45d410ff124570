//! What is wrong with an object of a built-in kind: what its schema requires, and the few rules that
//! clients meet most.

mod immutable;
mod rules;

use serde_json::Value;

use crate::api::metadata;
use crate::controllers::definitions;
use crate::field::FieldError;
use crate::resource::ResourceType;

/// What is wrong with a new object besides its metadata.
pub(super) fn create_errors(resource: &ResourceType, object: &Value) -> Vec<FieldError> {
    if is_definition(resource) {
        return definitions::errors(object, None);
    }
    rules::errors(resource, object)
}

fn is_definition(resource: &ResourceType) -> bool {
    resource.group == "apiextensions.k8s.io" && resource.kind == "CustomResourceDefinition"
}

/// What is wrong with a changed one: its metadata once more, and the rest.
pub(super) fn update_errors(
    resource: &ResourceType,
    subresource: &str,
    object: &Value,
    live: &Value,
) -> Vec<FieldError> {
    let mut errors = metadata::update_errors(live, object);
    if subresource.is_empty() && is_definition(resource) {
        errors.extend(definitions::errors(object, Some(live)));
    } else if subresource.is_empty() {
        errors.extend(rules::errors(resource, object));
        errors.extend(immutable::errors(resource, object, live));
    }
    errors
}
