//! [`ReadError`]: all that is wrong with what was read, at once.

use std::fmt;

use super::origin::Origin;
use crate::error::Error;
use crate::meta::status::Printable;

/// What was read is not a set of objects: everything that is wrong with it, in order.
///
/// It tells where and what, and never what stands there: it may be a Secret. It becomes an [`Error`] of
/// kind [`Invalid`](crate::ErrorKind::Invalid) by `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    problems: Vec<Problem>,
}

/// One thing that is wrong with a file, a document or a field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The file, document and line.
    pub origin: Origin,
    /// The field, as `metadata.labels.app`; empty where it is no field that is wrong.
    pub field: String,
    /// What is wrong, and what was expected.
    pub message: String,
}

impl ReadError {
    /// What is wrong, in the order of the files and documents; never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Fails when there is something to fail for.
    pub(super) fn unless_none(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }
}

impl Problem {
    pub(super) fn new(origin: Origin, message: impl Into<String>) -> Self {
        Self { origin, field: String::new(), message: message.into() }
    }

    pub(super) fn at(mut self, field: impl Into<String>) -> Self {
        self.field = field.into();
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, field, message } = self;
        if field.is_empty() {
            write!(f, "{origin}: {}", Printable(message))
        } else {
            write!(f, "{origin}: {}: {}", Printable(field), Printable(message))
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            let separator = if i == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ReadError {}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        Self::invalid(error.to_string()).because(error)
    }
}
