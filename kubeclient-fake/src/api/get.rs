//! GET of one object.

use super::list::fresh::{parse_version, wait_until};
use super::{Call, Cluster, render};
use crate::failure::{Failure, Result};
use crate::http::Reply;
use crate::store::{Key, Stored};

/// The object, not older than the query wants it.
pub(crate) fn answer(cluster: &Cluster, call: &Call<'_>) -> Result<Reply> {
    if call.request.query("export").is_some_and(|value| !matches!(value, "0" | "false")) {
        let why = "the export parameter, deprecated since v1.14, is no longer supported";
        return Err(Failure::bad_request(why));
    }
    let found = find(cluster, call)?;
    Ok(Reply::Full(render::object(call, 200, &found.value)?))
}

/// What is stored, not older than the query wants it.
pub(super) fn find(cluster: &Cluster, call: &Call<'_>) -> Result<Stored> {
    let version = call.request.query("resourceVersion").unwrap_or_default();
    wait_until(cluster, parse_version(version).map_err(Failure::internal)?)?;
    let name = call.name.unwrap_or_default();
    let key = Key::new(&call.resource.storage(), call.namespace.unwrap_or_default(), name);
    cluster.store.get(&key).ok_or_else(|| Failure::not_found(&call.resource, name))
}
