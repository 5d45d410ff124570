//! [`RawWatch`]: one connection of a watch, as it is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::event::{self, Bookmark, Event};
use super::params::WatchParams;
use super::{Api, Kind, backoff};
use crate::error::{Error, ErrorKind};
use crate::meta::managed_fields;
use crate::meta::resource::Object;
use crate::rest::decode::{DENSE, bounded};
use crate::rest::lines::{LineError, Lines};
#[cfg(feature = "protobuf")]
use crate::rest::protobuf;
use crate::rest::request::Class;
use crate::rest::wire::Answer;
use crate::rest::{ByteStream, Request};
use crate::stop::Stop;

/// How long one connection of a watch lasts at least, when nobody says; at most twice as long, by chance
/// (client-go's figures).
const SHORTEST: Duration = Duration::from_secs(300);

/// How much longer than its own time a silent watch is given.
const GRACE: Duration = Duration::from_secs(5);

/// An event of a [`RawWatch`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RawEvent<T> {
    /// The object is new, or was not selected before; at the start of a watch: it is there.
    Added(T),
    /// The object changed.
    Modified(T),
    /// The object is gone, or is selected no more; this is its last state.
    Deleted(T),
    /// The watch has come as far as this version.
    Bookmark {
        /// A version after which a new watch may start.
        resource_version: String,
        /// Whether all objects that were there at the start have been told.
        ends_initial_events: bool,
    },
}

/// One connection of a watch: the events as they come, until the server, the network or
/// [`RawWatch::stopper`] ends it.
///
/// It resumes nothing ([`Api::watch`] does). An object that can't be decoded is an `Err`, and the events
/// after it follow; any other error is the last item, such as one for which
/// [`is_expired`](Error::is_expired) holds. A connection that ends, orderly or not, ends the iterator.
///
/// # Blocking
/// Each item waits for the server; [`RawWatch::stopper`] ends the wait from another thread.
pub struct RawWatch<T> {
    lines: Lines<ByteStream>,
    /// Whether the events may be frames in protobuf, and not lines of JSON.
    #[cfg(feature = "protobuf")]
    may_be_frames: bool,
    skips_managed_fields: bool,
    kind: Arc<Kind>,
    opened: Instant,
    /// For how long the server was asked to keep it open.
    timeout: Duration,
    events: u64,
    is_over: bool,
    object: std::marker::PhantomData<fn() -> T>,
}

/// What one line, or the end of the lines, means to who resumes a watch.
pub(super) enum Step<T> {
    Event(RawEvent<T>),
    /// An object that can't be decoded; the stream goes on, past its version.
    Broken(Broken),
    /// The stream is over, and why.
    Failed(Error),
    /// The connection ended.
    Ended(Ending),
}

/// An object of an event that can't be decoded.
pub(super) struct Broken {
    pub(super) error: Error,
    pub(super) version: String,
    /// Whether the event says that the object is gone.
    pub(super) is_gone: bool,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// By the server, or by the network.
    Closed {
        /// How long the watch had been open, and how many events had come.
        lived: (Duration, u64),
        /// Whether the server was not asked for an end now.
        is_early: bool,
    },
    /// By us, after silence.
    Idle,
    /// By the stop token.
    Stopped,
}

impl<T: Object> Api<T> {
    /// Opens one connection of a watch.
    ///
    /// Without a resource version, the objects that are there come first, as
    /// [`Added`](RawEvent::Added).
    ///
    /// # Errors
    /// As [`Api::list`].
    pub fn watch_raw(&self, params: &WatchParams) -> Result<RawWatch<T>, Error>
    where
        T: DeserializeOwned,
    {
        let version = params.resource_version.as_deref().unwrap_or_default();
        self.open_watch(params, version, false)
    }

    /// Opens a connection after a version; or with the objects that are there, then a bookmark that says
    /// so, then changes (WatchList).
    pub(super) fn open_watch(
        &self,
        params: &WatchParams,
        after: &str,
        initial_events: bool,
    ) -> Result<RawWatch<T>, Error>
    where
        T: DeserializeOwned,
    {
        let timeout = match params.timeout {
            Some(timeout) => Duration::from_secs(timeout.as_secs().max(1)),
            None => Duration::from_secs(backoff::jittered(SHORTEST, 1.0).as_secs()),
        };
        let mut request = params.request(Request::get(self.collection()))?;
        request = request.query("watch", "true").query("allowWatchBookmarks", "true");
        if !after.is_empty() {
            request = request.query("resourceVersion", after);
        }
        if initial_events {
            request = request
                .query("sendInitialEvents", "true")
                .query("resourceVersionMatch", "NotOlderThan");
        }
        let accept = self.accept(Answer::Object);
        let request = request
            .query("timeoutSeconds", timeout.as_secs().to_string())
            .accept(accept.as_str())
            .class(Class::Watch)
            // Until a bookmark shows that the server sends them, only its own end is awaited.
            .idle(Some(timeout.saturating_add(GRACE)));
        let stream = self.client.stream(&request)?;
        Ok(RawWatch {
            #[cfg(feature = "protobuf")]
            may_be_frames: accept.starts_with(protobuf::MEDIA_TYPE),
            skips_managed_fields: self.skips_managed_fields,
            lines: Lines::new(stream, self.client.config().limits.watch_event),
            kind: Arc::clone(&self.kind),
            opened: Instant::now(),
            timeout,
            events: 0,
            is_over: false,
            object: std::marker::PhantomData,
        })
    }
}

