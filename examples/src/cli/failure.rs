//! [`Failure`]: why a program ends early, in kubectl's words.

use std::error::Error as _;
use std::fmt;
use std::io;

use kubeclient::{Error, ErrorKind};

use super::words::printable;

/// Why a program ends early. Shown, it is what stands on standard error, with its line breaks.
#[derive(Debug)]
pub struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// A failure that this says after `error: `.
    pub fn new(message: impl fmt::Display) -> Self {
        Self::verbatim(format!("error: {message}\n"))
    }

    /// A failure that this text alone says, line breaks and all; an empty one says nothing.
    pub fn verbatim(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }

    /// The same, with another exit code. `diff` ends with 1 for differences, and with more for failures.
    #[must_use]
    pub fn with_code(self, code: u8) -> Self {
        Self { code, ..self }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Error> for Failure {
    /// As kubectl says it: what the server answered with its reason, what is refused before anything is sent
    /// as it is, and a connection that was not made with the server's name.
    fn from(error: Error) -> Self {
        if let Some(status) = error.status() {
            let message = printable(&status.message);
            return Self::verbatim(match printable(&status.reason).as_str() {
                "Unauthorized" => {
                    format!("error: You must be logged in to the server ({message})\n")
                }
                "" => format!("Error from server: {message}\n"),
                reason => format!("Error from server ({reason}): {message}\n"),
            });
        }
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        match error.kind() {
            ErrorKind::Connect | ErrorKind::Tls | ErrorKind::Timeout => {
                Self::verbatim(format!("Unable to connect to the server: {text}\n"))
            }
            _ => Self::new(text),
        }
    }
}

impl From<io::Error> for Failure {
    /// Whoever reads the output may stop, as `head` does; that is nothing to speak of.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::verbatim(""),
            _ => Self::new(error),
        }
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::new(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubeclient::{Config, Request, RestClient};

    #[test]
    fn failures_are_said_as_kubectl_says_them() {
        let server = kubeclient_fake::FakeServer::start().unwrap();
        let client = RestClient::new(Config::new(server.url())).unwrap();
        let error = client.send(&Request::get("/api/v1/namespaces/nope")).unwrap_err();
        let failure = Failure::from(error);
        assert_eq!(
            failure.to_string(),
            "Error from server (NotFound): namespaces \"nope\" not found\n"
        );
        assert_eq!((failure.code(), failure.with_code(3).code()), (1, 3));
        assert_eq!(Failure::new("no").to_string(), "error: no\n");
        let raw = "\u{1b}]0;x\u{7}";
        let _fault = server.inject(kubeclient_fake::Fault::status(400, raw, raw).once());
        let failure = Failure::from(client.send(&Request::get("/api")).unwrap_err());
        let shown = "\\u{1b}]0;x\\u{7}";
        assert_eq!(failure.to_string(), format!("Error from server ({shown}): {shown}\n"));
        drop(server);
        let failure = Failure::from(client.send(&Request::get("/api")).unwrap_err());
        assert!(failure.to_string().starts_with("Unable to connect to the server: "), "{failure}");
        let closed: Failure = io::Error::from(io::ErrorKind::BrokenPipe).into();
        assert_eq!(closed.to_string(), "");
    }
}
