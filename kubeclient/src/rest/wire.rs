//! Objects in the wire that they come in: JSON, or protobuf where their type has it. Pure.
//!
//! What a server answers is told apart by its first bytes, not by its headers, which servers mislabel.

use serde::de::DeserializeOwned;

use super::decode;
#[cfg(feature = "protobuf")]
use super::protobuf;
use super::request::JSON;
use super::salvage::Salvaged;
use crate::error::Error;
use crate::meta::list::ObjectList;
#[cfg(feature = "protobuf")]
use crate::meta::resource::Protobuf;
use crate::meta::resource::{Object, Representation};
use crate::meta::status::Status;
use crate::meta::type_meta::TypeMeta;
use crate::meta::typed::Expected;

/// The wire that a client asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wire {
    /// JSON, which every type has.
    #[default]
    Json,
    /// Protobuf, for the types that have it.
    #[cfg(feature = "protobuf")]
    Protobuf,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// One object, or the events of a watch.
    Object,
    /// A list.
    List,
}

/// The media types by which objects of a type are asked for, the best first; `kind` is what they say of
/// themselves.
pub(crate) fn accept<T: Object>(wire: Wire, kind: &TypeMeta, answer: Answer) -> String {
    let form = match (T::representation(), answer) {
        (Representation::Whole, _) => "",
        (Representation::MetadataOnly, Answer::Object) => {
            ";as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
        }
        (Representation::MetadataOnly, Answer::List) => {
            ";as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
        }
    };
    #[cfg(feature = "protobuf")]
    if wire == Wire::Protobuf && protobuf::codec::<T>(&kind.api_version, &kind.kind).is_some() {
        return format!("{}{form},{JSON}{form}", protobuf::MEDIA_TYPE);
    }
    let _ = (wire, kind);
    format!("{JSON}{form}")
}

/// An object in protobuf, with its media type; `None` where it is to go as JSON.
pub(crate) fn write<T: Object>(
    wire: Wire,
    own: &TypeMeta,
    object: &T,
) -> Option<(&'static str, Vec<u8>)> {
    #[cfg(feature = "protobuf")]
    if wire == Wire::Protobuf
        && let Some(codec) = protobuf::codec(&own.api_version, &own.kind)
    {
        return Some((protobuf::MEDIA_TYPE, protobuf::write(&codec, own, object)));
    }
    let _ = (wire, own, object);
    None
}

/// Reads an object and checks its type.
pub(crate) fn object<T: Object + DeserializeOwned>(
    bytes: &[u8],
    expected: Expected<'_>,
) -> Result<T, Error> {
    #[cfg(feature = "protobuf")]
    if let Some(codec) = protobuf::codec_for(bytes, expected) {
        return protobuf::object(&codec, bytes, expected);
    }
    decode::object(bytes, expected)
}

/// Reads a list; one item that can't be read fails it.
pub(crate) fn list<T: Object + DeserializeOwned>(
    bytes: &[u8],
    expected: Expected<'_>,
) -> Result<ObjectList<T>, Error> {
    #[cfg(feature = "protobuf")]
    if let Some(codec) = protobuf::codec_for(bytes, expected) {
        let Salvaged { list, mut broken } = protobuf::list(&codec, bytes, expected)?;
        return if broken.is_empty() { Ok(list) } else { Err(broken.swap_remove(0)) };
    }
    decode::list(bytes, expected)
}

/// Reads a list; items that can't be read are set apart.
pub(crate) fn list_apart<T: Object + DeserializeOwned>(
    bytes: &[u8],
    expected: Expected<'_>,
) -> Result<Salvaged<T>, Error> {
    #[cfg(feature = "protobuf")]
    if let Some(codec) = protobuf::codec_for(bytes, expected) {
        return protobuf::list(&codec, bytes, expected);
    }
    decode::list_apart(bytes, expected)
}

/// The `Status` that a body is, if it is one.
pub(crate) fn status(body: &[u8]) -> Option<Status> {
    decode::bounded(0, || read_status(body))
}

fn read_status(body: &[u8]) -> Option<Status> {
    #[cfg(feature = "protobuf")]
    if protobuf::is_it(body) {
        let expected = Expected { api_version: "v1", kind: "Status", required: true };
        return protobuf::object(&Protobuf::of(), body, expected).ok();
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Kind<'a> {
        // Some servers leave it out of theirs; a custom kind of this name has its own.
        #[serde(default, borrow)]
        api_version: std::borrow::Cow<'a, str>,
        #[serde(default, borrow)]
        kind: std::borrow::Cow<'a, str>,
    }
    let text = std::str::from_utf8(body).ok()?;
    let Kind { api_version, kind } = serde_json::from_str(text).ok()?;
    (kind == "Status" && matches!(&*api_version, "" | "v1"))
        .then(|| serde_json::from_str(text).ok())?
}
