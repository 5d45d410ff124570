//! [`ExecCredential`]: what a program wrote, as kubectl reads it: JSON where the first letter is a brace, else the
//! first document of YAML. A key that stands twice counts as it does there: in JSON the last value that is not
//! null, a status bit by bit; in YAML the last one.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_saphyr::Options;
use serde_saphyr::options::DuplicateKeyPolicy;

use crate::config::Secret;
use crate::yaml;

/// More than any credential needs; a program that is broken must not cost more.
const MAX_DEPTH: usize = 32;
const MAX_ALIASES: usize = 100;
const MAX_REPLAYED: usize = 10_000;
const MAX_NODES: usize = 50_000;

/// A credential, unchecked. What is null, or not there, is `None`.
#[derive(Default)]
pub(super) struct ExecCredential {
    pub(super) api_version: Option<Secret>,
    pub(super) kind: Option<Secret>,
    pub(super) status: Option<Status>,
}

#[derive(Default)]
pub(super) struct Status {
    pub(super) expiration_timestamp: Option<Secret>,
    pub(super) token: Option<Secret>,
    pub(super) client_certificate_data: Option<Secret>,
    pub(super) client_key_data: Option<Secret>,
}

/// Where it is wrong, as far as that is known: the line and the column, from 1.
pub(super) type Place = Option<(usize, usize)>;

impl ExecCredential {
    /// Reads it. The readers' own errors could quote it.
    pub(super) fn read(text: &[u8]) -> Result<Self, Place> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut credential = Self::default();
        if text.trim_ascii().is_empty() {
            return Err(None);
        }
        if text.trim_ascii_start().starts_with(b"{") {
            let mut json = serde_json::Deserializer::from_slice(text);
            let read = credential.fill(&mut json).and_then(|()| json.end());
            read.map_err(|error| Some((error.line(), error.column())))?;
            return Ok(credential);
        }
        let text = yaml::text(text).map_err(|_| None)?;
        if text.contains('\0') {
            return Err(None);
        }
        let document = yaml::first_document(text.strip_prefix('\u{feff}').unwrap_or(&text));
        serde_saphyr::with_deserializer_from_str_with_options(document, options(), |yaml| {
            credential.fill(yaml)
        })
        .map_err(|error| yaml::place(&error))?;
        Ok(credential)
    }
}

fn options() -> Options {
    serde_saphyr::options! {
        // A snippet would quote it.
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_events: 3 * MAX_NODES,
            max_aliases: MAX_ALIASES,
            max_anchors: MAX_ALIASES,
            max_nodes: MAX_NODES,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPLAYED },
        duplicate_keys: DuplicateKeyPolicy::LastWins,
    }
}

/// What is filled by an object's fields, one after the other.
trait Fields {
    const NAMES: &'static [&'static str];

    /// Takes the value of a field, which is none of others.
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error>;

    fn fill<'de, D: Deserializer<'de>>(&mut self, from: D) -> Result<(), D::Error>
    where
        Self: Sized,
    {
        from.deserialize_struct("ExecCredential", Self::NAMES, Fill(self))
    }
}

impl Fields for ExecCredential {
    const NAMES: &'static [&'static str] = &["apiVersion", "kind", "status"];

    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "apiVersion" => text(&mut self.api_version, map),
            "kind" => text(&mut self.kind, map),
            "status" => map.next_value_seed(Optional(&mut self.status)),
            _ => map.next_value::<IgnoredAny>().map(drop),
        }
    }
}

impl Fields for Status {
    const NAMES: &'static [&'static str] =
        &["expirationTimestamp", "token", "clientCertificateData", "clientKeyData"];

    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "expirationTimestamp" => {
                self.expiration_timestamp = map.next_value::<Text>()?.0;
                Ok(())
            }
            "token" => text(&mut self.token, map),
            "clientCertificateData" => text(&mut self.client_certificate_data, map),
            "clientKeyData" => text(&mut self.client_key_data, map),
            _ => map.next_value::<IgnoredAny>().map(drop),
        }
    }
}

/// A field that null leaves as it is.
fn text<'de, A: MapAccess<'de>>(field: &mut Option<Secret>, map: &mut A) -> Result<(), A::Error> {
    if let Text(Some(text)) = map.next_value()? {
        *field = Some(text);
    }
    Ok(())
}

struct Fill<'a, T>(&'a mut T);

impl<'de, T: Fields> Visitor<'de> for Fill<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            self.0.field(&name, &mut map)?;
        }
        Ok(())
    }
}

/// An object that null takes away.
struct Optional<'a, T>(&'a mut Option<T>);

impl<'de, T: Fields + Default> DeserializeSeed<'de> for Optional<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_option(self)
    }
}

impl<'de, T: Fields + Default> Visitor<'de> for Optional<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or null")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        *self.0 = None;
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        self.0.get_or_insert_default().fill(from)
    }
}

/// Text or null; in YAML, what looks like a number or a boolean is none.
struct Text(Option<Secret>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visit;

        impl Visitor<'_> for Visit {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_unit<E>(self) -> Result<Text, E> {
                Ok(Text(None))
            }

            fn visit_none<E>(self) -> Result<Text, E> {
                Ok(Text(None))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text(Some(text.into())))
            }

            fn visit_string<E>(self, text: String) -> Result<Text, E> {
                Ok(Text(Some(text.into())))
            }
        }

        from.deserialize_any(Visit)
    }
}
