//! [`RawJson`]: a part of an object that is carried, not read.

use std::fmt;

use serde::de::value::MapDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON value kept as the text in which it came.
///
/// It costs one allocation, whatever it holds; [`RawJson::get`] gives the text to those who want to
/// read it. Go's `RawExtension`, `FieldsV1` and `JSON` are this. It is read from any format and written to
/// JSON: other formats are written by way of [`serde_json::to_value`].
///
/// ```
/// use kubeclient::meta::raw::RawJson;
///
/// let parameters = RawJson::from_value(&serde_json::json!({"size": 3}))?;
/// assert_eq!(parameters.get(), r#"{"size":3}"#);
/// assert!(RawJson::new("{size: 3}").is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RawJson(Box<str>);

impl RawJson {
    /// Checks that the text is one JSON value and keeps it.
    ///
    /// # Errors
    /// The text is not one JSON value.
    pub fn new(text: impl Into<String>) -> serde_json::Result<Self> {
        RawValue::from_string(text.into()).map(|raw| Self(raw.into()))
    }

    /// Writes a value as JSON and keeps the text.
    ///
    /// # Errors
    /// The value refuses to be written.
    pub fn from_value<T: Serialize>(value: &T) -> serde_json::Result<Self> {
        serde_json::to_string(value).map(|text| Self(text.into()))
    }

    /// Keeps a text that came in protobuf, where only a server's word says that it is JSON: it is checked
    /// when it is written.
    #[cfg(any(test, feature = "protobuf"))]
    pub(crate) fn unchecked(text: &str) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn get(&self) -> &str {
        &self.0
    }
}

impl Default for RawJson {
    /// `null`.
    fn default() -> Self {
        Self("null".into())
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawJson").field(&format_args!("{} bytes", self.get().len())).finish()
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serde_json::from_str::<&RawValue>(&self.0) {
            Ok(raw) => raw.serialize(serializer),
            Err(_) => Err(S::Error::custom("expected JSON in a field that holds any JSON")),
        }
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(AnyFormat(deserializer)).map(|raw| Self(raw.into()))
    }
}

/// Reads raw JSON also where it stands in another format, such as YAML: the value is read, and written as
/// JSON.
///
/// `RawValue` asks its deserializer for a newtype struct of a certain name. serde_json knows the name and
/// gives a map of one entry with that key, the text as its value; others give the value itself.
struct AnyFormat<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for AnyFormat<D> {
    type Error = D::Error;

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, Either { name, visitor })
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Either<V> {
    name: &'static str,
    visitor: V,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Either<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(map)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        let value = serde_json::Value::deserialize(value)?;
        let entry = [(self.name, value.to_string())];
        self.visitor.visit_map(MapDeserializer::new(entry.into_iter()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_as_it_came() {
        for text in [r#"{"b": 1,  "a":[1.0, null]}"#, "\"x\"", "12345678901234567890123", "null"] {
            let raw: RawJson = serde_json::from_str(text).unwrap();
            assert_eq!(raw.get(), text);
            assert_eq!(serde_json::to_string(&raw).unwrap(), text);
        }
    }

    #[test]
    fn other_formats_are_read_as_well() {
        let raw: RawJson = serde_saphyr::from_str("f:metadata:\n  f:labels: {.: {}}\n").unwrap();
        assert_eq!(raw.get(), r#"{"f:metadata":{"f:labels":{".":{}}}}"#);
        let raw: RawJson = serde_json::from_value(serde_json::json!([1, "a"])).unwrap();
        assert_eq!(raw.get(), r#"[1,"a"]"#);
    }

    #[test]
    fn what_is_no_json_is_an_error_when_it_is_written() {
        let raw = RawJson::unchecked("{hunter2");
        let error = serde_json::to_string(&raw).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
