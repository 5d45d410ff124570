//! What happened on the server, and what a handler was told of it.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, channel, sync_channel};

use super::super::super::event::CacheEvent;
use super::super::super::handler::HandlerOptions;
use super::super::super::random::Random;
use super::super::super::{HandlerHandle, SharedInformer};
use super::super::{PATIENCE, Thing, World};
use crate::api::ListParams;

/// The name of the last object created: where all is told anew it comes last.
pub(super) const END: &str = "z-end";

/// What happened to an object: it was there in a version, or it went.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fact {
    There { uid: String, version: String },
    Gone { uid: String },
}

impl Fact {
    fn of(thing: &Thing) -> Self {
        let metadata = &thing.metadata;
        Self::There { uid: metadata.uid.clone(), version: metadata.resource_version.clone() }
    }
}

pub(super) type History = BTreeMap<String, Vec<Fact>>;

/// So many things happen at random to so many objects, and are added to the history.
pub(super) fn happen(
    world: &World,
    random: &mut Random,
    events: u64,
    keys: u64,
    history: &mut History,
) {
    for event in 0..events {
        let name = format!("k{}", random.below(keys));
        let facts = history.entry(name.clone()).or_default();
        let (uid, is_there) = match facts.last() {
            Some(Fact::There { uid, .. }) => (uid.clone(), true),
            _ => (format!("{name}-{}", facts.len()), false),
        };
        if is_there && random.below(4) == 0 {
            world.delete(&name);
            facts.push(Fact::Gone { uid });
            continue;
        }
        let text = format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, uid: {uid}}}, data: {{n: 'x{event}'}}}}"
        );
        world.server.seed(&text).unwrap();
        let object = world.server.object("v1", "ConfigMap", "default", &name).unwrap();
        facts.push(Fact::of(&serde_json::from_value(object).unwrap()));
    }
}

/// A handler, and what it is told.
pub(super) struct Listener {
    /// Dropped first, so that the handler waits no more when it is removed.
    told: Receiver<CacheEvent<Thing>>,
    handler: HandlerHandle<Thing>,
}

impl Listener {
    /// Hears of each event.
    pub(super) fn add(informer: &SharedInformer<Thing>) -> Self {
        let (sender, told) = channel();
        let options = HandlerOptions::default().raw(usize::MAX);
        let handler = informer.add_handler_with(&options, move |event| drop(sender.send(event)));
        Self { told, handler: handler.unwrap() }
    }

    /// Falls behind: it hears of so many events, and of more only once it is asked.
    pub(super) fn behind(informer: &SharedInformer<Thing>, events: usize) -> Self {
        let (sender, told) = sync_channel(events);
        let handler = informer.add_handler(move |event| drop(sender.send(event)));
        Self { told, handler: handler.unwrap() }
    }

    /// How many events were joined with a later one.
    pub(super) fn joined(&self) -> u64 {
        self.handler.health().joined
    }

    /// All that was told before the end, which is told by an object of its own; and how many of it was
    /// missed.
    pub(super) fn collect(&self) -> (History, usize) {
        let (mut history, mut missed) = (History::new(), 0);
        loop {
            let event = self.told.recv_timeout(PATIENCE).expect("the end in time");
            let object = event.object();
            let name = object.metadata.name.clone();
            if name == END {
                return (history, missed);
            }
            let fact = match &event {
                CacheEvent::Deleted(_) => Fact::Gone { uid: object.metadata.uid.clone() },
                _ => Fact::of(object),
            };
            missed +=
                usize::from(matches!(&event, CacheEvent::Deleted(deleted) if deleted.is_missed()));
            if name.starts_with('k') && !name.starts_with("kube-") {
                history.entry(name).or_default().push(fact);
            }
        }
    }
}

/// The cache is as the server is.
pub(super) fn check_store(world: &World, informer: &SharedInformer<Thing>) {
    let version = |thing: &Thing| (thing.metadata.name.clone(), Fact::of(thing));
    let list = world.things.list(&ListParams::default()).unwrap();
    let there: Vec<_> = list.items.iter().map(version).collect();
    let kept: Vec<_> = informer.lister().list().iter().map(|thing| version(thing)).collect();
    assert_eq!(kept, there);
}

/// What was told of each object is an ordered part of what happened, without repetition, and ends as it.
pub(super) fn check_subsequence(told: &History, history: &History, seed: u64) {
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
