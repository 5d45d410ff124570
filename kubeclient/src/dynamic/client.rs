//! [`DynamicClient`]: an [`Api`] for whatever kind is named.

use super::name::KindName;
use crate::api::Api;
use crate::discovery::RestMapper;
use crate::error::Error;
use crate::meta::api_resource::ApiResource;
use crate::meta::dynamic::DynamicObject;
use crate::meta::partial::PartialObjectMetadata;
use crate::rest::RestClient;
use crate::stop::Stop;

/// Finds an [`Api`] for kinds that are known at run time only, by any name that kubectl takes.
///
/// ```
/// use kubeclient::dynamic::DynamicClient;
/// use kubeclient::{DynamicObject, ListParams, RestClient};
/// use serde_json::json;
///
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
/// let dynamic = DynamicClient::new(&client);
/// let maps = dynamic.namespaced("cm", "default")?;
/// let map = DynamicObject::new("settings", maps.resource()).with("data", json!({"colour": "red"}));
/// let mut map = maps.create(&map)?;
/// assert_eq!(map.field::<String>("data.colour")?.as_deref(), Some("red"));
///
/// map.set_field("data.colour", "blue")?;
/// maps.replace(&map)?;
/// for map in dynamic.metadata("configmaps")?.list_all(&ListParams::default()) {
///     println!("{}", map?.metadata.name);
/// }
/// let error = dynamic.all("configmapz").unwrap_err();
/// assert!(error.to_string().contains("did you mean configmaps?"));
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Blocking
/// Finding a kind waits for the server as [`RestMapper::resource`] does: at the first call, and for names
/// that are not known.
///
/// # Threads
/// A clone costs some reference counts and shares what was learned.
#[derive(Clone, Debug)]
pub struct DynamicClient {
    client: RestClient,
    mapper: RestMapper,
}

impl DynamicClient {
    /// A client for whatever this client's server has. Nothing is sent yet.
    pub fn new(client: &RestClient) -> Self {
        Self::with_mapper(client, RestMapper::new(client))
    }

    /// A client that finds kinds by this mapper.
    pub fn with_mapper(client: &RestClient, mapper: RestMapper) -> Self {
        Self { client: client.clone(), mapper }
    }

    /// The same client, whose calls this token ends.
    #[must_use]
    pub fn with_stop(&self, stop: &Stop) -> Self {
        Self { client: self.client.with_stop(stop), mapper: self.mapper.with_stop(stop) }
    }

    /// The objects of a kind: of a namespaced one in all namespaces.
    ///
    /// # Errors
    /// As [`RestMapper::resource`].
    pub fn all<K: KindName + ?Sized>(&self, kind: &K) -> Result<Api<DynamicObject>, Error> {
        Ok(Api::dynamic(&self.client, &self.resource(kind)?))
    }

    /// The objects of a kind in one namespace; of a cluster-scoped kind, all, as with kubectl's `-n`.
    ///
    /// # Errors
    /// As [`RestMapper::resource`].
    pub fn namespaced<K: KindName + ?Sized>(
        &self,
        kind: &K,
        namespace: impl Into<String>,
    ) -> Result<Api<DynamicObject>, Error> {
        Ok(Api::dynamic_namespaced(&self.client, &self.resource(kind)?, namespace))
    }

    /// The objects among which this one stands or is to stand: of its kind, and of a namespaced kind in its
    /// namespace, or in the one that the client's configuration names where it says none.
    ///
    /// # Errors
    /// As [`RestMapper::resource`]; also where the object does not say what kind it is of.
    pub fn beside(&self, object: &DynamicObject) -> Result<Api<DynamicObject>, Error> {
        let namespace = match object.metadata.namespace.as_str() {
            "" => self.client.config().namespace.as_str(),
            namespace => namespace,
        };
        self.namespaced(&object.types, namespace)
    }

    /// The metadata of the objects of a kind, in all namespaces: labels, owners, versions, without what is
    /// in them.
    ///
    /// # Errors
    /// As [`RestMapper::resource`].
    pub fn metadata<K: KindName + ?Sized>(
        &self,
        kind: &K,
    ) -> Result<Api<PartialObjectMetadata>, Error> {
        Ok(self.all(kind)?.read_as())
    }

    /// What an [`Api`] needs to know of a kind.
    ///
    /// # Errors
    /// As [`RestMapper::resource`].
    pub fn resource<K: KindName + ?Sized>(&self, kind: &K) -> Result<ApiResource, Error> {
        kind.find(&self.mapper)
    }

    /// What finds the kinds.
    pub fn mapper(&self) -> &RestMapper {
        &self.mapper
    }

    /// The client that sends the requests.
    pub fn client(&self) -> &RestClient {
        &self.client
    }
}
