//! What happens after a write without anyone asking for it: what kube-controller-manager and the API server's
//! own controllers do, at once and in the thread of who wrote.
//!
//! [`after_write`] looks at all that was written since it last looked, and so at its own writes too, until
//! nothing is left. Each controller comes to rest: it writes only what differs.

mod accounts;
pub(crate) mod definitions;
mod desk;
pub(crate) mod disruption;
mod garbage;
pub(crate) mod namespaces;
pub(crate) mod pods;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::api::Cluster;
use crate::clock::seconds;
use crate::mutation::{self, Mutation};
use crate::store::{Event, Key};
use desk::Desk;

/// Which controllers run. Those that the API server has itself (of definitions) always do.
#[derive(Debug)]
pub(crate) struct Switches {
    /// Dependents go with their owners, or are orphaned.
    garbage: AtomicBool,
    /// A deleted namespace goes, with its content.
    namespaces: AtomicBool,
    /// Every namespace has a service account `default`.
    accounts: AtomicBool,
    /// Disruption budgets count their pods.
    disruption: AtomicBool,
    /// One was turned on: what it slept through is to be looked at.
    woke: AtomicBool,
}

impl Switches {
    /// All on: as a cluster has it. All off: an API server alone, as envtest has it.
    pub(crate) fn all(on: bool) -> Self {
        let switch = || AtomicBool::new(on);
        Self {
            garbage: switch(),
            namespaces: switch(),
            accounts: switch(),
            disruption: switch(),
            woke: AtomicBool::new(false),
        }
    }

    /// Turns the collection of garbage on or off.
    pub(crate) fn set_garbage(&self, on: bool) {
        self.set(&self.garbage, on);
    }

    /// Turns the end of namespaces on or off.
    pub(crate) fn set_namespaces(&self, on: bool) {
        self.set(&self.namespaces, on);
    }

    /// Turns the making of service accounts on or off.
    pub(crate) fn set_accounts(&self, on: bool) {
        self.set(&self.accounts, on);
    }

    /// Turns the counting of disruption budgets on or off.
    pub(crate) fn set_disruption(&self, on: bool) {
        self.set(&self.disruption, on);
    }

    /// The next to write, or to settle, lets who woke up look at everything.
    fn set(&self, switch: &AtomicBool, on: bool) {
        let was_on = switch.swap(on, Ordering::SeqCst);
        if on && !was_on {
            self.woke.store(true, Ordering::SeqCst);
        }
    }
}

/// How far the controllers got.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// The version up to which they have seen what happened. Held while they work.
    seen: Mutex<u64>,
}

/// What became of one object.
#[derive(Clone, Copy)]
struct Change<'a> {
    key: &'a Key,
    before: Option<&'a Value>,
    after: Option<&'a Value>,
}

/// How many events are looked at in one go.
const BATCH: usize = 256;

/// A call looks at no more events than this: far more than any cascade has, and yet an end.
const MOST: usize = 10_000_000;

/// Lets the controllers work on all that was written since they last did. To be called after each committed
/// write, outside of it.
pub(crate) fn after_write(cluster: &Cluster) {
    let mut seen = cluster.progress.seen.lock().unwrap_or_else(PoisonError::into_inner);
    if cluster.switches.woke.swap(false, Ordering::SeqCst) {
        look_again(cluster);
    }
    let mut looked = 0;
    while looked < MOST {
        let events = match cluster.store.all_events(*seen, BATCH) {
            Ok(events) => events,
            Err(_forgotten) => {
                // Too much happened, or a snapshot came back: look at everything as if it were new.
                *seen = cluster.store.version();
                look_again(cluster);
                continue;
            }
        };
        if events.is_empty() {
            return;
        }
        looked += events.len();
        for event in events {
            let Event { version, key, before, after, .. } = &*event;
            let before = before.as_ref().map(|stored| &stored.value);
            let after = after.as_ref().map(|stored| &stored.value);
            react(cluster, Change { key, before, after });
            *seen = *version;
        }
    }
}

/// Looks at every object as if it had just been created.
fn look_again(cluster: &Cluster) {
    definitions::resync(cluster);
    for stored in cluster.store.everything() {
        react(cluster, Change { key: &stored.key, before: None, after: Some(&stored.value) });
    }
}

/// Lets each controller that runs look at a change.
fn react(cluster: &Cluster, change: Change<'_>) {
    definitions::react(cluster, change);
    let is_on = |switch: &AtomicBool| switch.load(Ordering::SeqCst);
    let switches = &cluster.switches;
    at_desk(cluster, |desk| {
        if is_on(&switches.garbage) && !mutation::is(Mutation::NoGarbageCollection) {
            garbage::react(desk, change);
        }
        if is_on(&switches.accounts) {
            accounts::react(desk, change);
        }
        if is_on(&switches.namespaces) && !mutation::is(Mutation::NamespacesStay) {
            namespaces::react(desk, change);
        }
        if is_on(&switches.disruption) {
            disruption::react(desk, change);
        }
        if cluster.runs_pods() {
            pods::react(desk, change);
        }
    });
}

/// Lets controllers write.
fn at_desk(cluster: &Cluster, work: impl FnOnce(&mut Desk<'_, '_>)) {
    let registry = cluster.registry();
    let now = cluster.clock.now();
    let time = seconds(now);
    // What is written here is not refused: nothing in it fails.
    let _ = cluster.store.write(|transaction| {
        work(&mut Desk { cluster, transaction, registry: &registry, now, time: &time });
        Ok(())
    });
}
