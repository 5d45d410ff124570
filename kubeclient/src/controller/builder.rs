//! [`ControllerBuilder`]: how a controller is to be.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::controller::{Controller, OnError, Shared};
use super::guard::{Limiter, Metrics};
use super::metrics::ControllerMetrics;
use super::owner::Primary;
use super::reconcile_error::ReconcileError;
use super::source::{Filter, Source, Watched, of_each_state};
use crate::cache::queue::{RateLimiter, default_limiter};
use crate::cache::{CacheEvent, ObjectKey, SharedInformer};
use crate::clock::Clock;
use crate::error::Error;
use crate::meta::resource::{Metadata, Object};
use crate::sync::Mutex;

/// How long the caches may take to be filled, as in controller-runtime.
const SYNC_TIMEOUT: Duration = Duration::from_secs(120);

/// How a [`Controller`] is to be.
///
/// The functions given to it run on the threads of the caches' handlers. One that panics is reported as a
/// handler's panic is, and loses nothing: what the event may have been about is looked at.
#[must_use = "a builder does nothing until `build`"]
pub struct ControllerBuilder<T: Object + Send + Sync + 'static> {
    primary: Arc<SharedInformer<T>>,
    filter: Option<Arc<Filter<T>>>,
    others: Vec<Box<dyn Source>>,
    workers: usize,
    limiter: Box<dyn RateLimiter<ObjectKey>>,
    metrics: Arc<dyn ControllerMetrics>,
    on_error: Option<Box<OnError>>,
    max_attempts: Option<u32>,
    clock: Clock,
    sync_timeout: Duration,
    grace: Duration,
}

