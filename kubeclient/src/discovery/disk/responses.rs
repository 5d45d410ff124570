//! [`Responses`]: answers of HTTP in files, as kubectl keeps them in `http/`: a file is named by the SHA-256
//! of the URL, and holds the SHA-256 of the rest and the answer as HTTP/1.1 has it.
//!
//! Source: client-go v0.36.3, `discovery/cached/disk/round_tripper.go`, `third_party/forked/httpcache`. The
//! digests are ring's, which is in the tree for TLS.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, DATE, ETAG,
    EXPIRES, HeaderMap, HeaderName, HeaderValue, SET_COOKIE, TRANSFER_ENCODING, VARY,
};
use jiff::Timestamp;
use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

use super::folder::Folder;
use crate::error::Error;
use crate::rest::{Request, Response, RestClient};

/// What an answer says of one connection, or of a body that was not unpacked yet; and what is secret.
const NOT_KEPT: [HeaderName; 5] =
    [CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING, SET_COOKIE];

/// What stands before the header of a request that an answer depends on.
const VARIED: &str = "x-varied-";

/// The answers of a server.
#[derive(Debug)]
pub(in crate::discovery) struct Responses {
    folder: Folder,
    server: String,
}

/// An answer that was kept.
struct Kept {
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Responses {
    pub(super) fn new(folder: Folder, server: &str) -> Self {
        Self { folder, server: server.trim_end_matches('/').to_owned() }
    }

    /// What a GET is answered with: what is kept, while the server said that it holds; or what is kept, once
    /// the server says so; or what the server answers, which is kept then.
    ///
    /// # Errors
    /// As [`RestClient::send`].
    pub(in crate::discovery) fn send(
        &self,
        client: &RestClient,
        request: &Request,
    ) -> Result<Response, Error> {
        let asked = request.build()?;
        let path = asked.uri().path().to_owned();
        let file = file(&format!("{}{}", self.server, asked.uri()));
        let kept = self.folder.read(&file, None).and_then(|text| Kept::read(&text));
        let kept = kept.filter(|kept| kept.answers(asked.headers()));
        let answer = |kept: Kept| Response {
            code: 200,
            headers: kept.headers,
            body: kept.body,
            verb: "GET".into(),
            path,
            memory: client.config().limits.list,
        };
        let Some(mut kept) = kept else {
            let answer = client.send(request)?;
            self.keep(&file, asked.headers(), &answer.headers, &answer.body, answer.code);
            return Ok(answer);
        };
        if kept.is_fresh(Timestamp::now()) {
            return Ok(answer(kept));
        }
        let tag = kept.headers.get(ETAG).and_then(|tag| tag.to_str().ok());
        let newer = match tag {
            Some(tag) => client.send(&request.clone().header("If-None-Match", tag))?,
            None => client.send(request)?,
        };
        if newer.code != 304 {
            self.keep(&file, asked.headers(), &newer.headers, &newer.body, newer.code);
            return Ok(newer);
        }
        for (name, value) in newer.headers.iter().filter(|(name, _)| !NOT_KEPT.contains(name)) {
            kept.headers.insert(name, value.clone());
        }
        self.keep(&file, asked.headers(), &kept.headers, &kept.body, 200);
        Ok(answer(kept))
    }

    fn keep(&self, file: &Path, asked: &HeaderMap, headers: &HeaderMap, body: &[u8], code: u16) {
        if code == 200 && !says(headers, "no-store") {
            self.folder.write(file, &dump(asked, headers, body));
        }
    }
}

/// The name of the file for a URL.
fn file(url: &str) -> PathBuf {
    let mut name = String::with_capacity(2 * SHA256_OUTPUT_LEN);
    for byte in digest(&SHA256, url.as_bytes()).as_ref() {
        // Writing to a String does not fail.
        let _ = write!(name, "{byte:02x}");
    }
    name.into()
}

/// The text of an answer.
fn dump(asked: &HeaderMap, headers: &HeaderMap, body: &[u8]) -> Vec<u8> {
    let mut text = b"HTTP/1.1 200 OK\r\n".to_vec();
    let mut line = |name: &str, value: &[u8]| {
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value);
        text.extend_from_slice(b"\r\n");
    };
    let is_kept =
        |name: &HeaderName| !NOT_KEPT.contains(name) && !name.as_str().starts_with(VARIED);
    for (name, value) in headers.iter().filter(|(name, _)| is_kept(name)) {
        line(name.as_str(), value.as_bytes());
    }
    line(CONTENT_LENGTH.as_str(), body.len().to_string().as_bytes());
    for name in varying(headers) {
        if let Some(value) = asked.get(&name) {
            line(&format!("{VARIED}{name}"), value.as_bytes());
        }
    }
    text.extend_from_slice(b"\r\n");
    text.extend_from_slice(body);
    let mut whole = digest(&SHA256, &text).as_ref().to_vec();
    whole.append(&mut text);
    whole
}

