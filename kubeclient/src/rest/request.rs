//! [`Request`]: what is asked, before anything is sent. Pure.

use std::time::Duration;

use http::Method;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, HeaderMap, HeaderName,
    HeaderValue, PROXY_AUTHORIZATION, USER_AGENT,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::path::ResourcePath;
use crate::error::Error;
use crate::stop::Stop;

/// What a query value holds unescaped: RFC 3986's unreserved characters.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The media type of JSON, which every API server speaks.
pub(crate) const JSON: &str = "application/json";

/// A request to an API server: verb, path, query, headers, body, and how long it may take.
///
/// Setters never fail; what is wrong with a value shows when the request is sent or built, before
/// anything goes out.
///
/// ```
/// use kubeclient::rest::{Request, ResourcePath};
///
/// let pods = ResourcePath::new("", "v1", "pods").namespace("a");
/// let request = Request::get(pods).query("labelSelector", "app=web,tier!=dev").query("limit", "500");
/// assert_eq!(
///     request.build()?.uri(),
///     "/api/v1/namespaces/a/pods?labelSelector=app%3Dweb%2Ctier%21%3Ddev&limit=500",
/// );
/// # Ok::<(), kubeclient::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Request {
    method: Method,
    path: RequestPath,
    query: Vec<(String, String)>,
    headers: Vec<Header>,
    body: Option<Body>,
    retry: Retry,
    class: Class,
    timeout: Option<Duration>,
    limit: Option<usize>,
    idle: Option<Option<Duration>>,
    stop: Option<Stop>,
    mistake: Option<String>,
}

#[derive(Clone)]
struct Header {
    name: String,
    value: String,
}

impl std::fmt::Debug for Header {
    /// Values may be credentials; they are never shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

#[derive(Clone)]
struct Body {
    media_type: String,
    bytes: Vec<u8>,
}

impl std::fmt::Debug for Body {
    /// Bodies hold what users keep secret; they are never shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.media_type, self.bytes.len())
    }
}

/// Where a request goes.
#[derive(Clone, Debug)]
pub enum RequestPath {
    /// A path such as `/healthz`, below the server's own prefix, already escaped.
    Absolute(String),
    /// A resource.
    Resource(ResourcePath),
}

impl From<&str> for RequestPath {
    fn from(path: &str) -> Self {
        Self::Absolute(path.into())
    }
}

impl From<String> for RequestPath {
    fn from(path: String) -> Self {
        Self::Absolute(path)
    }
}

impl From<ResourcePath> for RequestPath {
    fn from(path: ResourcePath) -> Self {
        Self::Resource(path)
    }
}

/// Whether a request that failed in passing is sent again underneath the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// As client-go does: 429 and 5xx that say `Retry-After: <seconds>`, any verb; a broken connection,
    /// for GET; at most 10 times.
    #[default]
    Default,
    /// Never: the caller sees the first answer. (A request is still sent once more where a token file
    /// holds a newer token than the one refused, or where a pooled connection died before it was sent.)
    Never,
}

/// What kind of answer is awaited: it decides timeouts and limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Class {
    /// One object or text.
    #[default]
    Unary,
    /// A list page or a discovery document.
    List,
    /// A watch: events, and bookmarks between them.
    Watch,
    /// A log or another stream that may be silent for as long as it likes.
    Stream,
    /// A log that is followed: a node may hold back the head, too, until there is a first line.
    Follow,
}

