//! [`Reflector`]: the thread that keeps a store as the server's collection is.
//!
//! What it asks the server, when it asks again and when it starts over is the business of
//! [`Watch`](crate::Watch); what that means for a store is said in `run`.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::builder::CacheBuilder;
use super::health::{Health, Monitor, ReflectorState};
use super::index::Indexers;
use super::report::Reporter;
use super::run::Run;
use super::sink::{Nobody, Sink};
use super::store::{Store, Writer};
use super::sync_error::SyncError;
use crate::api::Api;
use crate::api::watched::pause_by;
use crate::background::{Background, drop_wait, still_busy, waits_for_itself};
use crate::error::{Error, ErrorKind};
use crate::meta::resource::Object;
use crate::stop::{Hook, Stop};
use crate::sync::{Mutex, lock};

/// Keeps a [`Store`] as a collection of the server is, on a thread of its own.
///
/// It reads the objects that are there, then hears of their changes; it goes on after lost connections, and
/// when it has to read all objects anew, readers see the old state until the new one is whole. An object
/// that can't be read is reported, and the others are kept as ever; what was known of it stays.
///
/// ```
/// # use kubeclient::{Api, ObjectMeta, Resource, RestClient, Stop};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Resource, Serialize, Deserialize, Debug)]
/// # #[resource(group = "", version = "v1")]
/// # struct ConfigMap { metadata: ObjectMeta }
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
/// use kubeclient::cache::{ObjectKey, Reflector};
/// use std::time::Duration;
///
/// let maps: Api<ConfigMap> = Api::namespaced(&client, "default");
/// let reflector = Reflector::builder(&maps).start()?;
/// let stop = Stop::after(Duration::from_secs(30));
/// reflector.wait_synced(&stop)?;
///
/// let created = maps.create(&ConfigMap { metadata: ObjectMeta::named("settings") })?;
/// let store = reflector.store();
/// store.wait_for_resource_version(&created.metadata.resource_version, &stop)?;
/// assert!(store.get(&ObjectKey::new("default", "settings")).is_some());
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Threads
/// One, started by [`Reflector::start`]. Dropping the reflector stops it, and waits for up to a second.
pub struct Reflector<T: Object> {
    store: Store<T>,
    monitor: Arc<Monitor>,
    stop: Stop,
    role: String,
    phase: Mutex<Phase<T>>,
    /// Tells those who wait for a cache that was stopped before it was started.
    _stopped: Hook,
}

enum Phase<T> {
    New(Box<Run<T>>),
    /// It runs, or has run.
    Started(Arc<Background<()>>),
    /// It was stopped before it was started, or could not be.
    Never,
}

impl<T: Object + DeserializeOwned + Send + Sync + 'static> Reflector<T> {
    /// A reflector of the objects of an Api, to be told more about.
    pub fn builder(api: &Api<T>) -> CacheBuilder<T, Self> {
        CacheBuilder::new(api)
    }

    pub(super) fn new(builder: CacheBuilder<T, Self>) -> Self {
        Self::telling(builder, |_, _, _| Arc::new(Nobody))
    }

    /// A reflector that tells a sink, which is made from the store, where failures go and what threads are
    /// called.
    pub(super) fn telling<C>(
        builder: CacheBuilder<T, C>,
        sink: impl FnOnce(&Store<T>, &Arc<Reporter>, &str) -> Arc<dyn Sink<T>>,
    ) -> Self {
        let CacheBuilder {
            api,
            params,
            transform,
            indexers,
            reporter,
            clock,
            pause,
            relist_every,
            end_mark,
            ..
        } = builder;
        let resource = api.resource();
        let role = format!("cache-{}", resource.plural);
        let what = match api.namespace() {
            Some(namespace) => format!("{} in namespace {namespace:?}", resource.plural),
            None => resource.plural.clone(),
        };
        let reporter = Arc::new(reporter);
        let monitor = Arc::new(Monitor::new());
        let indexers = Arc::new(Indexers { all: indexers, reporter: Arc::clone(&reporter) });
        let writer = Writer::new(what, indexers, Arc::clone(&monitor));
        let store = writer.store().clone();
        let stop = api.client().stop().child();
        let sink = sink(&store, &reporter, &role);
        let run = Run {
            api: api.with_stop(&stop),
            stop: stop.clone(),
            params,
            transform,
            writer,
            sink,
            reporter,
            monitor: Arc::clone(&monitor),
            pause: pause.unwrap_or_else(|| pause_by(&clock)),
            clock,
            relist_every,
            end_mark,
            is_filling: true,
        };
        let phase = Mutex::new(Phase::New(Box::new(run)));
        let stopped = {
            let monitor = Arc::clone(&monitor);
            stop.on_stop(move || monitor.stopped_unstarted())
        };
        Self { store, monitor, stop, role, phase, _stopped: stopped }
    }

    /// Starts the thread; where it was started already, nothing happens.
    ///
    /// # Errors
    /// The reflector was stopped, or the system has no thread to give; it can't be started then, either.
    pub fn start(&self) -> Result<(), Error> {
        if self.stop.is_stopped() {
            self.stop();
            return Err(Error::stopped());
        }
        let mut phase = lock(&self.phase);
        match std::mem::replace(&mut *phase, Phase::Never) {
            Phase::New(run) => match Background::spawn(&self.role, move || run.run()) {
                Ok(thread) => {
                    *phase = Phase::Started(Arc::new(thread));
                    Ok(())
                }
                Err((error, run)) => {
                    drop(phase);
                    drop(run);
                    // Nobody waits for what will never be.
                    self.monitor.update(|health| health.state = ReflectorState::Stopped);
                    let what = "a thread could not be started";
                    Err(Error::new(ErrorKind::System, what).because(error))
                }
            },
            Phase::Never => Err(Error::stopped()),
            started => {
                *phase = started;
                Ok(())
            }
        }
    }

    /// Waits until the store has been filled once.
    ///
    /// # Errors
    /// The token was stopped or its deadline passed, or the reflector was stopped. [`SyncError::last_error`] is
    /// the last failure of its requests, such as that listing is forbidden.
    ///
    /// # Blocking
    /// Until then. The token ends it.
    pub fn wait_synced(&self, stop: &Stop) -> Result<(), SyncError> {
        self.store.wait_synced(stop)
    }
}

