//! One scalar, decoded as Go decodes it and written as the server writes it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::quantity::Quantity;
use crate::schema::{SchemaKind, SchemaRef};

/// What is wrong with a scalar.
pub(super) enum Wrong {
    /// It is of another type, or does not fit.
    Type,
    /// The text cannot be read; these are the words for it.
    Text(String),
}

/// Decodes a scalar that is not null in place.
pub(super) fn decode(reference: &SchemaRef, value: &mut Value) -> Result<(), Wrong> {
    let schema = reference.get();
    match (schema.kind, &*value) {
        (SchemaKind::String, Value::String(text)) => {
            let decoded = match schema.format.as_str() {
                "byte" => bytes(text),
                "date-time" => time(text),
                "micro-time" => micro_time(text),
                _ => return Ok(()),
            };
            *value = decoded.map_err(Wrong::Text)?.into();
            Ok(())
        }
        (SchemaKind::String, Value::Array(list)) if schema.format == "byte" => {
            let byte = |value: &Value| value.as_u64().and_then(|byte| u8::try_from(byte).ok());
            let bytes: Option<Vec<u8>> = list.iter().map(byte).collect();
            *value = STANDARD.encode(bytes.ok_or(Wrong::Type)?).into();
            Ok(())
        }
        (SchemaKind::Integer, Value::Number(number)) => match number.as_i64() {
            Some(number) if schema.format != "int32" || i32::try_from(number).is_ok() => Ok(()),
            // `-0` is an integer to Go.
            None if number.as_f64() == Some(0.0) && number.to_string() == "-0.0" => {
                *value = 0.into();
                Ok(())
            }
            _ => Err(Wrong::Type),
        },
        (SchemaKind::Boolean, Value::Bool(_)) | (SchemaKind::Number, Value::Number(_)) => Ok(()),
        (SchemaKind::IntOrString, Value::String(_)) => Ok(()),
        (SchemaKind::IntOrString, Value::Number(number)) => {
            let fits = number.as_i64().is_some_and(|number| i32::try_from(number).is_ok());
            if fits { Ok(()) } else { Err(Wrong::Type) }
        }
        (SchemaKind::Quantity, Value::String(_) | Value::Number(_)) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let quantity = Quantity::parse(text.trim()).map_err(|why| Wrong::Text(why.into()))?;
            *value = quantity.rounded_to_millis().to_string().into();
            Ok(())
        }
        (SchemaKind::Quantity, other) => Err(Wrong::Text(
            Quantity::parse(&other.to_string()).err().unwrap_or_default().to_owned(),
        )),
        _ => Err(Wrong::Type),
    }
}

/// Base64, whose line ends are passed over.
fn bytes(text: &str) -> Result<String, String> {
    let text: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    match STANDARD.decode(&text) {
        Ok(bytes) => Ok(STANDARD.encode(bytes)),
        Err(error) => {
            let at = match error {
                base64::DecodeError::InvalidByte(at, _)
                | base64::DecodeError::InvalidLastSymbol { offset: at, .. } => at,
                // What is too short is wrong where its last group of four begins.
                _ => text.len() / 4 * 4,
            };
            Err(format!("illegal base64 data at input byte {at}"))
        }
    }
}

/// A `Time`: to the second, in UTC.
fn time(text: &str) -> Result<String, String> {
    const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";
    let time = rfc3339(text).ok_or_else(|| not_a_time(text, LAYOUT))?;
    Ok(time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// A `MicroTime`: six digits after the second, no more, no less.
fn micro_time(text: &str) -> Result<String, String> {
    const LAYOUT: &str = "2006-01-02T15:04:05.000000Z07:00";
    let digits = text.get(19..).and_then(|rest| rest.strip_prefix('.'));
    let digits = digits.map(|rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let time = rfc3339(text).filter(|_| digits == Some(6));
    let time = time.ok_or_else(|| not_a_time(text, LAYOUT))?;
    Ok(time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string())
}

fn not_a_time(text: &str, layout: &str) -> String {
    let (at, wanted) = match text.get(..19).filter(|head| is_date_and_time(head)) {
        Some(_) if layout.contains(".000000") && !text[19..].starts_with('.') => (19, ".000000"),
        Some(_) => (19, "Z07:00"),
        None => (0, "2006"),
    };
    format!("parsing time {text:?} as {layout:?}: cannot parse {:?} as {wanted:?}", &text[at..])
}

/// What RFC 3339 allows; the parser alone would take more.
fn rfc3339(text: &str) -> Option<Timestamp> {
    let (head, rest) = text.split_at_checked(19)?;
    let zone = rest.trim_start_matches(|c: char| c == '.' || c == ',' || c.is_ascii_digit());
    let is_offset = zone.len() == 6
        && zone.starts_with(['+', '-'])
        && zone
            .bytes()
            .enumerate()
            .skip(1)
            .all(|(at, byte)| if at == 3 { byte == b':' } else { byte.is_ascii_digit() });
    if !is_date_and_time(head) || !(zone == "Z" || is_offset) {
        return None;
    }
    text.replace(',', ".").parse().ok()
}

/// `2006-01-02T15:04:05`, as far as the shape goes.
fn is_date_and_time(head: &str) -> bool {
    head.len() == 19
        && head.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            10 => byte == b'T',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        })
}
