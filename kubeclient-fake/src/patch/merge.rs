//! Merge patch, RFC 7386.

use serde_json::Value;

/// The document after the patch.
pub(crate) fn apply(_document: &Value, patch: &Value) -> Value {
    patch.clone()
}
