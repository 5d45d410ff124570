//! The JSON of the recorded answers in protobuf, byte for byte as a kube-apiserver writes it.
//!
//! One text is the source of both wires, so that they hold the same objects. Nothing here knows of
//! lists' pages, events' order or HTTP. Called by `recording` and `routes`.

mod schema;

use std::num::ParseIntError;

use serde_json::Value;

use schema::{Field, Fields, Form};

/// An error says what of an answer could not be written, to whoever changes the answers.
pub(crate) type Result<T> = std::result::Result<T, String>;

/// What every answer begins with.
const MAGIC: &[u8] = b"k8s\0";

/// What ends the envelope: no encoding and no type of what it holds.
pub(crate) const ENVELOPE_END: &[u8] = &[0x1a, 0, 0x22, 0];

/// A whole answer: `json`, an object that names its kind, in its envelope.
pub(crate) fn answer(json: &str) -> Result<Vec<u8>> {
    let value = parse(json)?;
    let kind = value["kind"].as_str().ok_or("the answer names no kind")?;
    let fields = schema::of_kind(kind).ok_or_else(|| format!("{kind} has no fields here"))?;
    let version = value["apiVersion"].as_str().unwrap_or_default();
    let raw = message(fields, &value)?;
    let mut out = envelope_start(version, kind, raw.len());
    out.extend_from_slice(&raw);
    out.extend_from_slice(ENVELOPE_END);
    Ok(out)
}

/// The message of a pod whose JSON is `json`, without an envelope.
pub(crate) fn pod(json: &str) -> Result<Vec<u8>> {
    message(schema::POD, &parse(json)?)
}

/// The field of a list that holds its metadata, whose JSON is `json`.
pub(crate) fn list_metadata(json: &str) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    bytes(&mut out, 1, &message(schema::LIST_META, &parse(json)?)?);
    Ok(out)
}

/// What comes before an object's `length` bytes: the magic, its version and kind.
pub(crate) fn envelope_start(version: &str, kind: &str, length: usize) -> Vec<u8> {
    let (mut out, mut type_meta) = (MAGIC.to_vec(), Vec::new());
    bytes(&mut type_meta, 1, version.as_bytes());
    bytes(&mut type_meta, 2, kind.as_bytes());
    bytes(&mut out, 1, &type_meta);
    key(&mut out, 2, 2);
    varint(&mut out, length as u64);
    out
}

/// A watch event with its length before it, as the stream has it; `pod` is a message without its envelope.
pub(crate) fn event(kind: &str, pod: &[u8]) -> Vec<u8> {
    let mut object = envelope_start("v1", "Pod", pod.len());
    object.extend_from_slice(pod);
    object.extend_from_slice(ENVELOPE_END);
    let (mut extension, mut event) = (Vec::new(), Vec::new());
    bytes(&mut extension, 1, &object);
    bytes(&mut event, 1, kind.as_bytes());
    bytes(&mut event, 2, &extension);
    let mut out = u32::try_from(event.len()).unwrap_or(u32::MAX).to_be_bytes().to_vec();
    out.append(&mut event);
    out
}

