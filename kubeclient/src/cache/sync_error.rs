//! [`SyncError`]: why a cache did not get as far as was waited for.

use std::fmt;
use std::sync::Arc;

use super::health::{Health, ReflectorState};
use crate::error::{Error, ErrorKind};
use crate::stop::Stop;

/// A cache did not get as far as was waited for: the time ran out, or somebody stopped it or the wait.
///
/// [`SyncError::last_error`] is the last failure of the cache's requests: mostly the reason.
pub struct SyncError {
    kind: ErrorKind,
    message: String,
    source: Option<Arc<Error>>,
}

impl SyncError {
    /// The wait ended by its token, or since the cache did.
    pub(super) fn of(what: &str, aim: &str, health: &Health, stop: &Stop) -> Self {
        let (kind, why) = match health.state {
            ReflectorState::Stopped => (ErrorKind::Stopped, "it was stopped"),
            // Who waits may be late to look.
            _ if stop.deadline_passed() => (ErrorKind::Timeout, "the time for it ran out"),
            _ if stop.is_stopped() => (ErrorKind::Stopped, "the wait for it was stopped"),
            _ => (ErrorKind::Stopped, "it was stopped"),
        };
        let unstarted = match health.state {
            ReflectorState::New => "; it was not started",
            _ => "",
        };
        Self {
            kind,
            message: format!("the cache of {what} is not {aim}: {why}{unstarted}"),
            source: health.last_failure.as_ref().map(|(_, error)| Arc::clone(error)),
        }
    }

    pub(super) fn invalid(message: String) -> Self {
        Self { kind: ErrorKind::Invalid, message, source: None }
    }

    /// What ended it: [`Timeout`](ErrorKind::Timeout), the deadline; [`Stopped`](ErrorKind::Stopped), the token,
    /// or somebody stopped the cache; [`Invalid`](ErrorKind::Invalid), it is nothing to wait for.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the time for it ran out.
    pub fn is_timeout(&self) -> bool {
        self.kind == ErrorKind::Timeout
    }

    /// Whether it was stopped by its token, or the cache was.
    pub fn is_stopped(&self) -> bool {
        self.kind == ErrorKind::Stopped
    }

    /// The last failure of a request or a connection, if there was one.
    pub fn last_error(&self) -> Option<&Error> {
        self.source.as_deref()
    }
}

impl fmt::Display for SyncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for SyncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        self.source.as_ref().map_or(Ok(()), |source| write!(f, ": {source:#}"))
    }
}

impl std::error::Error for SyncError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// So that `?` reads well where everything else is a [`kubeclient::Result`](crate::Result).
impl From<SyncError> for Error {
    fn from(error: SyncError) -> Self {
        let outer = Error::new(error.kind, error.message);
        match error.source {
            Some(source) => outer.because(Shared(source)),
            None => outer,
        }
    }
}

/// An error that others hold, too.
#[derive(Debug)]
struct Shared(Arc<Error>);

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Shared {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}
