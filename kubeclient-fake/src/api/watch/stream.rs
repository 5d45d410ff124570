//! One watch under way: what it tells of what the store's log says, until its time is over.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::super::Cluster;
use super::too_old;
use crate::failure::Failure;
use crate::mutation::{self, Mutation};
use crate::selector::Selection;
use crate::store::{Event, Feed, Key, Stored};

/// Which objects a watch is about.
#[derive(Debug)]
pub(super) struct Scope {
    /// The name of the storage.
    pub(super) resource: Arc<str>,
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
    pub(super) selection: Selection,
}

/// Where a watch begins.
#[derive(Debug)]
pub(super) enum Begin {
    /// With the objects that are there now; then, maybe, a bookmark.
    Now { with_bookmark: bool },
    /// With what came after a version.
    After(u64),
    /// It tells why it cannot begin, and is over.
    Failed(Failure),
}

/// What a watch tells.
#[derive(Debug)]
pub(super) enum Told<'a> {
    /// `ADDED`, `MODIFIED` or `DELETED`, and the object.
    Object(&'static str, &'a Stored),
    Bookmark {
        version: u64,
        /// Whether it is the one after the initial events.
        ends_initial: bool,
    },
    Error(Failure),
}

/// Who is told.
pub(super) trait Listener {
    fn tell(&mut self, told: Told<'_>) -> io::Result<()>;
    /// Whether nobody listens any more.
    fn is_closed(&mut self) -> bool;
}

/// One watch.
pub(super) struct Stream {
    cluster: Arc<Cluster>,
    scope: Scope,
    feed: Arc<Feed>,
    /// How many times the resource had ended and watches had been dropped when this one began.
    ends: u64,
    drops: u64,
    /// When it is over.
    deadline: Timestamp,
    /// When the next bookmark is due.
    next_bookmark: Option<Timestamp>,
    bookmark_period: Duration,
    /// Up to this version everything is told.
    told: u64,
    initial: Vec<Stored>,
    first_bookmark: Option<u64>,
    failure: Option<Failure>,
    asked_closed: Instant,
}

/// How many events are taken from the store at once.
const BATCH: usize = 256;

/// How long a watch goes without asking whether anybody listens.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long before its end a watch gives the last bookmark.
const FAREWELL: Duration = Duration::from_secs(2);

impl Stream {
    /// A watch that has not begun.
    pub(super) fn new(
        cluster: &Arc<Cluster>,
        scope: Scope,
        timeout: Duration,
        bookmarks: bool,
    ) -> Self {
        let feed = cluster.store.feed(&scope.resource);
        let mut stream = Self {
            ends: feed.ends(),
            drops: cluster.store.drops(),
            deadline: cluster.clock.after(timeout),
            next_bookmark: None,
            bookmark_period: cluster.store.bookmark_period(),
            told: 0,
            initial: Vec::new(),
            first_bookmark: None,
            failure: None,
            asked_closed: Instant::now(),
            feed,
            scope,
            cluster: Arc::clone(cluster),
        };
        if bookmarks {
            stream.next_bookmark = stream.bookmark_after(stream.cluster.clock.now());
        }
        stream
    }

    /// Fixes where it begins: what happens from now on is told.
    pub(super) fn begin(mut self, begin: Begin) -> Self {
        match begin {
            Begin::Now { with_bookmark } => {
                let Scope { resource, namespace, .. } = &self.scope;
                let listing = self.cluster.store.list(resource, namespace.as_deref(), "");
                self.told = listing.version;
                self.initial = listing.objects;
                self.initial.retain(|object| self.scope.has(&object.key, Some(object)));
                self.first_bookmark = with_bookmark.then_some(listing.version);
            }
            Begin::After(version) => self.told = version,
            Begin::Failed(failure) => self.failure = Some(failure),
        }
        self
    }

    /// When its time is over.
    #[cfg(test)]
    pub(super) fn deadline(&self) -> Timestamp {
        self.deadline
    }

