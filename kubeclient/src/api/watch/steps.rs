//! The states of a [`Watch`], and what leads from one to the next.

use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::super::pager::ListAll;
use super::super::raw_watch::{Broken, Ending, RawEvent, RawWatch, Step};
use super::super::watched::{Sign, Told};
use super::Watch;
use super::event::{WatchEvent, told};
use super::failure::{is_no_answer, is_no_place};
use super::place::go_on_from;
use crate::error::Error;
use crate::meta::resource::{Metadata, Object};

pub(super) enum State<T> {
    /// Nothing is known: the objects come first.
    Start,
    /// As `Start`, and the reader must be told.
    Restart,
    /// The objects are being listed.
    Listing(Box<ListAll<T>>),
    /// The objects come through the watch.
    Initial(Box<Initial<T>>),
    /// Changes come.
    Following(Box<RawWatch<T>>),
    /// Changes after `version` are to be asked for.
    Disconnected,
}

/// Objects that come through a watch.
pub(super) struct Initial<T> {
    watch: Box<RawWatch<T>>,
    /// Whether anything came that the reader was told.
    has_told: bool,
    /// When something came first that is no object that was there.
    odd: Option<Instant>,
}

impl<T: Object + DeserializeOwned> Watch<T> {
    /// Asks for the objects that are there: through the watch, or as a list where that can't be.
    pub(super) fn start(&mut self) -> Result<(), Error> {
        self.version.clear();
        if self.streams_lists {
            match self.api.open_watch(&self.params, "", true) {
                Ok(watch) => {
                    self.observe(Sign::Heard);
                    watch.set_idle(Some(self.attendance.end_mark));
                    let watch = Box::new(watch);
                    self.state =
                        State::Initial(Box::new(Initial { watch, has_told: false, odd: None }));
                    return Ok(());
                }
                Err(error) if error.is_stopped() || is_no_answer(&error) => return Err(error),
                // In the same cycle, as client-go does: it may be this form alone that the server can't do.
                Err(error) => {
                    log::debug!("{error}: listing instead");
                    // 400 and 422 say that the server never will.
                    self.streams_lists = !(error.is_bad_request() || error.is_invalid());
                }
            }
        }
        // A watch can go on from one moment only.
        let mut params = self.params.list_params();
        // Once the place of the watch is lost, what a cache has may be older than what was told.
        if self.attendance.lists_from_cache && self.restarts == 0 {
            params.resource_version = Some("0".into());
        }
        let mut list = self.api.list_all(&params).consistent();
        if self.lists_whole {
            list = list.unpaged();
        }
        list.prefetch()?;
        self.observe(Sign::Heard);
        self.state = State::Listing(Box::new(list));
        Ok(())
    }

    /// Asks for the changes after the version that is known.
    pub(super) fn resume(&mut self) -> Result<(), Error> {
        let watch = self.api.open_watch(&self.params, &self.version, false)?;
        self.opened_at.clone_from(&self.version);
        self.observe(Sign::Heard);
        if self.has_bookmarks {
            watch.set_idle(self.api.client.config().timeouts.watch_idle);
        }
        self.state = State::Following(Box::new(watch));
        Ok(())
    }

    /// Does one thing; an event if that gave one.
    pub(super) fn advance(&mut self) -> Result<Option<Told<T>>, Error> {
        match self.state {
            State::Restart => self.announce_restart().map(|event| Some(Told::Event(event))),
            State::Start => self.start().map(|()| None),
            State::Listing(_) => self.advance_list(),
            State::Initial(_) => self.advance_initial(),
            State::Following(_) => self.advance_changes(),
            State::Disconnected => self.reconnect().map(|()| None),
        }
    }

    fn announce_restart(&mut self) -> Result<WatchEvent<T>, Error> {
        self.before_restart()?;
        self.state = State::Start;
        self.restarts += 1;
        Ok(WatchEvent::Restarted)
    }

    fn reconnect(&mut self) -> Result<(), Error> {
        let now = self.attendance.clock.now();
        let since = |synced| now.saturating_duration_since(synced);
        let is_due = |every| self.synced.is_some_and(|synced| since(synced) >= every);
        if self.attendance.relist_every.is_some_and(is_due) {
            log::debug!("the watch starts over, to compare");
            // It is no failure.
            self.restarted = None;
            self.state = State::Restart;
            return Ok(());
        }
        match self.resume() {
            Err(error) if is_no_place(&error) => {
                log::warn!("{error}: the watch starts over");
                self.observe(Sign::Failed(error));
                self.state = State::Restart;
                Ok(())
            }
            outcome => outcome,
        }
    }

    fn advance_list(&mut self) -> Result<Option<Told<T>>, Error> {
        let State::Listing(list) = &mut self.state else { return Ok(None) };
        match list.next() {
            Some(Ok(object)) => Ok(Some(Told::Event(WatchEvent::Added(object)))),
            Some(Err(error)) if list.has_failed() => {
                self.lists_whole |= error.is_expired();
                self.state = State::Restart;
                Err(error)
            }
            Some(Err(error)) => Ok(Some(Told::Broken { error, is_gone: false })),
            None => {
                self.version = list.resource_version().to_owned();
                self.lists_whole = false;
                self.state = State::Disconnected;
                Ok(Some(self.synced()))
            }
        }
    }

