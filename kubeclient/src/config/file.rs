//! [`read`]: the small files that a configuration names: certificates, keys, authorities, tokens.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};

/// The largest file that is read, many times what a system trusts; one that has no end must not be read to it.
const LARGEST: u64 = 4 << 20;

/// Why a file was not read.
#[derive(Debug)]
pub(crate) enum Unread {
    Failed(io::Error),
    NotRegular,
    TooLarge,
}

/// What is in a file. A pipe would be waited for, perhaps for ever, and has no second reading: only regular files
/// are read.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Unread> {
    let mut options = OpenOptions::new();
    options.read(true);
    // A pipe is opened without waiting for its other end, and a terminal without becoming the process's.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_NONBLOCK | libc::O_NOCTTY,
    );
    let file = options.open(path).map_err(Unread::Failed)?;
    let metadata = file.metadata().map_err(Unread::Failed)?;
    if !metadata.is_file() {
        return Err(Unread::NotRegular);
    }
    // As it is read, nothing of it is left behind where there was too little room.
    let expected = usize::try_from(metadata.len().min(LARGEST)).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(expected + 1));
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(Unread::Failed)?;
    match bytes.len() as u64 > LARGEST {
        true => Err(Unread::TooLarge),
        false => Ok(bytes),
    }
}

impl Unread {
    /// An error of this kind, at this place.
    pub(crate) fn into_error(self, kind: ErrorKind, place: impl fmt::Display) -> Error {
        let error = match self {
            Self::Failed(error) => Error::new(kind, "can't be read").because(error),
            Self::NotRegular => Error::new(kind, "expected a regular file"),
            Self::TooLarge => {
                Error::new(kind, format!("expected a file of at most {} MiB", LARGEST >> 20))
            }
        };
        error.at(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let file = std::fs::File::create(&path).unwrap();
        for length in [0, 1, LARGEST] {
            file.set_len(length).unwrap();
            assert_eq!(read(&path).unwrap().len() as u64, length);
        }
        file.set_len(LARGEST + 1).unwrap();
        let error = read(&path).unwrap_err().into_error(ErrorKind::Auth, "token file /x");
        assert_eq!(error.to_string(), "token file /x: expected a file of at most 4 MiB");
        assert_eq!(error.kind(), ErrorKind::Auth);
    }

    #[test]
    fn what_is_no_regular_file_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read(&folder.path().join("lost")), Err(Unread::Failed(_))));
        #[cfg(unix)]
        {
            let pipe = folder.path().join("pipe");
            let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
            assert!(made.success());
            for path in [&pipe, folder.path(), Path::new("/dev/zero")] {
                let error = read(path).unwrap_err().into_error(ErrorKind::Config, "x");
                assert_eq!(error.to_string(), "x: expected a regular file", "{}", path.display());
            }
        }
    }
}
