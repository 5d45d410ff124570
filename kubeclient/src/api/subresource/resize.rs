//! `resize`: the resources of a running pod.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::Api;
use crate::api::params::{PatchParams, PostParams};
use crate::api::patch::Patch;
use crate::error::Error;
use crate::meta::resource::{Complete, HasSubresource, Object, subresource};

impl<T: Object> Api<T> {
    /// Reads a pod through the resources of its containers.
    ///
    /// # Errors
    /// As [`Api::get`].
    pub fn get_resize(&self, name: &str) -> Result<T, Error>
    where
        T: DeserializeOwned + HasSubresource<subresource::Resize>,
    {
        self.get_part(name)
    }

    /// Replaces the resources of a pod's containers while they run. Whatever else differs is refused or ignored
    /// by the server.
    ///
    /// # Errors
    /// As [`Api::replace`].
    pub fn replace_resize(&self, object: &T) -> Result<T, Error>
    where
        T: DeserializeOwned + Complete + Serialize + HasSubresource<subresource::Resize>,
    {
        self.replace_resize_with(object, &PostParams::default())
    }

    /// [`Api::replace_resize`], with options.
    ///
    /// # Errors
    /// As [`Api::replace`].
    pub fn replace_resize_with(&self, object: &T, params: &PostParams) -> Result<T, Error>
    where
        T: DeserializeOwned + Complete + Serialize + HasSubresource<subresource::Resize>,
    {
        self.replace_part(object, params)
    }

    /// Changes the resources of a pod's containers while they run; a strategic merge patch finds them by name.
    ///
    /// # Errors
    /// As [`Api::patch`].
    pub fn patch_resize<P: Serialize>(
        &self,
        name: &str,
        patch: &Patch<P>,
        params: &PatchParams,
    ) -> Result<T, Error>
    where
        T: DeserializeOwned + HasSubresource<subresource::Resize>,
    {
        self.patch_part(name, patch, params)
    }
}
