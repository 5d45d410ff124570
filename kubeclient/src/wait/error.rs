//! [`WaitError`]: why a wait ended without what it was for.

use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::meta::dynamic::DynamicObject;
use crate::meta::status::Printable;
use crate::stop::Stop;

/// A wait ended without what it was for. What was last seen is in its message and in
/// [`WaitError::last_object`].
pub struct WaitError {
    kind: ErrorKind,
    message: String,
    object: Option<Box<DynamicObject>>,
    source: Option<Error>,
}

impl WaitError {
    /// One of these tokens ended it.
    pub(super) fn stopped(stops: [&Stop; 2], message: String, source: Option<Error>) -> Self {
        // Who waits may be late to look.
        let is_over = stops.into_iter().any(Stop::deadline_passed);
        let kind = if is_over { ErrorKind::Timeout } else { ErrorKind::Stopped };
        Self { kind, message, object: None, source }
    }

    pub(super) fn never(message: String) -> Self {
        Self { kind: ErrorKind::Unmet, message, object: None, source: None }
    }

    pub(super) fn failed(message: String, error: Error) -> Self {
        Self { kind: error.kind(), message, object: None, source: Some(error) }
    }

    pub(super) fn with_object(mut self, last: Option<DynamicObject>) -> Self {
        self.object = last.map(Box::new);
        self
    }

    /// What ended it: [`Timeout`](ErrorKind::Timeout), the deadline; [`Stopped`](ErrorKind::Stopped), the
    /// token; [`Unmet`](ErrorKind::Unmet), what was waited for can't come any more, or can't be told of such an
    /// object; or that of the request that failed.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the time for it ran out.
    pub fn is_timeout(&self) -> bool {
        self.kind == ErrorKind::Timeout
    }

    /// Whether it was stopped by its token, or the client's.
    pub fn is_stopped(&self) -> bool {
        self.kind == ErrorKind::Stopped
    }

    /// The object as it was last seen; `None` when it was not there, was not seen, or is one of many.
    pub fn last_object(&self) -> Option<&DynamicObject> {
        self.object.as_deref()
    }

    /// The last failure of a request, if there was one.
    pub fn last_error(&self) -> Option<&Error> {
        self.source.as_ref()
    }
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What a server says of an object stands in it.
        write!(f, "{}", Printable(&self.message))
    }
}

impl fmt::Debug for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        self.source.as_ref().map_or(Ok(()), |source| write!(f, ": {source:#}"))
    }
}

impl std::error::Error for WaitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// So that `?` reads well where everything else is a [`kubeclient::Result`](crate::Result).
impl From<WaitError> for Error {
    fn from(error: WaitError) -> Self {
        let outer = Error::new(error.kind, error.message);
        match error.source {
            Some(source) => outer.because(source),
            None => outer,
        }
    }
}
