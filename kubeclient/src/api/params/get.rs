//! [`GetParams`]: how fresh an object must be.

use super::check_version;
use crate::error::Error;
use crate::rest::Request;

/// How fresh an object that is read must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetParams {
    /// At least this version; absent for the most recent, `0` for any that a cache has.
    pub resource_version: Option<String>,
}

impl GetParams {
    /// Whatever a cache of the server has: cheap, and perhaps old.
    #[must_use]
    pub fn any_version(self) -> Self {
        self.not_older_than("0")
    }

    /// At least this version.
    #[must_use]
    pub fn not_older_than(mut self, resource_version: impl Into<String>) -> Self {
        self.resource_version = Some(resource_version.into());
        self
    }

    pub(crate) fn request(&self, request: Request) -> Result<Request, Error> {
        let Some(version) = &self.resource_version else { return Ok(request) };
        check_version(version)?;
        Ok(request.query("resourceVersion", version))
    }
}
