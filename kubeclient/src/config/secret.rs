//! [`Secret`]: text that must not be seen.

use std::fmt;

use zeroize::Zeroizing;

/// A password, token or key: its memory is wiped when dropped, and no form of printing shows it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Takes text that may have others' comments in it: of what is no UTF-8, nothing is kept.
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Self {
        let bytes = String::from_utf8(bytes).map_err(|error| Zeroizing::new(error.into_bytes()));
        bytes.map_or_else(|bytes| Self::new(String::from_utf8_lossy(&bytes)), Self::new)
    }

    /// The text, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text without the space around it, which editors and `echo` add.
    pub(crate) fn trimmed(&self) -> Self {
        Self::new(self.0.trim())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(--redacted--)")
    }
}
