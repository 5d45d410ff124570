//! CustomResourceDefinitions: what they may say, which resources they make, their conditions, their end.

use jiff::Timestamp;
use serde_json::Value;

use super::Change;
use crate::api::Cluster;
use crate::field::FieldError;

/// What is wrong with a definition.
pub(crate) fn errors(_definition: &Value) -> Vec<FieldError> {
    Vec::new()
}

/// Says that a definition's objects are being removed.
pub(crate) fn mark_terminating(_definition: &mut Value, _now: Timestamp) {}

/// Looks at a change of a definition, or of what it defines.
pub(super) fn react(_cluster: &Cluster, _change: Change<'_>) {}

/// Looks at all definitions again.
pub(super) fn resync(_cluster: &Cluster) {}
