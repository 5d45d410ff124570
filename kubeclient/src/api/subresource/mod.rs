//! The subresources, each open to the kinds that declare it ([`HasSubresource`]).
//!
//! Here is what those have in common that are the object itself, seen from one side.

mod status;
mod scale;
mod log;
mod log_lines;
mod eviction;
#[cfg(feature = "core_v1")]
mod binding;
#[cfg(feature = "authentication_v1")]
mod token;
mod approval;
mod finalize;
mod ephemeral_containers;
mod resize;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Api;
use super::params::{PatchParams, PostParams};
use super::patch::Patch;
use crate::error::Error;
use crate::meta::resource::{Complete, HasSubresource, Object, Subresource};
use crate::rest::{Request, ResourcePath};

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

    fn get_part<S: Subresource>(&self, name: &str) -> Result<T, Error>
    where
        T: DeserializeOwned + HasSubresource<S>,
    {
        self.exchange(Request::get(self.part(name)?))
    }

    fn replace_part<S: Subresource>(&self, object: &T, params: &PostParams) -> Result<T, Error>
    where
        T: DeserializeOwned + Complete + Serialize + HasSubresource<S>,
    {
        self.put(self.path_of(object)?.subresource(S::NAME), object, params)
    }

    fn patch_part<S: Subresource, P: Serialize>(
        &self,
        name: &str,
        patch: &Patch<P>,
        params: &PatchParams,
    ) -> Result<T, Error>
    where
        T: DeserializeOwned + HasSubresource<S>,
    {
        self.patch_at(name, Some(S::NAME), patch, params)
    }
}
