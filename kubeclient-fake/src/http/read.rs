//! Requests as they come off the wire. What is wrong with one is answered as the real server's HTTP library
//! answers it: in plain text, and the connection ends.

use std::io;
use std::time::Instant;

use percent_encoding::percent_decode_str;

use super::stream::Stream;
use super::{BodyError, Limits, Request};

/// A request and what its connection needs to know of it.
pub(super) struct Incoming {
    pub(super) request: Request,
    /// HTTP/1.0: no chunks.
    pub(super) old: bool,
    /// Whether the connection may serve another request after this one.
    pub(super) keep_alive: bool,
}

/// Why there is no request.
#[derive(Debug)]
pub(super) enum NoRequest {
    /// The peer has gone, or says nothing for too long.
    Gone,
    /// The bytes to end the connection with.
    Refused(String),
}

impl From<io::Error> for NoRequest {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// Reads the next request, `first` of its connection or not.
pub(super) fn request(
    stream: &mut Stream,
    limits: &Limits,
    first: bool,
) -> Result<Incoming, NoRequest> {
    let end = head_end(stream, limits, first)?;
    let head = head(&stream.input()[..end])?;
    stream.consume(end);
    let framing = framing(&head)?;
    let mut keep_alive = keeps_alive(&head);
    let mut incoming = Incoming { old: head.old, keep_alive, request: head.request };
    let expected = incoming.request.header("expect").map(str::to_ascii_lowercase);
    match expected.as_deref() {
        None | Some("") => {}
        Some("100-continue") => {
            let fits = !matches!(framing, Framing::Length(length) if length > limits.body as u64);
            if fits && framing != Framing::Length(0) && !incoming.old {
                stream.write(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            }
        }
        Some(_) => {
            let answer =
                "HTTP/1.1 417 Expectation Failed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
            return Err(NoRequest::Refused(answer.into()));
        }
    }
    let deadline = Instant::now() + limits.body_time;
    match body(stream, framing, limits.body, deadline) {
        Ok(body) => incoming.request.body = body,
        Err(NoBody::Gone) => return Err(NoRequest::Gone),
        Err(NoBody::Error(error)) => {
            incoming.request.body_error = Some(error);
            keep_alive = false;
        }
    }
    incoming.keep_alive = keep_alive;
    Ok(incoming)
}

/// Reads until the head is whole; where it ends.
fn head_end(stream: &mut Stream, limits: &Limits, first: bool) -> Result<usize, NoRequest> {
    let started = Instant::now();
    let mut deadline = started + if first { limits.head_time } else { limits.idle_time };
    let mut in_request = first;
    let mut searched = 0;
    loop {
        let input = stream.input();
        if !in_request && !input.is_empty() {
            deadline = Instant::now() + limits.head_time;
            in_request = true;
        }
        if let Some(end) = find_head_end(input, searched) {
            return Ok(end);
        }
        if input.len() > limits.head {
            return Err(refusal("431 Request Header Fields Too Large", ""));
        }
        searched = input.len().saturating_sub(3);
        if !stream.fill(deadline)? {
            return Err(match stream.input() {
                [] => NoRequest::Gone,
                _ => refusal("400 Bad Request", ""),
            });
        }
    }
}

/// The end of the empty line that ends a head; a line may end without a carriage return.
fn find_head_end(input: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(found) = input[at..].iter().position(|&byte| byte == b'\n') {
        let next = at + found + 1;
        match &input[next..] {
            [b'\n', ..] => return Some(next + 1),
            [b'\r', b'\n', ..] => return Some(next + 2),
            _ => at = next,
        }
    }
    None
}

struct Head {
    request: Request,
    old: bool,
}

/// Parses a whole head.
fn head(bytes: &[u8]) -> Result<Head, NoRequest> {
    // More than the limit of a head's bytes has room for.
    const MOST_HEADERS: usize = 1 << 18;
    let bad = || refusal("400 Bad Request", "");
    if bytes.starts_with(b"\r") || bytes.starts_with(b"\n") {
        return Err(bad());
    }
    let mut room = 64;
    loop {
        let mut headers = vec![httparse::EMPTY_HEADER; room];
        let mut parsed = httparse::Request::new(&mut headers);
        match parsed.parse(bytes) {
            Ok(httparse::Status::Complete(_)) => return understand(&parsed),
            Ok(httparse::Status::Partial) => return Err(bad()),
            Err(httparse::Error::TooManyHeaders) if room < MOST_HEADERS => room *= 8,
            Err(httparse::Error::TooManyHeaders) => {
                return Err(refusal("431 Request Header Fields Too Large", ""));
            }
            Err(httparse::Error::Version) if names_a_version(bytes) => {
                return Err(refusal(
                    "505 HTTP Version Not Supported",
                    "unsupported protocol version",
                ));
            }
            Err(_) => return Err(bad()),
        }
    }
}

/// Whether the request line ends in a version of HTTP, if one that is not spoken here.
fn names_a_version(bytes: &[u8]) -> bool {
    let line = bytes.split(|&byte| byte == b'\n').find(|line| !line.trim_ascii().is_empty());
    let line = line.unwrap_or_default().trim_ascii_end();
    let version = line.rsplit(|&byte| byte == b' ').next().unwrap_or_default();
    matches!(version, [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
        if major.is_ascii_digit() && minor.is_ascii_digit())
}

fn understand(parsed: &httparse::Request<'_, '_>) -> Result<Head, NoRequest> {
    let old = parsed.version == Some(0);
    let headers: Vec<(String, String)> = parsed
        .headers
        .iter()
        .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()))
        .collect();
    let (path, query) = target(parsed.path.unwrap_or_default())?;
    let method = parsed.method.unwrap_or_default().to_owned();
    let request = Request { method, path, query, headers, ..Request::default() };
    match request.header_values("host").count() {
        1 => {}
        0 if old => {}
        0 => return Err(refusal("400 Bad Request", "missing required Host header")),
        _ => return Err(refusal("400 Bad Request", "too many Host headers")),
    }
    Ok(Head { request, old })
}

/// The path and the decoded query of a request's target.
fn target(target: &str) -> Result<(String, Vec<(String, String)>), NoRequest> {
    let local = match target.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            rest.find('/').map_or("/", |slash| &rest[slash..])
        }
        _ => target,
    };
    let (path, query) = local.split_once('?').unwrap_or((local, ""));
    if !(path.starts_with('/') || path == "*") || !is_well_escaped(path) {
        return Err(refusal("400 Bad Request", ""));
    }
    Ok((path.to_owned(), pairs(query)))
}

