//! [`SharedInformer`]: a cache whose changes are told to any number of handlers.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::builder::CacheBuilder;
use super::event::CacheEvent;
use super::handler::{HandlerHealth, HandlerOptions};
use super::handlers::{HandlerHandle, Handlers};
use super::health::Health;
use super::lister::Lister;
use super::reflector::Reflector;
use super::sink::Sink;
use super::store::Store;
use super::sync_error::SyncError;
use crate::api::Api;
use crate::background::{drop_wait, still_busy, waits_for_itself};
use crate::error::Error;
use crate::meta::resource::Object;
use crate::stop::{Stop, any_of};

/// A cache of a collection, and handlers that are told of its changes.
///
/// What it promises is client-go's:
///
/// - **Eventually** the cache, and what a handler was told, is as the server's collection is: the last state
///   of each object, or that it is gone, arrives, unless the informer is stopped or cut off for good.
/// - **In order**: what a handler is told of one object, one by one, is an ordered part of what happened to
///   it. Between objects there is no order.
/// - **Compressed** it may be: states that are outdated before the handler comes to them are not told
///   ([`HandlerOptions::raw`] asks for each single one), and of what happens while the server can't be heard
///   the outcome is told. An object that is gone then is [`Deleted::Missed`](super::Deleted::Missed); one
///   that was replaced by another one of its name is deleted and added.
/// - The **cache is first**: when a handler is told of a state, the store shows it, or a later one.
/// - Each handler has a **thread of its own**; a slow one holds up nobody. One that panics is reported, and
///   goes on with the next event.
///
/// ```
/// # use kubeclient::{Api, ObjectMeta, Resource, RestClient, Stop};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Resource, Serialize, Deserialize, Debug)]
/// # #[resource(group = "", version = "v1")]
/// # struct ConfigMap { metadata: ObjectMeta }
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
/// use kubeclient::cache::{CacheEvent, SharedInformer, strip_managed_fields};
/// use std::sync::mpsc;
/// use std::time::Duration;
///
/// let maps: Api<ConfigMap> = Api::namespaced(&client, "default");
/// let informer = SharedInformer::builder(&maps)
///     .transform(strip_managed_fields)
///     .index("letter", |map: &ConfigMap| map.metadata.name.chars().next())
///     .start()?;
/// let (sender, names) = mpsc::channel();
/// let _handler = informer.add_handler(move |event| {
///     if let CacheEvent::Added { object, .. } = event {
///         let _ = sender.send(object.metadata.name.clone());
///     }
/// })?;
/// informer.wait_synced(&Stop::after(Duration::from_secs(30)))?;
///
/// maps.create(&ConfigMap { metadata: ObjectMeta::named("settings") })?;
/// assert_eq!(names.recv_timeout(Duration::from_secs(30)).unwrap(), "settings");
/// assert_eq!(informer.lister().by_index("letter", "s")?.len(), 1);
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Threads
/// One for the cache and one for each handler. Dropping the informer stops them, and waits for up to a second;
/// one that is in a function of the program still is then left to end by itself, and a warning says so.
pub struct SharedInformer<T: Object + Send + Sync + 'static> {
    reflector: Reflector<T>,
    handlers: Arc<Handlers<T>>,
    lister: Lister<T>,
}

/// How an informer is, at one moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InformerHealth {
    /// The cache.
    pub cache: Health,
    /// The handlers, in the order in which they came; then those that were removed and are at it still.
    pub handlers: Vec<HandlerHealth>,
}

