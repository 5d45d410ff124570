//! Whether a failed attempt is made again, and when. Pure: the client does the waiting.

use std::time::Duration;

use http::{HeaderMap, Method, header::RETRY_AFTER};

use super::request::Retry;
use crate::error::{Error, ErrorKind};

/// How often a request is sent again at most (client-go's figure).
pub(crate) const MOST_RETRIES: u32 = 10;

/// The longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The wait after a broken connection (client-go's figure).
const AFTER_BROKEN_CONNECTION: Duration = Duration::from_secs(1);

/// What a failed attempt was, as far as it matters here.
pub(crate) struct Failed<'a> {
    pub(crate) method: &'a Method,
    pub(crate) error: &'a Error,
    /// The code of the answer, which a `Status` in it may contradict.
    pub(crate) code: Option<u16>,
    /// `Retry-After` as seconds; a date gives none.
    pub(crate) retry_after_seconds: Option<u64>,
}

/// What to do after the attempt with this number, the first being 0.
pub(crate) fn decide(policy: Retry, attempt: u32, failed: &Failed<'_>) -> Option<Duration> {
    if policy == Retry::Never || attempt >= MOST_RETRIES {
        return None;
    }
    match failed.error.kind() {
        ErrorKind::Api => after_answer(failed),
        ErrorKind::Connection if *failed.method == Method::GET => Some(AFTER_BROKEN_CONNECTION),
        _ => None,
    }
}

fn after_answer(failed: &Failed<'_>) -> Option<Duration> {
    let status = failed.error.status()?;
    if status.is_resource_version_too_large() {
        // Waiting for the server to catch up is the caller's choice; client-go hides it for 43 s.
        return None;
    }
    match failed.code {
        Some(429 | 500..) => {
            let seconds = failed.retry_after_seconds?;
            Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
        }
        _ => None,
    }
}

/// The header as a number of seconds; `None` for a date, a sign, a fraction or nothing.
pub(crate) fn retry_after_seconds(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // More digits than a number holds are a very long time all the same.
    Some(text.parse().unwrap_or(u64::MAX))
}

/// The header as a wait, a date counted from now.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    if let Some(seconds) = retry_after_seconds(headers) {
        return Some(Duration::from_secs(seconds));
    }
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    let wait = date.duration_since(jiff::Timestamp::now());
    Some(wait.try_into().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::status::{RESOURCE_VERSION_TOO_LARGE, Status, StatusCause, StatusDetails};

    fn headers(value: &str) -> HeaderMap {
        [(RETRY_AFTER, value.parse().unwrap())].into_iter().collect()
    }

    #[track_caller]
    fn check(method: Method, code: u16, retry_after: &str, again: Option<u64>) {
        let error = Error::api(Status { code: code.into(), ..Status::default() }, None);
        let retry_after_seconds = retry_after_seconds(&headers(retry_after));
        let failed =
            Failed { method: &method, error: &error, code: Some(code), retry_after_seconds };
        let wait = decide(Retry::Default, 0, &failed);
        assert_eq!(wait, again.map(Duration::from_secs), "{method} {code} {retry_after:?}");
        assert_eq!(decide(Retry::Never, 0, &failed), None);
        assert_eq!(decide(Retry::Default, MOST_RETRIES, &failed), None);
    }

    /// Fidelity 7, 8.
    #[test]
    fn an_answer_is_retried_when_it_says_after_how_many_seconds() {
        check(Method::GET, 429, "0", Some(0));
        check(Method::POST, 500, "3", Some(3));
        check(Method::DELETE, 503, "1000000000", Some(60));
        check(Method::GET, 503, "99999999999999999999999", Some(60));
        check(Method::PATCH, 429, "0061", Some(60));
        // Dates in the three forms of HTTP, past and future.
        check(Method::GET, 503, "Wed, 21 Oct 2015 07:28:00 GMT", None);
        check(Method::GET, 429, "Fri, 31 Dec 9999 23:59:59 GMT", None);
        check(Method::GET, 503, "Wednesday, 21-Oct-26 07:28:00 GMT", None);
        check(Method::GET, 503, "Wed Oct 21 07:28:00 2026", None);
        check(Method::GET, 503, "", None);
        check(Method::GET, 503, "-5", None);
        check(Method::GET, 503, "+5", None);
        check(Method::GET, 503, "1.5", None);
        check(Method::GET, 503, "1e3", None);
        check(Method::GET, 409, "0", None);
        check(Method::GET, 404, "0", None);
    }

    /// Fidelity 9.
    #[test]
    fn a_broken_connection_is_retried_for_get() {
        let error = Error::new(ErrorKind::Connection, "cut");
        let wait = |method| {
            let failed =
                Failed { method: &method, error: &error, code: None, retry_after_seconds: None };
            decide(Retry::Default, 9, &failed)
        };
        assert_eq!(wait(Method::GET), Some(Duration::from_secs(1)));
        assert_eq!(wait(Method::POST), None);
    }

    /// Fidelity 10.
    #[test]
    fn a_resource_version_of_the_future_is_not_waited_for() {
        let cause =
            StatusCause { reason: RESOURCE_VERSION_TOO_LARGE.into(), ..StatusCause::default() };
        let details = StatusDetails { causes: vec![cause], ..StatusDetails::default() };
        let status = Status { code: 504, details: Some(details.into()), ..Status::default() };
        let error = Error::api(status, None);
        let failed = Failed {
            method: &Method::GET,
            error: &error,
            code: Some(504),
            retry_after_seconds: Some(1),
        };
        assert_eq!(decide(Retry::Default, 0, &failed), None);
    }

    #[test]
    fn a_date_is_told_to_the_caller() {
        let past = retry_after(&headers("Wed, 21 Oct 2015 07:28:00 GMT"));
        assert_eq!(past, Some(Duration::ZERO));
        let future = retry_after(&headers("Wed, 21 Oct 2105 07:28:00 GMT"));
        assert!(future.unwrap() > Duration::from_secs(3600));
        let last = retry_after(&headers("Thu, 31 Dec 9998 23:59:59 GMT"));
        assert!(last.unwrap() > Duration::from_secs(7_000 * 365 * 86_400));
        assert_eq!(
            retry_after(&headers("9".repeat(40).as_str())),
            Some(Duration::from_secs(u64::MAX))
        );
        assert_eq!(retry_after(&headers("soon")), None);
    }
}
