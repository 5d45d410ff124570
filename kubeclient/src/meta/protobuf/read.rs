//! A protobuf message into the fields of a struct, in place.

use super::{Content, Input, ProtobufError, scalar};
use crate::meta::budget;
use crate::meta::byte_string::ByteString;
use crate::meta::message::{Descriptor, Entries, List, Message, Slot};
use crate::meta::time::{MicroTime, Time};

/// How deep messages may stand in one another (protobuf's usual figure); a schema of a definition is the
/// deepest there is.
const DEPTH: u32 = 100;

/// Fills a message; fields that it does not have are passed over, unread.
pub(crate) fn merge(message: &mut dyn Message, input: Input<'_>) -> Result<(), ProtobufError> {
    fields(message, 0, input, DEPTH)
}

/// Fills the fields of a message that stand in one group of it.
fn fields(
    message: &mut dyn Message,
    group: u32,
    mut input: Input<'_>,
    depth: u32,
) -> Result<(), ProtobufError> {
    let Some(deeper) = depth.checked_sub(1) else {
        return Err(input.error("messages too deep in one another"));
    };
    let descriptor = message.descriptor();
    let mut from = 0;
    // A list or map whose elements are still coming.
    let mut open = None;
    while let Some((number, content)) = input.next()? {
        let Some(place) = place_of(descriptor, group, number, from) else {
            // The inlined struct that some fields stand in, or a field of no interest.
            let mut below = descriptor.fields.iter().filter_map(|field| field.group_below(group));
            if let Content::Bytes(inlined) = content
                && let Some((inner, _)) = below.find(|(_, own)| *own == number)
            {
                fields(message, inner, inlined, deeper)?;
            }
            continue;
        };
        let info = &descriptor.fields[place];
        if info.is_skipped() {
            continue;
        }
        from = place;
        if open != Some(place) {
            settle(message, open.take());
        }
        let slot = message.field_mut(place).slot();
        if matches!(slot, Slot::List(_) | Slot::Map(_)) {
            open = Some(place);
        }
        fill(slot, content, &input, deeper).map_err(|error| error.in_field(info.json))?;
        if info.is_absent_when_empty() {
            clear_empty(message, place);
        }
    }
    settle(message, open);
    Ok(())
}

/// The place of a field, looked for from a place on: fields come in the order of their numbers, which is
/// mostly the table's.
fn place_of(descriptor: &Descriptor, group: u32, number: u32, from: usize) -> Option<usize> {
    let (before, after) = descriptor.fields.split_at(from);
    let position = |fields: &[crate::meta::message::FieldInfo]| {
        fields.iter().position(|field| field.number == number && field.group == group)
    };
    position(after).map(|place| from + place).or_else(|| position(before))
}

/// Makes a value absent that is empty and may be absent.
fn clear_empty(message: &mut dyn Message, place: usize) {
    if message.field(place).get().is_some_and(|value| value.is_empty())
        && let Slot::Optional(optional) = message.field_mut(place).slot()
    {
        optional.clear();
    }
}

/// The elements of a list or map are all there.
fn settle(message: &mut dyn Message, place: Option<usize>) {
    match place.map(|place| message.field_mut(place).slot()) {
        Some(Slot::List(list)) => list.settle(),
        Some(Slot::Map(entries)) => entries.settle(),
        _ => {}
    }
}

/// Fills a place with what a field holds; says whether that is a value, since Go writes an empty message for
/// an instant or JSON that it does not have.
fn fill(
    slot: Slot<'_>,
    content: Content<'_>,
    after: &Input<'_>,
    depth: u32,
) -> Result<bool, ProtobufError> {
    let varint = || match content {
        Content::Varint(value) => Ok(value),
        _ => Err(after.error("expected an integer, found another wire type")),
    };
    let bytes = || match content {
        Content::Bytes(bytes) => Ok(bytes),
        _ => Err(after.error("expected bytes of a length, found another wire type")),
    };
    match slot {
        Slot::Str(place) => {
            *place = bytes()?.text()?.to_owned();
            budget::spend(place.len() + budget::PIECE);
        }
        Slot::Bool(place) => *place = varint()? != 0,
        // As Go does: what an integer has beyond its size is cut off.
        Slot::Int32(place) => *place = varint()? as i32,
        Slot::Int64(place) => *place = varint()? as i64,
        Slot::Double(place) => match content {
            Content::Fixed64(bits) => *place = f64::from_bits(bits),
            _ => return Err(after.error("expected eight bytes, found another wire type")),
        },
        Slot::Bytes(place) => {
            *place = ByteString::from(bytes()?.bytes());
            budget::spend(place.len() + budget::PIECE);
        }
        Slot::Quantity(place) => *place = scalar::quantity(bytes()?)?,
        Slot::IntOrString(place) => *place = scalar::int_or_string(bytes()?)?,
        Slot::Time(place) => return set(place, scalar::instant(bytes()?, Time::from_unix)?),
        Slot::MicroTime(place) => {
            return set(place, scalar::instant(bytes()?, MicroTime::from_unix)?);
        }
        Slot::Raw(place) => {
            let raw = bytes()?;
            budget::spend(raw.bytes().len() + budget::PIECE);
            return set(place, scalar::raw(raw)?);
        }
        Slot::Message(message) => fields(message, 0, bytes()?, depth)?,
        Slot::List(list) => element(list, content, after, depth)?,
        Slot::Map(entries) => entry(entries, bytes()?, depth)?,
        Slot::Optional(optional) => {
            if !fill(optional.make(), content, after, depth)? {
                optional.clear();
            }
        }
    }
    Ok(true)
}

/// Sets a place where there is a value; says whether there is.
fn set<T: Default>(place: &mut T, value: Option<T>) -> Result<bool, ProtobufError> {
    let is_there = value.is_some();
    *place = value.unwrap_or_default();
    Ok(is_there)
}

fn element(
    list: &mut dyn List,
    content: Content<'_>,
    after: &Input<'_>,
    depth: u32,
) -> Result<(), ProtobufError> {
    check(after)?;
    let place = list.count();
    fill(list.push(), content, after, depth).map_err(|error| error.in_element(place))?;
    Ok(())
}

/// Whether there may be a further element or entry.
fn check(at: &Input<'_>) -> Result<(), ProtobufError> {
    match budget::is_spent() {
        true => Err(at.error("more memory than may be made of an answer")),
        false => Ok(()),
    }
}

/// An entry of a map: `{1: key, 2: value}`.
fn entry(entries: &mut dyn Entries, input: Input<'_>, depth: u32) -> Result<(), ProtobufError> {
    let (mut key, mut value) = ("", None);
    let mut rest = input;
    while let Some((number, content)) = rest.next()? {
        match (number, content) {
            (1, Content::Bytes(text)) => key = text.text()?,
            (2, content) => value = Some(content),
            _ => {}
        }
    }
    check(&input)?;
    let slot = entries.push(key.to_owned());
    let Some(content) = value else { return Ok(()) };
    let filled = match (slot, content) {
        // Protobuf has no maps of lists: the list stands in a message of its own.
        (Slot::List(list), Content::Bytes(wrapped)) => wrapped_list(list, wrapped, depth),
        (slot, content) => fill(slot, content, &rest, depth).map(drop),
    };
    filled.map_err(|error| error.in_key(key))
}

fn wrapped_list(
    list: &mut dyn List,
    mut input: Input<'_>,
    depth: u32,
) -> Result<(), ProtobufError> {
    list.clear();
    while let Some((number, content)) = input.next()? {
        if number == 1 {
            element(list, content, &input, depth)?;
        }
    }
    list.settle();
    Ok(())
}
