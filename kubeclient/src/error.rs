//! [`Error`]: the one error of the crate. What went wrong, while doing what, and why.

use std::fmt;
use std::time::Duration;

use crate::meta::status::{Shown, Status, reason};

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A request, or the preparation of one, failed.
///
/// Tell errors apart by a predicate ([`Error::is_not_found`], ...), by [`Error::kind`], or by the
/// server's own [`Error::status`]; never by text. [`Display`](fmt::Display) tells its own level,
/// [`source`](std::error::Error::source) the cause; `{error:#}` and `Debug` print the whole chain on one
/// line, so that `fn main() -> kubeclient::Result<()>` reads well. None of them ever holds a credential or a body,
/// nor characters that act on a terminal.
///
/// ```
/// use kubeclient::{ErrorKind, Request, RestClient};
///
/// let error = Request::get("pods").build().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Invalid);
/// assert_eq!(error.to_string(), "path \"pods\": expected a path that begins with `/`");
/// ```
pub struct Error(Box<Repr>);

#[derive(Debug, thiserror::Error)]
struct Repr {
    kind: ErrorKind,
    request: Option<RequestLine>,
    /// The one object of many that could not be read, as `namespace/name`.
    object: Option<String>,
    message: String,
    status: Option<Status>,
    retry_after: Option<Duration>,
    /// Whether anything of the request went out.
    sent: bool,
    #[source]
    source: Option<Source>,
}

/// How many bytes of its own an error shows, and of a server's reason, which is a word.
const LONGEST_MESSAGE: usize = 2048;
const LONGEST_REASON: usize = 256;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// The verb and path of the request that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RequestLine {
    verb: String,
    path: String,
}

/// What went wrong, by cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server answered that it did not do it; [`Error::status`] says why.
    Api,
    /// No connection to the server could be made.
    Connect,
    /// A connection broke, or what came over it was not HTTP. A write may have happened.
    Connection,
    /// TLS could not be set up, or the server's certificate is not to be trusted.
    Tls,
    /// The time for the request ran out. A write may have happened.
    Timeout,
    /// The request was stopped by its [`Stop`](crate::Stop). A write may have happened.
    Stopped,
    /// A credential could not be had.
    Auth,
    /// The configuration can't be used.
    Config,
    /// What the server sent is not what the type expects.
    Decode,
    /// The request makes no sense; it was not sent.
    Invalid,
    /// What the server sent is larger than the bound set for it.
    TooLarge,
    /// What was waited for can't come any more, or can't be told of such an object.
    Unmet,
    /// Of several requests some failed, each for another cause.
    Mixed,
    /// A function that the program gave to the library panicked; the panic went no further.
    Panic,
    /// The operating system refused what was needed, such as a thread.
    System,
}

impl Error {
    /// What went wrong, by cause.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What the server said, when it answered.
    pub fn status(&self) -> Option<&Status> {
        self.0.status.as_ref()
    }

    /// The verb of the request that failed, such as `GET`.
    pub fn verb(&self) -> Option<&str> {
        self.0.request.as_ref().map(|request| request.verb.as_str())
    }

    /// The path of the request that failed, without its query.
    pub fn path(&self) -> Option<&str> {
        self.0.request.as_ref().map(|request| request.path.as_str())
    }

    /// The object that could not be read, as `namespace/name`, when it was one of many: an item of a list,
    /// or the object of a watch's event.
    pub fn object(&self) -> Option<&str> {
        self.0.object.as_deref()
    }

    /// How long the server asked to wait, by a `Retry-After` header (seconds or a date) or in its status. It may
    /// be any time at all: bound it.
    pub fn retry_after(&self) -> Option<Duration> {
        let in_status = || {
            let seconds = self.status()?.details.as_ref()?.retry_after_seconds;
            u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
        };
        self.0.retry_after.or_else(in_status)
    }

    /// Whether the object, or the resource, is not there.
    pub fn is_not_found(&self) -> bool {
        self.is(reason::NOT_FOUND)
    }

