//! Reading a message as the object that it is in JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Number, Value};

use super::fields::{self, Kind};
use super::text;
use super::wire::{Reader, Wire};
use crate::schema::zeros;

/// How deep messages may lie in one another; the deepest that make sense are schemas in definitions.
const MAX_DEPTH: usize = 100;

const PROPS: Kind =
    Kind::Message("apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps");

/// Adds the fields of a message of a definition to an object.
///
/// # Errors
/// What is wrong with the message.
pub(super) fn read(
    definition: &str,
    message: &[u8],
    object: &mut Map<String, Value>,
) -> Result<(), String> {
    read_within(definition, message, object, MAX_DEPTH)
}

fn read_within(
    definition: &str,
    bytes: &[u8],
    object: &mut Map<String, Value>,
    depth: usize,
) -> Result<(), String> {
    let message = fields::message(definition)
        .ok_or_else(|| format!("no protobuf message is known of {definition}"))?;
    let depth = depth.checked_sub(1).ok_or_else(|| "messages are nested too deep".to_owned())?;
    let mut reader = Reader::new(bytes);
    while let Some((number, wire)) = reader.next(message.name)? {
        let Some(field) = message.field(number) else { continue };
        match field.kind {
            Kind::Message(inner) if field.name.is_empty() => {
                let name = inner.rsplit('.').next().unwrap_or_default();
                read_within(inner, wire.bytes(name)?, object, depth)?;
            }
            _ => {
                let value = object.entry(field.name).or_insert(Value::Null);
                put(value, &field.kind, wire, field.name, depth)?;
            }
        }
    }
    // Written in protobuf, not in JSON.
    zeros::drop_unwritten(definition, object);
    Ok(())
}

/// Puts what a field holds into its value, which it may add to: an item to a list, an entry to a map, fields
/// to a message of which some have been read.
fn put(
    value: &mut Value,
    kind: &Kind,
    wire: Wire<'_>,
    name: &str,
    depth: usize,
) -> Result<(), String> {
    match kind {
        Kind::List(item) => return put_items(list(value), item, wire, name, depth),
        Kind::Map(item) => return put_entry(object(value), item, wire.bytes(name)?, name, depth),
        Kind::Message(definition) => {
            return read_within(definition, wire.bytes(name)?, object(value), depth);
        }
        _ => {}
    }
    *value = match kind {
        Kind::String => text(wire, name)?.into(),
        Kind::Bool => (wire.varint(name)? != 0).into(),
        Kind::Int32 | Kind::Int64 => integer(kind, wire.varint(name)?),
        Kind::Double => {
            let double = wire.double(name)?;
            let number = Number::from_f64(double)
                .ok_or_else(|| format!("json: unsupported value: {double}"))?;
            Value::Number(number)
        }
        Kind::Bytes => STANDARD.encode(wire.bytes(name)?).into(),
        Kind::Time => time(wire.bytes(name)?, "%Y-%m-%dT%H:%M:%SZ")?,
        Kind::MicroTime => time(wire.bytes(name)?, "%Y-%m-%dT%H:%M:%S.%6fZ")?,
        Kind::Quantity => field_of(wire.bytes(name)?, 1, &Kind::String, depth)?
            .unwrap_or_else(|| String::new().into()),
        Kind::IntOrString => int_or_string(wire.bytes(name)?, depth)?,
        Kind::Raw => raw(wire.bytes(name)?)?,
        Kind::PropsOrArray => {
            let list = Kind::List(Box::new(PROPS));
            either(wire.bytes(name)?, (2, &list), (1, &PROPS), depth)?.unwrap_or_default()
        }
        Kind::PropsOrBool => either(wire.bytes(name)?, (2, &PROPS), (1, &Kind::Bool), depth)?
            .unwrap_or(Value::Bool(false)),
        Kind::PropsOrStrings => {
            let strings = Kind::List(Box::new(Kind::String));
            either(wire.bytes(name)?, (2, &strings), (1, &PROPS), depth)?.unwrap_or_default()
        }
        Kind::Wrapped(inner) => field_of(wire.bytes(name)?, 1, inner, depth)?.unwrap_or_default(),
        Kind::List(_) | Kind::Map(_) | Kind::Message(_) => return Ok(()),
    };
    Ok(())
}

