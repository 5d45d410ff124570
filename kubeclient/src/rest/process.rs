//! [`Process`]: the process that a client was made in. A fork has copies of its sockets, and none of its threads.

use crate::error::{Error, ErrorKind};

/// A process, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Process(u32);

impl Process {
    /// The one that runs this.
    pub(crate) fn this() -> Self {
        Self(std::process::id())
    }

    /// Fails in any other process: what it would send on a pooled connection would get between the parent's words.
    pub(crate) fn check(self, here: Self) -> Result<(), Error> {
        if self == here {
            return Ok(());
        }
        let message = format!(
            "this client is process {}'s, and this is process {}, a fork of it: expected one made after the fork",
            self.0, here.0
        );
        Err(Error::new(ErrorKind::Invalid, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_of_one_process() {
        assert!(Process::this().check(Process::this()).is_ok());
        let error = Process(12).check(Process(13)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(
            error.to_string().starts_with("this client is process 12's, and this is process 13")
        );
    }
}
