//! A client on a plain socket that holds the server to HTTP.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

pub(crate) struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    kind: String,
    /// Whether the body is one that comes to be: it isn't read.
    is_stream: bool,
    is_head: bool,
    body: Vec<u8>,
}

impl Answer {
    /// An error is a `Status` of its code, in JSON if anything else was not asked for.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.is_stream || self.is_head || self.status < 400 {
            return Ok(());
        }
        if self.kind.starts_with("text/plain") && matches!(self.status, 400 | 404 | 403 | 405) {
            return Ok(());
        }
        // So says who serves OpenAPI of what is not there.
        if self.status == 404 && self.body.is_empty() {
            return Ok(());
        }
        if self.kind == "application/yaml" {
            let body = String::from_utf8_lossy(&self.body);
            let is_status = body.contains(&format!("\ncode: {}\n", self.status))
                && body.contains("\nkind: Status\n");
            return if is_status { Ok(()) } else { Err(format!("no Status: {body}")) };
        }
        let body: Value =
            serde_json::from_slice(&self.body).map_err(|error| format!("no JSON: {error}"))?;
        if body["kind"] != "Status" || body["code"] != self.status {
            return Err("no Status, or of another code".into());
        }
        if !body["message"].is_string() {
            return Err("a Status without a message".into());
        }
        Ok(())
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(f, "{} {} {body}", self.status, self.kind)
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    pub(crate) fn json(&mut self, path: &str) -> Value {
        let answer = self.send("GET", path, &[], b"").unwrap();
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// Sends a request on the connection that is open, or on a new one if the last answer closed it.
    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => TcpStream::connect(self.address)?,
        };
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), body].concat())?;
        let mut answer = Answer {
            is_head: method == "HEAD",
            is_stream: ["watch", "follow"].iter().any(|word| path.contains(word)),
            ..Answer::default()
        };
        let stays = read(&mut stream, &mut answer)?;
        self.stream = stays.then_some(stream);
        Ok(answer)
    }
}

/// Reads an answer; whether another can come after it.
fn read(stream: &mut TcpStream, answer: &mut Answer) -> io::Result<bool> {
    let mut input = Vec::new();
    let head = until(stream, &mut input, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&head).into_owned();
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    answer.status = status.ok_or_else(|| io::Error::other(format!("no HTTP: {head}")))?;
    answer.kind = header("Content-Type").unwrap_or_default();
    if answer.is_head {
        return Ok(false);
    }
    if let Some(length) = header("Content-Length") {
        answer.is_stream = false;
        let length = length.parse().map_err(io::Error::other)?;
        answer.body = exactly(stream, &mut input, length)?;
    } else if answer.is_stream {
        return Ok(false);
    } else if header("Transfer-Encoding").is_none() {
        answer.body = std::mem::take(&mut input);
        stream.read_to_end(&mut answer.body)?;
        return Ok(false);
    } else {
        loop {
            let line = String::from_utf8_lossy(&until(stream, &mut input, b"\r\n")?).into_owned();
            let length = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
            answer.body.extend(exactly(stream, &mut input, length)?);
            exactly(stream, &mut input, 2)?;
            if length == 0 {
                break;
            }
        }
    }
    Ok(header("Connection").as_deref() != Some("close"))
}

fn until(stream: &mut TcpStream, input: &mut Vec<u8>, mark: &[u8]) -> io::Result<Vec<u8>> {
    loop {
        if let Some(at) = input.windows(mark.len()).position(|window| window == mark) {
            return exactly(stream, input, at + mark.len());
        }
        more(stream, input)?;
    }
}

fn exactly(stream: &mut TcpStream, input: &mut Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
    while input.len() < length {
        more(stream, input)?;
    }
    Ok(input.drain(..length).collect())
}

fn more(stream: &mut TcpStream, input: &mut Vec<u8>) -> io::Result<()> {
    let mut piece = [0; 16 << 10];
    let count = stream.read(&mut piece)?;
    input.extend_from_slice(&piece[..count]);
    if count == 0 {
        let seen = String::from_utf8_lossy(input).into_owned();
        return Err(io::Error::other(format!("dropped after {seen:?}")));
    }
    Ok(())
}
