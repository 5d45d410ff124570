//! Controllers against the embedded server, and what their tests have in common.

mod failing;
mod finalizing;
mod leading;
mod owning;
mod panicking;
mod running;
mod stopping;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use kubeclient_fake::FakeServer;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Action, ControllerBuilder, ReconcileRequest};
use crate::api::{Api, Patch, PatchParams};
use crate::cache::queue::RateLimiter;
use crate::cache::{ObjectKey, SharedInformer};
use crate::config::Config;
use crate::error::Error;
use crate::meta::object_meta::{ObjectMeta, OwnerReference};
use crate::meta::resource::{Namespaced, Object, Resource};
use crate::rest::RestClient;

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A ConfigMap: the primary kind.
#[derive(kubeclient_derive::Resource, Serialize, Deserialize, Clone, Debug, Default)]
#[resource(group = "", version = "v1", kind = "ConfigMap", crate = "crate")]
struct Thing {
    metadata: ObjectMeta,
    #[serde(default)]
    data: BTreeMap<String, String>,
}

/// A Secret: what things own.
#[derive(kubeclient_derive::Resource, Serialize, Deserialize, Clone, Debug, Default)]
#[resource(group = "", version = "v1", kind = "Secret", crate = "crate")]
struct Part {
    metadata: ObjectMeta,
}

/// A server and who talks to it.
struct World {
    server: FakeServer,
    client: RestClient,
    things: Api<Thing>,
    parts: Api<Part>,
}

impl World {
    fn new() -> Self {
        let server = FakeServer::start().unwrap();
        let client = RestClient::new(Config::new(server.url())).unwrap();
        let (things, parts) = (api(&client), api(&client));
        Self { server, client, things, parts }
    }

    fn with(names: &[&str]) -> Self {
        let world = Self::new();
        names.iter().for_each(|name| drop(world.create(name)));
        world
    }

    /// A controller of the things.
    fn builder(&self) -> ControllerBuilder<Thing> {
        ControllerBuilder::new(informer(&self.things))
    }

    fn create(&self, name: &str) -> Thing {
        self.things
            .create(&Thing { metadata: ObjectMeta::named(name), ..Thing::default() })
            .unwrap()
    }

    fn change(&self, name: &str, value: &str) -> Thing {
        let patch = Patch::Merge(json!({"data": {"v": value}}));
        self.things.patch(name, &patch, &PatchParams::default()).unwrap()
    }

    fn delete(&self, name: &str) {
        self.things.delete(name, &Default::default()).unwrap();
    }
}

fn api<T: Namespaced>(client: &RestClient) -> Api<T> {
    Api::namespaced(client, "default")
}

fn informer<T>(api: &Api<T>) -> Arc<SharedInformer<T>>
where
    T: Object + serde::de::DeserializeOwned + Send + Sync + 'static,
{
    Arc::new(SharedInformer::builder(api).build())
}

/// A reference that says that this thing is the controller.
fn controlled_by(owner: &Thing) -> OwnerReference {
    OwnerReference {
        api_version: Thing::API_VERSION.into(),
        kind: Thing::KIND.into(),
        name: owner.metadata.name.clone(),
        uid: owner.metadata.uid.clone(),
        controller: Some(true),
        block_owner_deletion: None,
    }
}

/// A reconcile function that says which keys it is given, with `-` where the object is gone.
fn says_keys<T: Object>()
-> (impl Fn(&ReconcileRequest<'_, T>) -> Result<Action, Error> + Send + Sync, Said) {
    let (sender, said): (Sender<String>, _) = channel();
    let reconcile = move |request: &ReconcileRequest<'_, T>| {
        let sign = if request.object().is_some() { "" } else { "-" };
        let _ = sender.send(format!("{sign}{}", request.name()));
        Ok(Action::done())
    };
    (reconcile, Said(said))
}

/// What a reconcile function says.
struct Said(Receiver<String>);

impl Said {
    fn next(&self) -> String {
        self.0.recv_timeout(PATIENCE).expect("a word in time")
    }

    /// The next so many words, in order of the alphabet.
    fn set(&self, count: usize) -> Vec<String> {
        let mut words: Vec<_> = (0..count).map(|_| self.next()).collect();
        words.sort();
        words
    }

    /// Waits for a word, whatever is said before.
    fn until(&self, word: &str) {
        while self.next() != word {}
    }

    /// What has been said already.
    fn so_far(&self) -> Vec<String> {
        self.0.try_iter().collect()
    }
}

/// A limiter by which nobody waits.
struct NoWait;

impl RateLimiter<ObjectKey> for NoWait {
    fn when(&self, _: &ObjectKey, _: Instant) -> Duration {
        Duration::ZERO
    }

    fn forget(&self, _: &ObjectKey) {}

    fn num_requeues(&self, _: &ObjectKey) -> u32 {
        0
    }
}

/// Panics without a word on standard error.
fn quietly_panic(message: &'static str) -> ! {
    std::panic::resume_unwind(Box::new(message))
}

/// Asks until it is so.
fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "not in time: {what}");
        std::thread::yield_now();
    }
}
