//! [`InformerFactory`]: the informers of a program, one for each collection.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::builder::CacheBuilder;
use super::informer::{InformerHealth, SharedInformer};
use super::sync_error::SyncError;
use crate::api::{Api, WatchParams};
use crate::background::{drop_wait, waits_for_itself};
use crate::error::Error;
use crate::meta::api_resource::ApiResource;
use crate::meta::resource::Object;
use crate::rest::RestClient;
use crate::stop::Stop;
use crate::sync::{Mutex, lock};

/// The informers of a program: whoever asks for the same collection gets the same one.
///
/// ```
/// # use kubeclient::{Api, ObjectMeta, Resource, RestClient, Stop};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Resource, Serialize, Deserialize, Debug)]
/// # #[resource(group = "", version = "v1")]
/// # struct ConfigMap { metadata: ObjectMeta }
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
/// use kubeclient::cache::InformerFactory;
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// let factory = InformerFactory::new(&client);
/// let all = factory.informer(Api::<ConfigMap>::all);
/// assert!(Arc::ptr_eq(&all, &factory.informer(Api::<ConfigMap>::all)));
/// let some = factory.informer(|client| Api::<ConfigMap>::namespaced(client, "default"));
/// assert!(!Arc::ptr_eq(&all, &some));
///
/// factory.start()?;
/// factory.wait_synced(&Stop::after(Duration::from_secs(30)))?;
/// assert!(all.lister().namespace("default").get("settings").unwrap_err().is_not_found());
/// factory.shut_down(&Stop::after(Duration::from_secs(30)))?;
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Threads
/// Those of its informers. Dropping the factory stops them all, whoever else holds one, and waits for up to a
/// second; dropped by a function of one of them, for up to a second for each that nobody else holds.
pub struct InformerFactory {
    client: RestClient,
    stop: Stop,
    informers: Mutex<Vec<Made>>,
}

/// An informer, known by its collection.
struct Made {
    collection: Collection,
    typed: Arc<dyn Any + Send + Sync>,
    untyped: Arc<dyn Informer>,
}

/// What an informer is of.
#[derive(PartialEq, Eq)]
struct Collection {
    object: TypeId,
    resource: ApiResource,
    namespace: Option<String>,
    labels: Option<String>,
    fields: Option<String>,
    skips_managed_fields: bool,
}

/// An informer of any type.
trait Informer: Send + Sync {
    fn start(&self) -> Result<(), Error>;
    fn stop(&self);
    fn join(&self, stop: &Stop) -> Result<(), Error>;
    fn leave(&self, stop: &Stop);
    fn is_own_thread(&self) -> bool;
    fn wait_synced(&self, stop: &Stop) -> Result<(), SyncError>;
    fn health(&self) -> InformerHealth;
}

impl<T: Object + DeserializeOwned + Send + Sync + 'static> Informer for SharedInformer<T> {
    fn start(&self) -> Result<(), Error> {
        self.start()
    }

    fn stop(&self) {
        self.stop();
    }

    fn join(&self, stop: &Stop) -> Result<(), Error> {
        self.join(stop)
    }

    fn leave(&self, stop: &Stop) {
        self.leave(stop);
    }

    fn is_own_thread(&self) -> bool {
        self.is_own_thread()
    }

    fn wait_synced(&self, stop: &Stop) -> Result<(), SyncError> {
        self.wait_synced(stop)
    }

    fn health(&self) -> InformerHealth {
        self.health()
    }
}

impl InformerFactory {
    /// A factory without informers; theirs are this client's connections.
    pub fn new(client: &RestClient) -> Self {
        let stop = client.stop().child();
        Self { client: client.with_stop(&stop), stop, informers: Mutex::default() }
    }

    /// The informer of the objects of an Api, which is made from the factory's client.
    ///
    /// A new one is not started; [`InformerFactory::start`] does that.
    pub fn informer<T>(&self, api: impl FnOnce(&RestClient) -> Api<T>) -> Arc<SharedInformer<T>>
    where
        T: Object + DeserializeOwned + Send + Sync + 'static,
    {
        self.informer_with(api, &WatchParams::default(), |builder| builder)
    }

