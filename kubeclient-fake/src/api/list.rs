//! Lists: resource versions, limits, continue tokens, selectors.

use std::sync::Arc;

use super::{Call, Cluster};
use crate::failure::{Failure, Result};
use crate::http::Reply;

/// The list that a call asks for.
pub(crate) fn answer(_cluster: &Arc<Cluster>, _call: &Call<'_>) -> Result<Reply> {
    Err(Failure::not_implemented("list"))
}
