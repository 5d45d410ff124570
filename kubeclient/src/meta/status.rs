//! [`Status`]: what an API server answers when it does not answer with an object.

use std::fmt;

use super::list::ListMeta;
use super::message::message;

message! {
    /// The outcome of a request, as `metav1.Status`.
    ///
    /// A failure carries one; so does the answer to most deletes.
    pub struct Status("v1", "Status") {
        /// List metadata; an expired list carries the token that goes on inconsistently.
        pub metadata: ListMeta = 1 "metadata" omit,
        /// `Success` or `Failure`.
        pub status: String = 2 "status" omit,
        /// What happened, for a person to read.
        pub message: String = 3 "message" omit,
        /// What happened, in one word, for a program to read; unknown words are kept.
        pub reason: String = 4 "reason" omit,
        /// What it happened to, and why in detail.
        pub details: Option<Box<StatusDetails>> = 5 "details" omit,
        /// The HTTP status code.
        pub code: i32 = 6 "code" omit,
    }

    /// What a [`Status`] is about.
    pub struct StatusDetails("meta/v1", "StatusDetails") {
        /// The name of the object.
        pub name: String = 1 "name" omit,
        /// The group of the resource.
        pub group: String = 2 "group" omit,
        /// The kind or plural name of the resource.
        pub kind: String = 3 "kind" omit,
        /// The identity of the object.
        pub uid: String = 6 "uid" omit,
        /// The single causes, one a field where fields are wrong.
        pub causes: Vec<StatusCause> = 4 "causes" omit,
        /// Seconds after which the server would like the request again; 0 when it did not say.
        pub retry_after_seconds: i32 = 5 "retryAfterSeconds" omit,
    }

    /// One cause of a failure.
    pub struct StatusCause("meta/v1", "StatusCause") {
        /// The cause in one word, such as `FieldValueInvalid`.
        pub reason: String = 1 "reason" omit,
        /// The cause, for a person to read.
        pub message: String = 2 "message" omit,
        /// The path of the field.
        pub field: String = 3 "field" omit,
    }
}

impl Eq for Status {}
impl Eq for StatusDetails {}
impl Eq for StatusCause {}

