//! [`ScaleClient`]: the replicas of whatever can be scaled.

use serde::Serialize;
use serde_json::json;

use super::client::DynamicClient;
use super::name::KindName;
use crate::api::{Api, Patch, PatchParams};
use crate::error::Error;
use crate::meta::dynamic::DynamicObject;
use crate::meta::gvk::GroupVersionKind;
use crate::meta::resource::{Subresource, subresource};
use crate::meta::scale::Scale;
use crate::rest::RestClient;

/// Reads and changes the number of replicas of objects of any kind that can be scaled: built-in ones and
/// custom ones whose definition says so. client-go's `scale` client.
///
/// Whether a kind has a scale, discovery tells; nothing is sent to one that has none.
///
/// ```
/// use kubeclient::dynamic::ScaleClient;
/// use kubeclient::RestClient;
///
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
/// # server.seed("{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 1, selector: \
/// #   {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}}").unwrap();
/// let scales = ScaleClient::new(&client);
/// assert_eq!(scales.get("deploy", "default", "web")?.spec.replicas, 1);
/// assert_eq!(scales.set_replicas("deploy", "default", "web", 3)?.spec.replicas, 3);
/// let error = scales.get("configmap", "default", "web").unwrap_err();
/// assert!(error.to_string().contains("it has no subresource \"scale\""));
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Blocking
/// As [`DynamicClient`], and for each answer.
#[derive(Clone, Debug)]
pub struct ScaleClient {
    dynamic: DynamicClient,
}

impl ScaleClient {
    /// A client for whatever this client's server has. Nothing is sent yet.
    pub fn new(client: &RestClient) -> Self {
        Self::of(&DynamicClient::new(client))
    }

    /// A client that knows what this one learned.
    pub fn of(dynamic: &DynamicClient) -> Self {
        Self { dynamic: dynamic.clone() }
    }

    /// Reads how many replicas an object wants and has. The namespace of a cluster-scoped one does not count.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid): the kind has no scale, or one of another shape than
    /// `autoscaling/v1`. Else as [`RestMapper::resource`](crate::RestMapper::resource) and [`Api::get`].
    pub fn get<K: KindName + ?Sized>(
        &self,
        kind: &K,
        namespace: &str,
        name: &str,
    ) -> Result<Scale, Error> {
        self.api(kind, namespace)?.get_scale(name)
    }

    /// Replaces how many replicas an object wants, by a scale that was read before: its metadata names the
    /// object.
    ///
    /// # Errors
    /// As [`ScaleClient::get`] and [`Api::replace`].
    pub fn replace<K: KindName + ?Sized>(&self, kind: &K, scale: &Scale) -> Result<Scale, Error> {
        let metadata = &scale.metadata;
        self.api(kind, &metadata.namespace)?.replace_scale(&metadata.name, scale)
    }

    /// Changes the scale of an object.
    ///
    /// # Errors
    /// As [`ScaleClient::get`] and [`Api::patch`].
    pub fn patch<K: KindName + ?Sized, P: Serialize>(
        &self,
        kind: &K,
        namespace: &str,
        name: &str,
        patch: &Patch<P>,
        params: &PatchParams,
    ) -> Result<Scale, Error> {
        self.api(kind, namespace)?.patch_scale(name, patch, params)
    }

    /// Sets how many replicas an object wants, however many they were.
    ///
    /// # Errors
    /// As [`ScaleClient::patch`].
    pub fn set_replicas<K: KindName + ?Sized>(
        &self,
        kind: &K,
        namespace: &str,
        name: &str,
        replicas: i32,
    ) -> Result<Scale, Error> {
        let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
        self.patch(kind, namespace, name, &patch, &PatchParams::default())
    }

    /// The objects of a kind that has a scale.
    fn api<K: KindName + ?Sized>(
        &self,
        kind: &K,
        namespace: &str,
    ) -> Result<Api<DynamicObject>, Error> {
        let api = self.dynamic.namespaced(kind, namespace)?;
        let scale = self.dynamic.mapper().subresource(api.resource(), subresource::Scale::NAME)?;
        let expected = GroupVersionKind::new("autoscaling", "v1", "Scale");
        if scale.kind == expected {
            return Ok(api);
        }
        let of = api.resource().group_version_resource();
        Err(Error::invalid(format!(
            "resource \"{of}\": its scale is a {}, expected {expected}",
            scale.kind
        )))
    }
}
