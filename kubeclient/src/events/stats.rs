//! [`EventStats`]: what became of the events so far.

/// What became of the events that a recorder was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventStats {
    /// Waiting in the queue.
    pub waiting: usize,
    /// Written to the server as new events.
    pub created: u64,
    /// Written to the server into events that were there.
    pub patched: u64,
    /// Held back: too many about one object, or of a series that is told of later.
    pub held_back: u64,
    /// Dropped: the queue was full, the recorder was shut down, or the time to deliver was over.
    pub dropped: u64,
    /// Given up: the server refused them, or could not be reached for long.
    pub failed: u64,
    /// Never sent: they said nothing that an event can say.
    pub invalid: u64,
}
