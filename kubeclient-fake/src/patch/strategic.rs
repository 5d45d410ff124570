//! Strategic merge patch: lists by key, directives.

use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::schema::Schema;

/// The document after the patch.
pub(crate) fn apply(_schema: &Schema, _document: &Value, _patch: &Value) -> Result<Value> {
    Err(Failure::not_implemented("strategic merge patch"))
}