    /// The informer of the objects that these parameters select; where there is none yet, it is made as the
    /// function says. Of one that is there already, the function is not asked.
    pub fn informer_with<T>(
        &self,
        api: impl FnOnce(&RestClient) -> Api<T>,
        params: &WatchParams,
        configure: impl FnOnce(CacheBuilder<T>) -> CacheBuilder<T>,
    ) -> Arc<SharedInformer<T>>
    where
        T: Object + DeserializeOwned + Send + Sync + 'static,
    {
        let api = api(&self.client);
        let collection = Collection {
            object: TypeId::of::<T>(),
            resource: api.resource().clone(),
            namespace: api.namespace().map(Into::into),
            labels: params.label_selector.clone(),
            fields: params.field_selector.clone(),
            skips_managed_fields: api.skips_managed_fields(),
        };
        // Made without the lock, which is not held over functions of the program.
        if let Some(informer) = find(&lock(&self.informers), &collection) {
            return informer;
        }
        let builder = configure(SharedInformer::builder(&api).params(params));
        // The function may have said more of what is selected.
        let labels = builder.params.label_selector.clone();
        let fields = builder.params.field_selector.clone();
        let collection = Collection { labels, fields, ..collection };
        let informer = Arc::new(builder.build());
        let mut informers = lock(&self.informers);
        if let Some(informer) = find(&informers, &collection) {
            return informer;
        }
        let (typed, untyped) = (Arc::clone(&informer) as _, Arc::clone(&informer) as _);
        informers.push(Made { collection, typed, untyped });
        informer
    }

    /// Starts the informers that are not started yet.
    ///
    /// # Errors
    /// The factory was shut down, or the system has no thread to give.
    pub fn start(&self) -> Result<(), Error> {
        self.all().iter().try_for_each(|informer| informer.start())
    }

    /// Waits until all informers have been filled once.
    ///
    /// # Errors
    /// Of the first that is not: see [`SharedInformer::wait_synced`].
    ///
    /// # Blocking
    /// Until then. The token ends it.
    pub fn wait_synced(&self, stop: &Stop) -> Result<(), SyncError> {
        self.all().iter().try_for_each(|informer| informer.wait_synced(stop))
    }

    /// How the informers are, in the order in which they were made.
    pub fn health(&self) -> Vec<InformerHealth> {
        self.all().iter().map(|informer| informer.health()).collect()
    }

    /// Tells all informers to end, whoever else holds one. It does not wait.
    pub fn stop(&self) {
        self.stop.stop();
        self.all().iter().for_each(|informer| informer.stop());
    }

    /// Stops all informers, whoever else holds one, and waits for their threads.
    ///
    /// # Errors
    /// As [`SharedInformer::join`].
    ///
    /// # Blocking
    /// As [`SharedInformer::join`]; they end at the same time.
    pub fn shut_down(&self, stop: &Stop) -> Result<(), Error> {
        self.stop();
        let informers = self.all();
        // Those of two informers at once would wait for each other.
        if informers.iter().any(|informer| informer.is_own_thread()) {
            return Err(waits_for_itself("a factory"));
        }
        informers.iter().try_for_each(|informer| informer.join(stop))
    }

    fn all(&self) -> Vec<Arc<dyn Informer>> {
        lock(&self.informers).iter().map(|made| Arc::clone(&made.untyped)).collect()
    }
}

fn find<T: Object + Send + Sync + 'static>(
    informers: &[Made],
    collection: &Collection,
) -> Option<Arc<SharedInformer<T>>> {
    let made = informers.iter().find(|made| made.collection == *collection)?;
    Arc::clone(&made.typed).downcast().ok()
}

impl Drop for InformerFactory {
    fn drop(&mut self) {
        self.stop();
        let informers = self.all();
        // A function of one of them may be what this thread is called by; then it waits for none.
        if !informers.iter().any(|informer| informer.is_own_thread()) {
            let wait = drop_wait();
            informers.iter().for_each(|informer| informer.leave(&wait));
        }
    }
}

impl fmt::Debug for InformerFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InformerFactory")
            .field("informers", &lock(&self.informers).len())
            .finish_non_exhaustive()
    }
}