    /// Whether an object of this name is there already.
    pub fn is_already_exists(&self) -> bool {
        self.is(reason::ALREADY_EXISTS)
    }

    /// Whether the object changed meanwhile, a precondition does not hold, or another manager owns
    /// a field.
    pub fn is_conflict(&self) -> bool {
        self.is(reason::CONFLICT)
    }

    /// Whether the resource version or continue token is too old. Goes by the reason only.
    pub fn is_expired(&self) -> bool {
        self.status().is_some_and(|status| {
            status.has_reason(reason::EXPIRED) || status.has_reason(reason::GONE)
        })
    }

    /// Whether the object breaks a rule.
    pub fn is_invalid(&self) -> bool {
        self.is(reason::INVALID)
    }

    /// Whether the server could make no sense of the request.
    pub fn is_bad_request(&self) -> bool {
        self.is(reason::BAD_REQUEST)
    }

    /// Whether the caller's credential is missing or not valid.
    pub fn is_unauthorized(&self) -> bool {
        self.is(reason::UNAUTHORIZED)
    }

    /// Whether the caller may not do this.
    pub fn is_forbidden(&self) -> bool {
        self.is(reason::FORBIDDEN)
    }

    /// Whether the server wants fewer requests, or a disruption budget is used up.
    pub fn is_too_many_requests(&self) -> bool {
        self.is(reason::TOO_MANY_REQUESTS) || self.status().is_some_and(|status| status.code == 429)
    }

    /// Whether the server can't read the form of the body.
    pub fn is_unsupported_media_type(&self) -> bool {
        self.is(reason::UNSUPPORTED_MEDIA_TYPE)
    }

    /// Whether something broke in the server.
    pub fn is_internal_error(&self) -> bool {
        self.is(reason::INTERNAL_ERROR)
    }

    /// Whether the server can't serve now.
    pub fn is_service_unavailable(&self) -> bool {
        self.is(reason::SERVICE_UNAVAILABLE)
    }

    /// Whether time ran out, here or in the server.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
            || self.is(reason::TIMEOUT)
            || self.is(reason::SERVER_TIMEOUT)
    }

    /// Whether the request was stopped by its [`Stop`](crate::Stop).
    pub fn is_stopped(&self) -> bool {
        self.0.kind == ErrorKind::Stopped
    }

    /// Whether a write may have happened although the request failed: some of it went out, and no answer
    /// came that says no. An answer that says that the server's time ran out (`Timeout`, `ServerTimeout`), or a
    /// gateway's that it lost the server (502), is none.
    ///
    /// Such a write is safe to send again only if it is idempotent: server-side apply, or one with a
    /// precondition.
    pub fn is_ambiguous(&self) -> bool {
        // A server that timed out, or that a gateway has lost, may have finished all the same.
        let is_open = |status: &Status| {
            let has_timed_out =
                status.is(reason::TIMEOUT) || status.has_reason(reason::SERVER_TIMEOUT);
            has_timed_out || status.code == 502
        };
        let refused = self.status().is_some_and(|status| !is_open(status));
        self.0.sent && !refused && !matches!(self.verb(), None | Some("GET" | "HEAD"))
    }

    /// Whether it is an object that is not there: of a kind that it does not have, the server names none.
    pub(crate) fn is_object_not_found(&self) -> bool {
        let details = self.status().and_then(|status| status.details.as_ref());
        self.is_not_found() && details.is_some_and(|details| !details.name.is_empty())
    }

    /// Whether it is the kind that is not there, at least by now.
    pub(crate) fn is_kind_not_found(&self) -> bool {
        self.is_not_found() && !self.is_object_not_found()
    }

    /// Whether it passes by itself: the server can't be reached, or says that it can't serve now.
    pub(crate) fn is_passing(&self) -> bool {
        match self.0.kind {
            ErrorKind::Connect | ErrorKind::Connection | ErrorKind::Timeout => true,
            ErrorKind::Api => self
                .status()
                .is_some_and(|status| status.code == 429 || (500..600).contains(&status.code)),
            _ => false,
        }
    }

    fn is(&self, reason: &str) -> bool {
        self.status().is_some_and(|status| status.is(reason))
    }
}

