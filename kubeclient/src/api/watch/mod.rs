//! [`Watch`]: the changes of a collection, for as long as anybody wants to hear of them.

use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::Api;
use super::backoff::{Backoff, chance};
use super::pager::ListAll;
use super::params::WatchParams;
use super::raw_watch::{Broken, Ending, RawEvent, RawWatch, Step};
use super::watched::{Attendance, Sign, Told};
use crate::error::{Error, ErrorKind};
use crate::meta::resource::{Metadata, Object};
use crate::meta::status::RESOURCE_VERSION_TOO_LARGE;
use crate::stop::Stop;

/// A watch that ended sooner than this, without an event, failed (client-go's figure): it must not
/// become a hot loop.
const TOO_SHORT: Duration = Duration::from_secs(1);

/// Restarts that are further apart than this are no failure to get through.
const RARE: Duration = Duration::from_secs(120);

/// An event of a [`Watch`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum WatchEvent<T> {
    /// The object is new or selected now; before [`Synced`](WatchEvent::Synced): it is there.
    Added(T),
    /// The object changed.
    Modified(T),
    /// The object is gone or is selected no more; this is its last state.
    Deleted(T),
    /// All objects that are there have been told.
    Synced,
    /// Events were missed: all objects that are there follow, then [`Synced`](WatchEvent::Synced). What a
    /// reader knows of and does not come again is gone.
    Restarted,
}

/// The changes of a collection: first all objects that are there, then what happens to them.
///
/// A lost connection is opened again from where it was; passing failures (no connection, 429, 5xx) are
/// waited out, with growing pauses, and logged. When the server no longer knows the place, the watch
/// starts over and says so: [`Restarted`](WatchEvent::Restarted), the objects, and
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
    /// When it started over last.
    restarted: Option<Instant>,
    attendance: Attendance,
}

enum State<T> {
    /// Nothing is known: the objects come first.
    Start,
    /// As `Start`, and the reader must be told.
    Restart,
    /// The objects are being listed.
    Listing(Box<ListAll<T>>),
    /// The objects come through the watch.
    Initial(Box<RawWatch<T>>),
    /// Changes come.
    Following(Box<RawWatch<T>>),
    /// Changes after `version` are to be asked for.
    Disconnected,
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
            backoff: Backoff::new(),
            streams_lists: true,
            lists_whole: false,
            has_bookmarks: false,
            owes_pause: false,
            restarts: 0,
            restarted: None,
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

