//! `binding`: a pod gets its node.

use crate::api::Api;
use crate::api::patch::to_json;
use crate::error::Error;
use crate::meta::resource::{HasSubresource, Object, Resource, subresource};
use crate::meta::status::Status;
use crate::meta::typed_write::Typed;
use crate::rest::Request;
use crate::rest::request::JSON;
use crate::types::core_v1::Binding;

impl<T: Object> Api<T> {
    /// Gives a pod the node that the binding's target names, as a scheduler does. The binding's own name and
    /// namespace may be left out.
    ///
    /// # Errors
    /// [`Api`](crate::ErrorKind::Api), among others: `NotFound`; `Conflict`, when the pod has a node already or
    /// is being deleted; `BadRequest`, when the binding names another pod. Others as
    /// [`RestClient::send`](crate::RestClient::send).
    pub fn bind(&self, name: &str, binding: &Binding) -> Result<Status, Error>
    where
        T: HasSubresource<subresource::Binding>,
    {
        let mut binding = binding.clone();
        if binding.metadata.name.is_empty() {
            binding.metadata.name = name.into();
        }
        let body = to_json(&Typed {
            api_version: Binding::API_VERSION,
            kind: Binding::KIND,
            object: &binding,
        })?;
        self.send(Request::post(self.part(name)?).body(JSON, body))?.status()
    }
}
