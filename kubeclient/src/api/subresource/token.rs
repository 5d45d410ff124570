//! `token`: a token for a service account, bound in time and perhaps to an object.

use crate::api::Api;
use crate::api::patch::to_json;
use crate::error::Error;
use crate::meta::resource::{HasSubresource, Object, Resource, subresource};
use crate::meta::typed::Expected;
use crate::meta::typed_write::Typed;
use crate::rest::request::JSON;
use crate::rest::{Request, decode};
use crate::types::authentication_v1::TokenRequest;

impl<T: Object> Api<T> {
    /// Makes a token for a service account: in the status of what is given back, with the time at which it
    /// expires. `Debug` does not show it.
    ///
    /// # Errors
    /// [`Api`](crate::ErrorKind::Api), among others: `NotFound`; `Invalid`, when the token is to live for less
    /// than 10 minutes. Others as [`RestClient::send`](crate::RestClient::send).
    pub fn create_token(&self, name: &str, token: &TokenRequest) -> Result<TokenRequest, Error>
    where
        T: HasSubresource<subresource::Token>,
    {
        let (api_version, kind) = (TokenRequest::API_VERSION, TokenRequest::KIND);
        let body = to_json(&Typed { api_version, kind, object: token })?;
        let response = self.send(Request::post(self.part(name)?).body(JSON, body))?;
        decode::object(response.bytes(), Expected { api_version, kind, required: true })
            .map_err(|error| error.during(&response.verb, &response.path))
    }
}
