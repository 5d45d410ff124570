//! [`Api`]: what you ask of one kind. It turns verbs into requests, and nothing else.

mod params;
mod patch;
mod read;
mod pager;
mod write;
mod subresource;
mod event;
mod raw_watch;
mod watch;
pub(crate) mod watched;
pub(crate) mod backoff;
mod conflict;
mod parse;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::meta::api_resource::ApiResource;
use crate::meta::resource::{Metadata, Namespaced, Object, Representation, Resource};
use crate::meta::type_meta::TypeMeta;
use crate::meta::typed::Expected;
use crate::rest::wire::{self, Answer};
use crate::rest::{Request, ResourcePath, Response, RestClient};
use crate::stop::Stop;

pub use conflict::retry_on_conflict;
pub use pager::ListAll;
pub use params::{
    DeleteParams, FieldValidation, GetParams, ListParams, LogParams, LogSource, PatchParams,
    PostParams, Preconditions, PropagationPolicy, VersionMatch, WatchParams,
};
pub use patch::Patch;
pub use raw_watch::{RawEvent, RawWatch};
pub use subresource::{DISRUPTION_BUDGET, LogLines};
pub use watch::{Watch, WatchEvent};
pub use write::DeleteResponse;

/// The objects of one kind: in one namespace, or in all of them, or outside of any.
///
/// ```
/// use kubeclient::{Api, ListParams, ObjectMeta, Resource, RestClient};
/// use serde::{Deserialize, Serialize};
/// use serde_json::{Map, Value};
///
/// #[derive(Resource, Serialize, Deserialize, Clone, Debug)]
/// #[resource(group = "", version = "v1")]
/// struct ConfigMap {
///     metadata: ObjectMeta,
///     /// Keeps every other field, so that a replace loses none.
///     #[serde(flatten)]
///     rest: Map<String, Value>,
/// }
///
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
/// let maps: Api<ConfigMap> = Api::namespaced(&client, "default");
/// maps.create(&ConfigMap { metadata: ObjectMeta::named("settings"), rest: Map::new() })?;
/// assert_eq!(maps.get("settings")?.metadata.namespace, "default");
/// for map in maps.list_all(&ListParams::default().fields("metadata.name=settings")) {
///     assert_eq!(map?.metadata.name, "settings");
/// }
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// Scope is in the type: a cluster-scoped kind has no [`Api::namespaced`]. Code for any kind asks for
/// `T: Namespaced + Complete + Serialize + DeserializeOwned`, or as much of it as it uses.
///
/// # Blocking
/// Every call returns when its answer is read, within the client's
/// [`Timeouts`](crate::config::Timeouts), and within 50 ms once its [`Stop`] is stopped.
///
/// # Threads
/// A clone costs two reference counts; clones and threads share the client's connections.
pub struct Api<T> {
    client: RestClient,
    kind: Arc<Kind>,
    namespace: Option<String>,
    timeout: Option<Duration>,
    skips_managed_fields: bool,
    object: PhantomData<fn() -> T>,
}

/// What an [`Api`] knows of its kind.
struct Kind {
    resource: ApiResource,
    /// What an object of the kind says of itself.
    own: TypeMeta,
    /// What an answer in the form asked for says of itself.
    wire: TypeMeta,
}

impl Kind {
    /// What an answer must say that it is.
    fn expected(&self) -> Expected<'_> {
        let TypeMeta { api_version, kind } = &self.wire;
        Expected { api_version, kind, required: true }
    }
}

// The bounds stand on the functions: on the impl, a missing one would say no more than that it is missing.
impl<T> Api<T> {
    /// All objects of the kind: of a cluster-scoped kind, or of a namespaced one across namespaces.
    pub fn all(client: &RestClient) -> Self
    where
        T: Resource,
    {
        Self::of(client, T::api_resource(), None)
    }

    /// The objects of the kind in one namespace.
    pub fn namespaced(client: &RestClient, namespace: impl Into<String>) -> Self
    where
        T: Namespaced,
    {
        Self::of(client, T::api_resource(), Some(namespace.into()))
    }

    /// The objects of the kind in the namespace that the client's configuration names.
    pub fn default_namespaced(client: &RestClient) -> Self
    where
        T: Namespaced,
    {
        Self::namespaced(client, &client.config().namespace)
    }
}

impl<T: Object> Api<T> {
    /// All objects of a kind known at run time.
    ///
    /// `T` is mostly a [`DynamicObject`](crate::DynamicObject); a type of its own works too, where its
    /// fields fit the kind.
    pub fn dynamic(client: &RestClient, resource: &ApiResource) -> Self {
        Self::of(client, resource.clone(), None)
    }

    /// The objects of a kind known at run time in one namespace; of a cluster-scoped kind, all objects,
    /// as with kubectl's `-n`.
    pub fn dynamic_namespaced(
        client: &RestClient,
        resource: &ApiResource,
        namespace: impl Into<String>,
    ) -> Self {
        let namespace = resource.namespaced.then(|| namespace.into());
        Self::of(client, resource.clone(), namespace)
    }

