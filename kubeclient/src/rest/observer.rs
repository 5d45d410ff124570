//! [`Observer`]: sees each attempt of each request, for metrics and traces.

use std::time::Duration;

use crate::error::Error;

/// Sees each attempt of each request. Any `Fn(&Attempt)` is one.
///
/// # Threads
/// Called on the thread that made the request, between the attempt and what follows it: what it does,
/// the request waits for.
pub trait Observer: Send + Sync {
    /// Called when an attempt is over: its answer read, or for a stream or watch, the head of it.
    fn attempt(&self, attempt: &Attempt<'_>);
}

impl<F: Fn(&Attempt<'_>) + Send + Sync> Observer for F {
    fn attempt(&self, attempt: &Attempt<'_>) {
        self(attempt);
    }
}

/// One attempt of a request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The verb, such as `GET`.
    pub verb: &'a str,
    /// The path with `{namespace}` and `{name}` in their places, so that attempts can be counted by it.
    pub template: &'a str,
    /// The HTTP status code, where there was an answer.
    pub code: Option<u16>,
    /// The number of the attempt, from 1.
    pub number: u32,
    /// How long it took.
    pub duration: Duration,
    /// Bytes sent, as on the wire: within TLS, as encrypted.
    pub bytes_sent: u64,
    /// Bytes received, before decompression.
    pub bytes_received: u64,
    /// Why it failed, if it did.
    pub error: Option<&'a Error>,
}
