//! `scale`: how many replicas there are, in the one shape that all kinds share.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::Api;
use crate::api::params::{PatchParams, PostParams};
use crate::api::patch::{Patch, to_json};
use crate::api::write::check_version;
use crate::error::Error;
use crate::meta::resource::{HasSubresource, Object, Subresource, subresource};
use crate::meta::scale::Scale;
use crate::meta::typed::Expected;
use crate::meta::typed_write::Typed;
use crate::rest::request::JSON;
use crate::rest::{Request, decode};

impl<T: Object> Api<T> {
    /// Reads how many replicas an object wants and has.
    ///
    /// # Errors
    /// As [`Api::get`].
    pub fn get_scale(&self, name: &str) -> Result<Scale, Error>
    where
        T: DeserializeOwned + HasSubresource<subresource::Scale>,
    {
        self.exchange_scale(Request::get(self.part(name)?))
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
        check_version("Scale", name, scale.metadata(), params)?;
        let body = to_json(&Typed { api_version: "autoscaling/v1", kind: "Scale", object: scale })?;
        let request = Request::put(self.part(name)?).body(JSON, body);
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
        self.exchange_scale(self.patch_request(
            name,
            Some(subresource::Scale::NAME),
            patch,
            params,
        )?)
    }

    fn exchange_scale(&self, request: Request) -> Result<Scale, Error>
    where
        T: DeserializeOwned,
    {
        let response = self.send(request)?;
        let expected = Expected { api_version: "autoscaling/v1", kind: "Scale", required: true };
        response.reading(false, || decode::object(response.bytes(), expected))
    }
}
