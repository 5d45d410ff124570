//! [`Action`]: what is to happen with a key after its reconcile.

use std::time::Duration;

/// What is to happen with a key whose reconcile went well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action(pub(super) Next);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Done,
    After(Duration),
    Backoff,
}

impl Action {
    /// Nothing, until something changes.
    pub fn done() -> Self {
        Self(Next::Done)
    }

    /// It comes again after this time, or when something changes before.
    pub fn requeue_after(time: Duration) -> Self {
        Self(Next::After(time))
    }

    /// It comes again when the rate limiter says so, later each time: for what is to be waited for and
    /// makes no event. It counts as an attempt ([`ReconcileRequest::attempt`](super::ReconcileRequest::attempt)).
    pub fn requeue_with_backoff() -> Self {
        Self(Next::Backoff)
    }

    /// Whether it comes again by itself.
    pub fn is_requeue(self) -> bool {
        self.0 != Next::Done
    }
}
