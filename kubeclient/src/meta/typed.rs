//! Reading `apiVersion` and `kind` for types that don't have them as fields.
//!
//! One pass, no intermediate value: a deserializer that takes the two keys out, wherever they stand,
//! and checks them. They don't reach the type's own code, so that `deny_unknown_fields` and `flatten`
//! work as ever. `typed_write` is the other direction.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};

pub(crate) const API_VERSION: &str = "apiVersion";
pub(crate) const KIND: &str = "kind";

/// What the two keys must say; what is wrong with them otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) api_version: &'a str,
    pub(crate) kind: &'a str,
    /// Whether they must be there; in a list they come from the list.
    pub(crate) required: bool,
}

/// Reads one object, whose type is checked.
pub(crate) struct ObjectSeed<'a, T> {
    expected: Expected<'a>,
    object: PhantomData<fn() -> T>,
}

impl<'a, T> ObjectSeed<'a, T> {
    pub(crate) fn new(expected: Expected<'a>) -> Self {
        Self { expected, object: PhantomData }
    }

    pub(crate) fn expected(&self) -> Expected<'a> {
        self.expected
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for ObjectSeed<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        let mut found = Found::new(self.expected);
        let object = T::deserialize(Filtering { inner: deserializer, found: &mut found })?;
        found.check().map_err(de::Error::custom)?;
        Ok(object)
    }
}

/// The two keys as they were found.
struct Found<'a> {
    expected: Expected<'a>,
    api_version: Key,
    kind: Key,
}

#[derive(PartialEq)]
enum Key {
    Absent,
    AsExpected,
    Other(String),
}

impl<'a> Found<'a> {
    fn new(expected: Expected<'a>) -> Self {
        Self { expected, api_version: Key::Absent, kind: Key::Absent }
    }

    fn check(self) -> Result<(), Mismatch> {
        let fine = |key: &Key| match key {
            Key::AsExpected => true,
            Key::Absent => !self.expected.required,
            Key::Other(_) => false,
        };
        if fine(&self.api_version) && fine(&self.kind) {
            return Ok(());
        }
        let Expected { api_version, kind, .. } = self.expected;
        Err(Mismatch::new(
            format!("{api_version} {kind}"),
            self.api_version.text(api_version),
            self.kind.text(kind),
        ))
    }
}

impl Key {
    fn text<'a>(&'a self, expected: &'a str) -> &'a str {
        match self {
            Self::Absent => "",
            Self::AsExpected => expected,
            Self::Other(text) => text,
        }
    }
}

/// The prefix by which a mismatch is known for one after it went through a codec's own error.
pub(crate) const MISMATCH: &str = "the object is of another kind: ";

/// The object is not what it was asked for.
pub(crate) struct Mismatch {
    expected: String,
    found: String,
}

impl Mismatch {
    pub(crate) fn new(expected: String, api_version: &str, kind: &str) -> Self {
        let found = match (api_version, kind) {
            ("", "") => "neither apiVersion nor kind".into(),
            ("", kind) => format!("kind {kind} without apiVersion"),
            (api_version, "") => format!("apiVersion {api_version} without kind"),
            (api_version, kind) => format!("{api_version} {kind}"),
        };
        Self { expected, found }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found: String = self.found.chars().take(200).collect();
        write!(f, "{MISMATCH}expected {}, found {found}", self.expected)
    }
}

/// Deserializes as `inner` does, without the two keys at the top.
struct Filtering<'f, 'a, D> {
    inner: D,
    found: &'f mut Found<'a>,
}

macro_rules! pass_on {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method($($argument,)* FilteringVisitor { visitor, found: self.found })
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Filtering<'_, '_, D> {
    type Error = D::Error;

    pass_on! {
        deserialize_any();
        deserialize_map();
        deserialize_newtype_struct(name: &'static str);
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
    }

    /// Ignored or not, the two keys are looked at.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct enum identifier
    }
}

struct FilteringVisitor<'f, 'a, V> {
    visitor: V,
    found: &'f mut Found<'a>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for FilteringVisitor<'_, '_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(FilteringMap { map, found: self.found })
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_newtype_struct(Filtering { inner, found: self.found })
    }
}

