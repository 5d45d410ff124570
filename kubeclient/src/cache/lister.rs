//! [`Lister`]: the objects of a cache, found as one would ask the server for them.

use std::fmt;
use std::sync::Arc;

use super::key::ObjectKey;
use super::store::Store;
use super::sync_error::SyncError;
use crate::error::Error;
use crate::meta::api_resource::ApiResource;
use crate::meta::resource::{Metadata, Object};
use crate::meta::selector::LabelSelector;
use crate::meta::status::{Status, StatusDetails, reason};
use crate::stop::Stop;

/// Reads from a cache as from the server, without a request: by name, namespace, labels, index.
///
/// ```
/// # use kubeclient::{Api, ObjectMeta, Resource, RestClient, Stop};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Resource, Serialize, Deserialize, Debug)]
/// # #[resource(group = "", version = "v1")]
/// # struct ConfigMap { metadata: ObjectMeta }
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
/// use kubeclient::LabelSelector;
/// use kubeclient::cache::SharedInformer;
/// use std::time::Duration;
///
/// server.seed("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {app: web}}}").unwrap();
/// let informer = SharedInformer::builder(&Api::<ConfigMap>::all(&client)).start()?;
/// informer.wait_synced(&Stop::after(Duration::from_secs(30)))?;
///
/// let maps = informer.lister().namespace("default");
/// assert_eq!(maps.get("a")?.metadata.labels["app"], "web");
/// assert!(maps.get("b").unwrap_err().is_not_found());
/// let web = LabelSelector::default().equals("app", "web").unwrap();
/// assert_eq!(maps.select(&web).len(), 1);
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Threads
/// A clone reads the same cache.
pub struct Lister<T> {
    store: Store<T>,
    resource: Arc<ApiResource>,
    namespace: Option<String>,
}

impl<T: Object> Lister<T> {
    pub(super) fn new(store: &Store<T>, resource: &ApiResource, namespace: Option<&str>) -> Self {
        let (store, resource) = (store.clone(), Arc::new(resource.clone()));
        Self { store, resource, namespace: namespace.map(Into::into) }
    }

    /// The objects of one namespace.
    #[must_use]
    pub fn namespace(&self, namespace: impl Into<String>) -> Self {
        Self { namespace: Some(namespace.into()), ..self.clone() }
    }

    /// The object of this name.
    ///
    /// # Errors
    /// [`is_not_found`](Error::is_not_found) holds: it is not in the cache.
    /// [`Invalid`](crate::ErrorKind::Invalid): the kind is namespaced and the lister is of all namespaces.
    pub fn get(&self, name: &str) -> Result<Arc<T>, Error> {
        self.get_opt(name)?.ok_or_else(|| self.not_found(name))
    }

    /// The object of this name; `None` where the cache has none.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid): the kind is namespaced and the lister is of all namespaces.
    pub fn get_opt(&self, name: &str) -> Result<Option<Arc<T>>, Error> {
        let namespace = match &self.namespace {
            Some(namespace) if self.resource.namespaced => namespace,
            None if self.resource.namespaced => {
                return Err(Error::invalid(format!(
                    "{} {name:?}: expected a namespace, since the kind is namespaced \
                     (`Lister::namespace`)",
                    self.resource.kind
                )));
            }
            _ => "",
        };
        Ok(self.store.get(&ObjectKey::new(namespace, name)))
    }

    /// All objects, in the order of their keys.
    pub fn list(&self) -> Vec<Arc<T>> {
        let snapshot = self.store.snapshot();
        match self.scope() {
            Some(namespace) => snapshot.namespace(namespace).cloned().collect(),
            None => snapshot.iter().cloned().collect(),
        }
    }

    /// The objects with these labels, in the order of their keys.
    pub fn select(&self, selector: &LabelSelector) -> Vec<Arc<T>> {
        let mut objects = self.list();
        objects.retain(|object| selector.selects(object.metadata()));
        objects
    }

    /// The objects that an index gives this value, in the order of their keys.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid): there is no index of this name.
    pub fn by_index(&self, index: &str, value: &str) -> Result<Vec<Arc<T>>, Error> {
        let snapshot = self.store.snapshot();
        let objects = snapshot.by_index(index, value)?.into_iter();
        let is_meant = |object: &&Arc<T>| {
            self.scope().is_none_or(|namespace| object.metadata().namespace() == namespace)
        };
        Ok(objects.filter(is_meant).cloned().collect())
    }

    /// Waits until the cache shows the changes up to this version: after a write of one's own, until it can
    /// be read.
    ///
    /// # Errors
    /// As [`Store::wait_for_resource_version`].
    ///
    /// # Blocking
    /// Until then. The token ends it.
    pub fn wait_for_resource_version(&self, version: &str, stop: &Stop) -> Result<(), SyncError> {
        self.store.wait_for_resource_version(version, stop)
    }

    /// The kind.
    pub(crate) fn resource(&self) -> &ApiResource {
        &self.resource
    }

    /// The namespace that counts.
    pub(crate) fn scope(&self) -> Option<&str> {
        self.namespace.as_deref().filter(|_| self.resource.namespaced)
    }

    /// What the server would say.
    fn not_found(&self, name: &str) -> Error {
        let ApiResource { group, plural, .. } = &*self.resource;
        let named = if group.is_empty() { plural.clone() } else { format!("{plural}.{group}") };
        let details = StatusDetails {
            name: name.into(),
            group: group.clone(),
            kind: plural.clone(),
            ..Default::default()
        };
        let status = Status {
            status: "Failure".into(),
            message: format!("{named} {name:?} not found in the cache"),
            reason: reason::NOT_FOUND.into(),
            details: Some(Box::new(details)),
            code: 404,
            ..Status::default()
        };
        Error::api(status, None)
    }
}

impl<T> Clone for Lister<T> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            resource: Arc::clone(&self.resource),
            namespace: self.namespace.clone(),
        }
    }
}

impl<T> fmt::Debug for Lister<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lister")
            .field("store", &self.store)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}
