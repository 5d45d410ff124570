//! [`CacheBuilder`]: what a cache is to hold, and how.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::index::Indexer;
use super::informer::SharedInformer;
use super::reflector::Reflector;
use super::report::Reporter;
use crate::api::watched::Pause;
use crate::api::{Api, WatchParams};
use crate::clock::Clock;
use crate::error::Error;
use crate::meta::resource::Object;

/// Changes objects before they are stored.
pub(super) type Transform<T> = Box<dyn Fn(&mut T) + Send + Sync>;

/// What a cache is to hold, and how: for a [`SharedInformer`], or a [`Reflector`] where `C` says so.
///
/// The functions given to it run on the cache's thread. One that panics is reported and does no harm. One that waits
/// for the cache (`wait_synced`, `wait_for_resource_version`) waits for itself, as long as its token lets it; and the
/// destructor of an object, which may run under the cache's locks, must not call back.
#[must_use = "a builder does nothing until `start` or `build`"]
pub struct CacheBuilder<T, C = SharedInformer<T>> {
    pub(super) api: Api<T>,
    pub(super) params: WatchParams,
    pub(super) transform: Option<Transform<T>>,
    pub(super) indexers: Vec<Indexer<T>>,
    pub(super) reporter: Reporter,
    pub(super) clock: Clock,
    /// How it waits between attempts, if not by the clock.
    pub(super) pause: Option<Pause>,
    pub(super) relist_every: Option<Duration>,
    /// How long the end of the initial objects is awaited, if not as ever.
    pub(super) end_mark: Option<Duration>,
    /// What is made.
    pub(super) cache: PhantomData<fn() -> C>,
}

impl<T: Object + DeserializeOwned + Send + Sync + 'static, C> CacheBuilder<T, C> {
    pub(super) fn new(api: &Api<T>) -> Self {
        Self {
            api: api.clone(),
            params: WatchParams::default(),
            transform: None,
            indexers: Vec::new(),
            reporter: Reporter::default(),
            clock: Clock::real(),
            pause: None,
            relist_every: None,
            end_mark: None,
            cache: PhantomData,
        }
    }

    /// Which objects, and how long a connection lasts. Its resource version is not looked at: a cache begins
    /// with the objects that are there.
    pub fn params(mut self, params: &WatchParams) -> Self {
        self.params = WatchParams { resource_version: None, ..params.clone() };
        self
    }

    /// Only objects with these labels: a [`LabelSelector`](crate::meta::selector::LabelSelector) or its text.
    pub fn labels(mut self, selector: impl ToString) -> Self {
        self.params = self.params.labels(selector);
        self
    }

    /// Only objects with these fields: a [`FieldSelector`](crate::meta::selector::FieldSelector) or its
    /// text.
    pub fn fields(mut self, selector: impl ToString) -> Self {
        self.params = self.params.fields(selector);
        self
    }

    /// Changes each object before it is stored, such as by dropping what nobody reads
    /// ([`strip_managed_fields`](super::strip_managed_fields)). It must not change the metadata by which the
    /// object is known: namespace, name, UID, resource version.
    ///
    /// An object at which it panics is reported and not stored.
    pub fn transform(mut self, transform: impl Fn(&mut T) + Send + Sync + 'static) -> Self {
        self.transform = Some(match self.transform.take() {
            None => Box::new(transform),
            Some(first) => Box::new(move |object| {
                first(object);
                transform(object);
            }),
        });
        self
    }

    /// Keeps an index: the function gives the values under which an object is found.
    ///
    /// An object at which it panics is reported and stands under no value.
    pub fn index<I, V>(
        mut self,
        name: impl Into<String>,
        values: impl Fn(&T) -> I + Send + Sync + 'static,
    ) -> Self
    where
        I: IntoIterator<Item = V>,
        V: Into<String>,
    {
        let values = move |object: &T| values(object).into_iter().map(Into::into).collect();
        self.indexers.push(Indexer { name: name.into(), values: Box::new(values) });
        self
    }

    /// Reads all objects anew each time that this has passed, although nothing is known to be missing.
    ///
    /// Nobody needs it whose server keeps its promises. One whose etcd was put back to a backup may go on with
    /// versions that it had before; a watch then can't tell that it misses anything, and a list can
    /// ([`Health::rewinds`](super::Health::rewinds)). It happens at the end of a connection, which lasts 5 to
    /// 10 minutes ([`WatchParams::timeout`]), so that an hour may be ten minutes more.
    pub fn relist_every(mut self, period: Duration) -> Self {
        self.relist_every = Some(period);
        self
    }

    /// Another clock than the machine's, by which it waits between attempts, longer after each that failed, and
    /// by which [`relist_every`](Self::relist_every) goes. A test moves it by hand; what bounds a request stays
    /// with the machine's, but for the time in which a stream that goes on has to say that the initial objects are all.
    pub fn clock(mut self, clock: &Clock) -> Self {
        self.clock = clock.clone();
        self
    }

    /// Is told of failures while the cache goes on: objects that can't be read
    /// ([`Error::object`] names them), requests that the server refuses, and panics of the program's own
    /// functions. Without it, they are logged.
    pub fn on_error(mut self, report: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.reporter = Reporter::new(report);
        self
    }

    /// Waits so between attempts, for tests.
    #[cfg(all(test, feature = "derive"))]
    pub(super) fn pause(
        mut self,
        pause: impl Fn(&crate::stop::Stop, Duration) + Send + Sync + 'static,
    ) -> Self {
        self.pause = Some(std::sync::Arc::new(pause));
        self
    }

    /// Waits so long for the end of the initial objects, for tests.
    #[cfg(all(test, feature = "derive"))]
    pub(super) fn end_mark(mut self, time: Duration) -> Self {
        self.end_mark = Some(time);
        self
    }
}

impl<T: Object + DeserializeOwned + Send + Sync + 'static> CacheBuilder<T, Reflector<T>> {
    /// Makes a reflector and starts it.
    ///
    /// # Errors
    /// As [`Reflector::start`].
    pub fn start(self) -> Result<Reflector<T>, Error> {
        let reflector = self.build();
        reflector.start().map(|()| reflector)
    }

    /// Makes a reflector that is not started yet.
    pub fn build(self) -> Reflector<T> {
        Reflector::new(self)
    }
}

impl<T: Object + DeserializeOwned + Send + Sync + 'static> CacheBuilder<T> {
    /// Makes an informer and starts it.
    ///
    /// # Errors
    /// As [`SharedInformer::start`].
    pub fn start(self) -> Result<SharedInformer<T>, Error> {
        let informer = self.build();
        informer.start().map(|()| informer)
    }

    /// Makes an informer that is not started yet.
    pub fn build(self) -> SharedInformer<T> {
        SharedInformer::new(self)
    }
}

impl<T, C> fmt::Debug for CacheBuilder<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheBuilder")
            .field("api", &self.api)
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}
