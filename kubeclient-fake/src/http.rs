//! HTTP/1.1 on sockets: requests read, replies written, connections kept. What a request means is not
//! known here.

use std::io;

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
    pub(crate) body: Vec<u8>,
    /// The subject of the client's certificate: common name and organizations.
    pub(crate) certificate: Option<Subject>,
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

    /// The first query parameter of this name.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What goes back.
pub(crate) enum Reply {
    /// A whole body, with its length.
    Full(Response),
    /// A body that is written while it comes to be, in chunks, each flushed. The writer's end is the
    /// body's clean end; an error is a cut.
    Stream(Response, Box<dyn FnOnce(&mut dyn Sink) -> io::Result<()> + Send>),
}

/// Status, headers and a body; of a streamed reply the body is what goes first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Besides `Date` and the framing, which the connection adds.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
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
    fn answer(&self, request: &Request) -> Reply;
}