/// The reasons that API servers give, paired with the HTTP code each stands for.
pub mod reason {
    macro_rules! reasons {
        ($($(#[$doc:meta])* $name:ident = $word:literal, $code:literal;)*) => {
            $($(#[$doc])* pub const $name: &str = $word;)*

            /// The code that a known reason stands for.
            pub(crate) fn code(reason: &str) -> Option<u16> {
                match reason {
                    $($word => Some($code),)*
                    _ => None,
                }
            }
        };
    }

    reasons! {
        /// No or no valid credential.
        UNAUTHORIZED = "Unauthorized", 401;
        /// The caller may not do this.
        FORBIDDEN = "Forbidden", 403;
        /// No such object, or no such resource.
        NOT_FOUND = "NotFound", 404;
        /// An object of this name is there already.
        ALREADY_EXISTS = "AlreadyExists", 409;
        /// The object changed meanwhile, or a precondition does not hold.
        CONFLICT = "Conflict", 409;
        /// The thing is gone for good.
        GONE = "Gone", 410;
        /// The resource version or continue token is too old.
        EXPIRED = "Expired", 410;
        /// The object breaks a rule.
        INVALID = "Invalid", 422;
        /// The server could not do it in time, and did not do it.
        SERVER_TIMEOUT = "ServerTimeout", 500;
        /// The storage could not be read.
        STORAGE_READ_ERROR = "StorageReadError", 500;
        /// The request took too long.
        TIMEOUT = "Timeout", 504;
        /// The caller, or all callers, ask too much.
        TOO_MANY_REQUESTS = "TooManyRequests", 429;
        /// The request makes no sense.
        BAD_REQUEST = "BadRequest", 400;
        /// The resource does not know this verb.
        METHOD_NOT_ALLOWED = "MethodNotAllowed", 405;
        /// The server can't answer in the form asked for.
        NOT_ACCEPTABLE = "NotAcceptable", 406;
        /// The body is too large.
        REQUEST_ENTITY_TOO_LARGE = "RequestEntityTooLarge", 413;
        /// The server can't read the form of the body.
        UNSUPPORTED_MEDIA_TYPE = "UnsupportedMediaType", 415;
        /// Something broke in the server.
        INTERNAL_ERROR = "InternalError", 500;
        /// The server can't serve now.
        SERVICE_UNAVAILABLE = "ServiceUnavailable", 503;
    }
}

/// The cause by which a server says that the resource version lies in its future.
pub const RESOURCE_VERSION_TOO_LARGE: &str = "ResourceVersionTooLarge";

/// The words by which servers say it that know no such cause: of 1.17 and 1.18 as the message of a cause, older
/// ones within their own message.
const TOO_LARGE: &str = "Too large resource version";

/// How much of an answer that is not a `Status` is kept as the message of one (client-go's figure).
pub(crate) const KEPT_TEXT: usize = 2048;

/// How much of a message is shown: the longest that a server writes tells of each field that is wrong.
const SHOWN_TEXT: usize = 16 << 10;

impl Status {
    /// Whether the outcome has this reason.
    ///
    /// The reason decides where it is one of [`reason`]'s; where it is absent or unknown, the code does.
    pub fn is(&self, reason: &str) -> bool {
        if self.reason == reason {
            return true;
        }
        reason::code(&self.reason).is_none()
            && reason::code(reason).map(i32::from) == Some(self.code)
    }

    /// Whether the outcome has this very reason, whatever the code.
    pub fn has_reason(&self, reason: &str) -> bool {
        self.reason == reason
    }

    /// Whether one of the causes has this reason.
    pub fn has_cause(&self, reason: &str) -> bool {
        self.causes().iter().any(|cause| cause.reason == reason)
    }

    /// Whether the resource version lies in the server's future, in any of the three forms in which servers say so
    /// (client-go's reflector knows the same ones).
    ///
    /// # Example
    /// ```
    /// use kubeclient::meta::status::{Status, reason};
    ///
    /// let status = Status {
    ///     code: 504,
    ///     reason: reason::TIMEOUT.into(),
    ///     message: "Timeout: Too large resource version: 9, current: 5".into(),
    ///     ..Status::default()
    /// };
    /// assert!(status.is_resource_version_too_large());
    /// ```
    pub fn is_resource_version_too_large(&self) -> bool {
        let in_words = || {
            self.message.contains(TOO_LARGE)
                || self.causes().iter().any(|cause| cause.message == TOO_LARGE)
        };
        self.has_cause(RESOURCE_VERSION_TOO_LARGE) || (self.is(reason::TIMEOUT) && in_words())
    }

    /// The single causes.
    pub fn causes(&self) -> &[StatusCause] {
        self.details.as_ref().map_or(&[], |details| &details.causes)
    }

    /// Whether the request succeeded.
    pub fn is_success(&self) -> bool {
        self.status == "Success"
    }

    /// Makes the status that an answer without one stands for, as client-go does: the code gives the
    /// reason, the text (at most 2,048 bytes of it) the message.
    pub(crate) fn from_answer(code: u16, created: bool, text: &str) -> Self {
        let reason = match code {
            400 => reason::BAD_REQUEST,
            401 => reason::UNAUTHORIZED,
            403 => reason::FORBIDDEN,
            404 => reason::NOT_FOUND,
            405 => reason::METHOD_NOT_ALLOWED,
            406 => reason::NOT_ACCEPTABLE,
            409 if created => reason::ALREADY_EXISTS,
            409 => reason::CONFLICT,
            413 => reason::REQUEST_ENTITY_TOO_LARGE,
            415 => reason::UNSUPPORTED_MEDIA_TYPE,
            422 => reason::INVALID,
            429 => reason::TOO_MANY_REQUESTS,
            503 => reason::SERVICE_UNAVAILABLE,
            504 => reason::TIMEOUT,
            500.. => reason::INTERNAL_ERROR,
            // 410 could be either Gone or Expired: only the server knows which.
            _ => "",
        };
        Self {
            status: "Failure".into(),
            message: clip(text.trim(), KEPT_TEXT).into(),
            reason: reason.into(),
            code: code.into(),
            ..Self::default()
        }
    }
}

impl fmt::Display for Status {
    /// The message (or the reason, or the code), at most 16 KiB of it, with control characters made harmless.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.message.as_str(), self.reason.as_str()) {
            ("", "") => write!(f, "status {}", self.code),
            ("", reason) => write!(f, "{}", Shown(reason, SHOWN_TEXT)),
            (message, _) => write!(f, "{}", Shown(message, SHOWN_TEXT)),
        }
    }
}

/// Shows foreign text with its control and direction characters escaped, so that it can't act on a
/// terminal or a log.
pub(crate) struct Printable<'a>(pub(crate) &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shown(self.0, usize::MAX).fmt(f)
    }
}

