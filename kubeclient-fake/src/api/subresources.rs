//! What is below an object besides its status, and the resources that are asked but not stored.

use super::{Call, Cluster};
use crate::failure::{Failure, Result};
use crate::http::Reply;

/// The answer about a subresource.
pub(crate) fn answer(_cluster: &Cluster, call: &Call<'_>, name: &str) -> Result<Reply> {
    Err(Failure::not_implemented(format_args!("{}/{name}", call.resource.qualified())))
}

/// The answer about a resource of which nothing is stored.
pub(crate) fn virtual_resource(_cluster: &Cluster, call: &Call<'_>) -> Result<Reply> {
    Err(Failure::not_implemented(call.resource.qualified()))
}