/// A field of bytes: its key, their number, and they.
pub(crate) fn bytes(out: &mut Vec<u8>, number: u32, value: &[u8]) {
    key(out, number, 2);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// The name in the metadata of an object that a client sent in its envelope.
pub(crate) fn name_of(body: &[u8]) -> Option<&str> {
    let raw = find(body.strip_prefix(MAGIC)?, 2)?;
    str::from_utf8(find(find(raw, 1)?, 1)?).ok()
}

/// The bytes of the first field `number`, past others of bytes; nothing else comes before those sought.
fn find(mut message: &[u8], number: u64) -> Option<&[u8]> {
    loop {
        let key = read_varint(&mut message)?;
        let length = usize::try_from(read_varint(&mut message)?).ok()?;
        let (value, rest) = message.split_at_checked(length)?;
        if key == number << 3 | 2 {
            return Some(value);
        }
        if key & 7 != 2 {
            return None;
        }
        message = rest;
    }
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn parse(json: &str) -> Result<Value> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

/// The fields of the message that JSON writes as `value`; null stands for one without any.
fn message(fields: Fields, value: &Value) -> Result<Vec<u8>> {
    let known = |name: &str| has(fields, name) || ["kind", "apiVersion"].contains(&name);
    if let Some(name) = value.as_object().and_then(|object| object.keys().find(|name| !known(name)))
    {
        return Err(format!("the field {name:?} has no number here"));
    }
    let mut out = Vec::new();
    write(&mut out, fields, value)?;
    Ok(out)
}

fn has(fields: Fields, name: &str) -> bool {
    fields.iter().any(|field| match field.form {
        Form::Inline(inner) => has(inner, name),
        _ => field.name == name,
    })
}

fn write(out: &mut Vec<u8>, fields: Fields, value: &Value) -> Result<()> {
    for field in fields {
        if let Form::Inline(inner) = field.form {
            let mut inlined = Vec::new();
            write(&mut inlined, inner, value)?;
            bytes(out, field.number, &inlined);
        } else if field.always || !value[field.name].is_null() {
            one(out, field, &value[field.name])
                .map_err(|error| format!("{}: {error}", field.name))?;
        }
    }
    Ok(())
}

/// One field; `value` is null where JSON leaves out what protobuf writes.
fn one(out: &mut Vec<u8>, field: &Field, value: &Value) -> Result<()> {
    let number = field.number;
    match field.form {
        Form::Text => bytes(out, number, text(value)?.as_bytes()),
        Form::Number if value.is_null() => scalar(out, number, 0),
        Form::Number => scalar(out, number, value.as_u64().ok_or("expected a whole number")?),
        Form::Flag => scalar(out, number, u64::from(value.as_bool().unwrap_or_default())),
        Form::Time if value.is_null() => bytes(out, number, &[]),
        Form::Time => bytes(out, number, &timestamp(text(value)?)?),
        Form::Quantity => bytes(out, number, &wrapped(text(value)?)),
        Form::Raw => bytes(out, number, &wrapped(&value.to_string())),
        Form::Message(fields) | Form::Inline(fields) => {
            bytes(out, number, &message(fields, value)?);
        }
        Form::Texts => {
            for item in value.as_array().ok_or("expected a list")? {
                bytes(out, number, text(item)?.as_bytes());
            }
        }
        Form::Messages(fields) => {
            for item in value.as_array().ok_or("expected a list")? {
                bytes(out, number, &message(fields, item)?);
            }
        }
        Form::TextMap | Form::QuantityMap => {
            for (name, item) in value.as_object().ok_or("expected an object")? {
                let mut entry = Vec::new();
                bytes(&mut entry, 1, name.as_bytes());
                match field.form {
                    Form::QuantityMap => bytes(&mut entry, 2, &wrapped(text(item)?)),
                    _ => bytes(&mut entry, 2, text(item)?.as_bytes()),
                }
                bytes(out, number, &entry);
            }
        }
    }
    Ok(())
}

fn text(value: &Value) -> Result<&str> {
    match value {
        Value::Null => Ok(""),
        value => value.as_str().ok_or_else(|| format!("{value}: expected a text")),
    }
}

/// A message whose one field is `text`.
fn wrapped(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 4);
    bytes(&mut out, 1, text.as_bytes());
    out
}

/// Seconds since 1970 and no nanoseconds, of a text such as `2026-03-01T08:15:30Z`.
fn timestamp(text: &str) -> Result<Vec<u8>> {
    let invalid = || format!("{text}: expected a time such as 2026-03-01T08:15:30Z");
    let numbers: Vec<u64> = text
        .trim_end_matches('Z')
        .split(['-', 'T', ':'])
        .map(str::parse)
        .collect::<std::result::Result<_, _>>()
        .map_err(|_: ParseIntError| invalid())?;
    let &[year @ 1970..=9999, month @ 1..=12, day @ 1..=31, hour, minute, second] =
        numbers.as_slice()
    else {
        return Err(invalid());
    };
    // Years that begin in March have their leap day at their end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    let seconds = (days - DAYS_UNTIL_1970) * 86_400 + hour * 3_600 + minute * 60 + second;
    let mut out = Vec::new();
    scalar(&mut out, 1, seconds);
    scalar(&mut out, 2, 0);
    Ok(out)
}

/// From the first of March of the year 0.
const DAYS_UNTIL_1970: u64 = 719_468;

fn scalar(out: &mut Vec<u8>, number: u32, value: u64) {
    key(out, number, 0);
    varint(out, value);
}

fn key(out: &mut Vec<u8>, number: u32, form: u64) {
    varint(out, u64::from(number) << 3 | form);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::{answer, event, name_of, pod, timestamp};

    #[test]
    fn an_answer_stands_in_its_envelope_with_what_go_writes_though_it_is_empty() {
        let status =
            r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","code":404}"#;
        let expected = [
            &b"k8s\0\x0a\x0c\x0a\x02v1\x12\x06Status"[..],
            // Of ListMeta the link, the version and the token; then message and reason without a text.
            b"\x12\x18\x0a\x06\x0a\0\x12\0\x1a\0\x12\x07Failure\x1a\0\x22\0\x30\x94\x03",
            b"\x1a\0\x22\0",
        ]
        .concat();
        assert_eq!(answer(status).expect("valid"), expected);
    }

    #[test]
    fn a_field_without_a_number_and_a_value_of_another_form_are_errors_that_name_them() {
        for (json, expected) in [
            (r#"{"spec":{"nodes":1}}"#, r#"spec: the field "nodes" has no number here"#),
            (r#"{"metadata":{"name":1}}"#, "metadata: name: 1: expected a text"),
            (r#"{"metadata":{"generation":-1}}"#, "metadata: generation: expected a whole number"),
        ] {
            assert_eq!(pod(json).expect_err("invalid").to_string(), expected);
        }
    }

    #[test]
    fn times_are_seconds_since_1970() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", &b"\x08\0\x10\0"[..]),
            ("2024-02-29T23:59:59Z", b"\x08\xff\xb4\x84\xaf\x06\x10\0"),
            ("2026-03-01T08:15:30Z", b"\x08\xa2\xeb\x8f\xcd\x06\x10\0"),
        ] {
            assert_eq!(timestamp(text).expect("valid"), seconds, "{text}");
        }
        assert!(timestamp("yesterday").is_err());
    }

    #[test]
    fn an_event_is_as_long_as_it_says() {
        let framed = event("MODIFIED", &pod(r#"{"metadata":{"name":"a"}}"#).expect("valid"));
        let (length, event) = framed.split_first_chunk().expect("a length");
        assert_eq!(u32::from_be_bytes(*length) as usize, event.len());
        assert!(event.starts_with(b"\x0a\x08MODIFIED\x12"));
    }

    #[test]
    fn the_name_of_an_object_that_came_in_protobuf_is_found() {
        let sent = answer(r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a-1"}}"#);
        assert_eq!(name_of(&sent.expect("valid")), Some("a-1"));
        assert_eq!(name_of(b"k8s\0\x0a"), None);
        assert_eq!(name_of(b"{}"), None);
    }
}
