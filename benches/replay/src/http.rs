//! One request off a connection: method, target, headers that matter, body. HTTP/1.1 alone.
//!
//! Nothing here knows what is asked for (`routes`) or how answers are written (`serve`, its caller).

use std::io::{self, Read};

use crate::wire::Wire;

/// The longest head or body that a client of the benchmark has reason to send.
const LIMIT: usize = 256 * 1024;

/// A request, as far as the answers depend on it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// `GET`, `POST`, `DELETE`.
    pub(crate) method: String,
    /// The path, without its query.
    pub(crate) path: String,
    /// The query, still percent-encoded: names and values that the benchmark uses need no escape.
    pub(crate) query: String,
    /// What the client would rather have.
    pub(crate) wire: Wire,
    /// The body, empty where there was none.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The value of a query parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .split('&')
            .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))
            .map(|(_, value)| value)
    }
}

/// The bytes that came and were not used yet, kept across the requests of a connection.
#[derive(Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
}

impl Inbox {
    /// The next request, or `None` where the client closed the connection between two.
    pub(crate) fn next(&mut self, connection: &mut impl Read) -> io::Result<Option<Request>> {
        let (mut request, head_length, body_length) = loop {
            if let Some(parsed) = parse_head(&self.bytes)? {
                break parsed;
            }
            if !self.fill(connection)? {
                return if self.bytes.is_empty() {
                    Ok(None)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
        };
        while self.bytes.len() < head_length + body_length {
            if !self.fill(connection)? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        request.body.extend_from_slice(&self.bytes[head_length..head_length + body_length]);
        self.bytes.drain(..head_length + body_length);
        Ok(Some(request))
    }

    /// Reads once more; `false` at the end of the stream.
    fn fill(&mut self, connection: &mut impl Read) -> io::Result<bool> {
        if self.bytes.len() > LIMIT {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the request is too long"));
        }
        let mut buffer = [0; 16 * 1024];
        let count = connection.read(&mut buffer)?;
        self.bytes.extend_from_slice(&buffer[..count]);
        Ok(count > 0)
    }
}

/// The request, its head's length and its body's, once the head is whole.
fn parse_head(bytes: &[u8]) -> io::Result<Option<(Request, usize, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut headers);
    let invalid = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
    let length = match head.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(invalid(format!("the request's head: {error}"))),
    };
    let (mut body, mut wire) = (0, Wire::default());
    for header in head.headers.iter() {
        if header.name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(invalid(
                "a chunked request body: this server wants Content-Length".to_owned(),
            ));
        }
        if header.name.eq_ignore_ascii_case("accept") {
            wire = Wire::preferred(&String::from_utf8_lossy(header.value));
        }
        if header.name.eq_ignore_ascii_case("content-length") {
            let text = String::from_utf8_lossy(header.value);
            body = text.trim().parse().map_err(|_| invalid(format!("Content-Length: {text}")))?;
        }
    }
    if body > LIMIT {
        return Err(invalid(format!("a body of {body} bytes")));
    }
    let (path, query) = head
        .path
        .and_then(|target| target.split_once('?'))
        .unwrap_or((head.path.unwrap_or("/"), ""));
    let request = Request {
        method: head.method.unwrap_or_default().to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        wire,
        body: Vec::new(),
    };
    Ok(Some((request, length, body)))
}

#[cfg(test)]
mod tests {
    use super::Inbox;
    use crate::wire::Wire;

    #[test]
    fn two_requests_on_one_connection_are_told_apart() {
        let mut wire: &[u8] = b"POST /a?limit=5&x=y HTTP/1.1\r\nHost: h\r\ncontent-length: 4\r\n\r\nbodyGET /b HTTP/1.1\r\nHost: h\r\naccept: application/vnd.kubernetes.protobuf\r\n\r\n";
        let mut inbox = Inbox::default();
        let first = inbox.next(&mut wire).expect("valid").expect("a request");
        assert_eq!(
            (first.method.as_str(), first.path.as_str(), first.body.as_slice()),
            ("POST", "/a", &b"body"[..])
        );
        assert_eq!((first.parameter("limit"), first.parameter("lim")), (Some("5"), None));
        let second = inbox.next(&mut wire).expect("valid").expect("a request");
        assert_eq!(
            (second.method.as_str(), second.path.as_str(), second.body.len()),
            ("GET", "/b", 0)
        );
        assert_eq!((first.wire, second.wire), (Wire::Json, Wire::Protobuf));
        assert_eq!(inbox.next(&mut wire).expect("valid"), None);
    }

    #[test]
    fn a_request_cut_short_is_an_error() {
        let mut wire: &[u8] = b"GET /a HTT";
        assert!(Inbox::default().next(&mut wire).is_err());
    }
}
