//! [`ElectorHealth`]: how an elector is.

use std::sync::Arc;
use std::time::Instant;

use crate::error::Error;

/// How an elector is, at one moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ElectorHealth {
    /// What its thread does.
    pub state: ElectorState,
    /// The leader that was last seen, this candidate or another one.
    pub leader: Option<String>,
    /// When the server last answered, if only that the lease is missing or was changed meanwhile, by the election's [`Clock`](crate::clock::Clock).
    pub last_heard: Option<Instant>,
    /// The last request that failed, and when it was.
    pub last_failure: Option<(Instant, Arc<Error>)>,
}

/// What an elector's thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ElectorState {
    /// There is none: it was not started yet, or its election is over.
    Idle,
    /// It tries to become the leader.
    Standing,
    /// It is the leader, renews the lease, and its work runs.
    Leading,
    /// Leadership is over, or is to end: it waits for the work to return, and for the callback at the end, and gives the
    /// lease back. One that stays so is stuck.
    Ending,
}