impl<T: Object + DeserializeOwned> RawWatch<T> {
    /// The token that ends the watch, and a wait for its next event.
    pub fn stopper(&self) -> Stop {
        self.lines.get_ref().stopper()
    }

    fn closed(&self) -> Ending {
        let age = self.opened.elapsed();
        let is_early = age < self.timeout.mul_f64(0.9);
        Ending::Closed { lived: (age, self.events), is_early }
    }

    /// Bounds the silence between two events from now on.
    pub(super) fn set_idle(&self, idle: Option<Duration>) {
        self.lines.get_ref().set_idle(idle);
    }

    pub(super) fn step(&mut self) -> Step<T> {
        let event = match self.next_event() {
            Ok(Some(event)) => event,
            Ok(None) => return Step::Ended(self.closed()),
            Err(LineError::TooLong(error)) => return Step::Failed(self.describe(error)),
            Err(LineError::Read(error)) => return self.read_failed(error),
        };
        self.events += 1;
        match event {
            Ok(Event::Added(object)) => Step::Event(RawEvent::Added(self.typed(object))),
            Ok(Event::Modified(object)) => Step::Event(RawEvent::Modified(self.typed(object))),
            Ok(Event::Deleted(object)) => Step::Event(RawEvent::Deleted(self.typed(object))),
            Ok(Event::Bookmark(Bookmark { resource_version, ends_initial_events })) => {
                Step::Event(RawEvent::Bookmark { resource_version, ends_initial_events })
            }
            Ok(Event::Error(status)) => Step::Failed(self.describe(Error::api(*status, None))),
            Err(broken) => match broken.resource_version {
                Some(version) => Step::Broken(Broken {
                    error: self.describe(broken.error),
                    version,
                    is_gone: broken.is_gone,
                }),
                None => Step::Failed(self.describe(broken.error)),
            },
        }
    }

    /// Reads one event, or what could not be read of it; `None` at the end.
    fn next_event(&mut self) -> Result<Option<event::Decoded<T>>, LineError> {
        let expected = self.kind.expected();
        let skip = self.skips_managed_fields;
        let memory = self.lines.limit().saturating_mul(DENSE);
        #[cfg(feature = "protobuf")]
        if self.may_be_frames && self.lines.begins_a_frame()? {
            let Some(frame) = self.lines.next_frame()? else { return Ok(None) };
            let decode = || event::decode_frame(frame, expected);
            return Ok(Some(bounded(memory, || managed_fields::skipping(skip, decode))));
        }
        while let Some(line) = self.lines.next_line()? {
            if !matches!(line, [] | [b'\r']) {
                let decode = || event::decode(line, expected);
                return Ok(Some(bounded(memory, || managed_fields::skipping(skip, decode))));
            }
        }
        Ok(None)
    }

    fn read_failed(&self, error: std::io::Error) -> Step<T> {
        let stream = self.lines.get_ref();
        let error = match error.downcast::<Error>() {
            Ok(error) => error,
            Err(error) => stream.explain(error),
        };
        match error.kind() {
            ErrorKind::Stopped => Step::Ended(Ending::Stopped),
            ErrorKind::Timeout => Step::Ended(Ending::Idle),
            // A connection cut in the middle is an end like any other: the next one goes on from here.
            ErrorKind::Connection => Step::Ended(self.closed()),
            _ => Step::Failed(error),
        }
    }

    fn describe(&self, error: Error) -> Error {
        self.lines.get_ref().describe(error)
    }

    fn typed(&self, mut object: T) -> T {
        if object.type_meta().is_some() {
            object.set_type_meta(self.kind.wire.clone());
        }
        object
    }
}

impl<T: Object + DeserializeOwned> Iterator for RawWatch<T> {
    type Item = Result<RawEvent<T>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        match self.step() {
            Step::Event(event) => Some(Ok(event)),
            Step::Broken(broken) => Some(Err(broken.error)),
            Step::Failed(error) => {
                self.is_over = true;
                Some(Err(error))
            }
            Step::Ended(_) => {
                self.is_over = true;
                None
            }
        }
    }
}

impl<T> std::fmt::Debug for RawWatch<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawWatch").field("resource", &self.kind.resource).finish_non_exhaustive()
    }
}
