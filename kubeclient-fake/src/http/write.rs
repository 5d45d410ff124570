//! Answers as they go onto the wire: heads, framing, compression, and what a [`Plan`] does to them.

use std::io::{self, Write};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;

use super::stream::Stream;
use super::wire::{Act, Chopper, Gate, Plan, Point, Step};
use super::{Reply, Request, Response, Sink};

/// Bodies over this are compressed for those who accept it.
const COMPRESS_OVER: usize = 128 << 10;
/// Bodies over this go in chunks, as the real server's do.
const CHUNK_OVER: usize = 2048;

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It may serve the next request.
    Stay,
    /// It is closed once the peer has had the time to read.
    Close,
    /// It is reset.
    Reset,
}

/// Writes an answer.
pub(super) fn reply(
    stream: &mut Stream,
    request: &Request,
    old: bool,
    keep_alive: bool,
    reply: Reply,
    plan: &Plan,
) -> Ending {
    let (mut response, body) = match reply {
        Reply::Full(response) => (response, None),
        Reply::Stream(response, body) => (response, Some(body)),
    };
    if body.is_none() {
        compress(&mut response, request);
    }
    let bodyless = request.method == "HEAD" || matches!(response.status, 100..=199 | 204 | 304);
    // Their lengths are not known before.
    let pieced = |step: &Step| matches!(step.act, Act::Chop(_) | Act::Last(_));
    let chops = plan.steps.iter().any(pieced);
    let chunked = !old && (body.is_some() || chops || response.body.len() > CHUNK_OVER);
    // Without chunks a stream's end is the connection's.
    let keep_alive = keep_alive && (body.is_none() || chunked || bodyless);
    let framing = match (chunked, &body) {
        _ if matches!(response.status, 100..=199 | 204 | 304) => Framing::None,
        (true, _) => Framing::Chunked,
        (false, None) => Framing::Length(length(&response.body, plan)),
        (false, Some(_)) => Framing::None,
    };
    let mut head = head(&response, framing, old, keep_alive);
    let stay = if keep_alive { Ending::Stay } else { Ending::Close };
    if bodyless {
        return stream.write(&head).map_or(Ending::Reset, |()| stay);
    }
    if body.is_none() && plan.steps.is_empty() {
        append(&mut head, &response.body, chunked);
        if chunked {
            head.extend_from_slice(b"0\r\n\r\n");
        }
        return stream.write(&head).map_or(Ending::Reset, |()| stay);
    }
    let mut writer = Writer::new(stream, plan, chunked);
    let written = writer.raw(&head).and_then(|()| {
        writer.strike()?;
        writer.write(&response.body)?;
        match body {
            Some(body) => body(&mut writer),
            None => Ok(()),
        }
    });
    let finished = written.and_then(|()| writer.finish());
    match (writer.ending, finished) {
        // The framing is whole: the connection can stay.
        (Some(Ending::Stay), _) => stay,
        (Some(ending), _) => ending,
        (None, Ok(())) => stay,
        (None, Err(_)) => Ending::Reset,
    }
}

/// Does what the plan has for a point at which nothing has been sent; `None` to go on.
pub(super) fn strike_before(stream: &mut Stream, plan: &Plan, point: Point) -> Option<Ending> {
    for act in plan.at(point) {
        match act {
            Act::Reset => return Some(Ending::Reset),
            Act::Close => return Some(Ending::Close),
            Act::Raw(bytes) => {
                return Some(stream.write(bytes).map_or(Ending::Reset, |()| Ending::Close));
            }
            Act::Wait(gate, limit) => {
                if !gate.pass(*limit, || stream.is_closed()) {
                    return Some(Ending::Reset);
                }
            }
            // These are about the body.
            Act::End | Act::Last(_) | Act::Answer(_) | Act::Rate(_) | Act::Chop(_) => {}
        }
    }
    None
}

#[derive(Clone, Copy)]
enum Framing {
    None,
    Length(usize),
    Chunked,
}

