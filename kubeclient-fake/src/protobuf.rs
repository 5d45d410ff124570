//! Request bodies in protobuf, read as the values that they are in JSON.
//!
//! A body is `k8s\0` and an envelope (`runtime.Unknown`), which says the kind of the message within. How the
//! message is written is told by a generated text (`schema/generated/protobuf.txt`).

mod fields;
mod message;
mod wire;

use serde_json::{Map, Value};

use crate::schema::{SchemaRef, builtin};
use wire::{Reader, Wire};

const MAGIC: &[u8] = b"k8s\0";

/// A kind of every group and version, of which no definition says that it is its own.
const DELETE_OPTIONS: &str = "apimachinery.pkg.apis.meta.v1.DeleteOptions";

/// Why a body can't be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is not known what it is.
    Envelope(String),
    /// It is not what it says to be.
    Message { api_version: String, kind: String, why: String },
}

/// The object that a body holds: what it says of its kind stands in it, if it says anything; else it is of
/// the kind that is wanted. A kind that is not known has no more than its name.
pub(crate) fn read(body: &[u8], api_version: &str, kind: &str) -> Result<Value, Unreadable> {
    let envelope = Envelope::read(body).map_err(Unreadable::Envelope)?;
    let or = |given: &str, wanted: &str| if given.is_empty() { wanted } else { given }.to_owned();
    let api_version = or(&envelope.api_version, api_version);
    let kind = or(&envelope.kind, kind);
    let mut map = Map::new();
    if let Some(definition) = definition(&api_version, &kind)
        && let Err(why) = message::read(definition, envelope.raw, &mut map)
    {
        return Err(Unreadable::Message { api_version, kind, why });
    }
    map.insert("apiVersion".to_owned(), api_version.into());
    map.insert("kind".to_owned(), kind.into());
    Ok(Value::Object(map))
}

fn definition(api_version: &str, kind: &str) -> Option<&'static str> {
    if kind == "DeleteOptions" {
        return Some(DELETE_OPTIONS);
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    match builtin::schema_of(group, version, kind) {
        Some(SchemaRef::Builtin(name)) => Some(name),
        _ => None,
    }
}

/// What stands around the message.
#[derive(Default)]
struct Envelope<'a> {
    api_version: String,
    kind: String,
    raw: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn read(body: &'a [u8]) -> Result<Self, String> {
        if body.is_empty() {
            return Err("empty data".to_owned());
        }
        let rest = body.strip_prefix(MAGIC).ok_or_else(|| {
            format!(
                "provided data does not appear to be a protobuf message, expected prefix [{}]",
                MAGIC.iter().map(u8::to_string).collect::<Vec<_>>().join(" ")
            )
        })?;
        if rest.is_empty() {
            return Err("empty body".to_owned());
        }
        let mut envelope = Self::default();
        let mut reader = Reader::new(rest);
        while let Some((number, wire)) = reader.next("Unknown")? {
            match number {
                1 => envelope.read_type(wire.bytes("TypeMeta")?)?,
                2 => envelope.raw = wire.bytes("Raw")?,
                // How the message is encoded; the real server reads it in the same way whatever is said.
                _ => {}
            }
        }
        Ok(envelope)
    }

    fn read_type(&mut self, message: &[u8]) -> Result<(), String> {
        let mut reader = Reader::new(message);
        while let Some((number, wire)) = reader.next("TypeMeta")? {
            match number {
                1 => self.api_version = text(wire, "APIVersion")?,
                2 => self.kind = text(wire, "Kind")?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// A string. What is no UTF-8 is what Go's JSON makes of it.
fn text(wire: Wire<'_>, field: &str) -> Result<String, String> {
    Ok(String::from_utf8_lossy(wire.bytes(field)?).into_owned())
}

#[cfg(test)]
mod tests;
