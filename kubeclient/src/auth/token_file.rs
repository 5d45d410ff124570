//! [`TokenFile`]: a bearer token in a file that somebody else rotates.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use http::HeaderValue;

use super::bearer;
use crate::config::{Secret, file};
use crate::error::{Error, ErrorKind};
use crate::sync::lock;

/// How long a token that was read is used before the file is looked at again: client-go's minute, less
/// its leeway.
const FRESH: Duration = Duration::from_secs(50);

/// A token file and what was last read of it.
pub(crate) struct TokenFile {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    header: Option<HeaderValue>,
    read_at: Option<Instant>,
}

impl TokenFile {
    /// A file, and the token to use until it could be read once.
    pub(crate) fn new(path: PathBuf, fallback: Option<&Secret>) -> Result<Self, Error> {
        let header = fallback.map(|token| bearer("token", token.expose())).transpose()?;
        Ok(Self { path, state: Mutex::new(State { header, read_at: None }) })
    }

    /// The header to send. A file that can't be read any more leaves the last token in use.
    pub(crate) fn header(&self) -> Result<HeaderValue, Error> {
        self.header_at(Instant::now())
    }

    fn header_at(&self, now: Instant) -> Result<HeaderValue, Error> {
        if let Some(fresh) = self.fresh(now) {
            return Ok(fresh);
        }
        self.read(now)
    }

    /// Reads the file now; whether it holds another token than the one that was refused.
    ///
    /// What another thread has read meanwhile counts too.
    pub(crate) fn read_again(&self, refused: Option<&HeaderValue>) -> bool {
        self.read(Instant::now()).is_ok_and(|header| Some(&header) != refused)
    }

    fn fresh(&self, now: Instant) -> Option<HeaderValue> {
        let state = lock(&self.state);
        let age = now.saturating_duration_since(state.read_at?);
        state.header.clone().filter(|_| age < FRESH)
    }

    /// Reads the file, without the lock: files may hang.
    fn read(&self, now: Instant) -> Result<HeaderValue, Error> {
        let read = self.token();
        let mut state = lock(&self.state);
        match (read, &state.header) {
            (Ok(header), _) => {
                *state = State { header: Some(header.clone()), read_at: Some(now) };
                Ok(header)
            }
            (Err(error), None) => Err(error),
            (Err(error), Some(last)) => {
                log::warn!("{error}; the last token stays in use");
                let last = last.clone();
                state.read_at = Some(now);
                Ok(last)
            }
        }
    }

    fn token(&self) -> Result<HeaderValue, Error> {
        let place = format!("token file {}", self.path.display());
        let failed = |message: &str| Error::new(ErrorKind::Auth, format!("{place}: {message}"));
        let text =
            file::read(&self.path).map_err(|unread| unread.into_error(ErrorKind::Auth, &place))?;
        let text = std::str::from_utf8(&text).map_err(|_| failed("expected text in UTF-8"))?;
        if text.trim().is_empty() {
            return Err(failed("it is empty"));
        }
        bearer(&place, text)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Fidelity 18.
    #[test]
    fn a_rotated_token_is_used_within_a_minute_and_a_lost_file_keeps_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "one\n").unwrap();
        let file = TokenFile::new(path.clone(), None).unwrap();
        let start = Instant::now();
        assert_eq!(file.header_at(start).unwrap(), "Bearer one");
        fs::write(&path, "two").unwrap();
        assert_eq!(file.header_at(start + Duration::from_secs(49)).unwrap(), "Bearer one");
        assert_eq!(file.header_at(start + Duration::from_secs(60)).unwrap(), "Bearer two");
        fs::remove_file(&path).unwrap();
        assert_eq!(file.header_at(start + Duration::from_secs(200)).unwrap(), "Bearer two");
        let two = HeaderValue::from_static("Bearer two");
        assert!(!file.read_again(Some(&two)));
        fs::write(&path, "three").unwrap();
        // Two requests were refused with the old token: the second one hears of the new one too.
        assert!(file.read_again(Some(&two)));
        assert!(file.read_again(Some(&two)));
        assert!(!file.read_again(Some(&HeaderValue::from_static("Bearer three"))));
        assert_eq!(file.header_at(start).unwrap(), "Bearer three");
    }

    /// As by programs that write in place: a moment in which there is none of a file, nothing in it, or half.
    #[test]
    fn a_file_that_is_being_written_leaves_the_last_token_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "t0").unwrap();
        let file = TokenFile::new(path.clone(), None).unwrap();
        let mut now = Instant::now();
        assert_eq!(file.header_at(now).unwrap(), "Bearer t0");
        let moments: [&[u8]; 5] = [b"", b" \n", b"\xff\xfe", b"a\nb", b"\0"];
        for number in 1..=1_000_usize {
            let (old, new) = (format!("Bearer t{}", number - 1), format!("t{number}"));
            match moments.get(number % 6) {
                Some(moment) => fs::write(&path, moment).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            now += Duration::from_secs(60);
            assert_eq!(file.header_at(now).unwrap(), old.as_str());
            // Nobody is told that there is another one.
            assert!(!file.read_again(Some(&HeaderValue::try_from(&old).unwrap())));
            fs::write(&path, &new).unwrap();
            now += Duration::from_secs(60);
            assert_eq!(file.header_at(now).unwrap(), format!("Bearer {new}").as_str());
        }
    }

    /// Half a token looks like a whole one; refused, it is read again.
    #[test]
    fn half_a_token_is_read_again_when_it_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "who").unwrap();
        let file = TokenFile::new(path.clone(), None).unwrap();
        let half = file.header().unwrap();
        fs::write(&path, "whole").unwrap();
        assert!(file.read_again(Some(&half)));
        assert_eq!(file.header().unwrap(), "Bearer whole");
    }

    /// Fidelity 19.
    #[test]
    fn the_files_token_beats_the_given_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let given = Secret::new("given");
        let file = TokenFile::new(path.clone(), Some(&given)).unwrap();
        assert_eq!(file.header().unwrap(), "Bearer given");
        fs::write(&path, "files").unwrap();
        assert!(file.read_again(None));
        assert_eq!(file.header().unwrap(), "Bearer files");
    }

    #[test]
    fn a_file_without_a_token_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for content in [None, Some(" \n"), Some("hunter2\nhunter3")] {
            if let Some(content) = content {
                fs::write(&path, content).unwrap();
            }
            let error = TokenFile::new(path.clone(), None).unwrap().header().unwrap_err();
            assert!(error.to_string().contains("token"), "{error}");
            assert!(!format!("{error:?}").contains("hunter"), "{error:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_or_a_device_is_no_token_file() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        for path in [pipe, "/dev/zero".into()] {
            let error = TokenFile::new(path.clone(), None).unwrap().header().unwrap_err();
            let expected = format!("token file {}: expected a regular file", path.display());
            assert_eq!((error.to_string(), error.kind()), (expected, ErrorKind::Auth));
        }
    }
}