fn head(response: &Response, framing: Framing, old: bool, keep_alive: bool) -> Vec<u8> {
    let code = response.status;
    let version = if old { "HTTP/1.0" } else { "HTTP/1.1" };
    let mut head = format!("{version} {code} {}\r\n", reason(code)).into_bytes();
    let mut add = |name: &str, value: &str| {
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend(
            value.bytes().map(|byte| if matches!(byte, b'\r' | b'\n' | 0) { b' ' } else { byte }),
        );
        head.extend_from_slice(b"\r\n");
    };
    for (name, value) in &response.headers {
        if !["content-length", "transfer-encoding"].contains(&&*name.to_ascii_lowercase()) {
            add(name, value);
        }
    }
    if response.header("Date").is_none() {
        add("Date", &Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    }
    match framing {
        Framing::None => {}
        Framing::Length(length) => add("Content-Length", &length.to_string()),
        Framing::Chunked => add("Transfer-Encoding", "chunked"),
    }
    match (keep_alive, old) {
        (false, _) => add("Connection", "close"),
        (true, true) => add("Connection", "keep-alive"),
        (true, false) => {}
    }
    head.extend_from_slice(b"\r\n");
    head
}

fn reason(code: u16) -> &'static str {
    match code {
        100 => "Continue",
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

/// Compresses a long body for those who accept it.
fn compress(response: &mut Response, request: &Request) {
    let mut accepted = request.header_values("accept-encoding").flat_map(|value| value.split(','));
    let accepts =
        accepted.any(|coding| coding.split(';').next().unwrap_or_default().trim() == "gzip");
    let is_coded = response.header("Content-Encoding").is_some();
    if response.body.len() <= COMPRESS_OVER || !accepts || is_coded {
        return;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(&response.body).and_then(|()| encoder.finish());
    // Writing into memory does not fail; if it did, the plain body is as good.
    if let Ok(body) = written {
        response.body = body;
        response.headers.push(("Content-Encoding".into(), "gzip".into()));
        response.headers.push(("Vary".into(), "Accept-Encoding".into()));
    }
}

/// The length that the framing tells: of the whole body, or of what the plan leaves of it.
fn length(body: &[u8], plan: &Plan) -> usize {
    let ends = plan.steps.iter().filter(|step| matches!(step.act, Act::End));
    ends.filter_map(|step| reach(step.at, 0, 0, body)).min().unwrap_or(body.len())
}

/// How many bytes of `data` it takes to get to the point, if it is in there.
fn reach(point: Point, bytes: u64, events: u64, data: &[u8]) -> Option<usize> {
    match point {
        Point::Arrival | Point::Handled => Some(0),
        Point::Bytes(count) => {
            usize::try_from(count.saturating_sub(bytes)).ok().filter(|left| *left <= data.len())
        }
        Point::Events(count) => match count.saturating_sub(events) {
            0 => Some(0),
            left => {
                let mut ends = data.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
                ends.nth(usize::try_from(left - 1).ok()?).map(|(at, _)| at + 1)
            }
        },
    }
}

fn append(out: &mut Vec<u8>, piece: &[u8], chunked: bool) {
    if chunked {
        out.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
    }
    out.extend_from_slice(piece);
    if chunked {
        out.extend_from_slice(b"\r\n");
    }
}

/// A body under way.
struct Writer<'a> {
    stream: &'a mut Stream,
    /// What is still to happen.
    steps: Vec<Step>,
    chunked: bool,
    bytes: u64,
    events: u64,
    rate: Option<u64>,
    chopper: Option<Chopper>,
    /// What a step has made of the connection: nothing more is sent.
    ending: Option<Ending>,
}

impl<'a> Writer<'a> {
    fn new(stream: &'a mut Stream, plan: &Plan, chunked: bool) -> Self {
        let is_ahead = |step: &&Step| {
            matches!(step.at, Point::Bytes(_) | Point::Events(_))
                || matches!(step.act, Act::End | Act::Last(_) | Act::Rate(_) | Act::Chop(_))
        };
        let steps = plan.steps.iter().filter(is_ahead).cloned().collect();
        let (bytes, events, rate, chopper) = (0, 0, None, None);
        Self { stream, steps, chunked, bytes, events, rate, chopper, ending: None }
    }

    /// Sends a piece of the body, and does what is planned on the way.
    fn body(&mut self, mut data: &[u8]) -> io::Result<()> {
        while !data.is_empty() {
            let (bytes, events) = (self.bytes, self.events);
            let points = self.steps.iter().filter_map(|step| reach(step.at, bytes, events, data));
            let piece = &data[..points.min().unwrap_or(data.len())];
            self.framed(piece)?;
            self.bytes += piece.len() as u64;
            self.events += piece.iter().filter(|byte| **byte == b'\n').count() as u64;
            data = &data[piece.len()..];
            self.strike()?;
        }
        Ok(())
    }

    /// Does what is planned for where the body is now.
    fn strike(&mut self) -> io::Result<()> {
        let (bytes, events) = (self.bytes, self.events);
        let is_due = |step: &mut Step| reach(step.at, bytes, events, &[]).is_some();
        let due: Vec<Step> = self.steps.extract_if(.., is_due).collect();
        for step in due {
            match step.act {
                Act::Reset => return self.end(Ending::Reset),
                Act::Close => return self.end(Ending::Close),
                Act::End => return self.end_whole(),
                Act::Last(piece) => {
                    self.framed(&piece)?;
                    return self.end_whole();
                }
                Act::Raw(bytes) => {
                    self.raw(&bytes)?;
                    return self.end(Ending::Close);
                }
                Act::Wait(gate, limit) => self.wait(&gate, limit)?,
                Act::Rate(rate) => self.rate = Some(rate.max(1)),
                Act::Chop(seed) => self.chopper = Some(Chopper::new(seed)),
                Act::Answer(_) => {}
            }
        }
        Ok(())
    }

    fn end_whole(&mut self) -> io::Result<()> {
        if self.chunked {
            self.raw(b"0\r\n\r\n")?;
        }
        self.end(Ending::Stay)
    }

    fn end(&mut self, ending: Ending) -> io::Result<()> {
        self.ending = Some(ending);
        Err(io::Error::other("ended on purpose"))
    }

    fn wait(&mut self, gate: &Gate, limit: Option<Duration>) -> io::Result<()> {
        match gate.pass(limit, || self.stream.is_closed()) {
            true => Ok(()),
            false => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }

    /// Sends a piece in its framing, as slowly as it shall be.
    fn framed(&mut self, piece: &[u8]) -> io::Result<()> {
        if piece.is_empty() {
            return Ok(());
        }
        let mut framed = Vec::with_capacity(piece.len() + 20);
        append(&mut framed, piece, self.chunked);
        let Some(rate) = self.rate else { return self.raw(&framed) };
        let size = usize::try_from(rate / 20).unwrap_or(usize::MAX).max(1);
        for part in framed.chunks(size) {
            self.raw(part)?;
            let pause = Duration::from_secs_f64(part.len() as f64 / rate as f64);
            self.wait(&Gate::default(), Some(pause))?;
        }
        Ok(())
    }

    fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write(bytes)
    }

    /// Sends what was held back.
    fn release(&mut self) -> io::Result<()> {
        let held = self.chopper.as_mut().map(|chopper| std::mem::take(&mut chopper.held));
        self.body(&held.unwrap_or_default())
    }

    /// The body's clean end.
    fn finish(&mut self) -> io::Result<()> {
        self.release()?;
        if self.chunked { self.raw(b"0\r\n\r\n") } else { Ok(()) }
    }
}

impl Sink for Writer<'_> {
    fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        if self.ending.is_some() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        match &mut self.chopper {
            None => self.body(chunk),
            Some(chopper) => {
                let pieces = chopper.chop(chunk);
                pieces.iter().try_for_each(|piece| self.body(piece))
            }
        }
    }

    fn is_closed(&mut self) -> bool {
        self.ending.is_some() || self.release().is_err() || self.stream.is_closed()
    }
}
