//! [`World`]: a cache without a server, and what a handler makes of what it is told.

use std::sync::Arc;

use super::event::{CacheEvent, Change};
use super::handler::HandlerOptions;
use super::handlers::{HandlerHandle, Handlers};
use super::health::Monitor;
use super::index::Indexers;
use super::report::Reporter;
use super::sink::Sink;
use super::state::Seen;
use super::store::Writer;
use crate::error::Error;
use crate::meta::resource::{Metadata, Object};
use crate::stop::Stop;

pub struct Thing(Meta);

pub struct Meta {
    name: &'static str,
    version: String,
}

impl Metadata for Meta {
    fn name(&self) -> &str {
        self.name
    }

    fn resource_version(&self) -> &str {
        &self.version
    }
}

impl Object for Thing {
    type Metadata = Meta;

    fn metadata(&self) -> &Meta {
        &self.0
    }
}

/// Who writes a cache.
pub struct World {
    writer: Writer<Thing>,
    handlers: Door,
    monitor: Arc<Monitor>,
}

/// By which handlers come to it.
#[derive(Clone)]
pub struct Door(Arc<Handlers<Thing>>);

impl World {
    pub fn new() -> Self {
        let reporter = Arc::new(Reporter::new(|_| {}));
        let indexers = Arc::new(Indexers { all: Vec::new(), reporter: Arc::clone(&reporter) });
        let monitor = Arc::new(Monitor::new());
        let writer = Writer::new("things".into(), indexers, Arc::clone(&monitor));
        let handlers = Arc::new(Handlers::new(writer.store(), reporter, "test".into()));
        Self { writer, handlers: Door(handlers), monitor }
    }

    pub fn door(&self) -> Door {
        self.handlers.clone()
    }

    /// Replaces all contents, as after a list.
    pub fn replace(&mut self, things: &[(&'static str, u64)]) {
        self.writer.begin_filling();
        for (name, version) in things {
            self.writer.fill(Seen::There(thing(name, *version)));
        }
        let version = things.iter().map(|(_, version)| *version).max().unwrap_or(1);
        let events = self.writer.end_filling(&version.to_string(), false);
        self.tell(events, true);
        self.monitor.update(|health| health.is_synced = true);
    }

    /// Takes in a change.
    pub fn put(&mut self, name: &'static str, version: u64) {
        let events = self.writer.apply(Seen::There(thing(name, version)), &version.to_string());
        self.tell(events, false);
    }

    fn tell(&mut self, events: Vec<Change<Thing>>, fills: bool) {
        let writer = &mut self.writer;
        self.handlers.0.take(events, fills, &mut || writer.publish());
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl Door {
    pub fn add(
        &self,
        function: impl FnMut(CacheEvent<Thing>) + Send + 'static,
    ) -> Result<HandlerHandle<Thing>, Error> {
        self.0.add(&HandlerOptions::default().raw(100), function)
    }

    pub fn stop(&self) {
        self.0.close();
        self.0.join(&Stop::new()).unwrap();
    }
}

fn thing(name: &'static str, version: u64) -> Thing {
    Thing(Meta { name, version: version.to_string() })
}
