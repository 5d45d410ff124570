//! The OpenAPI documents that kubectl asks for.

use super::Cluster;
use crate::failure::{Failure, Result};
use crate::http::{Reply, Request};

/// The answer for the segments of a path after `/openapi`.
pub(crate) fn answer(
    _cluster: &Cluster,
    _request: &Request,
    _segments: &[String],
) -> Result<Reply> {
    Err(Failure::not_implemented("OpenAPI"))
}
