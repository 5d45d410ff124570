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

    /// Takes text in which comments of any encoding may stand: where it is no UTF-8, there is `?` for whatever is
    /// beyond ASCII.
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self::new(String::from_utf8(bytes).unwrap_or_else(|error| {
            let ascii = |byte: u8| if byte.is_ascii() { char::from(byte) } else { '?' };
            let bytes = Zeroizing::new(error.into_bytes());
            let mut text = String::with_capacity(bytes.len());
            text.extend(bytes.iter().copied().map(ascii));
            text
        }))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_of_any_encoding_leave_the_rest_as_it_is() {
        for (bytes, text) in [
            (&b"a\nb"[..], "a\nb"),
            ("Caf\u{e9}\nb".as_bytes(), "Caf\u{e9}\nb"),
            (b"Caf\xe9\nb", "Caf?\nb"),
        ] {
            assert_eq!(Secret::from_bytes(bytes.to_vec()).expose(), text);
        }
    }
}
