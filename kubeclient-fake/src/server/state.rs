//! What a test does to the server's state past the API: objects put there, states kept and brought back,
//! history forgotten, time moved.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::FakeServer;
use crate::api::{Cluster, read_seed};
use crate::clock::seconds;
use crate::object::{Object, metadata_mut};
use crate::random;
use crate::store::{self, Key};

/// A state of the server's objects. See [`FakeServer::snapshot`].
#[derive(Clone, Debug)]
pub struct Snapshot(store::Snapshot);

/// Why objects could not be put into the server. See [`FakeServer::seed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedError {
    /// The number of the object, from 1; 0 when the text could not be read.
    object: usize,
    why: String,
}

impl Snapshot {
    pub(super) fn of(cluster: &Cluster) -> Self {
        Self(cluster.store.snapshot())
    }
}

impl FakeServer {
    /// Puts the objects of a YAML or JSON text there, as they are: `status`, finalizers, `deletionTimestamp` and
    /// all. Documents are divided by `---`, and lists (`kind: List`) are their items.
    ///
    /// Defaults are filled in, and `uid`, `creationTimestamp` and the namespace `default` where there is none;
    /// nothing is validated, and an object that is there is replaced. A custom resource's definition stands
    /// before it or is there.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = kubeclient_fake::FakeServer::start()?;
    /// let count = server.seed(
    ///     "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}
    /// ---
    /// {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}",
    /// )?;
    /// assert_eq!(count, 2);
    ///
    /// let error = server.seed("{apiVersion: v1, kind: Gadget, metadata: {name: c}}").unwrap_err();
    /// assert_eq!(error.to_string(), "object 1: no kind Gadget in v1");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The text is no YAML, or an object has no name or is of a kind that the server does not have. Those before
    /// it are there then.
    pub fn seed(&self, text: &str) -> Result<usize, SeedError> {
        let documents = read_seed(text).map_err(|why| SeedError { object: 0, why })?;
        let objects: Vec<Value> = documents.into_iter().flat_map(items).collect();
        let count = objects.len();
        for (index, object) in objects.into_iter().enumerate() {
            put(&self.cluster, object).map_err(|why| SeedError { object: index + 1, why })?;
        }
        Ok(count)
    }