    /// Asks for the objects that are there: through the watch, or as a list where that can't be.
    fn start(&mut self) -> Result<(), Error> {
        self.version.clear();
        if self.streams_lists {
            match self.api.open_watch(&self.params, "", true) {
                Ok(watch) => {
                    self.observe(Sign::Heard);
                    self.state = State::Initial(Box::new(watch));
                    return Ok(());
                }
                Err(error) if is_passing(&error) || error.is_stopped() => return Err(error),
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
    fn resume(&mut self) -> Result<(), Error> {
        let watch = self.api.open_watch(&self.params, &self.version, false)?;
        self.observe(Sign::Heard);
        if self.has_bookmarks {
            watch.set_idle(self.api.client.config().timeouts.watch_idle);
        }
        self.state = State::Following(Box::new(watch));
        Ok(())
    }

    /// Does one thing; an event if that gave one.
    fn advance(&mut self) -> Result<Option<Told<T>>, Error> {
        match self.state {
            State::Restart => self.announce_restart().map(|event| Some(Told::Event(event))),
            State::Start => self.start().map(|()| None),
            State::Listing(_) => self.advance_list(),
            State::Initial(_) => self.advance_initial(),
            State::Following(_) => self.advance_changes(),
            State::Disconnected => self.resume().map(|()| None),
        }
    }

    fn announce_restart(&mut self) -> Result<WatchEvent<T>, Error> {
        // The first restart is made at once; one soon after another got nowhere.
        let last = self.restarted.replace(Instant::now());
        if last.is_some_and(|last| last.elapsed() < RARE) {
            self.pause();
            if self.stop.is_stopped() {
                return Err(Error::stopped());
            }
        }
        self.state = State::Start;
        self.restarts += 1;
        Ok(WatchEvent::Restarted)
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
                Ok(Some(Told::Event(WatchEvent::Synced)))
            }
        }
    }

    fn advance_initial(&mut self) -> Result<Option<Told<T>>, Error> {
        let State::Initial(watch) = &mut self.state else { return Ok(None) };
        let step = watch.step();
        let lived = watch.lived();
        self.observe_step(&step);
        match step {
            // One without a version is no place to go on from.
            Step::Event(RawEvent::Bookmark { resource_version, ends_initial_events: true })
                if !resource_version.is_empty() =>
            {
                self.version = resource_version;
                self.note_bookmark();
                Ok(Some(Told::Event(WatchEvent::Synced)))
            }
            Step::Event(event) => Ok(told(event)),
            Step::Broken(Broken { error, is_gone, .. }) => {
                Ok(Some(Told::Broken { error, is_gone }))
            }
            // What came may not be all: the reader must not keep what is gone meanwhile.
            Step::Failed(error) => {
                self.state = State::Restart;
                Err(error)
            }
            Step::Ended(ending) => {
                self.state = State::Restart;
                self.after_end(ending, lived)
            }
        }
    }

    fn advance_changes(&mut self) -> Result<Option<Told<T>>, Error> {
        let State::Following(watch) = &mut self.state else { return Ok(None) };
        let step = watch.step();
        let lived = watch.lived();
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
                self.after_end(ending, lived)
            }
        }
    }

    /// A bookmark came: now silence means that the connection is dead.
    fn note_bookmark(&mut self) {
        let idle = self.api.client.config().timeouts.watch_idle;
        self.has_bookmarks = true;
        match std::mem::replace(&mut self.state, State::Disconnected) {
            State::Initial(watch) | State::Following(watch) => {
                watch.set_idle(idle);
                self.state = State::Following(watch);
            }
            other => self.state = other,
        }
    }

    fn after_end(
        &mut self,
        ending: Ending,
        (age, events): (Duration, u64),
    ) -> Result<Option<Told<T>>, Error> {
        match ending {
            Ending::Closed if age < TOO_SHORT && events == 0 => {
                self.pause();
                Ok(None)
            }
            Ending::Closed | Ending::Idle => Ok(None),
            Ending::Stopped => Err(Error::stopped()),
        }
    }

    /// What a failure means: an item for the reader, or nothing, after a pause.
    fn after_failure(&mut self, error: Error) -> Option<Error> {
        if is_lost(&error) {
            log::debug!("{error}: the watch starts over");
            self.observe(Sign::Failed(error));
            self.state = State::Restart;
            return None;
        }
        if is_passing(&error) {
            log::warn!("{error}: the watch tries again");
            self.observe(Sign::Failed(error));
            self.pause();
            return None;
        }
        self.owes_pause = true;
        Some(error)
    }

    fn pause(&mut self) {
        let wait = self.backoff.after_failure(Instant::now(), chance());
        (self.attendance.pause)(&self.stop, wait);
    }

    fn observe(&mut self, sign: Sign<'_>) {
        (self.attendance.observe)(sign);
    }

    /// Whatever comes over a connection is a sign that the server lives, but for the end of it.
    fn observe_step(&mut self, step: &Step<T>) {
        if !matches!(step, Step::Ended(_)) {
            self.observe(Sign::Heard);
        }
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

fn told<T>(event: RawEvent<T>) -> Option<Told<T>> {
    let event = match event {
        RawEvent::Added(object) => WatchEvent::Added(object),
        RawEvent::Modified(object) => WatchEvent::Modified(object),
        RawEvent::Deleted(object) => WatchEvent::Deleted(object),
        RawEvent::Bookmark { .. } => return None,
    };
    Some(Told::Event(event))
}

/// Moves the place of a watch; what has no version leaves it.
fn go_on_from(place: &mut String, version: &str) {
    if !version.is_empty() {
        version.clone_into(place);
    }
}

/// Whether the place of the watch is lost: too old, or in the server's future (it was restored).
fn is_lost(error: &Error) -> bool {
    let Some(status) = error.status() else { return false };
    error.is_expired() || status.code == 410 || status.has_cause(RESOURCE_VERSION_TOO_LARGE)
}

/// Whether a failure passes by itself.
fn is_passing(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Connect | ErrorKind::Connection | ErrorKind::Timeout => true,
        ErrorKind::Api => error
            .status()
            .is_some_and(|status| status.code == 429 || (500..600).contains(&status.code)),
        _ => false,
    }
}