struct FilteringMap<'f, 'a, A> {
    map: A,
    found: &'f mut Found<'a>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for FilteringMap<'_, '_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let mut seed = Some(seed);
        loop {
            match self.map.next_key_seed(KeySeed(&mut seed))? {
                None => return Ok(None),
                Some(FoundKey::Other(key)) => return Ok(Some(key)),
                Some(FoundKey::ApiVersion) => {
                    let expected = self.found.expected.api_version;
                    self.found.api_version = self.map.next_value_seed(TypeValue(expected))?;
                }
                Some(FoundKey::Kind) => {
                    let expected = self.found.expected.kind;
                    self.found.kind = self.map.next_value_seed(TypeValue(expected))?;
                }
            }
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

enum FoundKey<K> {
    ApiVersion,
    Kind,
    Other(K),
}

/// Looks at a key before the type's own seed does; leaves the seed where the key is one of the two.
struct KeySeed<'s, K>(&'s mut Option<K>);

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for KeySeed<'_, K> {
    type Value = FoundKey<K::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> KeySeed<'_, K> {
    fn other<D: Deserializer<'de>>(self, key: D) -> Result<FoundKey<K::Value>, D::Error> {
        // Invariant: the seed is taken once, since a KeySeed reads one key.
        let seed = self.0.take().expect("a key seed reads one key");
        seed.deserialize(key).map(FoundKey::Other)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for KeySeed<'_, K> {
    type Value = FoundKey<K::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Self::Value, E> {
        match key {
            API_VERSION => Ok(FoundKey::ApiVersion),
            KIND => Ok(FoundKey::Kind),
            _ => self.other(StrDeserializer::new(key)),
        }
    }

    fn visit_borrowed_str<E: de::Error>(self, key: &'de str) -> Result<Self::Value, E> {
        match key {
            API_VERSION => Ok(FoundKey::ApiVersion),
            KIND => Ok(FoundKey::Kind),
            _ => self.other(BorrowedStrDeserializer::new(key)),
        }
    }
}

/// Compares a string with what is expected, and keeps it only when it differs.
struct TypeValue<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for TypeValue<'_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for TypeValue<'_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }

    fn visit_str<E>(self, text: &str) -> Result<Key, E> {
        Ok(if text == self.0 { Key::AsExpected } else { Key::Other(text.into()) })
    }

    fn visit_unit<E>(self) -> Result<Key, E> {
        Ok(Key::Absent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        a: i32,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Flat {
        #[serde(flatten)]
        strict: BTreeMap<String, i32>,
    }

    const EXPECTED: Expected<'_> = Expected { api_version: "x.io/v1", kind: "Foo", required: true };

    fn read<'de, T: Deserialize<'de>>(
        text: &'de str,
        expected: Expected<'_>,
    ) -> serde_json::Result<T> {
        ObjectSeed::new(expected).deserialize(&mut serde_json::Deserializer::from_str(text))
    }

    #[test]
    fn the_keys_are_taken_out_wherever_they_stand() {
        for text in [
            r#"{"apiVersion":"x.io/v1","kind":"Foo","a":1}"#,
            r#"{"kind":"Foo","a":1,"apiVersion":"x.io/v1"}"#,
            r#"{"a":1,"\u006bind":"Foo","apiVersion":"x.io/v1"}"#,
        ] {
            assert_eq!(read::<Strict>(text, EXPECTED).unwrap(), Strict { a: 1 }, "{text}");
            assert_eq!(read::<Flat>(text, EXPECTED).unwrap().strict.len(), 1, "{text}");
        }
    }

    #[test]
    fn another_kind_or_none_is_an_error() {
        let error =
            read::<Strict>(r#"{"apiVersion":"v1","kind":"Bar","a":1}"#, EXPECTED).unwrap_err();
        assert!(error.to_string().contains("expected x.io/v1 Foo, found v1 Bar"), "{error}");
        let error = read::<Strict>(r#"{"a":1}"#, EXPECTED).unwrap_err();
        assert!(error.to_string().contains("neither apiVersion nor kind"), "{error}");
        let lenient = Expected { required: false, ..EXPECTED };
        assert!(read::<Strict>(r#"{"a":1}"#, lenient).is_ok());
        assert!(read::<Strict>(r#"{"a":1,"kind":"Bar"}"#, lenient).is_err());
        assert!(read::<Strict>(r#"{"a":1,"b":1}"#, lenient).is_err());
    }
}