impl Request {
    /// A request with this verb.
    pub fn new(method: Method, path: impl Into<RequestPath>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            retry: Retry::Default,
            class: Class::Unary,
            timeout: None,
            limit: None,
            idle: None,
            stop: None,
            mistake: None,
        }
    }

    /// A GET.
    pub fn get(path: impl Into<RequestPath>) -> Self {
        Self::new(Method::GET, path)
    }

    /// A POST.
    pub fn post(path: impl Into<RequestPath>) -> Self {
        Self::new(Method::POST, path)
    }

    /// A PUT.
    pub fn put(path: impl Into<RequestPath>) -> Self {
        Self::new(Method::PUT, path)
    }

    /// A PATCH.
    pub fn patch(path: impl Into<RequestPath>) -> Self {
        Self::new(Method::PATCH, path)
    }

    /// A DELETE.
    pub fn delete(path: impl Into<RequestPath>) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// Adds a query parameter; its value is escaped.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Adds a header; of `Accept`, `Content-Type` and the like, the last one counts.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push(Header { name: name.into(), value: value.into() });
        self
    }

    /// Sets the `Accept` header. Without it, JSON is asked for.
    #[must_use]
    pub fn accept(self, media_type: impl Into<String>) -> Self {
        self.header(ACCEPT.as_str(), media_type)
    }

    /// Sends this value as JSON.
    #[must_use]
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => self.body(JSON, bytes),
            Err(error) => {
                // Its own writer's message: it may quote nothing of the value but what the type says.
                self.mistake = Some(format!("the body can't be written as JSON: {error}"));
                self
            }
        }
    }

    /// Sends these bytes.
    #[must_use]
    pub fn body(mut self, media_type: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Some(Body { media_type: media_type.into(), bytes: bytes.into() });
        self
    }

    /// Sets when a failed request is sent again.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Bounds the whole request, retries included; also told to the server, as `?timeout=`.
    ///
    /// Without it the client's own [`Timeouts`](crate::config::Timeouts) bound the request, and the
    /// server is told nothing.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Bounds the answer, in bytes after decompression. A stream has no bound.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = Some(bytes);
        self
    }

    /// Lets this token end the request.
    #[must_use]
    pub fn stop(mut self, stop: &Stop) -> Self {
        self.stop = Some(stop.clone());
        self
    }

    /// The verb.
    pub fn method(&self) -> &Method {
        &self.method
    }

    pub(crate) fn class(mut self, class: Class) -> Self {
        self.class = class;
        self
    }

    pub(crate) fn answer_class(&self) -> Class {
        self.class
    }

    pub(crate) fn retry_policy(&self) -> Retry {
        self.retry
    }

    pub(crate) fn own_timeout(&self) -> Option<Duration> {
        self.timeout
    }

    pub(crate) fn own_limit(&self) -> Option<usize> {
        self.limit
    }

    /// How long a watch may be silent, other than the client's configuration says.
    pub(crate) fn idle(mut self, idle: Option<Duration>) -> Self {
        self.idle = Some(idle);
        self
    }

    pub(crate) fn own_idle(&self) -> Option<Option<Duration>> {
        self.idle
    }

    pub(crate) fn own_stop(&self) -> Option<&Stop> {
        self.stop.as_ref()
    }

    /// The path without its query; where it can't be built, what was given.
    pub(crate) fn path_text(&self) -> String {
        match &self.path {
            RequestPath::Absolute(path) => path.split('?').next().unwrap_or_default().into(),
            RequestPath::Resource(path) => path.build().unwrap_or_else(|_| path.template()),
        }
    }

    /// What requests of this shape are counted by.
    pub(crate) fn template(&self) -> String {
        match &self.path {
            RequestPath::Absolute(_) => self.path_text(),
            RequestPath::Resource(path) => path.template(),
        }
    }

    /// Builds the HTTP request, its URI a path and query below the server's own prefix.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid): the path, a header or the body is not what HTTP or
    /// Kubernetes allows.
    pub fn build(&self) -> Result<http::Request<Vec<u8>>, Error> {
        if let Some(mistake) = &self.mistake {
            return Err(Error::invalid(mistake.clone()));
        }
        if self.timeout == Some(Duration::ZERO) {
            return Err(Error::invalid("timeout: expected more than zero"));
        }
        let mut request = http::Request::new(Vec::new());
        *request.method_mut() = self.method.clone();
        let target = self.target()?;
        *request.uri_mut() = target.parse().map_err(|_| {
            let shown: String = target.chars().take(200).collect();
            Error::invalid(format!("path {shown:?}: expected the path of a URL"))
        })?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static(JSON));
        for Header { name, value } in &self.headers {
            insert(headers, name, value)?;
        }
        if let Some(Body { media_type, bytes }) = &self.body {
            insert(headers, CONTENT_TYPE.as_str(), media_type)?;
            *request.body_mut() = bytes.clone();
        }
        Ok(request)
    }

    fn target(&self) -> Result<String, Error> {
        let mut target = match &self.path {
            RequestPath::Absolute(path) => checked_path(path)?.to_owned(),
            RequestPath::Resource(path) => path.build()?,
        };
        let mut separator = if target.contains('?') { '&' } else { '?' };
        let timeout = self.timeout.map(|timeout| ("timeout".to_owned(), go_duration(timeout)));
        for (name, value) in self.query.iter().chain(&timeout) {
            target.push(separator);
            target.extend(utf8_percent_encode(name, QUERY));
            target.push('=');
            target.extend(utf8_percent_encode(value, QUERY));
            separator = '&';
        }
        Ok(target)
    }
}

