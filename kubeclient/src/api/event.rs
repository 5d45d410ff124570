//! One line or frame of a watch to one event. Pure.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor,
};
use serde_json::value::RawValue;

use crate::error::Error;
#[cfg(feature = "protobuf")]
use crate::error::ErrorKind;
#[cfg(feature = "protobuf")]
use crate::meta::object_meta::ObjectMeta;
#[cfg(feature = "protobuf")]
use crate::meta::resource::{Object, Protobuf};
use crate::meta::status::Status;
use crate::meta::typed::{Expected, ObjectSeed};
use crate::rest::decode::{self, Reseed};
#[cfg(feature = "protobuf")]
use crate::rest::protobuf::{self, Frame};

/// The annotation of the bookmark that ends the initial events (KEP-3157).
const INITIAL_EVENTS_END: &str = "k8s.io/initial-events-end";

const TYPES: &[&str] = &["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"];

/// What a line or frame of a watch says.
pub(super) enum Event<T> {
    Added(T),
    Modified(T),
    Deleted(T),
    Bookmark(Bookmark),
    Error(Box<Status>),
}

/// How far the watch has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bookmark {
    pub(super) resource_version: String,
    pub(super) ends_initial_events: bool,
}

/// A line or frame that can't be decoded.
pub(super) struct BrokenEvent {
    pub(super) error: Error,
    /// The version of the event's object, by which the watch can go on; `None` when the line is not even
    /// an event.
    pub(super) resource_version: Option<String>,
    /// Whether the event says that the object is gone.
    pub(super) is_gone: bool,
}

/// What a line or frame says, or why that can't be read.
pub(super) type Decoded<T> = Result<Event<T>, Box<BrokenEvent>>;

/// Decodes a line.
pub(super) fn decode<T: DeserializeOwned>(line: &[u8], expected: Expected<'_>) -> Decoded<T> {
    let seed = EventSeed { expected, object: PhantomData };
    decode::run(line, "the event", seed).map_err(|error| Box::new(explain(line, error)))
}

fn explain(line: &[u8], error: Error) -> BrokenEvent {
    #[derive(serde::Deserialize)]
    struct Frame<'a> {
        #[serde(rename = "type")]
        kind: String,
        #[serde(borrow)]
        object: &'a RawValue,
    }
    match serde_json::from_slice::<Frame<'_>>(line) {
        // After an ERROR nothing comes, whatever it says.
        Ok(Frame { object, kind }) if kind != "ERROR" => {
            let name = decode::name(object.get());
            BrokenEvent {
                error: error.at(&name).of_object(name),
                resource_version: Some(decode::metadata(object.get()).resource_version),
                is_gone: kind == "DELETED",
            }
        }
        _ => BrokenEvent { error, resource_version: None, is_gone: false },
    }
}

struct EventSeed<'a, T> {
    expected: Expected<'a>,
    object: PhantomData<fn() -> T>,
}

impl<T> Reseed for EventSeed<'_, T> {
    fn reseed(&self) -> Self {
        Self { expected: self.expected, object: PhantomData }
    }
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for EventSeed<'_, T> {
    type Value = Event<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Event<T>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for EventSeed<'_, T> {
    type Value = Event<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a watch event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event<T>, A::Error> {
        let mut kind: Option<Kind> = None;
        let mut early: Option<&RawValue> = None;
        let mut event = None;
        while let Some(key) = map.next_key::<Key>()? {
            match (key, kind) {
                (Key::Type, _) => kind = Some(map.next_value_seed(KindSeed)?),
                (Key::Object, Some(kind)) => {
                    event = Some(map.next_value_seed(self.object(kind))?);
                }
                // Servers say the type first; one that does not costs a second look at the object.
                (Key::Object, None) => early = Some(map.next_value()?),
                (Key::Other, _) => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let kind = kind.ok_or_else(|| de::Error::missing_field("type"))?;
        match (event, early) {
            (Some(event), _) => Ok(event),
            (None, Some(raw)) => self.object(kind).deserialize(raw).map_err(de::Error::custom),
            (None, None) => Err(de::Error::missing_field("object")),
        }
    }
}

impl<'a, T> EventSeed<'a, T> {
    fn object(&self, kind: Kind) -> ObjectOf<'a, T> {
        ObjectOf { kind, expected: self.expected, object: PhantomData }
    }
}

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    Type,
    Object,
    #[serde(other)]
    Other,
}

