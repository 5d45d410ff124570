//! [`Source`]: a cache whose changes queue keys.

use std::any::Any;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::guard::Metrics;
use super::metrics::ControllerMetrics;
use crate::cache::queue::WorkQueue;
use crate::cache::{CacheEvent, HandlerOptions, ObjectKey, SharedInformer, SyncError};
use crate::error::Error;
use crate::meta::resource::Object;
use crate::stop::Stop;

/// So many events are told one by one: what an object referred to in between counts, too. Each is turned into keys
/// at once, and the queue has each key once; only where a function of the program's falls behind by more, changes
/// of one object become one.
const RAW: usize = 10_000;

/// A cache of any type.
pub(super) trait Source: Send + Sync {
    fn start(&self) -> Result<(), Error>;
    fn wait_synced(&self, stop: &Stop) -> Result<(), SyncError>;
    fn stopper(&self) -> Stop;
    fn what(&self) -> &str;

    /// Queues keys from now on, first those of what is there, until what this returns is dropped.
    fn attach(&self, sink: &Sink) -> Result<Box<dyn Any>, Error>;
}

/// Where keys go.
#[derive(Clone)]
pub(super) struct Sink {
    pub(super) queue: WorkQueue<ObjectKey>,
    pub(super) metrics: Metrics,
    /// The keys of all primary objects.
    pub(super) all: Arc<dyn Fn() -> Vec<ObjectKey> + Send + Sync>,
}

/// Whether an event counts.
pub(super) type Filter<W> = dyn Fn(&CacheEvent<W>) -> bool + Send + Sync;

/// Which keys an event is about.
pub(super) type Keys<W> = dyn Fn(&CacheEvent<W>) -> Vec<ObjectKey> + Send + Sync;

pub(super) struct Watched<W: Object + Send + Sync + 'static> {
    pub(super) informer: Arc<SharedInformer<W>>,
    pub(super) passes: Arc<Filter<W>>,
    pub(super) keys: Arc<Keys<W>>,
    /// The keys where one of the functions panics; without it, all there are.
    pub(super) fallback: Option<Arc<Keys<W>>>,
}

impl<W: Object + DeserializeOwned + Send + Sync + 'static> Source for Watched<W> {
    fn start(&self) -> Result<(), Error> {
        self.informer.start()
    }

    fn wait_synced(&self, stop: &Stop) -> Result<(), SyncError> {
        self.informer.wait_synced(stop)
    }

    fn stopper(&self) -> Stop {
        self.informer.stopper()
    }

    fn what(&self) -> &str {
        self.informer.store().what()
    }

    fn attach(&self, sink: &Sink) -> Result<Box<dyn Any>, Error> {
        let sink = sink.clone();
        let (passes, keys) = (Arc::clone(&self.passes), Arc::clone(&self.keys));
        let fallback = self.fallback.clone();
        let told = move |event: CacheEvent<W>| {
            let found = catch_unwind(AssertUnwindSafe(|| match passes(&event) {
                true => keys(&event),
                false => Vec::new(),
            }));
            // Whom the event is about is not known then: so whoever it may be about is looked at.
            let (keys, panic) = match found {
                Ok(keys) => (keys, None),
                Err(panic) => {
                    let keys = fallback.as_ref().map_or_else(|| (sink.all)(), |keys| keys(&event));
                    (keys, Some(panic))
                }
            };
            each_once(keys).for_each(|key| sink.queue.add(key));
            if let Some(panic) = panic {
                sink.metrics.panicked();
                // The cache reports it, as it does with any handler's.
                resume_unwind(panic);
            }
        };
        let handler = self.informer.add_handler_with(&HandlerOptions::default().raw(RAW), told)?;
        Ok(Box::new(handler))
    }
}

/// Each key of an event once, in their order: of two in a row a quick worker would take each.
fn each_once(keys: Vec<ObjectKey>) -> impl Iterator<Item = ObjectKey> {
    let mut seen = HashSet::with_capacity(keys.len());
    keys.into_iter().filter(move |key| seen.insert(key.clone()))
}

/// What a function says of an object; of an update, of the state before as well.
pub(super) fn of_each_state<W>(
    event: &CacheEvent<W>,
    mut of: impl FnMut(&W) -> Vec<ObjectKey>,
) -> Vec<ObjectKey> {
    let mut keys = of(event.object());
    if let CacheEvent::Updated { old, new } = event
        && !Arc::ptr_eq(old, new)
    {
        keys.extend(of(old));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_that_stays_with_its_owner_is_about_one_key() {
        let keys = ["shop/b", "shop/a", "shop/b"].map(ObjectKey::from);
        assert!(each_once(keys.into()).eq(["shop/b", "shop/a"].map(ObjectKey::from)));
    }
}
