//! `eviction`: deletion that obeys disruption budgets.

use serde::Serialize;

use crate::api::Api;
use crate::api::params::DeleteParams;
use crate::error::Error;
use crate::meta::resource::{HasSubresource, Object, subresource};
use crate::meta::status::Status;
use crate::rest::{Request, Retry};

/// The cause in a refusal by a disruption budget, for [`Status::has_cause`].
pub const DISRUPTION_BUDGET: &str = "DisruptionBudget";

/// What the server is sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Eviction<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Evicted<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_options: Option<&'a DeleteParams>,
}

/// Which pod is meant.
#[derive(Serialize)]
struct Evicted<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
}

impl<T: Object> Api<T> {
    /// Deletes a pod as [`Api::delete`] does, unless a disruption budget would be broken: then the server
    /// refuses, and [`is_too_many_requests`](Error::is_too_many_requests) holds.
    ///
    /// A refusal comes back at once, whatever it says of coming again: whether to wait for other pods to
    /// become ready is for the caller to decide ([`Error::retry_after`]).
    ///
    /// ```
    /// use kubeclient::{Api, Config, DeleteParams, ObjectMeta, Resource, RestClient};
    /// use serde::Deserialize;
    ///
    /// #[derive(Resource, Deserialize)]
    /// #[resource(group = "", version = "v1", projection, subresources(eviction))]
    /// struct Pod {
    ///     metadata: ObjectMeta,
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = kubeclient_fake::FakeServer::start()?;
    /// # server.seed("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: c, image: i}]}}")?;
    /// # let client = RestClient::new(Config::new(server.url()))?;
    /// let pods: Api<Pod> = Api::namespaced(&client, "default");
    /// pods.evict("web", &DeleteParams::default().grace_period(5))?;
    /// assert!(pods.get_opt("web")?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Api`](crate::ErrorKind::Api), among others: `TooManyRequests`, with the cause
    /// [`DISRUPTION_BUDGET`] where a budget is used up, without it where it
    /// is not known yet; `NotFound`; `Conflict`, when a precondition does not hold. Others as
    /// [`RestClient::send`](crate::RestClient::send).
    pub fn evict(&self, name: &str, params: &DeleteParams) -> Result<Status, Error>
    where
        T: HasSubresource<subresource::Eviction>,
    {
        let eviction = Eviction {
            api_version: "policy/v1",
            kind: "Eviction",
            metadata: Evicted { name, namespace: self.namespace() },
            delete_options: Some(params).filter(|params| **params != DeleteParams::default()),
        };
        let mut request = Request::post(self.part(name)?).json(&eviction).retry(Retry::Never);
        if params.dry_run {
            // Said twice, since admission looks at the query alone.
            request = request.query("dryRun", "All");
        }
        self.send(request)?.status()
    }
}
