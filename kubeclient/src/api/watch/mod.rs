//! [`Watch`]: the changes of a collection, for as long as anybody wants to hear of them.
//!
//! `steps` is the state machine: it has the connections, one after the other, or a list. `failure` says what
//! failures mean, `place` from where a watch goes on, `event` what is told.

mod event;
mod failure;
mod place;
mod steps;

use std::time::Instant;

use serde::de::DeserializeOwned;

pub use self::event::WatchEvent;
use self::failure::StuckAt;
use self::steps::State;
use super::Api;
use super::backoff::Backoff;
use super::params::WatchParams;
use super::watched::{Attendance, Told};
use crate::error::Error;
use crate::meta::resource::Object;
use crate::stop::Stop;

/// The changes of a collection: first all objects that are there, then what happens to them.
///
/// A lost connection is opened again from where it was: at once, or, where several watches of a client lose
/// theirs together, each at its moment within five seconds. Passing failures (no connection, 429, 5xx) are
/// waited out, with growing pauses, and logged. When the server no longer knows the place, or the watch has failed
/// a dozen times to get further than it, it starts over and says so: [`Restarted`](WatchEvent::Restarted), the objects, and
/// [`Synced`](WatchEvent::Synced). An object that can't be decoded is an `Err`, and the events after it
/// follow. Any other failure (such as 403) is an `Err` too; asked for the next event, the watch tries
/// again after a pause. The iterator ends only when it is stopped.
///
/// ```
/// # use kubeclient::{Api, ObjectMeta, Resource, RestClient};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Resource, Serialize, Deserialize)]
/// # #[resource(group = "", version = "v1")]
/// # struct ConfigMap { metadata: ObjectMeta }
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
/// use kubeclient::{WatchEvent, WatchParams};
///
/// let maps: Api<ConfigMap> = Api::namespaced(&client, "default");
/// maps.create(&ConfigMap { metadata: ObjectMeta::named("settings") })?;
/// for event in maps.watch(&WatchParams::default())? {
///     match event? {
///         WatchEvent::Added(map) | WatchEvent::Modified(map) => {
///             assert_eq!(map.metadata.name, "settings");
///             maps.delete("settings", &Default::default())?;
///         }
///         WatchEvent::Deleted(map) => {
///             println!("{} is gone", map.metadata.name);
///             break;
///         }
///         _ => {}
///     }
/// }
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Blocking
/// Each item waits for something to happen, for ever if need be. [`Watch::stopper`], or the [`Stop`] of
/// the Api, ends the wait from another thread within 50 ms; then the iterator ends.
#[must_use = "a watch does nothing until it is iterated"]
pub struct Watch<T> {
    api: Api<T>,
    params: WatchParams,
    stop: Stop,
    state: State<T>,
    /// Changes up to this version have been told.
    version: String,
    /// The version from which it went on last.
    opened_at: String,
    backoff: Backoff,
    /// Whether the server can send the initial objects through the watch.
    streams_lists: bool,
    /// Whether a paged list expired on the way: the next one comes in one answer, which can't.
    lists_whole: bool,
    /// Whether a bookmark ever came, so that silence means something.
    has_bookmarks: bool,
    /// Whether the last item was a failure that the next one must wait for.
    owes_pause: bool,
    restarts: u32,
    stuck_at: StuckAt,
    /// When it started over last.
    restarted: Option<Instant>,
    /// When all objects had been told last.
    synced: Option<Instant>,
    /// Which of the client's watches it is.
    number: u64,
    /// When it was last told to come back apart from the others.
    spread: Option<Instant>,
    attendance: Attendance,
}

impl<T: Object> Api<T> {
    /// Watches the collection: the objects that are there, then their changes; or only changes, after
    /// [`WatchParams::resource_version`].
    ///
    /// # Errors
    /// What keeps the first connection from being opened: as [`Api::list`].
    ///
    /// # Blocking
    /// Until the first connection is open; then each event waits.
    pub fn watch(&self, params: &WatchParams) -> Result<Watch<T>, Error>
    where
        T: DeserializeOwned,
    {
        let mut watch = self.attended_watch(params, Attendance::default());
        match watch.state {
            State::Disconnected => watch.resume()?,
            _ => watch.start()?,
        }
        Ok(watch)
    }

    /// A watch that connects when it is asked for its first item, and is attended.
    pub(crate) fn attended_watch(&self, params: &WatchParams, attendance: Attendance) -> Watch<T> {
        let stop = self.client.stop().child();
        let version = params.resource_version.clone().unwrap_or_default();
        Watch {
            api: self.with_stop(&stop),
            params: params.clone(),
            stop,
            // Version 0 is no place in time: it means any objects that are there.
            state: if matches!(version.as_str(), "" | "0") {
                State::Start
            } else {
                State::Disconnected
            },
            version,
            opened_at: String::new(),
            backoff: Backoff::new(),
            streams_lists: true,
            lists_whole: false,
            has_bookmarks: false,
            owes_pause: false,
            restarts: 0,
            stuck_at: StuckAt::default(),
            restarted: None,
            synced: None,
            number: self.client.gate().watch(),
            spread: None,
            attendance,
        }
    }
}

impl<T: Object + DeserializeOwned> Watch<T> {
    /// The token that ends the watch, and a wait for its next event.
    pub fn stopper(&self) -> Stop {
        self.stop.clone()
    }

    /// The version up to which changes have been told; empty before the first
    /// [`Synced`](WatchEvent::Synced).
    pub fn resource_version(&self) -> &str {
        &self.version
    }

    /// How often the watch had to start over.
    pub fn restarts(&self) -> u32 {
        self.restarts
    }

    /// The next item, with what a plain reader need not know; `None` once the watch is stopped.
    pub(crate) fn next_told(&mut self) -> Option<Told<T>> {
        if std::mem::take(&mut self.owes_pause) {
            self.pause();
        }
        loop {
            if self.stop.is_stopped() {
                return None;
            }
            match self.advance() {
                Ok(Some(told)) => return Some(told),
                Ok(None) => {}
                Err(error) if error.is_stopped() => return None,
                Err(error) => {
                    if let Some(error) = self.after_failure(error) {
                        return Some(Told::Failed(error));
                    }
                }
            }
        }
    }
}

impl<T: Object + DeserializeOwned> Iterator for Watch<T> {
    type Item = Result<WatchEvent<T>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_told().map(|told| match told {
            Told::Event(event) => Ok(event),
            Told::Broken { error, .. } | Told::Failed(error) => Err(error),
        })
    }
}

impl<T> std::fmt::Debug for Watch<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch")
            .field("api", &self.api)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