    /// The state of all objects now, to be brought back by [`restore`](Self::restore). Taking it is cheap.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.cluster)
    }

    /// Brings back the objects of a state. Resource versions go on, they never go back; lists and watches from
    /// before are answered with 410, and watches that are open are cut.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = kubeclient_fake::FakeServer::start()?;
    /// let begun = server.snapshot();
    /// server.seed("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")?;
    /// assert_eq!(server.object("v1", "ConfigMap", "default", "a").unwrap()["metadata"]["name"], "a");
    /// server.restore(&begun);
    /// assert!(server.object("v1", "ConfigMap", "default", "a").is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn restore(&self, snapshot: &Snapshot) {
        self.cluster.store.restore(&snapshot.0);
        self.cluster.settle();
    }

    /// Brings back the state in which the server started: what it had then, and nothing else. Faults, users and
    /// the record of requests stay.
    pub fn reset(&self) {
        self.restore(&self.begun);
        self.cluster.forget_logs();
    }

    /// An object as it is stored, past the API; `namespace` is empty for what is in none.
    #[must_use]
    pub fn object(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Option<Value> {
        let resource = self.cluster.registry().of_kind(api_version, kind)?;
        let stored = self.cluster.store.get(&Key::new(&resource.storage(), namespace, name))?;
        Some(stored.value.clone())
    }

    /// Forgets what happened so far, as etcd's compaction does: from now on lists and watches from an older
    /// resource version are answered with 410. Watches that are open go on.
    pub fn compact(&self) {
        self.cluster.store.compact();
    }

    /// Moves the resource version on by so much, as writes elsewhere in a large cluster do.
    pub fn skip_versions(&self, by: u64) {
        self.cluster.store.bump(by);
    }

    /// Cuts all watches that are open now, in the middle of their connections.
    pub fn drop_watches(&self) {
        self.cluster.store.drop_watches();
    }

    /// How often a watch that asked for bookmarks gets one; a minute unless told otherwise.
    pub fn set_bookmark_period(&self, period: Duration) {
        self.cluster.store.set_bookmark_period(period);
    }

    /// Stops the server's clock and moves it on by so much: timestamps, the ends of watches, bookmarks and the
    /// ends of tokens follow it. It stands still until it is moved again or [runs](Self::run_clock).
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// let server = kubeclient_fake::FakeServer::start()?;
    /// server.advance_clock(Duration::from_secs(100 * 365 * 24 * 3600));
    /// server.seed("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")?;
    /// let object = server.object("v1", "ConfigMap", "default", "a").ok_or("no object")?;
    /// let created = object["metadata"]["creationTimestamp"].as_str().ok_or("no time")?;
    /// assert!(created > "2120", "{created}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn advance_clock(&self, by: Duration) {
        self.cluster.clock.advance(by);
    }

    /// Lets the server's clock follow the wall's again.
    pub fn run_clock(&self) {
        self.cluster.clock.run();
    }

    /// Whether dependents go with their owners; they do unless told otherwise. What was left lying goes when it
    /// is switched on.
    pub fn set_garbage_collection(&self, on: bool) {
        self.cluster.switches.set_garbage(on);
        self.cluster.settle();
    }

    /// Whether namespaces that are deleted are emptied and go; they are unless told otherwise. Without it they
    /// stay `Terminating`, as on an API server without its controllers.
    pub fn set_namespace_controller(&self, on: bool) {
        self.cluster.switches.set_namespaces(on);
        self.cluster.settle();
    }

    /// Whether every namespace gets a service account `default`; it does unless told otherwise.
    pub fn set_service_accounts(&self, on: bool) {
        self.cluster.switches.set_accounts(on);
        self.cluster.settle();
    }

    /// Whether the pods of disruption budgets are counted; they are unless told otherwise. Budgets that are not
    /// counted allow no evictions.
    pub fn set_disruption_controller(&self, on: bool) {
        self.cluster.switches.set_disruption(on);
        self.cluster.settle();
    }
}

/// The items of a list; any other object is itself.
fn items(document: Value) -> Vec<Value> {
    let is_list = document["kind"].as_str().is_some_and(|kind| kind.ends_with("List"));
    match document {
        Value::Object(mut map) if is_list && map.get("items").is_some_and(Value::is_array) => {
            match map.remove("items") {
                Some(Value::Array(items)) => items,
                _ => Vec::new(),
            }
        }
        Value::Null => Vec::new(),
        other => vec![other],
    }
}

fn put(cluster: &Cluster, mut object: Value) -> Result<(), String> {
    let text = |key: &str| object[key].as_str().unwrap_or_default().to_owned();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let resource = cluster
        .registry()
        .of_kind(&api_version, &kind)
        .ok_or_else(|| format!("no kind {kind} in {api_version}"))?;
    let resource = cluster.registry().stored_as(&resource.storage()).unwrap_or(resource);
    if resource.api_version() != api_version {
        return Err(format!(
            "{kind} is stored as {}, not as {api_version}",
            resource.api_version()
        ));
    }
    let name = object.name().to_owned();
    if name.is_empty() {
        return Err(format!("a {kind} without a name"));
    }
    crate::kinds::default(&resource, &mut object);
    let now = seconds(cluster.clock.now());
    let metadata = metadata_mut(&mut object);
    if resource.namespaced {
        metadata.entry("namespace").or_insert_with(|| "default".into());
    } else {
        metadata.remove("namespace");
    }
    metadata.entry("uid").or_insert_with(|| random::uuid().into());
    metadata.entry("creationTimestamp").or_insert_with(|| now.into());
    let key = Key::new(&resource.storage(), object.namespace(), &name);
    let put = cluster.write(false, |transaction| {
        transaction.put(key, object);
        Ok(())
    });
    put.map_err(|failure| failure.status()["message"].as_str().unwrap_or_default().to_owned())
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.object {
            0 => write!(f, "the text cannot be read: {}", self.why),
            number => write!(f, "object {number}: {}", self.why),
        }
    }
}

impl std::error::Error for SeedError {}
