//! Bytes in protobuf to objects, lists and events, and objects to bytes. Pure.
//!
//! What is said of a failure names the type, the field and the byte, and quotes nothing of the answer.

use super::decode;
use super::salvage::{self, Salvaged};
use crate::error::{Error, ErrorKind};
use crate::meta::budget;
use crate::meta::list::{ListMeta, ObjectList};
use crate::meta::object_meta::ObjectMeta;
use crate::meta::protobuf::envelope::{self, Envelope};
use crate::meta::protobuf::{Content, Input, ProtobufError, merge};
use crate::meta::resource::{Object, Protobuf};
use crate::meta::type_meta::TypeMeta;
use crate::meta::typed::{Expected, Mismatch};
use crate::meta::typed_list::list_mismatch;

pub(crate) use envelope::MEDIA_TYPE;

/// For a list, the fewest bytes of an item for which room is made ahead: a server may say nothing in many.
const ITEM: usize = 256;

/// How a type is read and written, where it is this kind: an Api may be told to read another kind as it, which
/// goes by the names of fields and not by their numbers.
pub(crate) fn codec<T: Object>(api_version: &str, kind: &str) -> Option<Protobuf<T>> {
    T::protobuf().filter(|codec| codec.descriptor.is_kind(api_version, kind))
}

/// How a type is read, where bytes are in protobuf and it can be.
pub(crate) fn codec_for<T: Object>(bytes: &[u8], expected: Expected<'_>) -> Option<Protobuf<T>> {
    if is_it(bytes) { codec(expected.api_version, expected.kind) } else { None }
}

/// Whether bytes are an object in protobuf.
pub(crate) fn is_it(bytes: &[u8]) -> bool {
    envelope::is_enveloped(bytes)
}

/// Writes an object with its type.
pub(crate) fn write<T>(codec: &Protobuf<T>, own: &TypeMeta, object: &T) -> Vec<u8> {
    envelope::write(&own.api_version, &own.kind, (codec.read)(object))
}

/// Reads an object and checks its type.
pub(crate) fn object<T>(
    codec: &Protobuf<T>,
    bytes: &[u8],
    expected: Expected<'_>,
) -> Result<T, Error> {
    let describe = |error| failure(expected.kind, &error);
    object_of(codec, envelope::open(Input::new(bytes)).map_err(describe)?, expected)
}

/// Reads the object of an envelope.
fn object_of<T>(
    codec: &Protobuf<T>,
    envelope: Envelope<'_>,
    expected: Expected<'_>,
) -> Result<T, Error> {
    let Envelope { api_version, kind, object } = envelope;
    if api_version != expected.api_version || kind != expected.kind {
        let wanted = format!("{} {}", expected.api_version, expected.kind);
        let mismatch = Mismatch::new(wanted, api_version, kind);
        return Err(Error::new(ErrorKind::Decode, mismatch.to_string()));
    }
    fill(codec, object).map_err(|error| failure(expected.kind, &error))
}

fn fill<T>(codec: &Protobuf<T>, object: Input<'_>) -> Result<T, ProtobufError> {
    let mut filled = (codec.blank)();
    merge((codec.fill)(&mut filled), object)?;
    Ok(filled)
}

/// Reads a list; items that can't be read are set apart.
pub(crate) fn list<T>(
    codec: &Protobuf<T>,
    bytes: &[u8],
    expected: Expected<'_>,
) -> Result<Salvaged<T>, Error> {
    let describe = |error| failure("the list", &error);
    let envelope = envelope::open(Input::new(bytes)).map_err(describe)?;
    if let Some(mismatch) = list_mismatch(expected, envelope.api_version, envelope.kind) {
        return Err(Error::new(ErrorKind::Decode, mismatch.to_string()));
    }
    // Once over it, which costs next to nothing, so that the items are put where they stay.
    let (mut metadata, mut count, mut fields) = (ListMeta::default(), 0, envelope.object);
    while let Some((number, content)) = fields.next().map_err(describe)? {
        match (number, content) {
            (1, Content::Bytes(input)) => {
                let merged = merge(&mut metadata, input);
                merged.map_err(|error| describe(error.in_field("metadata")))?;
            }
            (2, Content::Bytes(_)) => count += 1,
            _ => {}
        }
    }
    let room = count.min(bytes.len() / ITEM + 1);
    let mut items: Vec<T> = Vec::with_capacity(room);
    let (mut broken, mut place, mut fields) = (Vec::new(), 0, envelope.object);
    while let Some((number, content)) = fields.next().map_err(describe)? {
        let (2, Content::Bytes(input)) = (number, content) else { continue };
        budget::spend(budget::element::<T>());
        if let Some(error) = decode::too_large("the list") {
            return Err(error);
        }
        items.push((codec.blank)());
        // Invariant: an item was just pushed.
        let item = items.last_mut().expect("an item");
        if let Err(error) = merge((codec.fill)(item), input) {
            items.pop();
            budget::spend(salvage::ERROR);
            if let Some(error) = decode::too_large("the list") {
                return Err(error);
            }
            let name = name(input);
            let error = failure(expected.kind, &error).at(format_args!("items[{place}] {name}"));
            broken.push(error.of_object(name));
        }
        place += 1;
    }
    Ok(Salvaged { list: ObjectList { metadata, items }, broken })
}