#[derive(Clone, Copy)]
enum Kind {
    Added,
    Modified,
    Deleted,
    Bookmark,
    Error,
}

impl Kind {
    /// What a type's word means.
    fn of(text: &str) -> Option<Self> {
        match text {
            "ADDED" => Some(Self::Added),
            "MODIFIED" => Some(Self::Modified),
            "DELETED" => Some(Self::Deleted),
            "BOOKMARK" => Some(Self::Bookmark),
            "ERROR" => Some(Self::Error),
            _ => None,
        }
    }
}

struct KindSeed;

impl<'de> DeserializeSeed<'de> for KindSeed {
    type Value = Kind;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KindSeed {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the type of an event")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Kind, E> {
        Kind::of(text).ok_or_else(|| E::unknown_variant(text, TYPES))
    }
}

/// Reads the object of an event as what the event's type says that it is.
struct ObjectOf<'a, T> {
    kind: Kind,
    expected: Expected<'a>,
    object: PhantomData<fn() -> T>,
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for ObjectOf<'_, T> {
    type Value = Event<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Event<T>, D::Error> {
        let event = match self.kind {
            Kind::Added => Event::Added,
            Kind::Modified => Event::Modified,
            Kind::Deleted => Event::Deleted,
            Kind::Bookmark => return read_bookmark(deserializer).map(Event::Bookmark),
            Kind::Error => return serde::Deserialize::deserialize(deserializer).map(Event::Error),
        };
        ObjectSeed::<T>::new(self.expected).deserialize(deserializer).map(event)
    }
}

