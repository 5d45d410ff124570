//! `ephemeralcontainers`: containers added to a running pod, to look into it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::Api;
use crate::api::params::{PatchParams, PostParams};
use crate::api::patch::Patch;
use crate::error::Error;
use crate::meta::resource::{Complete, HasSubresource, Object, subresource};

impl<T: Object> Api<T> {
    /// Reads a pod through its ephemeral containers.
    ///
    /// # Errors
    /// As [`Api::get`].
    pub fn get_ephemeral_containers(&self, name: &str) -> Result<T, Error>
    where
        T: DeserializeOwned + HasSubresource<subresource::EphemeralContainers>,
    {
        self.get_part(name)
    }

    /// Replaces the ephemeral containers of a pod: those that are there must stay as they are, others may be
    /// added. Whatever else differs is ignored by the server.
    ///
    /// # Errors
    /// As [`Api::replace`].
    pub fn replace_ephemeral_containers(&self, object: &T) -> Result<T, Error>
    where
        T: DeserializeOwned
            + Complete
            + Serialize
            + HasSubresource<subresource::EphemeralContainers>,
    {
        self.replace_ephemeral_containers_with(object, &PostParams::default())
    }

    /// [`Api::replace_ephemeral_containers`], with options.
    ///
    /// # Errors
    /// As [`Api::replace`].
    pub fn replace_ephemeral_containers_with(
        &self,
        object: &T,
        params: &PostParams,
    ) -> Result<T, Error>
    where
        T: DeserializeOwned
            + Complete
            + Serialize
            + HasSubresource<subresource::EphemeralContainers>,
    {
        self.replace_part(object, params)
    }

    /// Adds ephemeral containers to a pod; a strategic merge patch adds by name.
    ///
    /// # Errors
    /// As [`Api::patch`].
    pub fn patch_ephemeral_containers<P: Serialize>(
        &self,
        name: &str,
        patch: &Patch<P>,
        params: &PatchParams,
    ) -> Result<T, Error>
    where
        T: DeserializeOwned + HasSubresource<subresource::EphemeralContainers>,
    {
        self.patch_part(name, patch, params)
    }
}