/// `namespace/name` of an object, as far as they can be read.
fn name(object: Input<'_>) -> String {
    decode::full_name(&metadata(object))
}

/// The metadata of an object, as far as it can be read: every kind has it as its first field.
pub(crate) fn metadata(mut object: Input<'_>) -> ObjectMeta {
    let mut metadata = ObjectMeta::default();
    while let Ok(Some((number, content))) = object.next() {
        if let (1, Content::Bytes(input)) = (number, content) {
            // What was read before a mistake counts.
            let _ = merge(&mut metadata, input);
        }
    }
    metadata
}

/// One frame of a watch: the type of the event, and the object in its envelope.
pub(crate) struct Frame<'a> {
    pub(crate) event: &'a str,
    envelope: Envelope<'a>,
}

impl<'a> Frame<'a> {
    /// `WatchEvent{1: type, 2: RawExtension{1: object}}`.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Error> {
        Self::read(bytes).map_err(|error| failure("the event", &error))
    }

    fn read(bytes: &'a [u8]) -> Result<Self, ProtobufError> {
        let mut fields = Input::new(bytes);
        let (mut event, mut object) = ("", Input::new(&[]));
        while let Some((number, content)) = fields.next()? {
            match (number, content) {
                (1, Content::Bytes(text)) => event = text.text()?,
                (2, Content::Bytes(mut raw)) => {
                    while let Some((number, content)) = raw.next()? {
                        if let (1, Content::Bytes(bytes)) = (number, content) {
                            object = bytes;
                        }
                    }
                }
                _ => {}
            }
        }
        let envelope = envelope::open(object).map_err(|error| error.in_field("object"))?;
        Ok(Self { event, envelope })
    }

    /// The object of the event.
    pub(crate) fn object<T>(
        &self,
        codec: &Protobuf<T>,
        expected: Expected<'_>,
    ) -> Result<T, Error> {
        object_of(codec, self.envelope, expected)
    }

    /// The metadata of the object, as far as it can be read.
    pub(crate) fn metadata(&self) -> ObjectMeta {
        metadata(self.envelope.object)
    }
}

