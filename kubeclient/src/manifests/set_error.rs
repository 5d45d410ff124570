//! [`SetError`]: why not all of a set was done.

use std::fmt;

use super::outcome::{NOT_PRUNED, Summary};
use crate::error::{Error, ErrorKind};
use crate::meta::status::Status;

/// Not all of a set was done: objects failed, or were not tried. Displayed as its [`Summary`], with a line for
/// each failure.
///
/// As an [`Error`] it has the kind of all its errors, and what the server answered where that is alike.
///
/// ```
/// use kubeclient::{Applier, ErrorKind, Manifests, RestClient};
///
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
/// let map = |colour: &str| {
///     let head = "apiVersion: v1, kind: ConfigMap, metadata: {name: a}";
///     Manifests::from_text(&format!("{{{head}, data: {{colour: {colour}}}}}"))
/// };
/// Applier::new(&client, "one").apply(&map("red")?, |_| {})?.into_result()?;
/// let error = Applier::new(&client, "two").apply(&map("blue")?, |_| {})?.into_result().unwrap_err();
/// assert_eq!(error.summary().failures[0].object.to_string(), "configmap/a");
/// assert!(kubeclient::Error::from(error).is_conflict());
/// # Ok::<(), kubeclient::Error>(())
/// ```
pub struct SetError(Box<Summary>);

impl SetError {
    pub(super) fn new(summary: Summary) -> Self {
        Self(Box::new(summary))
    }

    /// What became of the objects.
    pub fn summary(&self) -> &Summary {
        &self.0
    }

    /// What became of the objects, to be kept.
    pub fn into_summary(self) -> Summary {
        *self.0
    }

    /// What went wrong with the objects, as it came, then with the pruning.
    pub fn errors(&self) -> impl Iterator<Item = &Error> {
        let failures = self.0.failures.iter().filter_map(|failure| failure.result.as_ref().err());
        failures.chain(&self.0.prune_error)
    }

    /// What went wrong: [`Stopped`](ErrorKind::Stopped), somebody stopped the work; else what all errors are, or
    /// [`Mixed`](ErrorKind::Mixed).
    pub fn kind(&self) -> ErrorKind {
        if self.0.is_stopped || self.errors().any(Error::is_stopped) {
            return ErrorKind::Stopped;
        }
        let mut kinds = self.errors().map(Error::kind);
        let first = kinds.next().unwrap_or(ErrorKind::Mixed);
        if kinds.all(|kind| kind == first) { first } else { ErrorKind::Mixed }
    }

    /// Whether the time for all that failed ran out.
    pub fn is_timeout(&self) -> bool {
        self.kind() != ErrorKind::Stopped && self.errors().all(Error::is_timeout)
    }

    /// Whether the work was stopped.
    pub fn is_stopped(&self) -> bool {
        self.kind() == ErrorKind::Stopped
    }

    /// What the server answered, in a word, where that is the same for all that failed.
    fn status(&self) -> Option<Status> {
        let mut errors = self.errors().map(Error::status);
        let Status { code, reason, .. } = errors.next()??;
        let is_same = |other: Option<&Status>| {
            other.is_some_and(|other| (other.code, &other.reason) == (*code, reason))
        };
        let status = Status { code: *code, reason: reason.clone(), ..Status::default() };
        (self.kind() == ErrorKind::Api && errors.all(is_same)).then_some(status)
    }
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Its source is the first error.
impl std::error::Error for SetError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.errors().next().map(|error| error as _)
    }
}

/// So that `?` reads well where everything else is a [`kubeclient::Result`](crate::Result). Its source is the
/// first error.
impl From<SetError> for Error {
    fn from(error: SetError) -> Self {
        let (kind, status) = (error.kind(), error.status());
        let Summary { failures, prune_error, .. } = &*error.0;
        let unpruned = prune_error.iter().map(|_| NOT_PRUNED.to_owned());
        let mut heads = failures.iter().map(|failure| failure.object.to_string()).chain(unpruned);
        let first = heads.next();
        // What was first stands last, before what went wrong with it.
        let others = failures.iter().skip(1).map(ToString::to_string);
        let unpruned = prune_error.iter().filter(|_| !failures.is_empty());
        let unpruned = unpruned.map(|error| format!("{NOT_PRUNED}: {error:#}"));
        let parts: Vec<_> = others.chain(unpruned).chain(first).collect();
        let mut message = error.0.counts();
        if !parts.is_empty() {
            message = format!("{message}: {}", parts.join("; "));
        }
        let outer = Self::new(kind, message).answered(status);
        match error.0.into_first_error() {
            Some(first) => outer.because(first),
            None => outer,
        }
    }
}
