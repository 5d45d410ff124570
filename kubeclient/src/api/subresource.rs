//! The subresources that any kind may have: status and scale.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Api;
use super::params::{PatchParams, PostParams};
use super::patch::{Patch, to_json};
use crate::error::Error;
use crate::meta::resource::{Complete, HasSubresource, Metadata, Object, subresource};
use crate::meta::scale::Scale;
use crate::meta::typed::Expected;
use crate::meta::typed_write::Typed;
use crate::rest::request::JSON;
use crate::rest::{Request, decode};

const STATUS: &str = "status";
const SCALE: &str = "scale";

impl<T: Object> Api<T> {
    /// Reads an object through its status subresource.
    ///
    /// # Errors
    /// As [`Api::get`].
    pub fn get_status(&self, name: &str) -> Result<T, Error>
    where
        T: DeserializeOwned + HasSubresource<subresource::Status>,
    {
        self.exchange(Request::get(self.object(name)?.subresource(STATUS)))
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
        self.put(self.path_of(object)?.subresource(STATUS), object, params)
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
        self.patch_at(name, Some(STATUS), patch, params)
    }
}

impl<T: Object> Api<T> {
    /// Reads how many replicas an object wants and has.
    ///
    /// # Errors
    /// As [`Api::get`].
    pub fn get_scale(&self, name: &str) -> Result<Scale, Error>
    where
        T: DeserializeOwned + HasSubresource<subresource::Scale>,
    {
        self.exchange_scale(Request::get(self.object(name)?.subresource(SCALE)))
    }

    /// Replaces how many replicas an object wants, by a scale that was read before.
    ///
    /// # Errors
    /// As [`Api::replace`].
    pub fn replace_scale(&self, name: &str, scale: &Scale) -> Result<Scale, Error>
    where
        T: DeserializeOwned + HasSubresource<subresource::Scale>,
    {
        self.replace_scale_with(name, scale, &PostParams::default())
    }

    /// [`Api::replace_scale`], with options.
    ///
    /// # Errors
    /// As [`Api::replace`].
    pub fn replace_scale_with(
        &self,
        name: &str,
        scale: &Scale,
        params: &PostParams,
    ) -> Result<Scale, Error>
    where
        T: DeserializeOwned + HasSubresource<subresource::Scale>,
    {
        if scale.metadata().resource_version().is_empty() && !params.unconditional {
            return Err(Error::invalid(format!(
                "Scale {name:?}: expected the resourceVersion that it was read with, or \
                 `PostParams::unconditional`"
            )));
        }
        let body = to_json(&Typed { api_version: "autoscaling/v1", kind: "Scale", object: scale })?;
        let request = Request::put(self.object(name)?.subresource(SCALE)).body(JSON, body);
        self.exchange_scale(params.request(request)?)
    }

    /// Changes how many replicas an object wants.
    ///
    /// # Errors
    /// As [`Api::patch`].
    pub fn patch_scale<P: Serialize>(
        &self,
        name: &str,
        patch: &Patch<P>,
        params: &PatchParams,
    ) -> Result<Scale, Error>
    where
        T: DeserializeOwned + HasSubresource<subresource::Scale>,
    {
        self.exchange_scale(self.patch_request(name, Some(SCALE), patch, params)?)
    }

    fn exchange_scale(&self, request: Request) -> Result<Scale, Error>
    where
        T: DeserializeOwned,
    {
        let response = self.send(request)?;
        let expected = Expected { api_version: "autoscaling/v1", kind: "Scale", required: true };
        decode::object(response.bytes(), expected)
            .map_err(|error| error.during(&response.verb, &response.path))
    }
}