impl<T: Object + DeserializeOwned + Send + Sync + 'static> ControllerBuilder<T> {
    pub(super) fn new(primary: Arc<SharedInformer<T>>) -> Self {
        Self {
            primary,
            filter: None,
            others: Vec::new(),
            workers: 1,
            limiter: Box::new(default_limiter()),
            metrics: Arc::new(()),
            on_error: None,
            max_attempts: None,
            clock: Clock::real(),
            sync_timeout: SYNC_TIMEOUT,
            grace: Duration::ZERO,
        }
    }

    /// Only changes of primary objects that pass this; of several such functions, that pass them all. Such as
    /// [`generation_changed`](super::generation_changed).
    ///
    /// What is there when the controller starts comes as [`Added`](CacheEvent::Added), what is gone as
    /// [`Deleted`](CacheEvent::Deleted): one that holds these back means it.
    pub fn filter(
        mut self,
        passes: impl Fn(&CacheEvent<T>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.filter = Some(match self.filter.take() {
            None => Arc::new(passes),
            Some(first) => Arc::new(move |event| first(event) && passes(event)),
        });
        self
    }

    /// Looks at objects that primary ones control: a change of one queues the key of the owner that its
    /// owner references name as controller, where that is of the primary kind and group, in any version. When
    /// it changes hands, both owners are queued.
    ///
    /// The metadata type must hold the owner references
    /// ([`Metadata::owner_references`]).
    pub fn owns<W>(self, informer: &Arc<SharedInformer<W>>) -> Self
    where
        W: Object + DeserializeOwned + Send + Sync + 'static,
    {
        self.owns_if(informer, |_| true)
    }

    /// [`owns`](Self::owns), only for changes that pass.
    pub fn owns_if<W>(
        self,
        informer: &Arc<SharedInformer<W>>,
        passes: impl Fn(&CacheEvent<W>) -> bool + Send + Sync + 'static,
    ) -> Self
    where
        W: Object + DeserializeOwned + Send + Sync + 'static,
    {
        let lister = self.primary.lister();
        let resource = lister.resource();
        let primary = Primary {
            group: resource.group.clone(),
            kind: resource.kind.clone(),
            namespaced: resource.namespaced,
            namespace: lister.scope().map(Into::into),
        };
        let is_told = AtomicBool::new(false);
        let what = informer.store().what().to_owned();
        self.watches_if(informer, passes, move |object| {
            let holds_owners = object.metadata().owner_references().is_some();
            if !holds_owners && !is_told.swap(true, Ordering::Relaxed) {
                log::error!(
                    "{what}: their metadata type holds no owner references: nobody owns them"
                );
            }
            primary.controls(object).into_iter().collect()
        })
    }

    /// Looks at other objects: a change of one queues the keys that the function gives for it; an update,
    /// for both of its states.
    pub fn watches<W>(
        self,
        informer: &Arc<SharedInformer<W>>,
        keys: impl Fn(&W) -> Vec<ObjectKey> + Send + Sync + 'static,
    ) -> Self
    where
        W: Object + DeserializeOwned + Send + Sync + 'static,
    {
        self.watches_if(informer, |_| true, keys)
    }

    /// [`watches`](Self::watches), only for changes that pass.
    pub fn watches_if<W>(
        mut self,
        informer: &Arc<SharedInformer<W>>,
        passes: impl Fn(&CacheEvent<W>) -> bool + Send + Sync + 'static,
        keys: impl Fn(&W) -> Vec<ObjectKey> + Send + Sync + 'static,
    ) -> Self
    where
        W: Object + DeserializeOwned + Send + Sync + 'static,
    {
        self.others.push(Box::new(Watched {
            informer: Arc::clone(informer),
            passes: Arc::new(passes),
            keys: Arc::new(move |event| of_each_state(event, &keys)),
            fallback: None,
        }));
        self
    }

    /// How many keys are reconciled at once: 1 without it.
    pub fn workers(mut self, number: usize) -> Self {
        self.workers = number;
        self
    }

    /// How fast keys come back whose reconcile failed or asked for backoff;
    /// [`default_limiter`] without it.
    pub fn rate_limiter(mut self, limiter: impl RateLimiter<ObjectKey> + 'static) -> Self {
        self.limiter = Box::new(limiter);
        self
    }

    /// Leaves a key alone that failed so often in a row, until it is queued again. Without it, none is.
    pub fn max_attempts(mut self, number: u32) -> Self {
        self.max_attempts = Some(number);
        self
    }

    /// Is told of each reconcile that failed, on its worker's thread. Without it, they are logged.
    pub fn on_error(mut self, report: impl Fn(&ReconcileError) + Send + Sync + 'static) -> Self {
        self.on_error = Some(Box::new(report));
        self
    }

    /// Who is told what happens. An `Arc` may be kept, to read what was counted.
    pub fn metrics(mut self, metrics: impl ControllerMetrics + 'static) -> Self {
        self.metrics = Arc::new(metrics);
        self
    }

    /// The clock by which keys wait; the machine's without it.
    pub fn clock(mut self, clock: &Clock) -> Self {
        self.clock = clock.clone();
        self
    }

    /// How long the caches may take to be filled before [`Controller::run`] fails: 2 minutes.
    pub fn sync_timeout(mut self, time: Duration) -> Self {
        self.sync_timeout = time;
        self
    }

    /// How long reconciles that run when the controller is stopped go on before their own
    /// [token](super::ReconcileRequest::stopper) is stopped: no time without it.
    ///
    /// A leader that lost its lease has lease duration less renew deadline (5 s) until another one may lead:
    /// where it is longer, reconciles must ask for the leadership before they write.
    pub fn grace(mut self, time: Duration) -> Self {
        self.grace = time;
        self
    }

    /// The controller.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid): it has no worker, or no attempt.
    pub fn build(self) -> Result<Controller<T>, Error> {
        let what = self.primary.store().what();
        if self.workers == 0 {
            return Err(Error::invalid(format!(
                "controller of {what}: expected a worker at least"
            )));
        }
        if self.max_attempts == Some(0) {
            return Err(Error::invalid(format!(
                "controller of {what}: max_attempts 0: expected an attempt at least"
            )));
        }
        let own = |event: &CacheEvent<T>| vec![event.key()];
        let mut sources: Vec<Box<dyn Source>> = vec![Box::new(Watched {
            informer: Arc::clone(&self.primary),
            passes: self.filter.unwrap_or_else(|| Arc::new(|_| true)),
            keys: Arc::new(own),
            fallback: Some(Arc::new(own)),
        })];
        sources.extend(self.others);
        Ok(Controller::new(Shared {
            primary: self.primary,
            sources,
            workers: self.workers,
            limiter: Limiter(self.limiter),
            metrics: Metrics(self.metrics),
            on_error: self.on_error,
            max_attempts: self.max_attempts,
            clock: self.clock,
            sync_timeout: self.sync_timeout,
            grace: self.grace,
            run: Mutex::new(None),
        }))
    }
}

impl<T: Object + Send + Sync + 'static> fmt::Debug for ControllerBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ControllerBuilder")
            .field("of", &self.primary.store().what())
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}
