//! The subresources, each open to the kinds that declare it ([`HasSubresource`]).

mod side;
mod scale;
mod log;
mod log_lines;
mod eviction;
#[cfg(feature = "core_v1")]
mod binding;
#[cfg(feature = "authentication_v1")]
mod token;

use super::Api;
use crate::error::Error;
use crate::meta::resource::{HasSubresource, Object, Subresource};
use crate::rest::ResourcePath;

pub use eviction::DISRUPTION_BUDGET;
pub use log_lines::LogLines;

impl<T: Object> Api<T> {
    /// The path of a subresource of the object with this name.
    fn part<S: Subresource>(&self, name: &str) -> Result<ResourcePath, Error>
    where
        T: HasSubresource<S>,
    {
        Ok(self.object(name)?.subresource(S::NAME))
    }
}