impl Error {
    #[cold]
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Repr {
            kind,
            request: None,
            object: None,
            message: message.into(),
            status: None,
            retry_after: None,
            sent: false,
            source: None,
        }))
    }

    /// A request that makes no sense.
    #[cold]
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// A configuration that can't be used.
    #[cold]
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// The request's token was stopped.
    #[cold]
    pub(crate) fn stopped() -> Self {
        Self::new(ErrorKind::Stopped, "stopped")
    }

    /// The server said no.
    #[cold]
    pub(crate) fn api(status: Status, retry_after: Option<Duration>) -> Self {
        let mut error = Self::new(ErrorKind::Api, "");
        error.0.status = Some(status);
        error.0.retry_after = retry_after;
        error
    }

    /// Adds the cause. Never one that quotes a body or a credential.
    pub(crate) fn because(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds what the server answered.
    pub(crate) fn answered(mut self, status: Option<Status>) -> Self {
        self.0.status = status;
        self
    }

    /// Adds the request that failed, unless one is known already.
    pub(crate) fn during(mut self, verb: &str, path: &str) -> Self {
        self.0.request.get_or_insert_with(|| RequestLine { verb: verb.into(), path: path.into() });
        self
    }

    /// Says whether anything of the request went out.
    pub(crate) fn sent(mut self, sent: bool) -> Self {
        self.0.sent = sent;
        self
    }

    /// Names the object that could not be read.
    pub(crate) fn of_object(mut self, name: String) -> Self {
        self.0.object = Some(name).filter(|name| !name.is_empty());
        self
    }

    /// Puts where it happened before the message, if that is known.
    pub(crate) fn at(mut self, place: impl fmt::Display) -> Self {
        let place = place.to_string();
        let place = place.trim_end();
        self.0.message = match self.0.message.as_str() {
            "" => place.to_owned(),
            _ if place.is_empty() => return self,
            message => format!("{place}: {message}"),
        };
        self
    }
}