    fn advance_initial(&mut self) -> Result<Option<Told<T>>, Error> {
        let State::Initial(initial) = &mut self.state else { return Ok(None) };
        let step = initial.watch.step();
        let has_told = initial.has_told;
        if !matches!(step, Step::Event(RawEvent::Added(_)) | Step::Broken(_) | Step::Ended(_)) {
            let now = self.attendance.clock.now();
            let odd = *initial.odd.get_or_insert(now);
            let is_mark =
                matches!(&step, Step::Event(RawEvent::Bookmark { ends_initial_events: true, .. }));
            if !is_mark && now.saturating_duration_since(odd) >= self.attendance.end_mark {
                return self.miss_end_mark(has_told);
            }
        }
        initial.has_told |= matches!(&step, Step::Event(_) | Step::Broken(_));
        self.observe_step(&step);
        match step {
            // One without a version is no place to go on from.
            Step::Event(RawEvent::Bookmark { resource_version, ends_initial_events: true })
                if !resource_version.is_empty() =>
            {
                self.version = resource_version;
                self.note_bookmark();
                Ok(Some(self.synced()))
            }
            Step::Event(event) => Ok(told(event)),
            Step::Broken(Broken { error, is_gone, .. }) => {
                Ok(Some(Told::Broken { error, is_gone }))
            }
            Step::Ended(Ending::Idle) => self.miss_end_mark(has_told),
            // What came may not be all: the reader must not keep what is gone meanwhile.
            Step::Failed(error) => {
                self.state = State::Restart;
                Err(error)
            }
            Step::Ended(ending) => {
                self.state = State::Restart;
                self.after_end(ending)
            }
        }
    }

    /// The server does not say that all objects have come: it may not know how to, and is listed instead.
    fn miss_end_mark(&mut self, has_told: bool) -> Result<Option<Told<T>>, Error> {
        log::warn!(
            "{}: no end of the initial events within {:?}: listing instead",
            self.api.resource().plural,
            self.attendance.end_mark
        );
        self.streams_lists = false;
        self.state = if has_told { State::Restart } else { State::Start };
        Ok(None)
    }

    fn advance_changes(&mut self) -> Result<Option<Told<T>>, Error> {
        let State::Following(watch) = &mut self.state else { return Ok(None) };
        let step = watch.step();
        self.observe_step(&step);
        match step {
            Step::Event(event) => {
                match &event {
                    RawEvent::Added(object)
                    | RawEvent::Modified(object)
                    | RawEvent::Deleted(object) => {
                        go_on_from(&mut self.version, object.metadata().resource_version());
                    }
                    RawEvent::Bookmark { resource_version, .. } => {
                        go_on_from(&mut self.version, resource_version);
                        (self.attendance.observe)(Sign::Reached(&self.version));
                        self.note_bookmark();
                    }
                }
                Ok(told(event))
            }
            Step::Broken(Broken { error, version, is_gone }) => {
                go_on_from(&mut self.version, &version);
                Ok(Some(Told::Broken { error, is_gone }))
            }
            Step::Failed(error) => {
                self.state = State::Disconnected;
                Err(error)
            }
            Step::Ended(ending) => {
                self.state = State::Disconnected;
                self.after_end(ending)
            }
        }
    }

    /// All objects that are there have been told.
    fn synced(&mut self) -> Told<T> {
        self.synced = Some(self.attendance.clock.now());
        Told::Event(WatchEvent::Synced)
    }

    /// A bookmark came: now silence means that the connection is dead.
    fn note_bookmark(&mut self) {
        let idle = self.api.client.config().timeouts.watch_idle;
        self.has_bookmarks = true;
        let watch = match std::mem::replace(&mut self.state, State::Disconnected) {
            State::Initial(initial) => initial.watch,
            State::Following(watch) => watch,
            other => {
                self.state = other;
                return;
            }
        };
        watch.set_idle(idle);
        self.state = State::Following(watch);
    }

    fn after_end(&mut self, ending: Ending) -> Result<Option<Told<T>>, Error> {
        match ending {
            Ending::Closed { lived, is_early } => self.after_close(lived, is_early),
            Ending::Idle => self.after_close((Duration::MAX, 0), true),
            Ending::Stopped => Err(Error::stopped()),
        }
    }

    pub(super) fn observe(&mut self, sign: Sign<'_>) {
        (self.attendance.observe)(sign);
    }

    /// Whatever comes over a connection is a sign that the server lives, but for the end of it.
    fn observe_step(&mut self, step: &Step<T>) {
        if !matches!(step, Step::Ended(_)) {
            self.observe(Sign::Heard);
        }
    }
}
