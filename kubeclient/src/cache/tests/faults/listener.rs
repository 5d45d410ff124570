//! What happened to objects, and what a handler was told of it. The tests on the real server have this module, too
//! (`tests/tests/it/informer/trace.rs`): what stands above it says where the types come from.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::{CacheEvent, HandlerHandle, HandlerOptions, Object, ObjectMeta, SharedInformer};

/// The name of the last object created: where all is told anew it comes last.
pub(crate) const END: &str = "z-end";

/// What happened to an object: it was there in a version, or it went.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fact {
    There { uid: String, version: String },
    Gone { uid: String },
}

impl Fact {
    pub(crate) fn of(object: &impl Object<Metadata = ObjectMeta>) -> Self {
        let metadata = object.metadata();
        Self::There { uid: metadata.uid.clone(), version: metadata.resource_version.clone() }
    }

    fn told<T: Object<Metadata = ObjectMeta>>(event: &CacheEvent<T>) -> Self {
        match event {
            CacheEvent::Deleted(_) => Self::Gone { uid: event.object().metadata().uid.clone() },
            _ => Self::of(&**event.object()),
        }
    }
}

/// The facts of each object by its name.
pub(crate) type History = BTreeMap<String, Vec<Fact>>;

/// A handler, and what it is told.
pub(crate) struct Listener<T: Object + Send + Sync + 'static> {
    /// Dropped first, so that the handler waits no more when it is removed.
    told: Receiver<CacheEvent<T>>,
    handler: HandlerHandle<T>,
}

impl<T> Listener<T>
where
    T: Object<Metadata = ObjectMeta> + DeserializeOwned + Send + Sync + 'static,
{
    /// Hears of each event.
    pub(crate) fn add(informer: &SharedInformer<T>) -> Self {
        let (sender, told) = channel();
        let options = HandlerOptions::default().raw(usize::MAX);
        let handler = informer.add_handler_with(&options, move |event| drop(sender.send(event)));
        Self { told, handler: handler.unwrap() }
    }

    /// Falls behind: it hears of so many events, and of more only once it is asked.
    pub(crate) fn behind(informer: &SharedInformer<T>, events: usize) -> Self {
        let (sender, told) = sync_channel(events);
        let handler = informer.add_handler(move |event| drop(sender.send(event)));
        Self { told, handler: handler.unwrap() }
    }

    /// How many events were joined with a later one.
    pub(crate) fn joined(&self) -> u64 {
        self.handler.health().joined
    }

    /// All that was told before the end, which is told by an object of its own, of the objects whose names begin so;
    /// and how many deletions were missed. Each is to come within this time.
    pub(crate) fn collect(&self, prefix: &str, patience: Duration) -> (History, usize) {
        let (mut history, mut missed) = (History::new(), 0);
        loop {
            let event = self.told.recv_timeout(patience);
            let event = event.unwrap_or_else(|_| panic!("no end: {:?}", self.handler.health()));
            let name = event.object().metadata().name.clone();
            if name == END {
                return (history, missed);
            }
            let is_missed = matches!(&event, CacheEvent::Deleted(deleted) if deleted.is_missed());
            missed += usize::from(is_missed);
            if name.starts_with(prefix) {
                history.entry(name).or_default().push(Fact::told(&event));
            }
        }
    }
}

/// What was told of each object is an ordered part of what happened, without repetition, and ends as it.
#[track_caller]
pub(crate) fn check_subsequence(told: &History, history: &History, seed: u64) {
    for (name, facts) in history {
        let nothing = Vec::new();
        let told = told.get(name).unwrap_or(&nothing);
        let mut rest = facts.iter();
        for fact in told {
            // A deletion that was missed may stand between states that were not told.
            assert!(rest.any(|other| other == fact), "seed {seed}, {name}: {told:?} of {facts:?}");
        }
        match (facts.last(), told.last()) {
            // Gone is gone, whoever else of this name came and went unseen.
            (Some(Fact::Gone { .. }), None | Some(Fact::Gone { .. })) => {}
            (last, end) => assert_eq!(last, end, "seed {seed}, {name}"),
        }
    }
}
