//! [`WatchEvent`]: what a watch tells.

use super::super::raw_watch::RawEvent;
use super::super::watched::Told;

/// An event of a [`Watch`](super::Watch).
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

/// What a connection's event is to the reader of a watch, if anything.
pub(super) fn told<T>(event: RawEvent<T>) -> Option<Told<T>> {
    let event = match event {
        RawEvent::Added(object) => WatchEvent::Added(object),
        RawEvent::Modified(object) => WatchEvent::Modified(object),
        RawEvent::Deleted(object) => WatchEvent::Deleted(object),
        RawEvent::Bookmark { .. } => return None,
    };
    Some(Told::Event(event))
}