impl fmt::Display for Repr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(RequestLine { verb, path }) = &self.request {
            write!(f, "{verb} {path}: ")?;
        }
        // Names of fields and the like stand in it, which a server or a file may have chosen.
        let message = Shown(&self.message, LONGEST_MESSAGE);
        let Some(status) = &self.status else {
            return write!(f, "{message}");
        };
        if !self.message.is_empty() {
            write!(f, "{message}: ")?;
        }
        write!(f, "{status} ({}", status.code)?;
        if !status.reason.is_empty() {
            write!(f, " {}", Shown(&status.reason, LONGEST_REASON))?;
        }
        f.write_str(")")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = std::error::Error::source(self).filter(|_| f.alternate());
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::status::StatusDetails;

    #[test]
    fn an_error_is_one_word() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }

    #[test]
    fn it_says_what_was_asked_what_was_answered_and_why() {
        let status = Status::from_answer(404, false, "pods \"p\" not found");
        let error = Error::api(status, None).during("GET", "/api/v1/namespaces/a/pods/p");
        assert_eq!(
            error.to_string(),
            "GET /api/v1/namespaces/a/pods/p: pods \"p\" not found (404 NotFound)"
        );
        let error = Error::new(ErrorKind::Connect, "no connection")
            .because(std::io::Error::other("refused"))
            .during("GET", "/version");
        assert_eq!(error.to_string(), "GET /version: no connection");
        assert_eq!(format!("{error:?}"), "GET /version: no connection: refused");
        assert_eq!(format!("{error:#}"), "GET /version: no connection: refused");
        let refused = Error::api(Status::from_answer(404, false, "gone"), None).at("pod a");
        let refused = refused.at("");
        assert_eq!(refused.at("there").to_string(), "there: pod a: gone (404 NotFound)");
    }

    #[test]
    fn what_others_named_neither_acts_on_a_terminal_nor_fills_it() {
        let error = Error::invalid("field a\u{1b}[2J\nb").at("x\u{202e}");
        assert_eq!(error.to_string(), "x\\u{202e}: field a\\u{1b}[2J b");
        let error = Error::invalid("\u{e9}".repeat(5_000));
        assert_eq!(error.to_string(), format!("{}...", "\u{e9}".repeat(1_024)));
        let error = Error::invalid("\0".repeat(5_000));
        assert_eq!(error.to_string(), format!("{}...", "\\u{0}".repeat(2_048 / 5)));
        let long = "\0".repeat(60_000);
        let status = Status { reason: long.clone(), message: long, ..Status::default() };
        let error = Error::api(status, None).to_string();
        assert!((16_000..17_000).contains(&error.len()), "{} bytes", error.len());
    }

    #[test]
    fn a_write_that_went_out_and_was_not_refused_is_ambiguous() {
        let cut = |verb| Error::new(ErrorKind::Connection, "cut").during(verb, "/x").sent(true);
        assert!(cut("POST").is_ambiguous());
        assert!(!cut("GET").is_ambiguous());
        assert!(!cut("POST").sent(false).is_ambiguous());
        let answered = |code| {
            let status = Status { code, ..Status::default() };
            Error::api(status, None).during("POST", "/x").sent(true)
        };
        assert!(answered(504).is_ambiguous() && answered(502).is_ambiguous());
        let unreachable = Status { code: 500, reason: "ServerTimeout".into(), ..Status::default() };
        let unreachable = Error::api(unreachable, None).during("POST", "/x").sent(true);
        assert!(unreachable.is_ambiguous() && !answered(500).is_ambiguous());
        assert!(!answered(409).is_ambiguous());
        let stored = Error::new(ErrorKind::Decode, "odd").during("POST", "/x").sent(true);
        assert!(stored.is_ambiguous());
    }

    #[test]
    fn an_object_that_is_not_there_is_named() {
        let details = |name: &str| StatusDetails { name: name.into(), ..StatusDetails::default() };
        let missing = |details: Option<StatusDetails>| {
            let details = details.map(Box::new);
            let reason = "NotFound".to_owned();
            Error::api(Status { code: 404, reason, details, ..Status::default() }, None)
        };
        let object = missing(Some(details("a")));
        assert!(object.is_object_not_found() && !object.is_kind_not_found());
        for kind in [missing(Some(details(""))), missing(None)] {
            assert!(kind.is_kind_not_found() && !kind.is_object_not_found());
        }
        let taken = Error::api(Status { code: 409, ..Status::default() }, None);
        assert!(!taken.is_kind_not_found() && !taken.is_object_not_found());
    }

    #[test]
    fn what_passes_by_itself_is_told_apart() {
        let passes = |kind| Error::new(kind, "").is_passing();
        assert!(
            [ErrorKind::Connect, ErrorKind::Connection, ErrorKind::Timeout].map(passes)
                == [true; 3]
        );
        assert!([ErrorKind::Tls, ErrorKind::Stopped, ErrorKind::Invalid].map(passes) == [false; 3]);
        let answered = |code| Error::api(Status { code, ..Status::default() }, None).is_passing();
        assert_eq!(
            [429, 500, 503, 403, 404, 600].map(answered),
            [true, true, true, false, false, false]
        );
    }

    /// Fidelity 17.
    #[test]
    fn expired_goes_by_reason_only() {
        assert!(!Error::api(Status { code: 410, ..Status::default() }, None).is_expired());
        let expired = Status { reason: "Expired".into(), code: 404, ..Status::default() };
        let error = Error::api(expired, None);
        assert!(error.is_expired() && !error.is_not_found());
    }
}
