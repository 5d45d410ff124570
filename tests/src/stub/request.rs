//! The requests that a stub reads and records.

use std::io::{self, Read};

use percent_encoding::percent_decode_str;

const MAX_HEAD: usize = 1024 * 1024;
const MAX_BODY: usize = 64 * 1024 * 1024;
const MAX_HEADERS: usize = 128;

/// A request as it came in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The number of its connection, from 0.
    pub connection: usize,
    /// The method, as `GET`.
    pub method: String,
    /// The path and the query as they were sent.
    pub target: String,
    /// The path as it was sent, still percent-encoded.
    pub path: String,
    /// The query as it was sent, without the question mark; empty when there is none.
    pub query: String,
    /// The headers in their order, names as they were sent.
    pub headers: Vec<(String, String)>,
    /// The body, without chunk framing, still content-encoded.
    pub body: Vec<u8>,
    /// The client's TLS certificate in DER, if it showed one.
    pub client_certificate: Option<Vec<u8>>,
}

impl RecordedRequest {
    /// The first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The first query parameter of this name, decoded.
    pub fn query_value(&self, name: &str) -> Option<String> {
        self.query_pairs().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// All query parameters in their order, decoded.
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        let decode = |text: &str| {
            percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
        };
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(k, v)| (decode(k), decode(v)))
            .collect()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// It is no JSON.
    pub fn json(&self) -> serde_json::Result<serde_json::Value> {
        serde_json::from_slice(&self.body)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn wants_close(&self) -> bool {
        self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

/// Reads the next request of a connection, or none when the client closed it between two.
///
/// What was read beyond the request stays in `buffer`.
pub(super) fn read(
    stream: &mut impl Read,
    buffer: &mut Vec<u8>,
) -> io::Result<Option<RecordedRequest>> {
    let (mut request, length) = loop {
        if let Some(found) = parse_head(buffer)? {
            break found;
        }
        if buffer.len() > MAX_HEAD {
            return Err(invalid("the head is longer than 1 MiB"));
        }
        let between = buffer.is_empty();
        match fill(stream, buffer) {
            Ok(()) => {}
            Err(error) if between && is_end(&error) => return Ok(None),
            Err(error) => return Err(error),
        }
    };
    buffer.drain(..length);
    request.body = read_body(stream, buffer, &request)?;
    Ok(Some(request))
}

fn parse_head(bytes: &[u8]) -> io::Result<Option<(RecordedRequest, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) =
        parsed.parse(bytes).map_err(|error| invalid(&error.to_string()))?
    else {
        return Ok(None);
    };
    let target = parsed.path.unwrap_or_default().to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let headers = parsed.headers.iter();
    let request = RecordedRequest {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: headers
            .map(|h| (h.name.to_owned(), String::from_utf8_lossy(h.value).into_owned()))
            .collect(),
        target,
        ..RecordedRequest::default()
    };
    Ok(Some((request, length)))
}

fn read_body(
    stream: &mut impl Read,
    buffer: &mut Vec<u8>,
    request: &RecordedRequest,
) -> io::Result<Vec<u8>> {
    if request
        .header("transfer-encoding")
        .is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
    {
        return read_chunks(stream, buffer);
    }
    match request.header("content-length") {
        None => Ok(Vec::new()),
        Some(text) => {
            let length = text
                .parse()
                .map_err(|_| invalid(&format!("Content-Length: {text}: expected a number")))?;
            take(stream, buffer, length)
        }
    }
}

fn read_chunks(stream: &mut impl Read, buffer: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let (start, size) = loop {
            match httparse::parse_chunk_size(buffer) {
                Ok(httparse::Status::Complete(found)) => break found,
                Ok(httparse::Status::Partial) => fill(stream, buffer)?,
                Err(_) => return Err(invalid("the size of a chunk is no hexadecimal number")),
            }
        };
        buffer.drain(..start);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size == 0 {
            return skip_trailers(stream, buffer).map(|()| body);
        }
        if size > MAX_BODY - body.len() {
            return Err(invalid("the body is longer than 64 MiB"));
        }
        body.extend(take(stream, buffer, size)?);
        if take(stream, buffer, 2)? != b"\r\n" {
            return Err(invalid("a chunk does not end with a line break"));
        }
    }
}

fn skip_trailers(stream: &mut impl Read, buffer: &mut Vec<u8>) -> io::Result<()> {
    loop {
        match buffer.windows(2).position(|pair| pair == b"\r\n") {
            Some(end) => {
                buffer.drain(..end + 2);
                if end == 0 {
                    return Ok(());
                }
            }
            None => fill(stream, buffer)?,
        }
    }
}

fn take(stream: &mut impl Read, buffer: &mut Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
    if length > MAX_BODY {
        return Err(invalid("the body is longer than 64 MiB"));
    }
    while buffer.len() < length {
        fill(stream, buffer)?;
    }
    Ok(buffer.drain(..length).collect())
}

fn fill(stream: &mut impl Read, buffer: &mut Vec<u8>) -> io::Result<()> {
    let mut bytes = [0_u8; 16 * 1024];
    match stream.read(&mut bytes)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        length => {
            buffer.extend_from_slice(&bytes[..length]);
            Ok(())
        }
    }
}

/// Whether the client closed the connection, however rudely.
fn is_end(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset)
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte a read, so that every boundary is met.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            (&mut self.0).take(1).read(buffer)
        }
    }

    fn read_all(mut bytes: &[u8]) -> Vec<RecordedRequest> {
        let read_from = |stream: &mut dyn Read| {
            let (mut buffer, mut requests) = (Vec::new(), Vec::new());
            let mut stream = stream;
            while let Some(request) = read(&mut stream, &mut buffer).unwrap() {
                requests.push(request);
            }
            requests
        };
        let slowly = read_from(&mut Trickle(bytes));
        assert_eq!(read_from(&mut bytes), slowly);
        slowly
    }

    #[test]
    fn a_body_ends_where_its_length_says() {
        let requests =
            read_all(b"POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\n\r\n");
        assert_eq!(requests.len(), 2);
        assert_eq!((requests[0].method.as_str(), requests[0].text().as_str()), ("POST", "hello"));
        assert_eq!((requests[1].path.as_str(), requests[1].body.len()), ("/b", 0));
    }

    #[test]
    fn chunks_are_joined_and_trailers_skipped() {
        let bytes = b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n\
            0\r\nX-Sum: 1\r\n\r\nGET /next HTTP/1.1\r\n\r\n";
        let requests = read_all(bytes);
        assert_eq!(requests[0].text(), "abc0123456789");
        assert_eq!(requests[1].path, "/next");
    }

    #[test]
    fn a_query_is_kept_raw_and_decoded() {
        let requests = read_all(b"GET /api%2Fv1?labelSelector=a%3Db%2Cc+d&watch HTTP/1.1\r\n\r\n");
        assert_eq!(requests[0].path, "/api%2Fv1");
        assert_eq!(requests[0].query, "labelSelector=a%3Db%2Cc+d&watch");
        assert_eq!(requests[0].query_value("labelSelector").as_deref(), Some("a=b,c d"));
        assert_eq!(requests[0].query_value("watch").as_deref(), Some(""));
        assert_eq!(requests[0].query_value("limit"), None);
    }

    #[test]
    fn a_request_that_breaks_off_is_an_error() {
        let mut bytes: &[u8] = b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel";
        let error = read(&mut bytes, &mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