/// A bookmark's object has a type and metadata only: it is no `T`.
fn read_bookmark<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bookmark, D::Error> {
    #[derive(serde::Deserialize)]
    struct Object {
        metadata: Metadata,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Metadata {
        #[serde(default)]
        resource_version: String,
        #[serde(default)]
        annotations: Option<std::collections::BTreeMap<String, String>>,
    }
    let Object { metadata } = serde::Deserialize::deserialize(deserializer)?;
    let annotations = metadata.annotations.unwrap_or_default();
    Ok(Bookmark {
        resource_version: metadata.resource_version,
        ends_initial_events: annotations.get(INITIAL_EVENTS_END).is_some_and(|text| text == "true"),
    })
}

/// Decodes a frame in protobuf.
#[cfg(feature = "protobuf")]
pub(super) fn decode_frame<T: Object>(bytes: &[u8], expected: Expected<'_>) -> Decoded<T> {
    let broken =
        |error, resource_version| Box::new(BrokenEvent { error, resource_version, is_gone: false });
    let frame = Frame::open(bytes).map_err(|error| broken(error, None))?;
    let Some(kind) = Kind::of(frame.event) else {
        let message =
            "the event: an unknown type, expected ADDED, MODIFIED, DELETED, BOOKMARK or ERROR";
        let error = Error::new(ErrorKind::Decode, message);
        return Err(broken(error, Some(frame.metadata().resource_version)));
    };
    let event = match kind {
        Kind::Added => Event::Added,
        Kind::Modified => Event::Modified,
        Kind::Deleted => Event::Deleted,
        Kind::Bookmark => {
            let ObjectMeta { resource_version, annotations, .. } = frame.metadata();
            let ends_initial_events =
                annotations.get(INITIAL_EVENTS_END).is_some_and(|text| text == "true");
            return Ok(Event::Bookmark(Bookmark { resource_version, ends_initial_events }));
        }
        Kind::Error => {
            let expected = Expected { api_version: "v1", kind: "Status", required: true };
            let status = frame.object(&Protobuf::of(), expected);
            return status
                .map(|status| Event::Error(Box::new(status)))
                .map_err(|e| broken(e, None));
        }
    };
    let Some(codec) = protobuf::codec(expected.api_version, expected.kind) else {
        let message = "the event: in protobuf, which was not asked for";
        return Err(broken(Error::new(ErrorKind::Decode, message), None));
    };
    frame.object(&codec, expected).map(event).map_err(|error| {
        let metadata = frame.metadata();
        let name = decode::full_name(&metadata);
        Box::new(BrokenEvent {
            error: error.at(&name).of_object(name),
            resource_version: Some(metadata.resource_version),
            is_gone: matches!(kind, Kind::Deleted),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::{Damage, assert_printable};

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Foo {
        a: i32,
    }

    const FOO: Expected<'_> = Expected { api_version: "v1", kind: "Foo", required: true };

    fn read(line: &str) -> Result<Event<Foo>, Box<BrokenEvent>> {
        decode(line.as_bytes(), FOO)
    }

    #[test]
    fn the_type_may_come_first_or_last() {
        for line in [
            r#"{"type":"MODIFIED","object":{"kind":"Foo","apiVersion":"v1","a":1}}"#,
            r#"{"object":{"a":1,"kind":"Foo","apiVersion":"v1"},"extra":[],"type":"MODIFIED"}"#,
        ] {
            assert!(matches!(read(line), Ok(Event::Modified(Foo { a: 1 }))), "{line}");
        }
    }

    /// Fidelity 60.
    #[test]
    fn a_bookmark_is_read_as_metadata_only() {
        let line = r#"{"type":"BOOKMARK","object":{"kind":"Foo","apiVersion":"v1","metadata":{"resourceVersion":"12","annotations":{"k8s.io/initial-events-end":"true"}}}}"#;
        let Ok(Event::Bookmark(bookmark)) = read(line) else { panic!() };
        assert_eq!(bookmark, Bookmark { resource_version: "12".into(), ends_initial_events: true });
    }

    /// Fidelity 59.
    #[test]
    fn an_error_event_is_a_status() {
        let line = r#"{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"too old","reason":"Expired","code":410}}"#;
        let Ok(Event::Error(status)) = read(line) else { panic!() };
        assert_eq!((status.reason.as_str(), status.code), ("Expired", 410));
    }

    #[test]
    fn a_broken_object_is_named_and_its_version_kept() {
        let line = r#"{"type":"ADDED","object":{"kind":"Foo","apiVersion":"v1","metadata":{"name":"x","namespace":"n","resourceVersion":"7"},"a":"hunter2"}}"#;
        let broken = read(line).err().unwrap();
        assert_eq!(broken.resource_version.as_deref(), Some("7"));
        let text = broken.error.to_string();
        assert!(
            text.starts_with("n/x: the event: object.a: invalid type: string, expected i32"),
            "{text}"
        );
        assert!(!text.contains("hunter2"));
    }

    /// Fidelity 75.
    #[test]
    fn an_unknown_type_is_an_error() {
        let line = r#"{"type":"MOVED","object":{"kind":"Foo","apiVersion":"v1","a":1}}"#;
        let broken = read(line).err().unwrap();
        assert!(
            broken.error.to_string().contains("unknown variant, expected one of `ADDED`"),
            "{}",
            broken.error
        );
    }

    /// Fidelity 74.
    #[test]
    fn what_is_no_event_has_no_version() {
        for line in [
            "garbage",
            "{}",
            r#"{"type":"ADDED"}"#,
            "[]",
            r#"{"type":"ADDED","object":"#,
            r#"{"type":"ERROR","object":{"code":"x"}}"#,
        ] {
            assert!(read(line).err().unwrap().resource_version.is_none(), "{line}");
        }
    }

    #[derive(serde::Deserialize)]
    struct Parts<'a> {
        #[serde(rename = "type")]
        kind: String,
        #[serde(borrow)]
        object: &'a RawValue,
    }

    /// What is known of an event, without the place of a mistake.
    fn told(event: &Decoded<Foo>) -> String {
        match event {
            Ok(Event::Added(foo)) => format!("added {foo:?}"),
            Ok(Event::Modified(foo)) => format!("modified {foo:?}"),
            Ok(Event::Deleted(foo)) => format!("deleted {foo:?}"),
            Ok(Event::Bookmark(bookmark)) => format!("{bookmark:?}"),
            Ok(Event::Error(status)) => format!("{status:?}"),
            Err(broken) => format!("broken {:?} {}", broken.resource_version, broken.is_gone),
        }
    }

    #[test]
    fn a_damaged_event_is_reported_or_read() {
        const EXAMPLES: &[&[u8]] = &[
            br#"{"type":"ADDED","object":{"apiVersion":"v1","kind":"Foo","metadata":{"name":"a","resourceVersion":"5"},"a":1}}"#,
            br#"{"type":"BOOKMARK","object":{"apiVersion":"v1","kind":"Foo","metadata":{"resourceVersion":"5","annotations":{"k8s.io/initial-events-end":"true"}}}}"#,
            br#"{"object":{"kind":"Status","apiVersion":"v1","code":410,"reason":"Expired","message":"m","details":{"causes":[]}},"type":"ERROR"}"#,
        ];
        bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
            let line = damage.of(EXAMPLES);
            let found = decode::<Foo>(&line, FOO);
            if let Err(broken) = &found {
                assert_printable(&broken.error);
            }
            // Whether the type stands before the object or behind it, the event is the same.
            let text = String::from_utf8(line).unwrap_or_default();
            if let Ok(Parts { kind, object }) = serde_json::from_str(&text) {
                let kind = serde_json::to_string(&kind).unwrap();
                for line in [
                    format!(r#"{{"type":{kind},"object":{object}}}"#),
                    format!(r#"{{"object":{object},"type":{kind}}}"#),
                ] {
                    assert_eq!(told(&decode(line.as_bytes(), FOO)), told(&found));
                }
            }
        });
    }

    /// A field of bytes.
    #[cfg(feature = "protobuf")]
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let (mut field, mut len) = (vec![number << 3 | 2], content.len());
        while len > 0x7f {
            field.push((len & 0x7f) as u8 | 0x80);
            len >>= 7;
        }
        field.push(len as u8);
        field.extend(content);
        field
    }

    /// A frame: field 1 is the event's type, the first field of field 2 its object.
    #[cfg(feature = "protobuf")]
    fn frame(kind: &str, object: &[u8]) -> Vec<u8> {
        [field(1, kind.as_bytes()), field(2, &field(1, object))].concat()
    }

    #[cfg(feature = "protobuf")]
    #[test]
    fn a_damaged_frame_is_reported_or_read() {
        use crate::meta::partial::PartialObjectMetadata;
        use crate::meta::protobuf::envelope;

        const EXPECTED: Expected<'_> = Expected {
            api_version: "meta.k8s.io/v1",
            kind: "PartialObjectMetadata",
            required: true,
        };
        let metadata = crate::meta::object_meta::ObjectMeta {
            resource_version: "7".into(),
            labels: [("k", "v")].into(),
            ..crate::meta::object_meta::ObjectMeta::named("a")
        };
        let mut object: PartialObjectMetadata = PartialObjectMetadata::default();
        object.metadata = metadata;
        let object = envelope::write(EXPECTED.api_version, EXPECTED.kind, &object);
        let event = frame("ADDED", &object);
        bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
            let bytes = damage.of(&[&event, &object]);
            match decode_frame::<PartialObjectMetadata>(&bytes, EXPECTED) {
                Err(broken) => assert_printable(&broken.error),
                Ok(Event::Added(found) | Event::Modified(found) | Event::Deleted(found)) => {
                    let object = envelope::write(EXPECTED.api_version, EXPECTED.kind, &found);
                    let again = decode_frame(&frame("ADDED", &object), EXPECTED);
                    let Ok(Event::Added(again)) = again else {
                        panic!("not read again: {found:?}")
                    };
                    let again: PartialObjectMetadata = again;
                    assert_eq!(again.metadata, found.metadata);
                }
                Ok(Event::Bookmark(bookmark)) => {
                    assert!(bookmark.resource_version.len() <= bytes.len());
                }
                Ok(Event::Error(status)) => assert!(status.message.len() <= bytes.len()),
            }
        });
    }
}