impl Kept {
    /// `None` for anything but an answer whose digest is right.
    fn read(text: &[u8]) -> Option<Self> {
        let (sum, text) = text.split_at_checked(SHA256_OUTPUT_LEN)?;
        if digest(&SHA256, text).as_ref() != sum {
            return None;
        }
        let end = memchr::memmem::find(text, b"\r\n\r\n")?;
        let mut lines = std::str::from_utf8(&text[..end]).ok()?.split("\r\n");
        let mut status = lines.next()?.split(' ');
        if !status.next()?.starts_with("HTTP/") || status.next()? != "200" {
            return None;
        }
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(':')?;
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).ok()?,
                HeaderValue::from_str(value.trim()).ok()?,
            );
        }
        let body = &text[end + 4..];
        // A body that came packed over HTTP/1.1 is one that kubectl writes in chunks.
        let body = match headers.remove(TRANSFER_ENCODING) {
            None => body.to_vec(),
            Some(encoding) if encoding == "chunked" => unchunked(body)?,
            Some(_) => return None,
        };
        let length = headers.remove(CONTENT_LENGTH);
        let is_whole = match &length {
            None => true,
            Some(length) => length.to_str().ok()?.parse() == Ok(body.len()),
        };
        let is_plain = !headers.contains_key(CONTENT_ENCODING);
        (is_whole && is_plain).then_some(Self { headers, body })
    }

    /// Whether a request with these headers would be answered with it.
    fn answers(&self, asked: &HeaderMap) -> bool {
        varying(&self.headers).iter().all(|name| {
            let varied = self.headers.get(format!("{VARIED}{name}"));
            asked.get(name).map(HeaderValue::as_bytes).unwrap_or_default()
                == varied.map(HeaderValue::as_bytes).unwrap_or_default()
        })
    }

    /// Whether the server said that it holds at this moment.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let time = |name| {
            // API servers write `Expires` with UTC, which HTTP calls GMT.
            let text = self.headers.get(name)?.to_str().ok()?.replace("UTC", "GMT");
            jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(&text).ok()
        };
        let Some(date) = time(DATE) else { return false };
        let lifetime = match directive(&self.headers, "max-age") {
            Some(seconds) => seconds.parse().unwrap_or(0),
            None => time(EXPIRES).map_or(0, |expires| expires.as_second() - date.as_second()),
        };
        // What is of the future is of a clock that was set, not of a server.
        let age = now.as_second() - date.as_second();
        !says(&self.headers, "no-cache") && age > -60 && age < lifetime
    }
}

/// A body without the frames of its chunks.
fn unchunked(mut text: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::with_capacity(text.len());
    loop {
        let end = memchr::memmem::find(text, b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&text[..end]).ok()?, 16).ok()?;
        let rest = &text[end + 2..];
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        text = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

/// The headers of a request that an answer depends on, but how it travels.
fn varying(headers: &HeaderMap) -> Vec<HeaderName> {
    let names = headers.get_all(VARY).iter().filter_map(|value| value.to_str().ok());
    let names = names.flat_map(|value| value.split(','));
    let names = names.filter_map(|name| HeaderName::from_bytes(name.trim().as_bytes()).ok());
    names.filter(|name| name != ACCEPT_ENCODING).collect()
}

/// What `Cache-Control` has for a name.
fn directive(headers: &HeaderMap, name: &str) -> Option<String> {
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).find_map(|part| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn says(headers: &HeaderMap, name: &str) -> bool {
    directive(headers, name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_put_together_or_not_believed() {
        let whole = unchunked(b"3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n");
        assert_eq!(whole.unwrap(), b"abc0123456789");
        let texts: [&[u8]; 6] =
            [b"", b"3\r\nab", b"3\r\nabcd\r\n0\r\n", b"x\r\n", b"-1\r\na", b"3\r\nabc\r\n"];
        for text in texts {
            assert_eq!(unchunked(text), None, "{text:?}");
        }
        assert_eq!(unchunked(b"ffffffffffffffff\r\nabc"), None);
    }
}