    fn of(client: &RestClient, resource: ApiResource, namespace: Option<String>) -> Self {
        let own = resource.type_meta();
        let wire = match T::representation() {
            Representation::Whole => own.clone(),
            Representation::MetadataOnly => {
                TypeMeta::new("meta.k8s.io/v1", "PartialObjectMetadata")
            }
        };
        let kind = Arc::new(Kind { resource, own, wire });
        Self {
            client: client.clone(),
            kind,
            namespace,
            timeout: None,
            skips_managed_fields: false,
            object: PhantomData,
        }
    }

    /// The same objects, through calls that this token ends.
    #[must_use]
    pub fn with_stop(&self, stop: &Stop) -> Self {
        Self { client: self.client.with_stop(stop), ..self.clone() }
    }

    /// The same objects, through calls that may take so long, retries included; the server is told too.
    ///
    /// Without it, the client's [`Timeouts`](crate::config::Timeouts) hold and the server is told nothing. A
    /// watch has a timeout of its own; a log that is read as it comes has none.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self.clone() }
    }

    /// The same objects, read without their `metadata.managedFields`: who set which fields, which is often
    /// the larger half of an object.
    ///
    /// It saves their memory and most of the time that reading them takes; what travels is the same. It is
    /// [`ObjectMeta`](crate::ObjectMeta) that passes them over: a metadata type of your own, or of another
    /// crate, is read whole. An
    /// object so read can be replaced: where a replace has none, the server keeps its own.
    #[must_use]
    pub fn without_managed_fields(&self) -> Self {
        Self { skips_managed_fields: true, ..self.clone() }
    }

    /// The same kind and namespace, read as another type: a projection, or
    /// [`PartialObjectMetadata`](crate::meta::partial::PartialObjectMetadata).
    pub fn read_as<U: Object>(&self) -> Api<U> {
        let api = Api::of(&self.client, self.kind.resource.clone(), self.namespace.clone());
        Api { timeout: self.timeout, skips_managed_fields: self.skips_managed_fields, ..api }
    }

    /// The kind.
    pub fn resource(&self) -> &ApiResource {
        &self.kind.resource
    }

    /// The namespace, if it is one.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The same objects, those of one namespace.
    pub(crate) fn within(&self, namespace: &str) -> Self {
        Self { namespace: Some(namespace.into()), ..self.clone() }
    }

    /// Whether objects are read without their `managedFields`.
    pub(crate) fn skips_managed_fields(&self) -> bool {
        self.skips_managed_fields
    }

    /// The client that sends the requests.
    pub fn client(&self) -> &RestClient {
        &self.client
    }

    /// The path of the collection.
    fn collection(&self) -> ResourcePath {
        let path = ResourcePath::of(&self.kind.resource);
        match &self.namespace {
            Some(namespace) => path.namespace(namespace),
            None => path,
        }
    }

    /// The path of one object; of a namespaced kind only where the namespace is known.
    fn object(&self, name: &str) -> Result<ResourcePath, Error> {
        if self.kind.resource.namespaced && self.namespace.is_none() {
            return Err(Error::invalid(format!(
                "{} {name:?}: expected a namespace, since the kind is namespaced (`Api::namespaced`)",
                self.kind.resource.kind
            )));
        }
        Ok(self.collection().name(name))
    }

    /// The path of the collection that an object is created in: the Api's, or the object's own.
    fn collection_of(&self, object: &T) -> Result<ResourcePath, Error> {
        let own = object.metadata().namespace();
        let kind = &self.kind.resource.kind;
        match (&self.namespace, own) {
            (None, "") if self.kind.resource.namespaced => Err(Error::invalid(format!(
                "{kind} {:?}: expected a namespace, in its metadata or by `Api::namespaced`",
                object.metadata().name()
            ))),
            (None, own) if self.kind.resource.namespaced => Ok(self.collection().namespace(own)),
            (Some(namespace), own) if !own.is_empty() && own != namespace => {
                Err(Error::invalid(format!(
                    "{kind} {:?}: its metadata says namespace {own:?}, expected {namespace:?}",
                    object.metadata().name()
                )))
            }
            _ => Ok(self.collection()),
        }
    }

    /// The media types by which objects in this form are asked for.
    fn accept(&self, answer: Answer) -> String {
        wire::accept::<T>(self.client.wire(), &self.kind.wire, answer)
    }

    /// What an answer must say that it is.
    fn expected(&self) -> Expected<'_> {
        self.kind.expected()
    }

    /// What goes out to an object's path and comes back as an object.
    fn exchange(&self, request: Request) -> Result<T, Error>
    where
        T: serde::de::DeserializeOwned,
    {
        let response = self.send(request.accept(self.accept(Answer::Object)))?;
        self.read_object(&response)
    }

    fn send(&self, request: Request) -> Result<Response, Error> {
        self.client.send(&self.timed(request))
    }

    /// Bounds a request as the Api is, where it is not bounded itself.
    fn timed(&self, request: Request) -> Request {
        match self.timeout.filter(|_| request.own_timeout().is_none()) {
            Some(timeout) => request.timeout(timeout),
            None => request,
        }
    }
}

impl<T> Clone for Api<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            kind: Arc::clone(&self.kind),
            namespace: self.namespace.clone(),
            timeout: self.timeout,
            skips_managed_fields: self.skips_managed_fields,
            object: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Api<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("resource", &self.kind.resource)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}
