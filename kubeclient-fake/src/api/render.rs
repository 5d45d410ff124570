//! Objects, lists and events in the form that was asked for.

use serde_json::{Map, Value};

use super::Call;
use crate::failure::{Failure, Result};
use crate::http::Response;
use crate::store::Stored;

/// One object as an answer; `status` is 200 or 201. The value is in the storage version.
pub(crate) fn object(_call: &Call<'_>, _status: u16, _value: &Value) -> Result<Response> {
    Err(Failure::not_implemented("rendering"))
}

/// A list as an answer: `metadata` is the list's (`resourceVersion`, `continue`, `remainingItemCount`).
pub(crate) fn list(
    _call: &Call<'_>,
    _metadata: Map<String, Value>,
    _items: &[Stored],
) -> Result<Response> {
    Err(Failure::not_implemented("rendering"))
}

/// One line of a watch, the newline included. `first` is true for the first event of the stream (a Table's
/// columns come only there). `kind` is `ADDED`, `MODIFIED`, `DELETED` or `BOOKMARK`.
pub(crate) fn event(_call: &Call<'_>, _kind: &str, _value: &Value, _first: bool) -> Vec<u8> {
    Vec::new()
}
