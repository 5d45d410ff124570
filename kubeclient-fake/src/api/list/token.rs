//! Continue tokens: the version that a list shows, and where its next page begins.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Value, json};

use crate::patch::json_type;
use crate::store::Key;

/// Where a list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Negative for whatever the newest is.
    pub(super) version: i64,
    /// The path within what is listed, after a slash.
    start: String,
}

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

impl Token {
    /// Right after an object, in a list of one namespace or all.
    pub(super) fn after(key: &Key, namespace: Option<&str>, version: u64) -> Self {
        let path = if namespace.is_some() { key.name.clone() } else { key.path() };
        Self { version: i64::try_from(version).unwrap_or(-1), start: format!("/{path}\0") }
    }

    /// The same place in the newest state.
    pub(super) fn inconsistent(&self) -> Self {
        Self { version: -1, start: self.start.clone() }
    }

    /// The path in the store where the page begins.
    pub(super) fn path(&self, namespace: Option<&str>) -> String {
        let start = self.start.strip_prefix('/').unwrap_or(&self.start);
        match namespace {
            Some(namespace) => format!("{namespace}/{start}"),
            None => start.to_owned(),
        }
    }

    pub(super) fn encode(&self) -> String {
        // By hand: the order of the keys is part of what others may have seen.
        let start = Value::from(self.start.as_str());
        ENGINE.encode(format!(r#"{{"v":"{VERSION}","rv":{},"start":{start}}}"#, self.version))
    }

    /// Reads a token, or says what is wrong with it.
    pub(super) fn decode(text: &str) -> Result<Self, String> {
        let bytes = ENGINE.decode(text).map_err(|error| invalid(illegal_base64(text, &error)))?;
        let value: Value = serde_json::from_slice(&bytes)
            .map_err(|error| invalid(illegal_json(&bytes, &error)))?;
        let known = json!({});
        let map = match &value {
            Value::Object(_) => &value,
            // The real server takes null for an empty object.
            Value::Null => &known,
            other => {
                let kind = json_type(other);
                return Err(invalid(format!(
                    "json: cannot unmarshal {kind} into Go value of type storage.continueToken"
                )));
            }
        };
        let v = string(map, "v", "v")?;
        let version = match &map["rv"] {
            Value::Null => 0,
            Value::Number(number) => match number.as_i64() {
                Some(version) => version,
                None => return Err(mismatch(&format!("number {number}"), "rv", "int64")),
            },
            other => return Err(mismatch(json_type(other), "rv", "int64")),
        };
        let start = string(map, "start", "start")?;
        if v != VERSION {
            let why = format!("server does not recognize this encoded version {v}");
            return Err(invalid(why));
        }
        if version == 0 {
            let why = format!("incorrect encoded start resourceVersion (version {VERSION})");
            return Err(invalid(why));
        }
        if start.is_empty() {
            return Err(invalid(format!("encoded start key empty (version {VERSION})")));
        }
        let rooted = if start.starts_with('/') { start.clone() } else { format!("/{start}") };
        if !is_clean(&rooted) {
            return Err(invalid(start));
        }
        Ok(Self { version, start: rooted })
    }
}

const VERSION: &str = "meta.k8s.io/v1";

fn invalid(why: String) -> String {
    format!("continue key is not valid: {why}")
}

fn mismatch(found: &str, field: &str, wanted: &str) -> String {
    invalid(format!(
        "json: cannot unmarshal {found} into Go struct field continueToken.{field} of type {wanted}"
    ))
}

fn string(map: &Value, key: &str, field: &str) -> Result<String, String> {
    match &map[key] {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        other => Err(mismatch(json_type(other), field, "string")),
    }
}

/// Whether a rooted path has nothing to tidy up: no empty part, no `.` and no `..`.
fn is_clean(path: &str) -> bool {
    path == "/" || path.split('/').skip(1).all(|part| !matches!(part, "" | "." | ".."))
}

fn illegal_base64(text: &str, error: &base64::DecodeError) -> String {
    let at = match error {
        base64::DecodeError::InvalidByte(at, _) => *at,
        // A lone character at the end is where the quartet began.
        _ => text.len() / 4 * 4,
    };
    format!("illegal base64 data at input byte {at}")
}

fn illegal_json(bytes: &[u8], error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "unexpected end of JSON input".into();
    }
    let at = error.column().saturating_sub(1);
    let byte = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let (char, place) = match byte {
        Some(first) if !b"{[\"-0123456789tfn".contains(first) => {
            (char::from(*first), "looking for beginning of value")
        }
        _ => {
            let byte = bytes.get(at).copied().unwrap_or_default();
            (char::from(byte), "looking for beginning of object key string")
        }
    };
    format!("invalid character {} {place}", quote(char))
}

/// A character as Go quotes it.
fn quote(char: char) -> String {
    match char {
        '\'' => "'\\''".into(),
        '"' => "'\"'".into(),
        _ if char.is_control() && char.is_ascii() => format!("'\\x{:02x}'", u32::from(char)),
        _ if char.is_control() => format!("'\\u{:04x}'", u32::from(char)),
        _ => format!("'{char}'"),
    }
}
