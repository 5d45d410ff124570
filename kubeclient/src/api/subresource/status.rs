//! `status`: the observed state, written apart from the desired one.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::Api;
use crate::api::params::{PatchParams, PostParams};
use crate::api::patch::Patch;
use crate::error::Error;
use crate::meta::resource::{Complete, HasSubresource, Object, subresource};

impl<T: Object> Api<T> {
    /// Reads an object through its status subresource.
    ///
    /// # Errors
    /// As [`Api::get`].
    pub fn get_status(&self, name: &str) -> Result<T, Error>
    where
        T: DeserializeOwned + HasSubresource<subresource::Status>,
    {
        self.get_part(name)
    }

    /// Replaces the status of an object; whatever else differs is ignored by the server.
    ///
    /// # Errors
    /// As [`Api::replace`].
    pub fn replace_status(&self, object: &T) -> Result<T, Error>
    where
        T: DeserializeOwned + Complete + Serialize + HasSubresource<subresource::Status>,
    {
        self.replace_status_with(object, &PostParams::default())
    }

    /// [`Api::replace_status`], with options.
    ///
    /// # Errors
    /// As [`Api::replace`].
    pub fn replace_status_with(&self, object: &T, params: &PostParams) -> Result<T, Error>
    where
        T: DeserializeOwned + Complete + Serialize + HasSubresource<subresource::Status>,
    {
        self.replace_part(object, params)
    }

    /// Changes the status of an object.
    ///
    /// # Errors
    /// As [`Api::patch`].
    pub fn patch_status<P: Serialize>(
        &self,
        name: &str,
        patch: &Patch<P>,
        params: &PatchParams,
    ) -> Result<T, Error>
    where
        T: DeserializeOwned + HasSubresource<subresource::Status>,
    {
        self.patch_part(name, patch, params)
    }
}
