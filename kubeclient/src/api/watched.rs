//! What a [`Watch`](super::Watch) goes through besides its events, for who builds on it.
//!
//! A plain watch needs none of it: it waits failures out and logs them. A cache must say since when it has
//! not heard from the server, and why.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::watch::WatchEvent;
use crate::clock::Clock;
use crate::error::Error;
use crate::stop::Stop;

/// What comes of a watch.
pub(crate) enum Told<T> {
    Event(WatchEvent<T>),
    /// An object that can't be decoded ([`Error::object`] names it); the events after it follow.
    Broken {
        error: Error,
        /// Whether all that can be read of it is that it is gone.
        is_gone: bool,
    },
    /// A failure that does not pass by itself; the watch tries again when it is asked for more.
    Failed(Error),
}

/// A sign of life, or of the lack of it, between the events.
pub(crate) enum Sign<'a> {
    /// The server was heard.
    Heard,
    /// All changes up to this version have been told.
    Reached(&'a str),
    /// A failure that the watch waits out by itself.
    Failed(Error),
}

/// Waits so long, or until the token is stopped.
pub(crate) type Pause = Arc<dyn Fn(&Stop, Duration) + Send + Sync>;

/// Waits by a clock.
pub(crate) fn pause_by(clock: &Clock) -> Pause {
    let clock = clock.clone();
    Arc::new(move |stop, time| {
        clock.sleep(stop, time);
    })
}

/// How long a watch that sends the initial objects may take to say that they are all (client-go warns then).
const END_MARK: Duration = Duration::from_secs(10);

/// Who is told of the signs, and how the watch waits.
pub(crate) struct Attendance {
    pub(crate) observe: Box<dyn FnMut(Sign<'_>) + Send>,
    /// By which time passes between attempts.
    pub(crate) clock: Clock,
    pub(crate) pause: Pause,
    /// Whether the first list, where the watch can't give it, may come from the server's cache.
    pub(crate) lists_from_cache: bool,
    /// How long the end of the initial objects is awaited while nothing comes, or nothing that is one.
    pub(crate) end_mark: Duration,
    /// After how long the watch starts over, when its connection ends, although nothing is lost.
    pub(crate) relist_every: Option<Duration>,
}

impl Default for Attendance {
    fn default() -> Self {
        let clock = Clock::real();
        Self {
            observe: Box::new(|_| {}),
            pause: pause_by(&clock),
            clock,
            lists_from_cache: false,
            end_mark: END_MARK,
            relist_every: None,
        }
    }
}

impl fmt::Debug for Attendance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attendance").finish_non_exhaustive()
    }
}
