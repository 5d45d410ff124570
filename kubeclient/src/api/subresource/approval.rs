//! `approval`: the decision on a certificate signing request.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::Api;
use crate::api::params::{PatchParams, PostParams};
use crate::api::patch::Patch;
use crate::error::Error;
use crate::meta::resource::{Complete, HasSubresource, Object, subresource};

impl<T: Object> Api<T> {
    /// Reads a request with the decision on it.
    ///
    /// # Errors
    /// As [`Api::get`].
    pub fn get_approval(&self, name: &str) -> Result<T, Error>
    where
        T: DeserializeOwned + HasSubresource<subresource::Approval>,
    {
        self.get_part(name)
    }

    /// Replaces the conditions of a request, by which it is approved or denied; whatever else differs is ignored
    /// by the server.
    ///
    /// ```
    /// # use kubeclient::{Api, ApiResource, Config, DynamicObject, RestClient};
    /// # use serde_json::json;
    /// # fn approve(client: &RestClient, kind: &ApiResource) -> kubeclient::Result<()> {
    /// let requests: Api<DynamicObject> = Api::dynamic(client, kind);
    /// let mut request = requests.get("worker")?;
    /// let approved = json!({"type": "Approved", "status": "True", "reason": "Known"});
    /// request.data.insert("status".into(), json!({"conditions": [approved]}));
    /// let request = requests.replace_approval(&request)?;
    /// assert_eq!(request.pointer("/status/conditions/0/type"), Some(&json!("Approved")));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Api::replace`].
    pub fn replace_approval(&self, object: &T) -> Result<T, Error>
    where
        T: DeserializeOwned + Complete + Serialize + HasSubresource<subresource::Approval>,
    {
        self.replace_approval_with(object, &PostParams::default())
    }

    /// [`Api::replace_approval`], with options.
    ///
    /// # Errors
    /// As [`Api::replace`].
    pub fn replace_approval_with(&self, object: &T, params: &PostParams) -> Result<T, Error>
    where
        T: DeserializeOwned + Complete + Serialize + HasSubresource<subresource::Approval>,
    {
        self.replace_part(object, params)
    }

    /// Changes the decision on a request.
    ///
    /// # Errors
    /// As [`Api::patch`].
    pub fn patch_approval<P: Serialize>(
        &self,
        name: &str,
        patch: &Patch<P>,
        params: &PatchParams,
    ) -> Result<T, Error>
    where
        T: DeserializeOwned + HasSubresource<subresource::Approval>,
    {
        self.patch_part(name, patch, params)
    }
}
