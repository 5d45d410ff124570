//! [`SyncError`]: why a cache did not get as far as was waited for.

use std::fmt;
use std::sync::Arc;

use super::health::{Health, ReflectorState};
use crate::error::{Error, ErrorKind};

/// A cache did not get as far as was waited for: the time ran out, or somebody stopped it or the wait.
///
/// [`SyncError::last`] is the last failure of the cache's requests: mostly the reason.
pub struct SyncError {
    message: String,
    is_stopped: bool,
    last: Option<Arc<Error>>,
}

impl SyncError {
    pub(super) fn of(what: &str, aim: &str, health: &Health) -> Self {
        let (why, is_stopped) = match health.state {
            ReflectorState::Stopped => ("it was stopped", true),
            ReflectorState::New => ("it was not started", false),
            _ => ("the time for it ran out, or the wait was stopped", false),
        };
        Self {
            message: format!("the cache of {what} is not {aim}: {why}"),
            is_stopped,
            last: health.last_failure.as_ref().map(|(_, error)| Arc::clone(error)),
        }
    }

    pub(super) fn invalid(message: String) -> Self {
        Self { message, is_stopped: false, last: None }
    }

    /// The last failure of a request or a connection, if there was one.
    pub fn last(&self) -> Option<&Error> {
        self.last.as_deref()
    }

    /// Whether the cache was stopped, so that waiting longer is of no use.
    pub fn is_stopped(&self) -> bool {
        self.is_stopped
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
        self.last.as_ref().map_or(Ok(()), |last| write!(f, ": {last:#}"))
    }
}

impl std::error::Error for SyncError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.last.as_deref().map(|last| last as _)
    }
}

/// So that `?` reads well where everything else is a [`kubeclient::Result`](crate::Result).
impl From<SyncError> for Error {
    fn from(error: SyncError) -> Self {
        let kind = if error.is_stopped { ErrorKind::Stopped } else { ErrorKind::Timeout };
        let message = error.message;
        let outer = Error::new(kind, message);
        match error.last {
            Some(last) => outer.because(Shared(last)),
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