    /// Tells everything until the time is over, nobody listens, the server stops or there is nothing more
    /// to tell. An error is a watch that was cut.
    pub(super) fn run(mut self, listener: &mut dyn Listener) -> io::Result<()> {
        if let Some(failure) = self.failure.take() {
            return listener.tell(Told::Error(failure));
        }
        if self.is_over() {
            return Ok(());
        }
        if mutation::is(Mutation::NoInitialEvents) {
            self.initial.clear();
        }
        for object in std::mem::take(&mut self.initial) {
            listener.tell(Told::Object("ADDED", &object))?;
        }
        if let Some(version) = self.first_bookmark {
            listener.tell(Told::Bookmark { version, ends_initial: true })?;
        }
        loop {
            let seen = self.feed.ticks();
            let has_ended = self.feed.ends() != self.ends;
            // As of before the look at the store: what was written in time is told.
            let now = self.cluster.clock.now();
            if let Err(failure) = self.catch_up(listener)? {
                return listener.tell(Told::Error(failure));
            }
            let is_over = has_ended || now >= self.deadline || self.cluster.store.is_stopped();
            if is_over || self.is_deserted(listener) {
                return Ok(());
            }
            self.bookmark(listener, now)?;
            let until = self.next_bookmark.map_or(self.deadline, |next| next.min(self.deadline));
            self.feed.wait(seen, self.cluster.clock.left(until, PATIENCE));
        }
    }

    /// Tells what the log has; what was forgotten meanwhile is a failure.
    fn catch_up(&mut self, listener: &mut dyn Listener) -> io::Result<Result<(), Failure>> {
        loop {
            if self.cluster.store.drops() != self.drops {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            let batch = match self.cluster.store.events(&self.scope.resource, self.told, BATCH) {
                Ok(batch) => batch,
                Err(forgotten) => return Ok(Err(too_old(self.told, forgotten))),
            };
            for event in &batch.events {
                if let Some((kind, object)) = self.scope.of(event) {
                    listener.tell(Told::Object(kind, object))?;
                }
            }
            self.told = batch.version;
            if batch.events.len() < BATCH || self.is_over() {
                return Ok(Ok(()));
            }
        }
    }

    /// Tells a bookmark if one is due.
    fn bookmark(&mut self, listener: &mut dyn Listener, now: Timestamp) -> io::Result<()> {
        if self.next_bookmark.is_none_or(|due| now < due) {
            return Ok(());
        }
        self.next_bookmark = self.bookmark_after(now);
        // A watch from a version that is still to come has nothing to say before.
        if self.told > self.cluster.store.version() {
            return Ok(());
        }
        listener.tell(Told::Bookmark { version: self.told, ends_initial: false })
    }

    /// When the next bookmark is due: a period from now, or shortly before the end.
    fn bookmark_after(&self, now: Timestamp) -> Option<Timestamp> {
        let next = now.saturating_add(self.bookmark_period).unwrap_or(Timestamp::MAX);
        let last = self.deadline.saturating_sub(FAREWELL).unwrap_or(Timestamp::MIN);
        Some(next.min(last)).filter(|next| *next > now)
    }

    fn is_over(&self) -> bool {
        self.cluster.store.is_stopped() || self.cluster.clock.now() >= self.deadline
    }

    /// Whether nobody listens; asked now and then.
    fn is_deserted(&mut self, listener: &mut dyn Listener) -> bool {
        if self.asked_closed.elapsed() < PATIENCE {
            return false;
        }
        self.asked_closed = Instant::now();
        listener.is_closed()
    }
}

impl Scope {
    /// What an event is to this watch: an object that leaves the selection is deleted as it was before.
    fn of<'a>(&self, event: &'a Event) -> Option<(&'static str, &'a Stored)> {
        let after = event.after.as_ref().filter(|after| self.has(&event.key, Some(after)));
        match (self.has(&event.key, event.before.as_ref()), after) {
            (false, None) => None,
            (false, Some(after)) => Some(("ADDED", after)),
            (true, Some(after)) => Some(("MODIFIED", after)),
            (true, None) if event.after.is_none() && mutation::is(Mutation::LosesDeletes) => None,
            (true, None)
                if event.after.is_some() && mutation::is(Mutation::KeepsWhatLeavesASelector) =>
            {
                None
            }
            (true, None) => Some(("DELETED", event.departed()?)),
        }
    }

    fn has(&self, key: &Key, object: Option<&Stored>) -> bool {
        let Some(object) = object else {
            return false;
        };
        self.namespace.as_ref().is_none_or(|namespace| key.namespace == *namespace)
            && self.name.as_ref().is_none_or(|name| key.name == *name)
            && (self.selection.is_everything() || self.selection.matches(&object.value))
    }
}
