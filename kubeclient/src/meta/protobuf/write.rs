//! The fields of a struct as a protobuf message.
//!
//! As Go writes: a value that can't be absent is there even when it is empty; lists and maps are there for
//! what they hold.

use crate::meta::int_or_string::IntOrString;
use crate::meta::message::{FieldInfo, List, Message, Value};

/// Writes a message.
pub(crate) fn write(message: &dyn Message, out: &mut Vec<u8>) {
    group(message, 0, out);
}

/// Writes the fields of a message that stand in one group of it.
fn group(message: &dyn Message, group_number: u32, out: &mut Vec<u8>) {
    let fields = message.descriptor().fields;
    for (place, info) in fields.iter().enumerate() {
        if info.group == group_number {
            if let Some(value) = message.field(place).get().filter(|_| info.number != 0) {
                field(info.number, value, out);
            }
        } else if let Some((inner, number)) = info.group_below(group_number) {
            // The inlined struct is written whole where its first field stands.
            let is_in = |info: &FieldInfo| info.group_below(group_number) == Some((inner, number));
            if !fields[..place].iter().any(is_in) {
                nested(number, out, |out| group(message, inner, out));
            }
        }
    }
}

fn field(number: u32, value: Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Str(text) => bytes(number, text.as_bytes(), out),
        Value::Bool(yes) => varint(number, yes.into(), out),
        Value::Int(value) => varint(number, value as u64, out),
        Value::Double(value) => {
            tag(number, 1, out);
            out.extend(value.to_bits().to_le_bytes());
        }
        Value::Bytes(content) if content.is_empty() => {}
        Value::Bytes(content) => bytes(number, content, out),
        Value::Quantity(quantity) => {
            nested(number, out, |out| bytes(1, quantity.to_string().as_bytes(), out));
        }
        Value::IntOrString(value) => nested(number, out, |out| int_or_string(value, out)),
        Value::Time(time) => {
            nested(number, out, |out| instant(time.unix_seconds(), 0, out));
        }
        Value::MicroTime(time) => {
            let micros = time.unix_micros();
            let nanos = micros.rem_euclid(1_000_000) * 1000;
            nested(number, out, |out| instant(micros.div_euclid(1_000_000), nanos, out));
        }
        Value::Raw(raw) => nested(number, out, |out| bytes(1, raw.get().as_bytes(), out)),
        Value::Message(message) => nested(number, out, |out| write(message, out)),
        Value::List(list) => elements(number, list, out),
        Value::Map(entries) => {
            entries.each(&mut |key, value| {
                nested(number, out, |out| {
                    bytes(1, key.as_bytes(), out);
                    match value {
                        // Protobuf has no maps of lists: the list stands in a message of its own.
                        Value::List(list) => nested(2, out, |out| elements(1, list, out)),
                        Value::Bytes(content) => bytes(2, content, out),
                        value => field(2, value, out),
                    }
                });
                true
            });
        }
    }
}

fn elements(number: u32, list: &dyn List, out: &mut Vec<u8>) {
    for value in (0..list.count()).filter_map(|place| list.at(place)) {
        match value {
            // In a list an empty one is one of them.
            Value::Bytes(content) => bytes(number, content, out),
            value => field(number, value, out),
        }
    }
}

fn int_or_string(value: &IntOrString, out: &mut Vec<u8>) {
    let (form, int, text) = match value {
        IntOrString::Int(int) => (0, *int, ""),
        IntOrString::String(text) => (1, 0, text.as_str()),
    };
    varint(1, form, out);
    varint(2, i64::from(int) as u64, out);
    bytes(3, text.as_bytes(), out);
}

fn instant(seconds: i64, nanos: i64, out: &mut Vec<u8>) {
    varint(1, seconds as u64, out);
    varint(2, nanos as u64, out);
}

fn tag(number: u32, wire: u64, out: &mut Vec<u8>) {
    raw_varint(u64::from(number) << 3 | wire, out);
}

fn varint(number: u32, value: u64, out: &mut Vec<u8>) {
    tag(number, 0, out);
    raw_varint(value, out);
}

pub(super) fn bytes(number: u32, content: &[u8], out: &mut Vec<u8>) {
    tag(number, 2, out);
    raw_varint(content.len() as u64, out);
    out.extend(content);
}

/// Writes a field that is a message, whose length is known only when it is written.
pub(super) fn nested(number: u32, out: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
    tag(number, 2, out);
    let start = out.len();
    // Most messages are short: room for the length of one, and moved where it was not enough.
    out.push(0);
    content(out);
    let len = (out.len() - start - 1) as u64;
    match u8::try_from(len) {
        Ok(len) if len < 0x80 => out[start] = len,
        _ => {
            let mut length = Vec::with_capacity(5);
            raw_varint(len, &mut length);
            out.splice(start..=start, length);
        }
    }
}

fn raw_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
