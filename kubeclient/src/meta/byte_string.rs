//! [`ByteString`]: bytes, which JSON writes in base64.

use std::fmt;
use std::ops::Deref;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// Bytes, as the values of a Secret are: in base64 on the wire, as they are in the program.
///
/// `Debug` says how many there are, not which: they may be a secret.
///
/// ```
/// use kubeclient::meta::byte_string::ByteString;
///
/// let password = ByteString::from("hunter2");
/// assert_eq!(serde_json::to_string(&password)?, r#""aHVudGVyMg==""#);
/// assert_eq!(format!("{password:?}"), "(7 bytes)");
/// assert_eq!(password.as_slice(), b"hunter2");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ByteString(pub Vec<u8>);

impl Deref for ByteString {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl From<Vec<u8>> for ByteString {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for ByteString {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}

impl From<&str> for ByteString {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for ByteString {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for ByteString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} bytes)", self.0.len())
    }
}

impl Serialize for ByteString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for ByteString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Base64;

        impl Visitor<'_> for Base64 {
            type Value = ByteString;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes in base64")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ByteString, E> {
                // Go's decoder passes over line ends.
                let decoded = if text.contains(['\r', '\n']) {
                    STANDARD.decode(text.replace(['\r', '\n'], ""))
                } else {
                    STANDARD.decode(text)
                };
                decoded
                    .map(ByteString)
                    .map_err(|_| E::invalid_value(de::Unexpected::Other("string"), &self))
            }
        }

        deserializer.deserialize_str(Base64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_travel_in_padded_base64() {
        for (text, bytes) in
            [(r#""""#, &b""[..]), (r#""/w==""#, &[0xff]), (r#""//79""#, &[0xff, 0xfe, 0xfd])]
        {
            let read: ByteString = serde_json::from_str(text).unwrap();
            assert_eq!(read.as_slice(), bytes);
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
        let broken_lines: ByteString = serde_json::from_str(r#""/w\r\n==\n""#).unwrap();
        assert_eq!(broken_lines.as_slice(), [0xff]);
    }

    #[test]
    fn what_is_not_base64_is_refused_and_not_shown() {
        for text in [r#""hunter2!""#, r#""hunter2""#, "5", "[1]"] {
            let error = serde_json::from_str::<ByteString>(text).unwrap_err().to_string();
            assert!(error.contains("expected bytes in base64"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
