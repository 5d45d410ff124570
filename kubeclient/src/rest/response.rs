//! [`Response`]: a whole answer, and how answers that say no become errors.

use std::io::{self, Read};
use std::time::Duration;

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, IF_NONE_MATCH};
use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;

use super::decode;
use super::retry;
use super::wire;
use crate::error::{Error, ErrorKind};
use crate::meta::managed_fields;
use crate::meta::status::Status;
use crate::transport::Body;

/// How much of an answer that says no is read: a `Status` is far smaller.
const ERROR_LIMIT: usize = 64 << 10;

/// The answer to a request, all of it.
#[derive(Clone)]
pub struct Response {
    pub(crate) code: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) verb: String,
    pub(crate) path: String,
    /// What may be made of the body.
    pub(crate) memory: usize,
}

impl Response {
    /// The HTTP status code: 200 to 299, since others are errors.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The value of a header, where there is one and it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body.
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// Takes the body.
    pub fn into_bytes(self) -> Vec<u8> {
        self.body
    }

    /// Takes the body as text.
    ///
    /// # Errors
    /// [`Decode`](ErrorKind::Decode): it is not UTF-8.
    pub fn into_text(self) -> Result<String, Error> {
        let Self { body, verb, path, .. } = self;
        String::from_utf8(body).map_err(|_| {
            Error::new(ErrorKind::Decode, "the answer is not UTF-8").during(&verb, &path)
        })
    }

    /// Decodes the body, whatever its kind; [`Manifest<T>`](crate::Manifest) checks the kind, too.
    ///
    /// # Errors
    /// [`Decode`](ErrorKind::Decode): it is not JSON of this type; the message names the field.
    /// [`TooLarge`](ErrorKind::TooLarge): objects of this crate's types take more memory than
    /// [`Limits`](crate::config::Limits) say; what other types make of the bytes is not counted.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        self.reading(false, || decode::value(&self.body))
    }

    /// Decodes the body within the memory that is allowed for it, without managed fields if so; errors say
    /// which request it is the answer to.
    pub(crate) fn reading<T>(
        &self,
        skips_managed_fields: bool,
        read: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let read = || managed_fields::skipping(skips_managed_fields, read);
        decode::bounded(self.memory, read).map_err(|error| error.during(&self.verb, &self.path))
    }

    /// Decodes the body as a `Status`, as most deletes answer.
    ///
    /// # Errors
    /// [`Decode`](ErrorKind::Decode): it is something else.
    pub fn status(&self) -> Result<Status, Error> {
        wire::status(&self.body).ok_or_else(|| {
            let message = "the answer is no `Status`";
            Error::new(ErrorKind::Decode, message).during(&self.verb, &self.path)
        })
    }
}

impl std::fmt::Debug for Response {
    /// Bodies hold what users keep secret; they are never shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response")
            .field("code", &self.code)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Passes on an answer that says yes; turns any other into an error.
///
/// Unary calls, streams and watches all come through here, before anything of a body is decoded. To a
/// request with `If-None-Match`, 304 is a yes, too.
pub(crate) fn check(
    response: http::Response<Body>,
    request: &http::Request<Vec<u8>>,
) -> Result<http::Response<Body>, (Error, Option<u64>)> {
    let code = response.status().as_u16();
    let is_known = code == 304 && request.headers().contains_key(IF_NONE_MATCH);
    if (200..300).contains(&code) || is_known {
        return Ok(response);
    }
    let method = request.method();
    let (head, body) = response.into_parts();
    let mut text = Vec::new();
    // A failure while reading the reason leaves what was read of it.
    let _ = reader(body, &head.headers).take(ERROR_LIMIT as u64).read_to_end(&mut text);
    let mut status = match code {
        300..400 => Status::from_answer(code, false, "redirects are not followed"),
        _ => wire::status(&text).unwrap_or_else(|| {
            Status::from_answer(code, method == Method::POST, &String::from_utf8_lossy(&text))
        }),
    };
    if status.code == 0 {
        status.code = code.into();
    }
    let error = Error::api(status, retry::retry_after(&head.headers));
    Err((error, retry::retry_after_seconds(&head.headers)))
}

/// Reads a whole body, at most so many bytes of it after decompression.
pub(crate) fn read_body(
    body: Body,
    headers: &HeaderMap,
    limit: usize,
    mut buffer: Vec<u8>,
) -> Result<Vec<u8>, Error> {
    buffer.clear();
    buffer.reserve(expected_length(headers).min(limit).min(8 << 20) + 1);
    let mut reader = reader(body, headers);
    let bound = (limit as u64).saturating_add(1);
    match reader.by_ref().take(bound).read_to_end(&mut buffer) {
        Ok(_) if buffer.len() > limit => {
            Err(Error::new(ErrorKind::TooLarge, format!("the answer is larger than {limit} bytes")))
        }
        Ok(_) => Ok(buffer),
        Err(error) => Err(reader.explain(error)),
    }
}

/// What the server says that the body holds; only a hint.
fn expected_length(headers: &HeaderMap) -> usize {
    headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or(16 << 10)
}

/// A body as it was before it was compressed for the way.
pub(crate) fn reader(body: Body, headers: &HeaderMap) -> BodyReader {
    let is_gzip = !body.is_absent()
        && headers
            .get(CONTENT_ENCODING)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"gzip"));
    #[cfg(feature = "gzip")]
    if is_gzip {
        // Several members may follow one another, one an event.
        return BodyReader::Gzip(Box::new(flate2::read::MultiGzDecoder::new(body)));
    }
    let _ = is_gzip;
    BodyReader::Plain(body)
}

/// Reads a body, decompressed.
pub(crate) enum BodyReader {
    Plain(Body),
    #[cfg(feature = "gzip")]
    Gzip(Box<flate2::read::MultiGzDecoder<Body>>),
}

impl BodyReader {
    /// Why a read failed, in this crate's words.
    pub(crate) fn explain(&self, error: io::Error) -> Error {
        self.body().explain(error)
    }

    /// Bounds the silence between two reads from now on.
    pub(crate) fn set_idle(&self, idle: Option<Duration>) {
        self.body().set_idle(idle);
    }

    fn body(&self) -> &Body {
        match self {
            Self::Plain(body) => body,
            #[cfg(feature = "gzip")]
            Self::Gzip(decoder) => decoder.get_ref(),
        }
    }
}

impl Read for BodyReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(body) => body.read(buffer),
            #[cfg(feature = "gzip")]
            Self::Gzip(decoder) => decoder.read(buffer),
        }
    }
}
