//! Watches: initial events, replay, selector transitions, bookmarks, expiry.

mod stream;
#[cfg(test)]
mod tests;

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::form::Form;
use super::list::fresh::{parse_version, wait_until};
use super::list::options::ListOptions;
use super::route::Verb;
use super::warnings::Warnings;
use super::{Call, Cluster, render};
use crate::clock::Clock;
use crate::failure::{Failure, Result};
use crate::http::{Reply, Request, Response, Sink};
use crate::mutation::{self, Mutation};
use crate::resource::ResourceType;
use crate::store::Forgotten;
use stream::{Begin, Listener, Scope, Stream, Told};

/// The stream that a call asks for. A name in the call narrows it to that object.
pub(crate) fn answer(cluster: &Arc<Cluster>, call: &Call<'_>) -> Result<Reply> {
    let stream = open(cluster, call)?;
    let head = Response {
        status: 200,
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: Vec::new(),
    };
    let asked = Asked::of(call);
    let run = move |sink: &mut dyn Sink| stream.run(&mut Writer { asked, sink, is_first: true });
    Ok(Reply::Stream(head, Box::new(run)))
}

/// What a watch tells, and from where on.
fn open(cluster: &Arc<Cluster>, call: &Call<'_>) -> Result<Stream> {
    let options = ListOptions::of(call)?;
    let scope = Scope {
        resource: call.resource.storage().into(),
        namespace: call.namespace.map(str::to_owned),
        name: call.name.map(str::to_owned),
        selection: options.selection(call)?,
    };
    let version = parse_version(&options.version).map_err(Failure::internal)?;
    let timeout = match options.timeout_seconds {
        0 => some_timeout(),
        seconds => Duration::from_secs(u64::try_from(seconds).unwrap_or(0)),
    };
    // Before the look at the store, so that nothing between is missed.
    let stream = Stream::new(cluster, scope, timeout, options.bookmarks);
    Ok(stream.begin(begin(cluster, call, &options, version)))
}

/// Where a watch begins.
fn begin(cluster: &Cluster, call: &Call<'_>, options: &ListOptions, version: u64) -> Begin {
    match options.initial_events {
        Some(true) => match wait_until(cluster, version) {
            Ok(()) => Begin::Now {
                with_bookmark: options.bookmarks && !mutation::is(Mutation::NoInitialBookmark),
            },
            Err(failure) => Begin::Failed(failure),
        },
        // The legacy paths, where the query does not say that it is a watch.
        None if version == 0 => Begin::Now { with_bookmark: false },
        Some(false) if version == 0 => Begin::After(cluster.store.version()),
        _ => match cluster.store.remembers(&call.resource.storage(), version) {
            Ok(()) => Begin::After(version),
            Err(forgotten) => Begin::Failed(too_old(version, forgotten)),
        },
    }
}

/// 410, which comes as an event.
fn too_old(version: u64, Forgotten(oldest): Forgotten) -> Failure {
    let message = format!("too old resource version: {version} ({oldest})");
    Failure::new(410, "Expired", message)
}

/// From half an hour to an hour.
fn some_timeout() -> Duration {
    let some = RandomState::new().hash_one(0) % 1_800_000;
    Duration::from_secs(1800) + Duration::from_millis(some)
}

/// What the lines of a watch are made from, without the borrowed request.
struct Asked {
    request: Request,
    resource: Arc<ResourceType>,
    namespace: Option<String>,
    name: Option<String>,
    form: Form,
    clock: Clock,
}

impl Asked {
    fn of(call: &Call<'_>) -> Self {
        Self {
            request: call.request.clone(),
            resource: Arc::clone(&call.resource),
            namespace: call.namespace.map(str::to_owned),
            name: call.name.map(str::to_owned),
            form: call.form.clone(),
            clock: call.clock.clone(),
        }
    }

    fn call(&self) -> Call<'_> {
        Call {
            request: &self.request,
            resource: Arc::clone(&self.resource),
            verb: Verb::Watch,
            namespace: self.namespace.as_deref(),
            name: self.name.as_deref(),
            subresource: None,
            form: self.form.clone(),
            clock: self.clock.clone(),
            warnings: Warnings::default(),
        }
    }
}

/// Writes what a watch tells, each event a chunk.
struct Writer<'a> {
    asked: Asked,
    sink: &'a mut dyn Sink,
    is_first: bool,
}

impl Listener for Writer<'_> {
    fn tell(&mut self, told: Told<'_>) -> io::Result<()> {
        let call = self.asked.call();
        let is_first = std::mem::replace(&mut self.is_first, false);
        let line = match told {
            Told::Object(kind, object) => render::event(&call, kind, object, is_first),
            Told::Bookmark { version, ends_initial } => {
                render::bookmark(&call, version, ends_initial, is_first)
            }
            Told::Error(failure) => {
                format!("{}\n", json!({"type": "ERROR", "object": failure.status()})).into_bytes()
            }
        };
        self.sink.write(&line)
    }

    fn is_closed(&mut self) -> bool {
        self.sink.is_closed()
    }
}
