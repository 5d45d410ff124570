//! A server whose watches answer what a test says, line by line.

use std::sync::mpsc::Receiver;

use kubeclient_fake::{Fault, Injection};
use serde_json::{Value, json};

use super::super::super::{CacheBuilder, HandlerHandle, SharedInformer};
use super::super::{Thing, World, next, patience, words};

/// The answers to the watches to come, one each; then one that says nothing. Lists are the server's own.
pub(super) struct Script {
    pub(super) world: World,
    _answers: Vec<Injection>,
}

impl Script {
    pub(super) fn new(answers: &[&[String]]) -> Self {
        Self::on(World::new(), answers.iter().map(|lines| answer(lines)))
    }

    /// The same on a server that is there, where the answers may be refusals.
    pub(super) fn on(world: World, answers: impl IntoIterator<Item = Fault>) -> Self {
        let inject = |fault| world.server.inject(fault);
        let mut answers: Vec<_> = answers.into_iter().map(|answer| inject(answer.once())).collect();
        // A stall strikes beside another fault.
        answers.push(inject(Fault::stall().verb("watch").skip(answers.len() as u64)));
        Self { world, _answers: answers }
    }

    /// An informer and what a handler is told that hears of each event.
    pub(super) fn follow(&self, builder: CacheBuilder<Thing>) -> Followed {
        let informer = builder.on_error(|_| {}).build();
        let (tell, told) = words();
        let options = super::super::super::HandlerOptions::default().raw(usize::MAX);
        let handler = informer.add_handler_with(&options, tell).unwrap();
        informer.start().unwrap();
        Followed { informer, _handler: handler, told }
    }

    /// What was asked of the things, in order: `list`, `initial`, or the version after which changes are.
    pub(super) fn asked(&self) -> Vec<String> {
        let kind = |request: &kubeclient_fake::RecordedRequest| match request.verb.as_str() {
            "watch" if request.query("sendInitialEvents").is_some() => "initial".to_owned(),
            "watch" => request.query("resourceVersion").unwrap_or_default().to_owned(),
            verb => verb.to_owned(),
        };
        let requests = self.world.server.requests().resource("configmaps").method("GET").all();
        requests.iter().map(|request| kind(request)).collect()
    }
}

/// An informer and what its handler is told, in words.
pub(super) struct Followed {
    pub(super) informer: SharedInformer<Thing>,
    _handler: HandlerHandle<Thing>,
    told: Receiver<String>,
}

impl Followed {
    /// Waits until it has come so far, and checks all that was told until then.
    #[track_caller]
    pub(super) fn expect(&self, version: &str, told: &[&str]) {
        self.informer.lister().wait_for_resource_version(version, &patience()).unwrap();
        assert_eq!(next(&self.told, told.len()), told);
        assert_eq!(self.told.try_recv().ok(), None);
    }

    /// The names and versions in the store.
    pub(super) fn kept(&self) -> Vec<(String, String)> {
        let of =
            |thing: &Thing| (thing.metadata.name.clone(), thing.metadata.resource_version.clone());
        self.informer.lister().list().iter().map(|thing| of(thing)).collect()
    }
}

/// An answer to a watch that is whole.
pub(super) fn answer(lines: &[String]) -> Fault {
    let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
    Fault::answer(200, "application/json", body).verb("watch")
}

/// An event of an object, whose UID is its name.
pub(super) fn event(kind: &str, name: &str, version: u64) -> String {
    of(kind, object(name, name, version))
}

/// An event of any object.
pub(super) fn of(kind: &str, object: Value) -> String {
    json!({"type": kind, "object": object}).to_string()
}

pub(super) fn object(name: &str, uid: &str, version: u64) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name,
            "namespace": "default",
            "uid": uid,
            "resourceVersion": version.to_string(),
        },
    })
}

/// A bookmark with this metadata.
pub(super) fn bookmark(metadata: Value) -> String {
    of("BOOKMARK", json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}))
}

/// The bookmark that ends the initial events.
pub(super) fn end(version: u64) -> String {
    bookmark(json!({
        "resourceVersion": version.to_string(),
        "annotations": {"k8s.io/initial-events-end": "true"},
    }))
}
