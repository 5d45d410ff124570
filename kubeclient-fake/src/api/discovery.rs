//! Discovery: which groups, versions and resources there are.

use super::Cluster;
use crate::failure::{Failure, Result};
use crate::http::{Reply, Request};

/// The answer for the segments of a path: none for `/`, `["apis", "apps", "v1"]`.
pub(crate) fn answer(
    _cluster: &Cluster,
    _request: &Request,
    _segments: &[String],
) -> Result<Reply> {
    Err(Failure::not_implemented("discovery"))
}
