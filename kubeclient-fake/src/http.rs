//! HTTP/1.1 on sockets: requests read, replies written, connections kept. What a request means is not
//! known here.

mod connection;
pub(crate) mod listener;
mod read;
mod stream;
pub(crate) mod wire;
mod write;

use std::io;
use std::time::Duration;

use crate::auth::User;
use crate::failure::{Failure, Result};
use wire::Plan;

/// A request, read whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// As it was sent, still percent-encoded, without the query.
    pub(crate) path: String,
    /// The query's pairs in their order, decoded.
    pub(crate) query: Vec<(String, String)>,
    /// In their order, names as they were sent.
    pub(crate) headers: Vec<(String, String)>,
    /// What came of the body. Handlers read it through [`Request::content`].
    pub(crate) body: Vec<u8>,
    /// Why the body is not whole.
    pub(crate) body_error: Option<BodyError>,
    /// The subject of the client's certificate: common name and organizations.
    pub(crate) certificate: Option<Subject>,
    /// Whether the client showed a certificate that is not of the server's authority.
    pub(crate) certificate_refused: bool,
    /// Who asks, once that has been found out.
    pub(crate) user: User,
    /// The request's number among all that this server has had.
    pub(crate) number: u64,
}

/// Why a body is not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// Longer than the limit in bytes.
    TooLarge(usize),
    /// It ended early or its chunks are broken; in the words of the real server.
    Broken(&'static str),
}

/// The subject of a client certificate: the user and the groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) common_name: String,
    pub(crate) organizations: Vec<String>,
}

impl Request {
    /// The first header of this name, whatever its case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Every header of this name, whatever its case.
    pub(crate) fn header_values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = self.headers.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    /// The first query parameter of this name.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The whole body, or what the real server says to one that is too long or broken.
    pub(crate) fn content(&self) -> Result<&[u8]> {
        match self.body_error {
            None => Ok(&self.body),
            Some(BodyError::TooLarge(limit)) => {
                let message = format!("Request entity too large: limit is {limit}");
                Err(Failure::new(413, "RequestEntityTooLarge", message))
            }
            Some(BodyError::Broken(why)) => Err(Failure::internal(why)),
        }
    }
}

/// What goes back.
pub(crate) enum Reply {
    /// A whole body, with its length.
    Full(Response),
    /// A body that is written while it comes to be, in chunks, each flushed. The writer's end is the
    /// body's clean end; an error is a cut.
    Stream(Response, StreamBody),
}

/// Writes a streamed body.
pub(crate) type StreamBody = Box<dyn FnOnce(&mut dyn Sink) -> io::Result<()> + Send>;

impl Reply {
    /// The head.
    pub(crate) fn response_mut(&mut self) -> &mut Response {
        match self {
            Self::Full(response) | Self::Stream(response, _) => response,
        }
    }
}

/// Status, headers and a body; of a streamed reply the body is what goes first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Besides `Date` and the framing, which the connection adds.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// A body with its media type.
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }.with("Content-Type", content_type)
    }

    /// The same with one header more.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The first header of this name, whatever its case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let named = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }
}

/// Where a stream goes.
pub(crate) trait Sink {
    /// Writes one chunk and flushes it.
    fn write(&mut self, chunk: &[u8]) -> io::Result<()>;
    /// Whether the peer has hung up, or the server stops: a stream that has nothing to say asks now and
    /// then.
    fn is_closed(&mut self) -> bool;
}

/// What answers requests.
pub(crate) trait Service: Send + Sync {
    /// The answer to a request.
    fn answer(&self, request: &Request) -> Reply;

    /// Wakes the streams that wait for something to say: the server stops, their sinks are closed.
    fn stop(&self) {}
}

/// What stands between the connections and the service.
pub(crate) trait Handler: Send + Sync {
    /// A request has come in: what shall happen to its answer on the wire.
    fn arrive(&self, request: &mut Request) -> Plan;
    /// The answer.
    fn answer(&self, request: &mut Request, plan: &Plan) -> Reply;
    /// The server stops.
    fn stop(&self);
}

/// How much and how long a connection puts up with. The defaults are the real server's.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Bytes of a request's line and headers.
    pub(crate) head: usize,
    /// Bytes of a request's body.
    pub(crate) body: usize,
    /// From a request's first byte, or the connection's start, to the end of its headers.
    pub(crate) head_time: Duration,
    /// For a request's body.
    pub(crate) body_time: Duration,
    /// Between requests.
    pub(crate) idle_time: Duration,
    /// For one write that the peer does not take.
    pub(crate) write_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: (1 << 20) + 4096,
            body: 3 << 20,
            head_time: Duration::from_secs(32),
            body_time: Duration::from_secs(60),
            idle_time: Duration::from_secs(90),
            write_time: Duration::from_secs(300),
        }
    }
}

#[cfg(test)]
mod tests;