/// Adds an item; or many, since numbers may come packed.
fn put_items(
    items: &mut Vec<Value>,
    kind: &Kind,
    wire: Wire<'_>,
    name: &str,
    depth: usize,
) -> Result<(), String> {
    if let (Kind::Int32 | Kind::Int64, Wire::Bytes(packed)) = (kind, wire) {
        let mut reader = Reader::new(packed);
        while !reader.is_empty() {
            items.push(integer(kind, reader.varint()?));
        }
        return Ok(());
    }
    let mut item = Value::Null;
    put(&mut item, kind, wire, name, depth)?;
    items.push(item);
    Ok(())
}

/// Adds an entry of a map, which is a message of key and value.
fn put_entry(
    map: &mut Map<String, Value>,
    kind: &Kind,
    entry: &[u8],
    name: &str,
    depth: usize,
) -> Result<(), String> {
    let (mut key, mut value) = (String::new(), None);
    let mut reader = Reader::new(entry);
    while let Some((number, wire)) = reader.next(name)? {
        match number {
            1 => key = text(wire, name)?,
            2 => put(value.insert(Value::Null), kind, wire, name, depth)?,
            _ => {}
        }
    }
    let value = value.unwrap_or_else(|| match kind {
        Kind::String | Kind::Bytes => String::new().into(),
        Kind::Quantity => "0".into(),
        Kind::Message(_) => Value::Object(Map::new()),
        _ => Value::Null,
    });
    map.insert(key, value);
    Ok(())
}

/// What a message's field of that number holds, if it is there.
fn field_of(
    message: &[u8],
    number: u64,
    kind: &Kind,
    depth: usize,
) -> Result<Option<Value>, String> {
    let depth = depth.checked_sub(1).ok_or_else(|| "messages are nested too deep".to_owned())?;
    let mut found = None;
    let mut reader = Reader::new(message);
    while let Some((at, wire)) = reader.next("")? {
        if at == number {
            put(found.get_or_insert(Value::Null), kind, wire, "value", depth)?;
        }
    }
    Ok(found)
}

/// The one field of a message, or else the other.
fn either(
    message: &[u8],
    first: (u64, &Kind),
    second: (u64, &Kind),
    depth: usize,
) -> Result<Option<Value>, String> {
    match field_of(message, first.0, first.1, depth)? {
        Some(value) => Ok(Some(value)),
        None => field_of(message, second.0, second.1, depth),
    }
}

fn int_or_string(message: &[u8], depth: usize) -> Result<Value, String> {
    let which = field_of(message, 1, &Kind::Int64, depth)?.unwrap_or_else(|| 0.into());
    match which.as_i64() {
        Some(0) => Ok(field_of(message, 2, &Kind::Int32, depth)?.unwrap_or_else(|| 0.into())),
        Some(1) => {
            let found = field_of(message, 3, &Kind::String, depth)?;
            Ok(found.unwrap_or_else(|| String::new().into()))
        }
        _ => Err("impossible IntOrString.Type".to_owned()),
    }
}

fn integer(kind: &Kind, varint: u64) -> Value {
    let value = varint.cast_signed();
    // Go cuts off as well what does not fit.
    if *kind == Kind::Int32 { Value::from(value as i32) } else { Value::from(value) }
}

/// A point in time; none is an empty message.
fn time(message: &[u8], format: &str) -> Result<Value, String> {
    if message.is_empty() {
        return Ok(Value::Null);
    }
    let (mut seconds, mut nanos) = (0, 0);
    let mut reader = Reader::new(message);
    while let Some((number, wire)) = reader.next("Timestamp")? {
        match number {
            1 => seconds = wire.varint("seconds")?.cast_signed(),
            2 => nanos = wire.varint("nanos")?.cast_signed() as i32,
            _ => {}
        }
    }
    let time = Timestamp::new(seconds, nanos).map_err(|error| error.to_string())?;
    Ok(time.strftime(format).to_string().into())
}

/// The JSON that a message holds in its only field.
fn raw(message: &[u8]) -> Result<Value, String> {
    let mut json: &[u8] = b"";
    let mut reader = Reader::new(message);
    while let Some((number, wire)) = reader.next("RawExtension")? {
        if number == 1 {
            json = wire.bytes("Raw")?;
        }
    }
    if json.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(json).map_err(|error| format!("a raw value is no JSON: {error}"))
}

/// The value as a list, which it becomes if it is none.
fn list(value: &mut Value) -> &mut Vec<Value> {
    if !value.is_array() {
        *value = Value::Array(Vec::new());
    }
    match value {
        Value::Array(list) => list,
        // Invariant: it has just been made one.
        _ => unreachable!(),
    }
}

/// The value as an object, which it becomes if it is none.
fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        // Invariant: it has just been made one.
        _ => unreachable!(),
    }
}
