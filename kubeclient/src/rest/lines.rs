//! [`Lines`]: a stream cut into lines or frames, each bounded. For watches and logs.

use std::io::{self, Read};
use std::ops::Range;

use crate::error::{Error, ErrorKind};

/// What a read asks for at least.
const CHUNK: usize = 32 << 10;

/// Cuts a stream into lines, or into frames of a length that stands before each, in one buffer that is used
/// again and again.
pub(crate) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    /// What was read is `buffer[start..filled]`; up to `searched` it holds no line feed.
    start: usize,
    searched: usize,
    filled: usize,
    /// The line that was found last.
    line: Range<usize>,
    limit: usize,
}

/// Why there is no further line.
pub(crate) enum LineError {
    /// The stream broke.
    Read(io::Error),
    /// The line is longer than the limit.
    TooLong(Error),
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(reader: R, limit: usize) -> Self {
        Self { reader, buffer: Vec::new(), start: 0, searched: 0, filled: 0, line: 0..0, limit }
    }

    pub(crate) fn get_ref(&self) -> &R {
        &self.reader
    }

    /// How long a line or frame may be.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// The next line without its line feed; `None` at the end of the stream. What follows the last line
    /// feed is no line: the connection was cut in the middle of it.
    pub(crate) fn next_line(&mut self) -> Result<Option<&[u8]>, LineError> {
        Ok(self.advance()?.then(|| self.line()))
    }

    /// The line that was found last.
    pub(crate) fn line(&self) -> &[u8] {
        &self.buffer[self.line.clone()]
    }

    /// Takes what follows the last line feed for a line; whether there is any.
    pub(crate) fn take_rest(&mut self) -> bool {
        self.line = self.start..self.filled;
        self.start = self.filled;
        !self.line.is_empty()
    }

    /// Finds the next line; whether there is one.
    pub(crate) fn advance(&mut self) -> Result<bool, LineError> {
        loop {
            let unsearched = &self.buffer[self.searched..self.filled];
            if let Some(at) = memchr::memchr(b'\n', unsearched) {
                let (start, end) = (self.start, self.searched + at);
                if end - start > self.limit {
                    return Err(self.too_long());
                }
                self.start = end + 1;
                self.searched = self.start;
                self.line = start..end;
                return Ok(true);
            }
            self.searched = self.filled;
            if self.filled - self.start > self.limit {
                return Err(self.too_long());
            }
            if self.fill().map_err(LineError::Read)? == 0 {
                return Ok(false);
            }
        }
    }

    /// The next frame: a length in four bytes, the highest first, and so many bytes. `None` at the end of
    /// the stream, also where that is in the middle of a frame: the connection was cut.
    #[cfg(feature = "protobuf")]
    pub(crate) fn next_frame(&mut self) -> Result<Option<&[u8]>, LineError> {
        loop {
            let unread = &self.buffer[self.start..self.filled];
            if let Some((length, rest)) = unread.split_first_chunk() {
                let length = u32::from_be_bytes(*length) as usize;
                if length > self.limit {
                    return Err(self.too_long());
                }
                if rest.len() >= length {
                    let start = self.start + 4;
                    self.start = start + length;
                    self.searched = self.start;
                    return Ok(Some(&self.buffer[start..start + length]));
                }
            }
            self.searched = self.filled;
            if self.fill().map_err(LineError::Read)? == 0 {
                return Ok(None);
            }
        }
    }

    /// Whether what comes next is a frame: a text of JSON begins otherwise than a length that is allowed.
    #[cfg(feature = "protobuf")]
    pub(crate) fn begins_a_frame(&mut self) -> Result<bool, LineError> {
        while self.start == self.filled {
            if self.fill().map_err(LineError::Read)? == 0 {
                return Ok(false);
            }
        }
        Ok(!matches!(self.buffer[self.start], b'{' | b'\n' | b'\r' | b' ' | b'\t'))
    }

    fn too_long(&self) -> LineError {
        let message = format!("a line or frame of the answer is longer than {} bytes", self.limit);
        LineError::TooLong(Error::new(ErrorKind::TooLarge, message))
    }

