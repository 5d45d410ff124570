//! [`LogLines`]: a container's log, line by line as it comes.

use crate::api::params::LogParams;
use crate::error::{Error, ErrorKind};
use crate::rest::ByteStream;
use crate::rest::lines::{LineError, Lines};
use crate::stop::Stop;

/// The lines of a container's log, without their line feeds, as they come.
///
/// It ends where the log does, and when it is stopped; a last line without a line feed is a line like the
/// others. Nothing gets lost unsaid: a connection that breaks is an `Err`, the last item; a line that is not
/// UTF-8 is one too, with further lines behind it ([`LogLines::next_bytes`] takes lines as they are). What
/// stands of an unfinished line when the log is stopped or breaks off is not given.
///
/// # Blocking
/// Each line waits for the container to write it, for as long as that takes; [`LogLines::stopper`] ends the
/// wait from another thread, dropping the iterator closes the connection.
pub struct LogLines {
    lines: Lines<ByteStream>,
    stop: Stop,
    /// Whether the server may cut the last line.
    is_limited: bool,
    is_over: bool,
}

impl LogLines {
    pub(super) fn new(stream: ByteStream, limit: usize, params: &LogParams) -> Self {
        let (stop, is_limited) = (stream.stopper(), params.limit_bytes.is_some());
        Self { stop, lines: Lines::new(stream, limit), is_limited, is_over: false }
    }

    /// The token that ends the log, and a wait for its next line.
    pub fn stopper(&self) -> Stop {
        self.stop.clone()
    }

    /// The next line as the bytes that the container wrote; `None` at the end. No line is copied.
    ///
    /// # Errors
    /// [`TooLarge`](ErrorKind::TooLarge): the line is longer than
    /// [`Limits::log_line`](crate::config::Limits::log_line). [`Connection`](ErrorKind::Connection): it broke.
    /// Either is the last item.
    ///
    /// # Blocking
    /// As the iterator.
    pub fn next_bytes(&mut self) -> Option<Result<&[u8], Error>> {
        match self.advance() {
            Ok(true) => Some(Ok(self.lines.line())),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }

    /// Finds the next line; whether there is one.
    fn advance(&mut self) -> Result<bool, Error> {
        // Asked before each line: many may have come in one piece.
        if self.is_over || self.stop.is_stopped() {
            self.is_over = true;
            return Ok(false);
        }
        let error = match self.lines.advance() {
            Ok(true) => return Ok(true),
            Ok(false) => {
                self.is_over = true;
                return Ok(self.lines.take_rest());
            }
            Err(LineError::TooLong(error)) => self.lines.get_ref().describe(error),
            Err(LineError::Read(error)) => match error.downcast::<Error>() {
                Ok(error) => error,
                Err(error) => self.lines.get_ref().explain(error),
            },
        };
        self.is_over = true;
        if error.is_stopped() { Ok(false) } else { Err(error) }
    }
}

impl Iterator for LogLines {
    type Item = Result<String, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = match self.next_bytes()? {
            Ok(line) => line.to_vec(),
            Err(error) => return Some(Err(error)),
        };
        // The one after which it is over is what stood behind the last line feed.
        Some(text(line, self.is_limited && self.is_over).map_err(|at| {
            let message = format!(
                "a line of the log is not UTF-8 at byte {at}: `LogLines::next_bytes` reads such lines"
            );
            self.lines.get_ref().describe(Error::new(ErrorKind::Decode, message))
        }))
    }
}

impl std::fmt::Debug for LogLines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogLines").field("stream", self.lines.get_ref()).finish_non_exhaustive()
    }
}

/// The bytes as text; of a log that was cut, without a last character that it was cut within. Otherwise
/// where the bytes are none.
pub(super) fn text(mut bytes: Vec<u8>, is_cut: bool) -> Result<String, usize> {
    if is_cut
        && let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        bytes.truncate(error.valid_up_to());
    }
    String::from_utf8(bytes).map_err(|error| error.utf8_error().valid_up_to())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_limit_cut_is_left_out() {
        let cut = "aé".as_bytes()[..2].to_vec();
        assert_eq!(text(cut.clone(), true).as_deref(), Ok("a"));
        assert_eq!(text(cut, false), Err(1));
        assert_eq!(text(b"a\xffb".to_vec(), true), Err(1));
        assert_eq!(text(b"ab\r".to_vec(), true).as_deref(), Ok("ab\r"));
    }
}