/// Whether each `%` begins two hexadecimal digits.
fn is_well_escaped(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| match rest.as_bytes() {
        [high, low, ..] => high.is_ascii_hexdigit() && low.is_ascii_hexdigit(),
        _ => false,
    })
}

/// The pairs of a query; a malformed one is passed over.
fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.contains(';') && is_well_escaped(pair))
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

/// Whether the connection stays, as far as the request goes.
fn keeps_alive(head: &Head) -> bool {
    let has = |word: &str| {
        let mut values =
            head.request.header_values("connection").flat_map(|value| value.split(','));
        values.any(|token| token.trim().eq_ignore_ascii_case(word))
    };
    if head.old { has("keep-alive") } else { !has("close") }
}

/// How the body is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(u64),
    Chunked,
}

fn framing(head: &Head) -> Result<Framing, NoRequest> {
    let encodings: Vec<&str> = head.request.header_values("transfer-encoding").collect();
    match encodings.as_slice() {
        [] => {}
        [one] if one.trim().eq_ignore_ascii_case("chunked") && !head.old => {
            return Ok(Framing::Chunked);
        }
        _ if head.old => {}
        _ => {
            let head = head_of_refusal("501 Not Implemented");
            return Err(NoRequest::Refused(format!("{head}Unsupported transfer encoding")));
        }
    }
    let mut lengths = head.request.header_values("content-length").map(str::trim);
    let Some(length) = lengths.next() else { return Ok(Framing::Length(0)) };
    let is_number = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    match length.parse() {
        Ok(number) if is_number && lengths.all(|other| other == length) => {
            Ok(Framing::Length(number))
        }
        _ => Err(refusal("400 Bad Request", "")),
    }
}

