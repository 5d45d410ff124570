//! CustomResourceDefinitions: what they may say, which resources they make, their conditions, their end.

use jiff::Timestamp;
use serde_json::Value;

use crate::api::Cluster;
use crate::field::FieldError;
use crate::store::Transaction;

/// What is wrong with a definition.
pub(crate) fn errors(_definition: &Value) -> Vec<FieldError> {
    Vec::new()
}

/// Says that a definition's objects are being removed.
pub(crate) fn mark_terminating(_definition: &mut Value, _now: Timestamp) {}

/// Brings the conditions of definitions up to date, and ends those that are going.
pub(crate) fn settle(_cluster: &Cluster, _transaction: &mut Transaction<'_>) {}

/// Serves the resources of the definitions that there are.
pub(crate) fn serve(_cluster: &Cluster) {}