/// An absolute path is taken as it is written, so it must be written as a URL is: and it may not climb.
fn checked_path(path: &str) -> Result<&str, Error> {
    let wrong = |expected: &str| {
        let shown: String = path.chars().take(200).collect();
        Err(Error::invalid(format!("path {shown:?}: expected {expected}")))
    };
    if !path.starts_with('/') {
        return wrong("a path that begins with `/`");
    }
    let is_plain = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}#".contains(c);
    if !path.chars().all(is_plain) {
        return wrong("the path of a URL, with everything else %-escaped");
    }
    let segments = path.split('?').next().unwrap_or_default();
    let climbs = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    };
    if segments.split('/').any(climbs) {
        return wrong("no `.` or `..` segment");
    }
    Ok(path)
}

/// Headers of which there is one; the last one given counts.
const SINGLE: [HeaderName; 6] =
    [ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT];

fn insert(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), Error> {
    let wrong = |expected: &str| {
        let shown: String = name.chars().take(100).collect();
        Error::invalid(format!("header {shown:?}: expected {expected}"))
    };
    let header = HeaderName::try_from(name).map_err(|_| wrong("the name of a header"))?;
    let mut value = HeaderValue::try_from(value)
        .map_err(|_| wrong("a value without line breaks and control characters"))?;
    value.set_sensitive([AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE].contains(&header));
    match SINGLE.contains(&header) {
        true => drop(headers.insert(header, value)),
        false => drop(headers.append(header, value)),
    }
    Ok(())
}

