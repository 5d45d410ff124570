//! [`ByteStream`]: an answer that is read as it comes.

use std::io::{self, Read};
use std::time::Duration;

use super::response::BodyReader;
use crate::error::Error;
use crate::stop::Stop;

/// The body of an answer that has no end of its own: a log that is followed, a watch, a proxied stream.
///
/// # Blocking
/// A read waits for the server, without a limit of its own; [`ByteStream::stopper`] ends it from
/// another thread. Dropping the stream closes its connection.
pub struct ByteStream {
    reader: BodyReader,
    stop: Stop,
    verb: String,
    path: String,
}

impl ByteStream {
    pub(crate) fn new(reader: BodyReader, stop: Stop, verb: &str, path: &str) -> Self {
        Self { reader, stop, verb: verb.into(), path: path.into() }
    }

    /// The token that ends the stream, and a read that waits in it.
    pub fn stopper(&self) -> Stop {
        self.stop.clone()
    }

    /// Bounds the silence between two reads from now on.
    pub(crate) fn set_idle(&self, idle: Option<Duration>) {
        self.reader.set_idle(idle);
    }

    /// Adds what was asked to an error.
    pub(crate) fn describe(&self, error: Error) -> Error {
        error.during(&self.verb, &self.path)
    }

    /// Why a read failed, in this crate's words.
    pub(crate) fn explain(&self, error: io::Error) -> Error {
        self.describe(self.reader.explain(error))
    }
}

impl Read for ByteStream {
    /// Reads what has come, waiting for at least one byte.
    ///
    /// # Errors
    /// An [`io::Error`] whose inner error is a [`kubeclient::Error`](Error).
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer).map_err(|error| io::Error::other(self.explain(error)))
    }
}

impl std::fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ByteStream").field("path", &self.path).finish_non_exhaustive()
    }
}
