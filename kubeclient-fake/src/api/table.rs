//! Tables: what kubectl prints.

use serde_json::{Map, Value};

use super::Call;
use crate::failure::{Failure, Result};

/// The table of these objects, which are in the call's version; `with_columns` is false for all but the
/// first event of a watch.
pub(crate) fn table(
    _call: &Call<'_>,
    _metadata: Map<String, Value>,
    _items: &[Value],
    _with_columns: bool,
) -> Result<Value> {
    Err(Failure::not_implemented("tables"))
}
