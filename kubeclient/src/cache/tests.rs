//! Caches against the embedded server, and what their tests have in common.

mod faults;
mod handlers;
mod reading;
mod reentrant;
mod reflecting;
mod stuck;
mod swaps;
mod threads;

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use kubeclient_fake::FakeServer;
use serde::{Deserialize, Serialize};

use super::builder::CacheBuilder;
use super::event::CacheEvent;
use super::informer::SharedInformer;
use super::reflector::Reflector;
use crate::api::{Api, Patch, PatchParams};
use crate::config::Config;
use crate::meta::object_meta::ObjectMeta;
use crate::rest::RestClient;
use crate::stop::Stop;

/// How long a test waits for what must happen.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A ConfigMap.
#[derive(kubeclient_derive::Resource, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[resource(group = "", version = "v1", kind = "ConfigMap", crate = "crate")]
pub(super) struct Thing {
    pub(super) metadata: ObjectMeta,
    #[serde(default)]
    pub(super) data: BTreeMap<String, String>,
}

impl Thing {
    pub(super) fn new(name: &str, uid: &str, version: u64) -> Self {
        let metadata = ObjectMeta {
            uid: uid.into(),
            resource_version: version.to_string(),
            ..ObjectMeta::named(name)
        };
        Self { metadata, data: BTreeMap::new() }
    }
}

/// A server and who talks to it.
struct World {
    server: FakeServer,
    client: RestClient,
    things: Api<Thing>,
}

impl World {
    fn new() -> Self {
        Self::configured(|_| {})
    }

    /// One whose client is configured so.
    fn configured(configure: impl FnOnce(&mut Config)) -> Self {
        let server = FakeServer::start().unwrap();
        let mut config = Config::new(server.url());
        configure(&mut config);
        let client = RestClient::new(config).unwrap();
        let things = Api::namespaced(&client, "default");
        Self { server, client, things }
    }

    fn with(names: &[&str]) -> Self {
        let world = Self::new();
        names.iter().for_each(|name| drop(world.create(name)));
        world
    }

    /// An informer of the things that waits little between attempts.
    fn builder(&self) -> CacheBuilder<Thing> {
        hasty(SharedInformer::builder(&self.things))
    }

    /// As [`World::builder`], a reflector.
    fn reflector(&self) -> CacheBuilder<Thing, Reflector<Thing>> {
        hasty(Reflector::builder(&self.things))
    }

    fn create(&self, name: &str) -> Thing {
        let metadata = ObjectMeta::named(name);
        self.things.create(&Thing { metadata, ..Thing::default() }).unwrap()
    }

    fn change(&self, name: &str, value: &str) -> Thing {
        let patch = Patch::Merge(serde_json::json!({"data": {"v": value}}));
        self.things.patch(name, &patch, &PatchParams::default()).unwrap()
    }

    fn delete(&self, name: &str) {
        self.things.delete(name, &Default::default()).unwrap();
    }
}

/// Waits a millisecond between attempts.
fn hasty<T, C>(builder: CacheBuilder<T, C>) -> CacheBuilder<T, C>
where
    T: crate::meta::resource::Object + serde::de::DeserializeOwned + Send + Sync + 'static,
{
    builder.pause(|stop, _| {
        stop.wait_timeout(Duration::from_millis(1));
    })
}

fn patience() -> Stop {
    Stop::after(PATIENCE)
}

/// Waits until it is so.
#[track_caller]
pub(super) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        std::thread::yield_now();
    }
}

/// Panics without a word on standard error.
pub(super) fn quietly_panic(message: &'static str) -> ! {
    std::panic::resume_unwind(Box::new(message))
}

/// A handler that says in words what it is told.
fn words() -> (impl FnMut(CacheEvent<Thing>) + Send + 'static, Receiver<String>) {
    let (sender, receiver): (Sender<String>, _) = channel();
    (move |event| drop(sender.send(word(&event))), receiver)
}

/// `+` added, `*` added and there before, `~` updated, `=` told again, `-` seen gone, `?` missed.
fn word(event: &CacheEvent<Thing>) -> String {
    let sign = match event {
        CacheEvent::Added { initial: false, .. } => '+',
        CacheEvent::Added { initial: true, .. } => '*',
        CacheEvent::Updated { old, new } if old == new => '=',
        CacheEvent::Updated { .. } => '~',
        CacheEvent::Deleted(deleted) if deleted.is_missed() => '?',
        CacheEvent::Deleted(_) => '-',
    };
    format!("{sign}{}", event.object().metadata.name)
}

/// The next so many words.
fn next(words: &Receiver<String>, count: usize) -> Vec<String> {
    (0..count).map(|_| words.recv_timeout(PATIENCE).expect("a word in time")).collect()
}
