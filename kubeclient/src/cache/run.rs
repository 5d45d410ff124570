//! [`Run`]: what a watch tells, made into the state of a store, until it is stopped.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::builder::Transform;
use super::event::Change;
use super::health::{Monitor, ReflectorState};
use super::key::ObjectKey;
use super::report::{Reporter, guarded};
use super::sink::Sink;
use super::state::Seen;
use super::store::{Progress, Writer};
use crate::api::backoff::{Backoff, chance};
use crate::api::watched::{Attendance, Pause, Sign, Told};
use crate::api::{Api, WatchEvent, WatchParams};
use crate::clock::Clock;
use crate::error::Error;
use crate::meta::resource::Object;
use crate::meta::status::Printable;
use crate::stop::Stop;

/// What the thread of a [`Reflector`](super::reflector::Reflector) has.
pub(super) struct Run<T> {
    pub(super) api: Api<T>,
    pub(super) stop: Stop,
    pub(super) params: WatchParams,
    pub(super) transform: Option<Transform<T>>,
    pub(super) writer: Writer<T>,
    pub(super) sink: Arc<dyn Sink<T>>,
    pub(super) reporter: Arc<Reporter>,
    pub(super) monitor: Arc<Monitor>,
    pub(super) clock: Clock,
    pub(super) pause: Pause,
    pub(super) relist_every: Option<Duration>,
    pub(super) end_mark: Option<Duration>,
    pub(super) is_filling: bool,
}

impl<T: Object + DeserializeOwned + Send + Sync + 'static> Run<T> {
    /// Keeps the store until the token is stopped, whatever panics.
    pub(super) fn run(mut self) {
        let mut backoff = Backoff::new();
        while !self.stop.is_stopped() {
            // The types of the program read objects, and may panic as any function of it may.
            let what = format!("the cache of {}", self.writer.store().what());
            let Err(panic) = guarded(what, || self.follow()) else { break };
            self.reporter.report(&panic);
            self.monitor.update(|health| health.panics += 1);
            self.monitor.failed(Arc::new(panic));
            (self.pause)(&self.stop, backoff.after_failure(self.clock.now(), chance()));
        }
        self.monitor.update(|health| health.state = ReflectorState::Stopped);
    }

    /// Follows the collection until the token is stopped.
    fn follow(&mut self) {
        let mut watch = self.api.attended_watch(&self.params, self.attendance());
        self.begin();
        while let Some(told) = watch.next_told() {
            let version = watch.resource_version();
            match told {
                Told::Event(WatchEvent::Added(object) | WatchEvent::Modified(object)) => {
                    match self.transformed(object) {
                        Ok(object) => self.take(Seen::There(object), version),
                        Err(key) => self.leave(&key, version),
                    }
                }
                Told::Event(WatchEvent::Deleted(object)) => {
                    let seen = self.transformed(object).map_or_else(Seen::GoneUnread, Seen::Gone);
                    self.take(seen, version);
                }
                Told::Event(WatchEvent::Synced) => self.end(version),
                Told::Event(WatchEvent::Restarted) => {
                    self.monitor.update(|health| health.restarts += 1);
                    self.begin();
                }
                Told::Broken { error, is_gone } => {
                    let key = error.object().map(ObjectKey::from);
                    self.reject(&error);
                    match key {
                        Some(key) if is_gone => self.take(Seen::GoneUnread(key), version),
                        Some(key) => self.leave(&key, version),
                        None => {}
                    }
                }
                Told::Failed(error) => {
                    self.reporter.report(&error);
                    self.monitor.failed(Arc::new(error));
                }
            }
        }
    }

    fn attendance(&self) -> Attendance {
        let monitor = Arc::clone(&self.monitor);
        let progress = Progress::of(self.writer.store());
        let usual = Attendance::default();
        Attendance {
            observe: Box::new(move |sign| match sign {
                Sign::Heard => monitor.heard(),
                Sign::Reached(version) => {
                    progress.reached(version);
                    monitor.heard();
                }
                Sign::Failed(error) => monitor.failed(Arc::new(error)),
            }),
            clock: self.clock.clone(),
            pause: Arc::clone(&self.pause),
            // What the server's cache has may be older than what is here already.
            lists_from_cache: !self.monitor.health().is_synced,
            end_mark: self.end_mark.unwrap_or(usual.end_mark),
            relist_every: self.relist_every,
        }
    }

    /// All objects that are there follow.
    fn begin(&mut self) {
        self.is_filling = true;
        self.writer.begin_filling();
        self.monitor.filling(true);
    }

    /// All objects that are there have come.
    fn end(&mut self, version: &str) {
        self.is_filling = false;
        let initial = !self.monitor.health().is_synced;
        if self.writer.is_behind(version) {
            let what = self.writer.store().what();
            let version = Printable(version);
            log::warn!("the versions of {what} went back to {version}: the server was put back");
            self.monitor.update(|health| health.rewinds += 1);
        }
        let events = self.writer.end_filling(version, initial);
        self.show(events, true);
        self.monitor.filling(false);
    }

    fn take(&mut self, seen: Seen<T>, version: &str) {
        if self.is_filling {
            self.writer.fill(seen);
        } else {
            let events = self.writer.apply(seen, version);
            self.show(events, false);
        }
    }

    /// The state of an object can't be had: what is known of it stays.
    fn leave(&mut self, key: &ObjectKey, version: &str) {
        if self.is_filling {
            self.writer.keep(key);
        } else {
            self.writer.reach(version);
            self.show(Vec::new(), false);
        }
    }

    /// Shows what changed, and then tells of it.
    fn show(&mut self, events: Vec<Change<T>>, fills: bool) {
        let writer = &mut self.writer;
        self.sink.take(events, fills, &mut || writer.publish());
        // Who waits for a version looks at what is shown now.
        self.monitor.update(|_| {});
    }

    /// The object as the program wants it; its key where it can't be had.
    fn transformed(&self, mut object: T) -> Result<T, ObjectKey> {
        let Some(transform) = &self.transform else { return Ok(object) };
        let key = ObjectKey::of(&object);
        let what = format_args!("the transformation, given {key},");
        self.monitor.busy_with(Some(&key));
        let outcome = guarded(what, || transform(&mut object));
        self.monitor.busy_with(None);
        match outcome {
            Ok(()) => Ok(object),
            Err(panic) => {
                self.reject(&panic);
                Err(key)
            }
        }
    }

    fn reject(&self, error: &Error) {
        self.monitor.update(|health| health.rejected += 1);
        self.reporter.report(error);
    }
}