enum NoBody {
    Gone,
    Error(BodyError),
}

impl From<io::Error> for NoBody {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// Reads a body up to the limit.
fn body(
    stream: &mut Stream,
    framing: Framing,
    limit: usize,
    deadline: Instant,
) -> Result<Vec<u8>, NoBody> {
    let too_large = NoBody::Error(BodyError::TooLarge(limit));
    let mut body = Vec::new();
    match framing {
        Framing::Length(length) => match usize::try_from(length) {
            Ok(length) if length <= limit => take(stream, length, &mut body, deadline)?,
            _ => return Err(too_large),
        },
        Framing::Chunked => loop {
            let length = chunk_length(&line(stream, deadline)?)?;
            if length == 0 {
                // Trailers say nothing here.
                while !line(stream, deadline)?.is_empty() {}
                break;
            }
            match usize::try_from(length) {
                Ok(length) if length <= limit - body.len() => {
                    take(stream, length, &mut body, deadline)?;
                }
                _ => return Err(too_large),
            }
            if !line(stream, deadline)?.is_empty() {
                return Err(NoBody::Error(BodyError::Broken("malformed chunked encoding")));
            }
        },
    }
    Ok(body)
}

/// Moves so many bytes into the body.
fn take(
    stream: &mut Stream,
    mut count: usize,
    body: &mut Vec<u8>,
    deadline: Instant,
) -> Result<(), NoBody> {
    while count > 0 {
        let ready = stream.input().len().min(count);
        if ready == 0 {
            need(stream, deadline)?;
            continue;
        }
        body.extend_from_slice(&stream.input()[..ready]);
        stream.consume(ready);
        count -= ready;
    }
    Ok(())
}

/// One line of the chunked framing, without its end.
fn line(stream: &mut Stream, deadline: Instant) -> Result<Vec<u8>, NoBody> {
    const LONGEST: usize = 4096;
    loop {
        let input = stream.input();
        if let Some(end) = input.iter().take(LONGEST).position(|&byte| byte == b'\n') {
            let line = input[..end].strip_suffix(b"\r").unwrap_or(&input[..end]).to_vec();
            stream.consume(end + 1);
            return Ok(line);
        }
        if input.len() >= LONGEST {
            return Err(NoBody::Error(BodyError::Broken("header line too long")));
        }
        need(stream, deadline)?;
    }
}

/// Reads more of a body, which must not end here.
fn need(stream: &mut Stream, deadline: Instant) -> Result<(), NoBody> {
    match stream.fill(deadline)? {
        true => Ok(()),
        false => Err(NoBody::Error(BodyError::Broken("unexpected EOF"))),
    }
}

fn chunk_length(line: &[u8]) -> Result<u64, NoBody> {
    let broken = |why| NoBody::Error(BodyError::Broken(why));
    let digits = line.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii_end();
    match digits.len() {
        0 => return Err(broken("empty hex number for chunk length")),
        1..=16 => {}
        _ => return Err(broken("http chunk length too large")),
    }
    let digits = std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'));
    let length = digits.and_then(|text| u64::from_str_radix(text, 16).ok());
    length.ok_or(broken("invalid byte in chunk length"))
}

/// The answer to what is no request: `status` is the code and its name.
fn refusal(status: &str, why: &str) -> NoRequest {
    let status = if why.is_empty() { status.to_owned() } else { format!("{status}: {why}") };
    NoRequest::Refused(head_of_refusal(&status) + &status)
}

fn head_of_refusal(status: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
    )
}
