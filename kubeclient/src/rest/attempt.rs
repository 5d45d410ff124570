//! [`Attempt`]: one attempt of a request, for metrics and traces.

use std::time::Duration;

use crate::error::Error;

/// One attempt of a request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The verb, such as `GET`.
    pub verb: &'a str,
    /// Whether it is a GET that watches.
    pub is_watch: bool,
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

/// Who sees attempts.
pub(super) type Observer = dyn Fn(&Attempt<'_>) + Send + Sync;
