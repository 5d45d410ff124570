//! The types that Kubernetes writes as messages of their own and that are plain values here.

use super::envelope::MAGIC;
use super::{Content, Input, ProtobufError};
use crate::meta::int_or_string::IntOrString;
use crate::meta::quantity::Quantity;
use crate::meta::raw::RawJson;

/// `Quantity{1: text}`.
pub(super) fn quantity(mut input: Input<'_>) -> Result<Quantity, ProtobufError> {
    let whole = input;
    let mut quantity = Quantity::default();
    while let Some((number, content)) = input.next()? {
        if let (1, Content::Bytes(text)) = (number, content) {
            quantity = match text.text()? {
                "" => Quantity::default(),
                text => text.parse().map_err(|_| whole.error("not a quantity"))?,
            };
        }
    }
    Ok(quantity)
}

/// `IntOrString{1: type, 2: int, 3: text}`.
pub(super) fn int_or_string(mut input: Input<'_>) -> Result<IntOrString, ProtobufError> {
    let whole = input;
    let (mut form, mut int, mut text) = (0, 0, "");
    while let Some((number, content)) = input.next()? {
        match (number, content) {
            (1, Content::Varint(value)) => form = value,
            (2, Content::Varint(value)) => int = value as i32,
            (3, Content::Bytes(value)) => text = value.text()?,
            _ => {}
        }
    }
    match form {
        0 => Ok(IntOrString::Int(int)),
        1 => Ok(IntOrString::String(text.into())),
        _ => Err(whole.error("neither an integer nor a text")),
    }
}

/// `Timestamp{1: seconds, 2: nanoseconds}`; empty where there is no instant.
pub(super) fn instant<T>(
    mut input: Input<'_>,
    make: fn(i64, i32) -> Option<T>,
) -> Result<Option<T>, ProtobufError> {
    let whole = input;
    let (mut seconds, mut nanos) = (0, 0);
    while let Some((number, content)) = input.next()? {
        match (number, content) {
            (1, Content::Varint(value)) => seconds = value as i64,
            (2, Content::Varint(value)) => nanos = value as i32,
            _ => {}
        }
    }
    if whole.is_empty() {
        return Ok(None);
    }
    if !(0..1_000_000_000).contains(&nanos) {
        return Err(whole.error("an instant with more than a second of nanoseconds"));
    }
    match make(seconds, nanos) {
        Some(instant) => Ok(Some(instant)),
        None => Err(whole.error("an instant beyond the year 9999")),
    }
}

/// `RawExtension{1: bytes}`, `FieldsV1{1: bytes}`, `JSON{1: bytes}`; `None` where there are no bytes.
pub(super) fn raw(mut input: Input<'_>) -> Result<Option<RawJson>, ProtobufError> {
    let mut raw = None;
    while let Some((number, content)) = input.next()? {
        if let (1, Content::Bytes(bytes)) = (number, content) {
            if bytes.strip_prefix(MAGIC).is_some() {
                return Err(bytes.error("expected JSON, found an object in protobuf"));
            }
            raw = (!bytes.is_empty()).then(|| bytes.text().map(RawJson::unchecked)).transpose()?;
        }
    }
    Ok(raw)
}