/// The same, of which at most so many bytes are shown, counted as they are shown, and dots for the rest.
pub(crate) struct Shown<'a>(pub(crate) &'a str, pub(crate) usize);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text, most) = *self;
        let mut left = most;
        for c in text.chars() {
            let escaped = (c.is_control() || is_direction_mark(c)).then(|| c.escape_unicode());
            let bytes = match &escaped {
                _ if matches!(c, '\n' | '\t') => 1,
                Some(escaped) => escaped.len(),
                None => c.len_utf8(),
            };
            let Some(rest) = left.checked_sub(bytes) else { return f.write_str("...") };
            left = rest;
            match escaped {
                _ if matches!(c, '\n' | '\t') => f.write_str(" ")?,
                Some(escaped) => write!(f, "{escaped}")?,
                None => fmt::Write::write_char(f, c)?,
            }
        }
        Ok(())
    }
}

/// What turns the text that follows around, or ends a line without being a control character.
fn is_direction_mark(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// The longest prefix of at most so many bytes that ends between characters.
pub(crate) fn clip(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: i32, reason: &str) -> Status {
        Status { code, reason: reason.into(), ..Status::default() }
    }

    /// Fidelity 17.
    #[test]
    fn a_known_reason_decides_and_else_the_code() {
        assert!(status(404, "").is(reason::NOT_FOUND));
        assert!(status(404, "Mislaid").is(reason::NOT_FOUND));
        assert_eq!(status(404, "Mislaid").reason, "Mislaid");
        assert!(!status(404, "Expired").is(reason::NOT_FOUND));
        assert!(status(404, "Expired").is(reason::EXPIRED));
        assert!(status(500, "NotFound").is(reason::NOT_FOUND));
        assert!(!status(410, "").has_reason(reason::EXPIRED));
    }

    /// Fidelity 15.
    #[test]
    fn a_conflict_without_a_status_is_told_apart_by_the_verb() {
        assert!(Status::from_answer(409, true, "").is(reason::ALREADY_EXISTS));
        assert!(Status::from_answer(409, false, "").is(reason::CONFLICT));
    }

    /// Fidelity 14, 16.
    #[test]
    fn an_answer_without_a_status_keeps_at_most_2048_bytes() {
        let not_found = Status::from_answer(404, false, "404 page not found\n");
        assert!(not_found.is(reason::NOT_FOUND));
        assert_eq!(not_found.message, "404 page not found");

        let page = "é".repeat(1 << 20);
        let internal = Status::from_answer(500, false, &page);
        assert!(internal.is(reason::INTERNAL_ERROR));
        assert_eq!(internal.message.len(), 2048);
    }

    #[test]
    fn a_version_of_the_future_is_said_in_three_forms() {
        let says = |reason: &str, message: &str, cause: StatusCause| {
            let details = StatusDetails { causes: vec![cause], ..StatusDetails::default() };
            let (message, details) = (message.into(), Some(details.into()));
            Status { message, details, ..status(504, reason) }.is_resource_version_too_large()
        };
        let cause = |reason: &str, message: &str| StatusCause {
            reason: reason.into(),
            message: message.into(),
            ..StatusCause::default()
        };
        assert!(says("Timeout", "", cause(RESOURCE_VERSION_TOO_LARGE, "")));
        assert!(says("Timeout", "", cause("", "Too large resource version")));
        assert!(says("", "", cause("", "Too large resource version")));
        let old = "Timeout: Too large resource version: 9, current: 5";
        assert!(says("Timeout", old, cause("", "")));
        assert!(!says("InternalError", old, cause("", "Too large resource version")));
        assert!(!says("Timeout", "etcd is slow", cause("", "Too large resource versions")));
    }

    #[test]
    fn foreign_text_is_shown_without_its_control_characters() {
        let shown = Status { message: "a\u{1b}[31mb\nc\u{202e}".into(), ..Status::default() };
        assert_eq!(shown.to_string(), "a\\u{1b}[31mb c\\u{202e}");
    }

    #[test]
    fn an_unknown_shape_of_details_still_decodes() {
        let text = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"m","reason":"Odd","details":{"causes":null,"x":1},"code":499}"#;
        let status: Status = serde_json::from_str(text).unwrap();
        assert_eq!((status.code, status.reason.as_str()), (499, "Odd"));
        assert!(status.causes().is_empty());
    }
}
