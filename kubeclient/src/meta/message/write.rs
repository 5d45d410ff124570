//! The fields of a message as JSON, or as whatever serde writes (raw JSON within them as JSON alone).
//!
//! As Go writes: a field marked `omit` is left out while it is empty, any other stands there; what is absent
//! never does. Unlike Go, a struct without content is empty, too: an apply must not own what nobody meant.

use serde::ser::{Error, Serialize, SerializeStruct, Serializer};

use super::{Entries, Message, Value};

/// Writes a message.
pub(crate) fn write<S: Serializer>(
    message: &dyn Message,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let descriptor = message.descriptor();
    if descriptor.is_untagged {
        return write_untagged(message, serializer);
    }
    let fields = || {
        descriptor.fields.iter().enumerate().filter_map(|(place, info)| {
            let field = message.field(place);
            let is_left_out = info.is_omitted_when_empty() && field.is_unset();
            if is_left_out { None } else { Some((info.json, field.get()?)) }
        })
    };
    let mut written = serializer.serialize_struct(descriptor.name, fields().count())?;
    for (name, value) in fields() {
        written.serialize_field(name, &value)?;
    }
    written.end()
}

/// Writes the one field that stands for the message: the struct where there is one, else the list where it
/// holds something, else the truth value.
fn write_untagged<S: Serializer>(message: &dyn Message, serializer: S) -> Result<S::Ok, S::Error> {
    let values = || (0..message.descriptor().fields.len()).filter_map(|p| message.field(p).get());
    let filled = values().find(|value| match value {
        Value::Message(_) => true,
        Value::List(list) => list.count() > 0,
        _ => false,
    });
    match filled.or_else(|| values().find(|value| matches!(value, Value::Bool(_)))) {
        Some(value) => value.serialize(serializer),
        None => serializer.serialize_none(),
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Str(text) => serializer.serialize_str(text),
            Self::Bool(yes) => serializer.serialize_bool(*yes),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Double(number) => double(*number, serializer),
            Self::Bytes(bytes) => bytes.serialize(serializer),
            Self::Quantity(quantity) => quantity.serialize(serializer),
            Self::IntOrString(value) => value.serialize(serializer),
            Self::Time(time) => time.serialize(serializer),
            Self::MicroTime(time) => time.serialize(serializer),
            Self::Raw(raw) => raw.serialize(serializer),
            Self::Message(message) => write(*message, serializer),
            Self::List(list) => {
                serializer.collect_seq((0..list.count()).map(|place| list.at(place)))
            }
            Self::Map(entries) => write_map(*entries, serializer),
        }
    }
}

/// A number as Go writes it: without a fraction where it has none.
fn double<S: Serializer>(number: f64, serializer: S) -> Result<S::Ok, S::Error> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.fract() == 0.0 && number.abs() < EXACT {
        true => serializer.serialize_i64(number as i64),
        false if number.is_finite() => serializer.serialize_f64(number),
        false => Err(S::Error::custom("expected a number that is finite, since JSON has no other")),
    }
}

fn write_map<S: Serializer>(entries: &dyn Entries, serializer: S) -> Result<S::Ok, S::Error> {
    use serde::ser::SerializeMap;

    let mut map = serializer.serialize_map(Some(entries.count()))?;
    let mut failed = None;
    entries.each(&mut |key, value| {
        failed = map.serialize_entry(key, &value).err();
        failed.is_none()
    });
    match failed {
        Some(error) => Err(error),
        None => map.end(),
    }
}
