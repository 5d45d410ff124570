//! [`LogParams`]: which part of a container's log is read, and how.

use crate::error::Error;
use crate::meta::time::Time;
use crate::rest::Request;

/// Which part of a container's log is read, and how. By default all of the current run of the only container.
///
/// ```
/// use kubeclient::LogParams;
///
/// let params = LogParams::default().container("app").tail(100).timestamps();
/// assert_eq!(params.tail_lines, Some(100));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogParams {
    /// The container; absent for the only one: of a pod that has more, the server refuses it.
    pub container: Option<String>,
    /// Whether the log goes on with what is written from now on.
    pub follow: bool,
    /// Whether the log is that of the container's last run, which ended.
    pub previous: bool,
    /// Only what was written in the last so many seconds.
    pub since_seconds: Option<u64>,
    /// Only what was written since then, to the second.
    pub since_time: Option<Time>,
    /// Whether each line begins with the time at which it was written.
    pub timestamps: bool,
    /// Only so many lines from the end; 0 for none but those that are written from now on.
    pub tail_lines: Option<u64>,
    /// At most so many bytes; the last line may be cut.
    pub limit_bytes: Option<u64>,
    /// Whether the API server takes the node's certificate as it is, whoever signed it.
    pub insecure_skip_tls_verify_backend: bool,
    /// Which of the container's streams; absent for both, which every server knows.
    pub stream: Option<LogSource>,
}

/// Which of a container's streams a log holds. Servers may not know it yet, and refuse it then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogSource {
    /// Both.
    All,
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl LogParams {
    /// The log of this container.
    #[must_use]
    pub fn container(mut self, name: impl Into<String>) -> Self {
        self.container = Some(name.into());
        self
    }

    /// Goes on with what is written from now on.
    #[must_use]
    pub fn follow(mut self) -> Self {
        self.follow = true;
        self
    }

    /// The log of the container's last run, which ended.
    #[must_use]
    pub fn previous(mut self) -> Self {
        self.previous = true;
        self
    }

    /// Only what was written in the last so many seconds, at least 1.
    #[must_use]
    pub fn since_seconds(mut self, seconds: u64) -> Self {
        self.since_seconds = Some(seconds);
        self
    }

    /// Only what was written since then, to the second.
    #[must_use]
    pub fn since_time(mut self, time: Time) -> Self {
        self.since_time = Some(time);
        self
    }

    /// Begins each line with the time at which it was written.
    #[must_use]
    pub fn timestamps(mut self) -> Self {
        self.timestamps = true;
        self
    }

    /// Only so many lines from the end.
    #[must_use]
    pub fn tail(mut self, lines: u64) -> Self {
        self.tail_lines = Some(lines);
        self
    }

    /// At most so many bytes, at least 1.
    #[must_use]
    pub fn limit_bytes(mut self, bytes: u64) -> Self {
        self.limit_bytes = Some(bytes);
        self
    }

    /// The API server takes the node's certificate as it is, whoever signed it.
    #[must_use]
    pub fn insecure_skip_tls_verify_backend(mut self) -> Self {
        self.insecure_skip_tls_verify_backend = true;
        self
    }

    /// Only what the container wrote to this stream.
    #[must_use]
    pub fn stream(mut self, source: LogSource) -> Self {
        self.stream = Some(source);
        self
    }

    pub(crate) fn request(&self, mut request: Request) -> Result<Request, Error> {
        let Self { container, follow, previous, since_seconds, since_time, .. } = self;
        let Self { timestamps, tail_lines, limit_bytes, stream, .. } = self;
        if since_seconds.is_some() && since_time.is_some() {
            return Err(Error::invalid(
                "log: `since_seconds` and `since_time` exclude each other: leave one out",
            ));
        }
        if tail_lines.is_some() && !matches!(stream, None | Some(LogSource::All)) {
            return Err(Error::invalid(
                "log: `tail_lines` counts the lines of both streams: leave it or `stream` out",
            ));
        }
        let numbers = [
            ("sinceSeconds", since_seconds, 1),
            ("tailLines", tail_lines, 0),
            ("limitBytes", limit_bytes, 1),
        ];
        if let Some(container) = container {
            request = request.query("container", container);
        }
        for (name, number, least) in numbers {
            let Some(number) = *number else { continue };
            // The server reads it as a signed number.
            if number < least || i64::try_from(number).is_err() {
                return Err(Error::invalid(format!(
                    "log: {name} is {number}: expected {least} to {}",
                    i64::MAX
                )));
            }
            request = request.query(name, number.to_string());
        }
        if let Some(time) = since_time {
            request = request.query("sinceTime", time.to_string());
        }
        if let Some(source) = stream {
            request = request.query("stream", source.text());
        }
        let switches = [
            ("follow", *follow),
            ("previous", *previous),
            ("timestamps", *timestamps),
            ("insecureSkipTLSVerifyBackend", self.insecure_skip_tls_verify_backend),
        ];
        for (name, _) in switches.into_iter().filter(|(_, is_on)| *is_on) {
            request = request.query(name, "true");
        }
        Ok(request)
    }
}

impl LogSource {
    fn text(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Stdout => "Stdout",
            Self::Stderr => "Stderr",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(params: LogParams, expected: Result<&str, &str>) {
        let found = params.request(Request::get("/x")).and_then(|request| request.build());
        match expected {
            Ok(query) => assert_eq!(found.unwrap().uri(), &*format!("/x{query}")),
            Err(part) => {
                let message = found.unwrap_err().to_string();
                assert!(message.contains(part), "{message}");
            }
        }
    }

    /// Fidelity 53.
    #[test]
    fn the_query_has_exactly_the_fields_that_are_set() {
        let params = LogParams::default;
        check(params(), Ok(""));
        check(params().container("a&b"), Ok("?container=a%26b"));
        check(params().follow().tail(0), Ok("?tailLines=0&follow=true"));
        check(params().since_seconds(1).limit_bytes(1), Ok("?sinceSeconds=1&limitBytes=1"));
        let time: Time = "2026-01-02T05:04:05.9+02:00".parse().unwrap();
        check(params().since_time(time), Ok("?sinceTime=2026-01-02T03%3A04%3A05Z"));
        check(params().stream(LogSource::All).tail(3), Ok("?tailLines=3&stream=All"));
        check(params().stream(LogSource::Stderr), Ok("?stream=Stderr"));
        check(
            params().insecure_skip_tls_verify_backend().previous().timestamps(),
            Ok("?previous=true&timestamps=true&insecureSkipTLSVerifyBackend=true"),
        );
    }

    #[test]
    fn what_the_server_would_refuse_is_refused() {
        let params = LogParams::default;
        check(params().since_seconds(1).since_time(Time::now()), Err("exclude each other"));
        check(params().tail(1).stream(LogSource::Stdout), Err("`tail_lines`"));
        check(params().since_seconds(0), Err("sinceSeconds is 0: expected 1 to"));
        check(params().limit_bytes(0), Err("limitBytes is 0: expected 1 to"));
        check(params().tail(u64::MAX), Err("tailLines is 18446744073709551615: expected 0 to"));
    }
}