fn failure(what: &str, error: &ProtobufError) -> Error {
    decode::too_large(what)
        .unwrap_or_else(|| Error::new(ErrorKind::Decode, format!("{what}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::{Damage, assert_printable};
    use crate::meta::partial::PartialObjectMetadata;
    use crate::meta::scale::Scale;

    const SCALE: Expected<'_> =
        Expected { api_version: "autoscaling/v1", kind: "Scale", required: true };

    fn scale(name: &str) -> Scale {
        let metadata = ObjectMeta { namespace: "n".into(), ..ObjectMeta::named(name) };
        Scale { metadata, ..Scale::default() }
    }

    fn list_bytes(items: &[Vec<u8>]) -> Vec<u8> {
        // Unknown{2: ScaleList{1: ListMeta{2: "7"}, 2: items}}, all of them short.
        let mut list = b"\x0a\x03\x12\x017".to_vec();
        for item in items {
            list.extend([0x12, item.len() as u8]);
            list.extend(item);
        }
        let types = b"\x0a\x0eautoscaling/v1\x12\x09ScaleList";
        let mut bytes = b"k8s\0\x0a".to_vec();
        bytes.push(types.len() as u8);
        bytes.extend(types);
        bytes.extend([0x12, list.len() as u8]);
        bytes.extend(list);
        bytes
    }

    fn item(name: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        crate::meta::protobuf::write(&scale(name), &mut bytes);
        bytes
    }

    #[test]
    fn one_bad_item_is_named_and_set_apart() {
        let mut bad = item("b");
        // Metadata comes first, so that the object can be named; then a spec that is no message.
        bad.extend(b"\x12\x02\xff\xff");
        let bytes = list_bytes(&[item("a"), bad, item("c")]);
        let Salvaged { list, broken } = list(&Protobuf::<Scale>::of(), &bytes, SCALE).unwrap();
        assert_eq!(list.items, [scale("a"), scale("c")]);
        assert_eq!(list.metadata.resource_version, "7");
        let [error] = &broken[..] else { panic!("{broken:?}") };
        let text = error.to_string();
        assert!(
            text.starts_with("items[1] n/b: Scale: spec: cut off in a number at byte"),
            "{text}"
        );
    }

    #[test]
    fn another_kind_is_refused() {
        let codec = Protobuf::<Scale>::of();
        let bytes = envelope::write("v1", "Pod", &scale("a"));
        let error = object(&codec, &bytes, SCALE).unwrap_err().to_string();
        let wanted = "the object is of another kind: expected autoscaling/v1 Scale, found v1 Pod";
        assert_eq!(error, wanted);
        assert!(list(&codec, &bytes, SCALE).is_err());
        // Whatever the kind, its metadata can be read alone.
        let codec = Protobuf::<PartialObjectMetadata>::of();
        let expected = Expected { api_version: "v1", kind: "Pod", required: true };
        assert_eq!(object(&codec, &bytes, expected).unwrap().metadata.name, "a");
    }

    #[test]
    fn a_list_that_promises_much_gets_room_for_what_it_sends() {
        let bytes = list_bytes(&vec![Vec::new(); 50]);
        let Salvaged { list, .. } = list(&Protobuf::<Scale>::of(), &bytes, SCALE).unwrap();
        assert_eq!(list.len(), 50);
        // Of items that can't be read nothing stays but the room that was made ahead for all of them.
        let bytes = list_bytes(&vec![b"\xff".to_vec(); 30]);
        let read = super::list(&Protobuf::<Scale>::of(), &bytes, SCALE).unwrap();
        assert_eq!((read.list.len(), read.broken.len()), (0, 30));
        assert!(read.list.items.capacity() < 5, "{}", read.list.items.capacity());
    }

    /// Lengths of 2^31, 2^32 - 1, 2^63 and -1, at every level that has one: none is believed.
    #[test]
    fn a_length_that_claims_gigabytes_takes_no_memory() {
        let varint = |mut number: u64| {
            let mut bytes = Vec::new();
            while number >= 0x80 {
                bytes.push(number as u8 | 0x80);
                number >>= 7;
            }
            bytes.push(number as u8);
            bytes
        };
        let codec = Protobuf::<Scale>::of();
        for length in [1 << 31, u64::from(u32::MAX), 1 << 63, u64::MAX] {
            let claim = [vec![0x0a], varint(length)].concat();
            let item = [claim.clone(), b"xy".to_vec()].concat();
            let object = [b"k8s\0\x12".to_vec(), varint(length)].concat();
            for bytes in [[b"k8s\0".to_vec(), claim].concat(), object, list_bytes(&[item])] {
                let used = || {
                    assert!(super::object(&codec, &bytes, SCALE).is_err());
                    if let Ok(read) = list(&codec, &bytes, SCALE) {
                        assert_eq!((read.list.len(), read.broken.len()), (0, 1));
                    }
                    assert!(Frame::open(&bytes).is_err());
                    assert!(!budget::is_spent());
                };
                budget::within(1 << 20, used);
            }
        }
    }

    #[test]
    fn a_damaged_object_or_list_is_refused_or_read_and_what_is_read_is_written_alike() {
        let codec = Scale::protobuf().unwrap();
        let own = TypeMeta::new("autoscaling/v1", "Scale");
        let mut example = scale("a");
        example.spec.replicas = 3;
        example.status.selector = "a=b".into();
        let object_bytes = write(&codec, &own, &example);
        let inner = envelope::open(Input::new(&object_bytes)).unwrap().object;
        let list_bytes = list_bytes(&[inner.bytes().to_vec(), Vec::new()]);
        bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
            let bytes = damage.of(&[&object_bytes, &list_bytes]);
            match object(&codec, &bytes, SCALE) {
                Err(error) => assert_printable(&error),
                Ok(read) => {
                    let again = object(&codec, &write(&codec, &own, &read), SCALE).unwrap();
                    assert_eq!(again, read);
                }
            }
            match list(&codec, &bytes, SCALE) {
                Err(error) => assert_printable(&error),
                Ok(Salvaged { list: read, broken }) => {
                    broken.iter().for_each(assert_printable);
                    let (count, most) = (read.len() + broken.len(), bytes.len() / ITEM + 1);
                    assert!(read.items.capacity() <= most.max(2 * count).max(4));
                    for item in &read.items {
                        let again = object(&codec, &write(&codec, &own, item), SCALE).unwrap();
                        assert_eq!(again, *item);
                    }
                }
            }
        });
    }
}
