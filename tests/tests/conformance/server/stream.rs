//! An answer that is read by the line while it comes: a watch, a log.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Server;
use super::reply::is_within;
use crate::transcript::Transcript;
use crate::wire::{Connection, Head, Request};

/// An open answer, on a connection of its own.
pub(crate) struct Stream {
    asked: String,
    connection: Connection,
    head: Head,
    pending: Vec<u8>,
    has_ended: bool,
    transcript: Rc<RefCell<Transcript>>,
    is_recording: bool,
    patience: Duration,
}

impl Stream {
    #[track_caller]
    pub(super) fn open(server: &Server, request: &Request) -> Self {
        let asked = format!("{} {}", request.method, request.path);
        let mut connection = server.target().endpoint.connect().expect("connect");
        let head = connection.send(request).unwrap_or_else(|error| panic!("{asked}: {error}"));
        let is_recording = server.is_recording.get();
        let transcript = Rc::clone(&server.transcript);
        if head.status != 200 {
            let body = connection.read_body(&request.method, &head).unwrap_or_default();
            panic!("{asked}: answered {} {}", head.status, String::from_utf8_lossy(&body));
        }
        if is_recording {
            transcript.borrow_mut().answer(format!("{asked} (opened)"), &head, b"");
        }
        Self {
            asked,
            connection,
            head,
            pending: Vec::new(),
            has_ended: false,
            transcript,
            is_recording,
            patience: server.target().kind.patience(),
        }
    }

    /// The header's first value.
    pub(crate) fn first(&self, header: &str) -> Option<&str> {
        self.head.all(header).first().copied()
    }

    /// The next event. Fails when none comes.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Value {
        let line =
            self.line(self.patience).unwrap_or_else(|error| panic!("{}: {error}", self.asked));
        let Some(line) = line else { panic!("{}: ended while an event was awaited", self.asked) };
        let event: Value = serde_json::from_slice(&line).unwrap_or_else(|error| {
            panic!("{}: {error}: {}", self.asked, String::from_utf8_lossy(&line))
        });
        if self.is_recording {
            self.transcript.borrow_mut().value(format!("{} (event)", self.asked), event.clone());
        }
        event
    }

    /// The next event is of this type and about the object of this name, and returned.
    #[track_caller]
    pub(crate) fn expect(&mut self, kind: &str, name: &str) -> Value {
        let event = self.next();
        let found = (event["type"].as_str(), event["object"]["metadata"]["name"].as_str());
        assert_eq!(found, (Some(kind), Some(name)), "{}: {event}", self.asked);
        event
    }

    /// The next event is a bookmark, and returned.
    #[track_caller]
    pub(crate) fn bookmark(&mut self) -> Value {
        let event = self.next();
        assert_eq!(event["type"], "BOOKMARK", "{}: {event}", self.asked);
        event
    }

    /// The next event is an error with this code and reason, and the stream ends after it.
    #[track_caller]
    pub(crate) fn error(&mut self, code: u16, reason: &str) -> Value {
        let event = self.next();
        let expected =
            json!({"type": "ERROR", "object": {"kind": "Status", "code": code, "reason": reason}});
        assert!(is_within(&expected, &event), "{}: {event}, expected {expected}", self.asked);
        self.ends();
        event
    }

    /// The stream ends now, in good order.
    #[track_caller]
    pub(crate) fn ends(&mut self) {
        let line =
            self.line(self.patience).unwrap_or_else(|error| panic!("{}: {error}", self.asked));
        if let Some(line) = line {
            panic!("{}: expected the end, found {}", self.asked, String::from_utf8_lossy(&line));
        }
        if self.is_recording {
            self.transcript.borrow_mut().value(format!("{} (end)", self.asked), Value::Null);
        }
    }

    /// Nothing comes for so long. Only for silence that the server could not break later, either.
    #[track_caller]
    pub(crate) fn is_silent(&mut self, duration: Duration) {
        match self.line(duration) {
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {}
            Ok(Some(line)) => {
                panic!(
                    "{}: expected silence, found {}",
                    self.asked,
                    String::from_utf8_lossy(&line)
                );
            }
            other => panic!("{}: expected silence, found {other:?}", self.asked),
        }
    }

    /// The next line, without its end; `None` at the end of the stream.
    pub(crate) fn line(&mut self, patience: Duration) -> io::Result<Option<Vec<u8>>> {
        let end = Instant::now() + patience;
        loop {
            if let Some(length) = self.pending.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.pending.drain(..=length).collect();
                line.pop();
                return Ok(Some(line));
            }
            if self.has_ended {
                return Ok((!self.pending.is_empty()).then(|| std::mem::take(&mut self.pending)));
            }
            match self.connection.chunk(end)? {
                Some(chunk) => self.pending.extend(chunk),
                None => self.has_ended = true,
            }
        }
    }
}