impl<T: Object + DeserializeOwned + Send + Sync + 'static> SharedInformer<T> {
    /// An informer of the objects of an Api, to be told more about.
    pub fn builder(api: &Api<T>) -> CacheBuilder<T> {
        CacheBuilder::new(api)
    }

    pub(super) fn new(builder: CacheBuilder<T>) -> Self {
        let api = builder.api.clone();
        let mut made = None;
        let reflector = Reflector::telling(builder, |store, reporter, role| {
            let role = format!("{role}-handler");
            let handlers = Arc::new(Handlers::new(store, Arc::clone(reporter), role));
            made = Some(Arc::clone(&handlers));
            handlers as Arc<dyn Sink<T>>
        });
        // Invariant: `telling` makes its sink, once.
        let handlers = made.expect("handlers");
        let lister = Lister::new(reflector.store(), api.resource(), api.namespace());
        Self { reflector, handlers, lister }
    }

    /// Starts the cache; where it was started already, nothing happens.
    ///
    /// # Errors
    /// The informer was stopped, or the system has no thread to give.
    pub fn start(&self) -> Result<(), Error> {
        self.reflector.start()
    }

    /// Adds a function that is told of changes, from now on and first of the objects that are there; at any
    /// time, before the start as well.
    ///
    /// # Errors
    /// As [`SharedInformer::start`].
    pub fn add_handler(
        &self,
        handler: impl FnMut(CacheEvent<T>) + Send + 'static,
    ) -> Result<HandlerHandle<T>, Error> {
        self.add_handler_with(&HandlerOptions::default(), handler)
    }

    /// Adds a function that is told of changes as these options say.
    ///
    /// # Errors
    /// As [`SharedInformer::start`].
    pub fn add_handler_with(
        &self,
        options: &HandlerOptions,
        handler: impl FnMut(CacheEvent<T>) + Send + 'static,
    ) -> Result<HandlerHandle<T>, Error> {
        self.handlers.add(options, handler)
    }
}

impl<T: Object + Send + Sync + 'static> SharedInformer<T> {
    /// Waits until the cache has been filled once.
    ///
    /// # Errors
    /// The token was stopped or its deadline passed, or the informer was stopped. [`SyncError::last_error`] is
    /// the last failure of its requests, such as that listing is forbidden.
    ///
    /// # Blocking
    /// Until then. The token ends it.
    pub fn wait_synced(&self, stop: &Stop) -> Result<(), SyncError> {
        self.reflector.store().wait_synced(stop)
    }

    /// The cache's objects, to be read.
    pub fn store(&self) -> &Store<T> {
        self.reflector.store()
    }

    /// The cache's objects, found by name, labels and index.
    pub fn lister(&self) -> &Lister<T> {
        &self.lister
    }

    /// How it is: the cache and each handler.
    pub fn health(&self) -> InformerHealth {
        InformerHealth { cache: self.reflector.health(), handlers: self.handlers.health() }
    }

    /// The token that ends the cache, without waiting for it.
    pub fn stopper(&self) -> Stop {
        self.reflector.stopper()
    }

    /// Whether this is a thread of its cache or of a handler.
    pub(super) fn is_own_thread(&self) -> bool {
        self.reflector.is_own_thread() || self.handlers.is_own_thread()
    }

    /// Waits as a drop does: a function of the informer's that drops it would wait for itself.
    pub(super) fn leave(&self, stop: &Stop) {
        if self.is_own_thread() {
            // Its own drop would wait.
            self.reflector.abandon();
            return;
        }
        self.reflector.leave(stop);
        self.handlers.leave(stop);
    }

    /// Tells the cache and the handlers to end. It does not wait. What handlers have not been told yet they
    /// never will be.
    pub fn stop(&self) {
        self.reflector.stop();
        self.handlers.close();
    }

    /// Waits until the cache and the handlers, those that were removed too, have ended.
    ///
    /// # Errors
    /// [`Timeout`](crate::ErrorKind::Timeout) or [`Stopped`](crate::ErrorKind::Stopped): the token was, before;
    /// the message names who is still busy, and with which object.
    /// [`Invalid`](crate::ErrorKind::Invalid): it is called by a function of the informer's, which would wait for
    /// itself.
    ///
    /// # Blocking
    /// Until somebody has stopped the informer and each function of the program has returned from what it does.
    /// The token ends it.
    pub fn join(&self, stop: &Stop) -> Result<(), Error> {
        if self.is_own_thread() {
            return Err(waits_for_itself(self.store().what()));
        }
        let stopper = self.stopper();
        if !stopper.is_stopped() {
            let (either, _hooks) = any_of([stopper.clone(), stop.clone()], None);
            either.wait();
        }
        if !stopper.is_stopped() {
            return Err(still_busy(&self.reflector, stop));
        }
        self.reflector.join(stop)?;
        // Perhaps it was stopped by its token alone, or by that of the client.
        self.handlers.close();
        self.handlers.join(stop)
    }
}

impl<T: Object + Send + Sync + 'static> Drop for SharedInformer<T> {
    fn drop(&mut self) {
        self.stop();
        self.leave(&drop_wait());
    }
}

impl<T: Object + Send + Sync + 'static> fmt::Debug for SharedInformer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedInformer").field("store", self.store()).finish_non_exhaustive()
    }
}
