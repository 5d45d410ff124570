//! What objects travel in: four bytes, then `runtime.Unknown` with the type and the object's own bytes.

use super::write::{bytes, nested};
use super::{Content, Input, ProtobufError};
use crate::meta::message::Message;

/// What each object begins with.
pub(crate) const MAGIC: &[u8] = b"k8s\0";

/// The media type.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

/// An object that was not yet read, and what it says of itself.
#[derive(Clone, Copy)]
pub(crate) struct Envelope<'a> {
    pub(crate) api_version: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) object: Input<'a>,
}

/// Whether bytes are an object in protobuf: JSON begins otherwise.
pub(crate) fn is_enveloped(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Opens the envelope of an object.
pub(crate) fn open(input: Input<'_>) -> Result<Envelope<'_>, ProtobufError> {
    let Some(mut unknown) = input.strip_prefix(MAGIC) else {
        return Err(input.error("not an object in protobuf: expected it to begin with \"k8s\\0\""));
    };
    let nothing = Input::new(&[]);
    let mut envelope = Envelope { api_version: "", kind: "", object: nothing };
    while let Some((number, content)) = unknown.next()? {
        match (number, content) {
            (1, Content::Bytes(mut types)) => {
                while let Some((number, content)) = types.next()? {
                    match (number, content) {
                        (1, Content::Bytes(text)) => envelope.api_version = text.text()?,
                        (2, Content::Bytes(text)) => envelope.kind = text.text()?,
                        _ => {}
                    }
                }
            }
            (2, Content::Bytes(object)) => envelope.object = object,
            (3, Content::Bytes(encoding)) if !encoding.is_empty() => {
                return Err(encoding.error("expected an object that is not encoded further"));
            }
            _ => {}
        }
    }
    Ok(envelope)
}

/// Writes an object in its envelope.
pub(crate) fn write(api_version: &str, kind: &str, object: &dyn Message) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    nested(1, &mut out, |out| {
        bytes(1, api_version.as_bytes(), out);
        bytes(2, kind.as_bytes(), out);
    });
    nested(2, &mut out, |out| super::write(object, out));
    // Neither compressed nor of another type than the media type says.
    bytes(3, b"", &mut out);
    bytes(4, b"", &mut out);
    out
}
