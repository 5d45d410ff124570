//! As much of kubeclient's error as caches ask for.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    Invalid,
    Panic,
    Stopped,
    System,
    Timeout,
}

#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn because(self, _: impl std::error::Error) -> Self {
        self
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    pub(crate) fn stopped() -> Self {
        Self::new(ErrorKind::Stopped, "stopped")
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub fn is_stopped(&self) -> bool {
        self.kind == ErrorKind::Stopped
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
