//! Who owns which field: server-side apply, and what other writes do to `metadata.managedFields`. Pure.

use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::schema::Schema;

/// Who writes, in one entry of `managedFields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manager {
    /// `kubectl`.
    pub(crate) name: String,
    /// The version that the fields are of: `apps/v1`.
    pub(crate) api_version: String,
    /// `status`, `scale`; empty for none.
    pub(crate) subresource: String,
    /// RFC 3339 with seconds.
    pub(crate) time: String,
}

/// After a write that is no apply: `new` (defaults filled, metadata complete) with its `managedFields`
/// counted from what differs to `live`. What is below a path of `ignored` (`["status"]`, say) is nobody's.
pub(crate) fn update(
    _schema: &Schema,
    _live: Option<&Value>,
    _new: &mut Value,
    _manager: &Manager,
    _ignored: &[&[&str]],
) -> Result<()> {
    Ok(())
}

/// Server-side apply: `live` merged with what `applied` says, `managedFields` included; or the conflict.
/// The result has no defaults filled yet. Where nothing changed the result equals `live`.
pub(crate) fn apply(
    _schema: &Schema,
    _live: Option<&Value>,
    _applied: &Value,
    _manager: &Manager,
    _force: bool,
    _ignored: &[&[&str]],
) -> Result<Value> {
    Err(Failure::not_implemented("server-side apply"))
}