    /// Reads more, after moving an unfinished line to the front.
    fn fill(&mut self) -> io::Result<usize> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.filled, 0);
            self.filled -= self.start;
            self.searched -= self.start;
            self.start = 0;
        }
        if self.buffer.len() - self.filled < CHUNK {
            let most = self.limit.saturating_add(CHUNK);
            let len = (self.filled * 2).min(most).max(self.filled + CHUNK);
            self.buffer.resize(len, 0);
        }
        let read = loop {
            match self.reader.read(&mut self.buffer[self.filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.filled += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::Damage;

    /// Gives a text in pieces of one size.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let len = self.0.len().min(self.1).min(buffer.len());
            buffer[..len].copy_from_slice(&self.0[..len]);
            self.0 = &self.0[len..];
            Ok(len)
        }
    }

    /// Fidelity 74.
    #[test]
    fn lines_are_the_same_however_they_come_and_a_cut_one_is_none() {
        let text = b"one\r\n\ntwo is longer\nthree";
        for size in 1..=text.len() {
            let mut lines = Lines::new(Pieces(text, size), 100);
            let mut found = Vec::new();
            while let Ok(Some(line)) = lines.next_line() {
                found.push(String::from_utf8(line.to_vec()).unwrap());
            }
            assert_eq!(found, ["one\r", "", "two is longer"], "pieces of {size}");
            assert!(lines.take_rest());
            assert_eq!(lines.line(), b"three");
            assert!(!lines.take_rest());
        }
    }

    /// Fidelity 74.
    #[cfg(feature = "protobuf")]
    #[test]
    fn frames_are_the_same_however_they_come_and_a_cut_one_is_none() {
        let bytes = b"\0\0\0\x03one\0\0\0\0\0\0\0\x0dtwo is longer\0\0\0\x05three"[..].to_vec();
        for cut in 0..=4 {
            let bytes = &bytes[..bytes.len() - cut];
            for size in 1..=bytes.len() {
                let mut frames = Lines::new(Pieces(bytes, size), 100);
                let mut found = Vec::new();
                while let Ok(Some(frame)) = frames.next_frame() {
                    found.push(String::from_utf8(frame.to_vec()).unwrap());
                }
                let all = ["one", "", "two is longer", "three"];
                assert_eq!(found, all[..if cut == 0 { 4 } else { 3 }], "pieces of {size}");
            }
        }
        let mut long = Lines::new(Pieces(b"\0\0\0\x65", 4), 100);
        assert!(matches!(long.next_frame(), Err(LineError::TooLong(_))));
    }

    /// Nothing is made of what a frame claims.
    #[cfg(feature = "protobuf")]
    #[test]
    fn a_frame_that_claims_gigabytes_takes_no_memory() {
        for length in [u32::MAX, 1 << 31, (1 << 31) - 1, i32::MIN as u32, (16 << 20) + 1] {
            let claim = length.to_be_bytes();
            let mut frames = Lines::new((&claim[..]).chain(io::repeat(b'x')), 16 << 20);
            assert!(matches!(frames.next_frame(), Err(LineError::TooLong(_))), "{length}");
            assert!(frames.buffer.capacity() < 1 << 20, "{} bytes", frames.buffer.capacity());
        }
        // One that may be so long gets memory as it comes, too.
        let claim = (16_u32 << 20).to_be_bytes();
        let mut frames = Lines::new((&claim[..]).chain(&b"and no more"[..]), 16 << 20);
        assert!(matches!(frames.next_frame(), Ok(None)));
        assert!(frames.buffer.capacity() < 1 << 20, "{} bytes", frames.buffer.capacity());
    }

    #[test]
    fn an_endless_line_is_an_error_that_holds_little() {
        let mut lines = Lines::new(io::repeat(b'x'), 1 << 20);
        assert!(matches!(lines.next_line(), Err(LineError::TooLong(_))));
        assert!(lines.buffer.len() <= (1 << 20) + 2 * CHUNK, "{}", lines.buffer.len());
    }

    #[test]
    fn a_damaged_stream_is_cut_into_the_same_lines_and_frames_however_it_comes() {
        const LIMIT: usize = 300;
        const EXAMPLES: &[&[u8]] =
            &[b"one\ntwo\r\n\nfour", b"\x00\x00\x00\x03abc\x00\x00\x00\x00\x00\x00\x00\x01x"];
        fn all(stream: &[u8], size: usize, frames: bool) -> Vec<Result<Vec<u8>, String>> {
            let mut lines = Lines::new(Pieces(stream, size), LIMIT);
            let mut found = Vec::new();
            loop {
                let next = match frames {
                    #[cfg(feature = "protobuf")]
                    true => lines.next_frame(),
                    _ => lines.next_line(),
                };
                match next {
                    Ok(Some(line)) => {
                        assert!(line.len() <= LIMIT);
                        found.push(Ok(line.to_vec()));
                    }
                    Ok(None) => return found,
                    Err(LineError::TooLong(error)) => {
                        found.push(Err(error.to_string()));
                        return found;
                    }
                    Err(LineError::Read(error)) => {
                        found.push(Err(error.to_string()));
                        return found;
                    }
                }
            }
        }
        bolero::check!().with_type::<(Damage, u8)>().for_each(|(damage, size): &(Damage, u8)| {
            let stream = damage.of(EXAMPLES);
            for frames in [false, cfg!(feature = "protobuf")] {
                let whole = all(&stream, usize::MAX, frames);
                assert_eq!(all(&stream, 1 + usize::from(*size), frames), whole);
            }
            let lines = all(&stream, usize::MAX, false);
            let expected = stream.split(|byte| *byte == b'\n');
            for (line, expected) in lines.iter().flatten().zip(expected) {
                assert_eq!(line, expected);
            }
        });
    }
}