/// A duration as Go reads it. It always has a unit: the server refuses a bare number.
pub(crate) fn go_duration(duration: Duration) -> String {
    match (duration.as_secs(), duration.subsec_nanos()) {
        (seconds, 0) => format!("{seconds}s"),
        _ => format!("{}ms", duration.as_millis().max(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::{Damage, assert_printable};

    /// Fidelity 4, 5.
    #[test]
    fn a_timeout_is_told_with_its_unit_and_only_when_set() {
        let request = Request::get("/version");
        assert_eq!(request.build().unwrap().uri(), "/version");
        let uri = |timeout| request.clone().timeout(timeout).build().unwrap().uri().to_string();
        assert_eq!(uri(Duration::from_secs(7)), "/version?timeout=7s");
        assert_eq!(uri(Duration::from_millis(1500)), "/version?timeout=1500ms");
        assert_eq!(uri(Duration::from_nanos(1)), "/version?timeout=1ms");
    }

    /// Fidelity 6.
    #[test]
    fn json_is_asked_for_unless_something_else_is() {
        let accept = |request: Request| request.build().unwrap().headers()[ACCEPT].clone();
        assert_eq!(accept(Request::get("/x")), "application/json");
        assert_eq!(accept(Request::get("/x").accept("text/plain")), "text/plain");
    }

    #[test]
    fn a_header_may_come_more_than_once() {
        let request =
            Request::get("/x").header("impersonate-group", "a").header("impersonate-group", "b");
        let http = request.accept("a/b").accept("c/d").build().unwrap();
        let groups: Vec<_> = http.headers().get_all("impersonate-group").iter().collect();
        assert_eq!(groups, ["a", "b"]);
        assert_eq!(http.headers().get_all(ACCEPT).iter().count(), 1);
    }

    #[test]
    fn a_value_can_not_add_a_parameter_or_a_header() {
        let request = Request::get("/x?a=1").query("labelSelector", "a=b&watch=1#");
        assert_eq!(request.build().unwrap().uri(), "/x?a=1&labelSelector=a%3Db%26watch%3D1%23");
        for value in ["a\r\nX-Remote-User: root", "a\nb", "a\0"] {
            assert!(Request::get("/x").header("X-A", value).build().is_err(), "{value:?}");
            assert!(Request::get("/x").body(value, "").build().is_err(), "{value:?}");
        }
    }

    #[test]
    fn a_damaged_value_is_refused_or_stays_one_parameter_and_one_header() {
        const EXAMPLES: &[&str] =
            &["app=web,tier!=db", "a&watch=1#", "a\r\nX: y", "/x?a=1", "%41+ "];
        bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
            let text = damage.text_of(EXAMPLES);
            let plain = |text: &str| {
                percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned()
            };

            let request = Request::get("/x").query("labelSelector", &text).query(&text, "v");
            let Ok(built) = request.build() else {
                // Only what is too long for a URL.
                return assert!(text.len() > 5_000, "{text:?}");
            };
            let uri = built.uri().to_string();
            let (path, query) = uri.split_once('?').unwrap();
            let found: Vec<_> = query.split('&').map(|one| one.split_once('=').unwrap()).collect();
            let found: Vec<_> =
                found.into_iter().map(|(name, value)| (plain(name), plain(value))).collect();
            let given =
                [("labelSelector".to_owned(), text.clone()), (text.clone(), "v".to_owned())];
            assert_eq!((path, &found[..]), ("/x", &given[..]));

            for request in
                [Request::get("/x").header("x-a", &text), Request::get("/x").header(&text, "v")]
            {
                match request.build() {
                    Err(error) => assert_printable(&error),
                    Ok(built) => {
                        // `Accept` is there in any case.
                        assert_eq!(
                            built.headers().len(),
                            2 - usize::from(text.eq_ignore_ascii_case("accept"))
                        );
                        let values = built.headers().values().map(HeaderValue::as_bytes);
                        assert!(!values.flatten().any(|byte| b"\r\n\0".contains(byte)), "{text:?}");
                    }
                }
            }
            match Request::get(text.as_str()).build() {
                Err(error) => assert_printable(&error),
                Ok(built) => {
                    assert_eq!(built.uri().to_string(), text);
                    assert!(built.uri().authority().is_none() && text.starts_with('/'), "{text:?}");
                    let mut segments = built.uri().path().split('/');
                    assert!(
                        !segments.any(|s| matches!(plain_bytes(s).as_slice(), b"." | b"..")),
                        "{text:?}"
                    );
                }
            }
        });
    }

    /// What a segment is for a server.
    fn plain_bytes(segment: &str) -> Vec<u8> {
        percent_encoding::percent_decode_str(segment).collect()
    }

    #[test]
    fn an_absolute_path_does_not_climb() {
        for path in ["x", "", "/a/../b", "/a/%2e%2E/b", "/a/.", "/a b", "/a\\..\\b", "/é", "/a#b"]
        {
            assert!(Request::get(path).build().is_err(), "{path:?}");
        }
        assert_eq!(Request::get("/a%2fb/c?x=..").build().unwrap().uri(), "/a%2fb/c?x=..");
    }

    #[test]
    fn what_is_long_is_shown_in_part() {
        let long = "é".repeat(100_000);
        for request in [
            Request::get(&*long),
            Request::get(format!("/{long}")),
            Request::get("/x").header(&long, "x"),
        ] {
            let error = request.build().unwrap_err().to_string();
            assert!(error.contains("é") && error.len() < 500, "{} bytes", error.len());
        }
    }

    #[test]
    fn neither_a_body_nor_a_header_is_shown() {
        let request = Request::post("/x").json("hunter2").header("Authorization", "hunter2");
        assert!(!format!("{request:?}").contains("hunter2"));
        let http = request.build().unwrap();
        assert!(!format!("{:?}", http.headers()).contains("hunter2"));
    }
}
