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
/// columns come only there). `kind` is `ADDED`, `MODIFIED` or `DELETED`.
pub(crate) fn event(_call: &Call<'_>, _kind: &str, _object: &Stored, _first: bool) -> Vec<u8> {
    Vec::new()
}

/// The line of a bookmark: an object of the kind that has nothing but a resource version, and the
/// annotation `k8s.io/initial-events-end: "true"` where the initial events end.
pub(crate) fn bookmark(
    _call: &Call<'_>,
    _version: u64,
    _initial_events_end: bool,
    _first: bool,
) -> Vec<u8> {
    Vec::new()
}
