//! What a stub answers: built by tests, written by the connection.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// An answer, or a way of not answering.
pub struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Body,
    pub(super) ending: Ending,
}

pub(super) enum Body {
    Sized(Vec<u8>),
    Chunked(Vec<u8>),
    /// Ends with the connection.
    Unsized(Vec<u8>),
    /// The whole answer, head included.
    Raw(Vec<u8>),
    Stream(Arc<StreamState>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    KeepAlive,
    Close,
    TruncateAt(usize),
    StallAt(usize),
    Reset,
}

impl Reply {
    /// A whole answer with this status and no body.
    pub fn status(status: u16) -> Reply {
        Reply {
            status,
            headers: Vec::new(),
            body: Body::Sized(Vec::new()),
            ending: Ending::KeepAlive,
        }
    }

    /// A whole answer with a JSON body: text, bytes, or `json!({...}).to_string()`.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply::status(status).header("Content-Type", "application/json").body(body)
    }

    /// A whole answer with a body of plain text.
    pub fn text(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply::status(status).header("Content-Type", "text/plain; charset=utf-8").body(body)
    }

    /// These bytes, head and all, and then the end of the connection.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Reply {
        Reply { body: Body::Raw(bytes.into()), ending: Ending::Close, ..Reply::status(0) }
    }

    /// A head at once, and a chunked body whose pieces come when the sender is told.
    pub fn stream(status: u16) -> (Reply, StreamSender) {
        let state = Arc::new(StreamState::default());
        let reply = Reply { body: Body::Stream(Arc::clone(&state)), ..Reply::status(status) };
        (reply.header("Content-Type", "application/json"), StreamSender { state })
    }

    /// No answer: the connection ends in good order.
    pub fn disconnect() -> Reply {
        Reply::status(200).truncated_at(0)
    }

    /// No answer: the connection is reset.
    pub fn reset() -> Reply {
        Reply { ending: Ending::Reset, ..Reply::status(200) }
    }

    /// No answer: the connection stays open until the client closes it or the stub is dropped.
    pub fn stall() -> Reply {
        Reply::status(200).stalled_at(0)
    }

    /// With this header; one of the same name is replaced.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Reply {
        let name = name.into();
        self.headers.retain(|(existing, _)| !existing.eq_ignore_ascii_case(&name));
        self.headers.push((name, value.into()));
        self
    }

    /// With this header beside those of the same name, as for several warnings.
    #[must_use]
    pub fn append_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Reply {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With this body and its length.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Reply {
        self.body = Body::Sized(body.into());
        self
    }

    /// With the body in one chunk instead of a length.
    #[must_use]
    pub fn chunked(mut self) -> Reply {
        if let Body::Sized(bytes) = self.body {
            self.body = Body::Chunked(bytes);
        }
        self
    }

    /// Without a length: the end of the connection is the end of the body.
    #[must_use]
    pub fn without_length(mut self) -> Reply {
        if let Body::Sized(bytes) = self.body {
            self.body = Body::Unsized(bytes);
        }
        self.close()
    }

    /// With `Connection: close`, and the connection is closed.
    #[must_use]
    pub fn close(mut self) -> Reply {
        self.ending = Ending::Close;
        self.header("Connection", "close")
    }

    /// Only so many bytes of the answer, head included, and then the end of the connection.
    #[must_use]
    pub fn truncated_at(mut self, bytes: usize) -> Reply {
        self.ending = Ending::TruncateAt(bytes);
        self
    }

    /// Only so many bytes of the answer, head included, and then nothing: see [`Reply::stall`].
    #[must_use]
    pub fn stalled_at(mut self, bytes: usize) -> Reply {
        self.ending = Ending::StallAt(bytes);
        self
    }

    /// How many bytes the head of this answer has, for [`Reply::truncated_at`] and
    /// [`Reply::stalled_at`] within the body.
    pub fn head_length(&self) -> usize {
        self.head().len()
    }

    pub(super) fn head(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let has =
            |wanted: &str| self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
        match &self.body {
            // A test may lie about the length.
            Body::Sized(bytes)
                if !has("content-length") && !matches!(self.status, 100..200 | 204 | 304) =>
            {
                head.push_str(&format!("Content-Length: {}\r\n", bytes.len()));
            }
            Body::Chunked(_) | Body::Stream(_) if !has("transfer-encoding") => {
                head.push_str("Transfer-Encoding: chunked\r\n");
            }
            _ => {}
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        404 => "Not Found",
        409 => "Conflict",
        410 => "Gone",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

/// Sends the pieces of a [`Reply::stream`] when the test says so.
///
/// Dropping it breaks the connection off without the last chunk, as [`StreamSender::abort`].
#[derive(Debug)]
pub struct StreamSender {
    state: Arc<StreamState>,
}

impl StreamSender {
    /// Sends a chunk.
    pub fn chunk(&self, bytes: impl Into<Vec<u8>>) {
        self.state.push(Piece::Chunk(bytes.into()));
    }

    /// Sends a chunk of this text and a line break, as one event of a watch.
    pub fn line(&self, text: impl Into<String>) {
        let mut text = text.into();
        text.push('\n');
        self.chunk(text);
    }

    /// Sends bytes without the framing of a chunk.
    pub fn raw(&self, bytes: impl Into<Vec<u8>>) {
        self.state.push(Piece::Raw(bytes.into()));
    }

    /// Sends the last chunk; the connection lives on.
    pub fn finish(self) {
        self.state.push(Piece::Finish);
    }

    /// Closes the connection without the last chunk.
    pub fn abort(self) {
        self.state.push(Piece::Abort);
    }
}

impl Drop for StreamSender {
    fn drop(&mut self) {
        // Read only if nothing ended the stream before.
        self.state.push(Piece::Abort);
    }
}

#[derive(Clone, Debug)]
pub(super) enum Piece {
    Chunk(Vec<u8>),
    Raw(Vec<u8>),
    Finish,
    Abort,
}

/// The pieces that are still to be written.
#[derive(Debug, Default)]
pub(super) struct StreamState {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    pieces: VecDeque<Piece>,
    cancelled: bool,
    ended: bool,
}

impl StreamState {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, piece: Piece) {
        self.lock().pieces.push_back(piece);
        self.changed.notify_all();
    }

    /// The next piece, when there is one; `Abort` once the stream is cancelled.
    pub(super) fn next(&self) -> Piece {
        let mut queue = self.lock();
        loop {
            if queue.cancelled {
                return Piece::Abort;
            }
            if let Some(piece) = queue.pieces.pop_front() {
                queue.ended = matches!(piece, Piece::Finish | Piece::Abort);
                return piece;
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends the stream from outside: the stub is dropped or the client has left.
    pub(super) fn cancel(&self) {
        self.lock().cancelled = true;
        self.changed.notify_all();
    }

    /// Whether the last piece has been taken.
    pub(super) fn is_ended(&self) -> bool {
        self.lock().ended
    }
}