impl<T: Object> Reflector<T> {
    /// The store that it fills.
    pub fn store(&self) -> &Store<T> {
        &self.store
    }

    /// How it is: what its thread does, when the server was last heard, what failed last.
    pub fn health(&self) -> Health {
        self.monitor.health()
    }

    /// The token that ends the thread.
    pub fn stopper(&self) -> Stop {
        self.stop.clone()
    }

    /// Tells the thread to end. It does not wait.
    pub fn stop(&self) {
        self.stop.stop();
        let mut phase = lock(&self.phase);
        if let Phase::New(_) = *phase {
            let run = std::mem::replace(&mut *phase, Phase::Never);
            drop(phase);
            // What functions of the program hold goes outside the lock.
            drop(run);
            self.monitor.update(|health| health.state = ReflectorState::Stopped);
        }
    }

    /// Waits until the thread has ended.
    ///
    /// # Errors
    /// [`Timeout`](ErrorKind::Timeout) or [`Stopped`](ErrorKind::Stopped): the token was, before.
    /// [`Invalid`](ErrorKind::Invalid): it is called by a function of the cache's, which would wait for itself.
    ///
    /// # Blocking
    /// Once the reflector is stopped, for at most 50 ms and as long as a function of the program takes that it is
    /// in. The token ends it.
    pub fn join(&self, stop: &Stop) -> Result<(), Error> {
        let Some(thread) = self.thread() else { return Ok(()) };
        match thread.is_current() {
            true => Err(waits_for_itself(self)),
            false if thread.wait(stop) => Ok(()),
            false => Err(still_busy(self, stop)),
        }
    }

    /// Waits as a drop does.
    pub(super) fn leave(&self, stop: &Stop) {
        if let Some(thread) = self.thread() {
            thread.leave(self, stop);
        }
    }

    /// No drop waits for the thread any more.
    pub(super) fn abandon(&self) {
        if let Some(thread) = self.thread() {
            thread.abandon();
        }
    }

    /// Whether this is the reflector's thread.
    pub(super) fn is_own_thread(&self) -> bool {
        self.thread().is_some_and(|thread| thread.is_current())
    }

    fn thread(&self) -> Option<Arc<Background<()>>> {
        match &*lock(&self.phase) {
            Phase::Started(thread) => Some(Arc::clone(thread)),
            _ => None,
        }
    }
}

impl<T: Object> Drop for Reflector<T> {
    fn drop(&mut self) {
        self.stop();
        self.leave(&drop_wait());
    }
}

impl<T: Object> fmt::Display for Reflector<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the cache of {}", self.store.what())
    }
}

impl<T: Object> fmt::Debug for Reflector<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reflector").field("store", &self.store).finish_non_exhaustive()
    }
}
