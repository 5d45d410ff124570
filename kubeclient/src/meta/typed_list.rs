//! Reading a list whose items are read, and checked, as `typed` reads an object.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::budget;
use super::list::{ListMeta, ObjectList};
use super::typed::{Expected, Mismatch, ObjectSeed};

/// Reads a list, whose items are read as [`ObjectSeed`] does.
pub(crate) struct ListSeed<'a, T> {
    expected: Expected<'a>,
    object: PhantomData<fn() -> T>,
}

impl<'a, T> ListSeed<'a, T> {
    /// `expected` is what the items are.
    pub(crate) fn new(expected: Expected<'a>) -> Self {
        Self { expected: Expected { required: false, ..expected }, object: PhantomData }
    }

    pub(crate) fn expected(&self) -> Expected<'a> {
        self.expected
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for ListSeed<'_, T> {
    type Value = ObjectList<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListSeed<'_, T> {
    type Value = ObjectList<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of {} of {}", self.expected.kind, self.expected.api_version)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut list = ObjectList { metadata: ListMeta::default(), items: Vec::new() };
        let (mut api_version, mut kind) = (None::<String>, None::<String>);
        while let Some(key) = map.next_key::<ListKey>()? {
            match key {
                ListKey::ApiVersion => api_version = map.next_value()?,
                ListKey::Kind => kind = map.next_value()?,
                ListKey::Metadata => {
                    list.metadata = map.next_value::<Option<_>>()?.unwrap_or_default()
                }
                ListKey::Items => list.items = map.next_value_seed(ItemsSeed(&self))?,
                ListKey::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let (api_version, kind) = (api_version.unwrap_or_default(), kind.unwrap_or_default());
        match list_mismatch(self.expected, &api_version, &kind) {
            Some(mismatch) => Err(de::Error::custom(mismatch)),
            None => Ok(list),
        }
    }
}

/// What is wrong with a list that says this of itself, if something is.
pub(crate) fn list_mismatch(
    expected: Expected<'_>,
    api_version: &str,
    kind: &str,
) -> Option<impl fmt::Display + use<>> {
    // The kind of a list is free (a CRD names its own), save that it ends in List.
    let fine = kind.ends_with("List") && api_version == expected.api_version;
    let wanted = || format!("{} {}List", expected.api_version, expected.kind);
    (!fine).then(|| Mismatch::new(wanted(), api_version, kind))
}

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
pub(crate) enum ListKey {
    ApiVersion,
    Kind,
    Metadata,
    Items,
    #[serde(other)]
    Other,
}

struct ItemsSeed<'s, 'a, T>(&'s ListSeed<'a, T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for ItemsSeed<'_, '_, T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        // Servers write `"items": null` for none.
        deserializer.deserialize_option(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ItemsSeed<'_, '_, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the items of a list")
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_none<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(ObjectSeed::new(self.0.expected))? {
            budget::spend(budget::element::<T>());
            budget::check()?;
            items.push(item);
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        a: i32,
    }

    const EXPECTED: Expected<'_> = Expected { api_version: "x.io/v1", kind: "Foo", required: true };

    #[test]
    fn items_take_their_type_from_the_list() {
        let read = |text: &str| {
            ListSeed::<Strict>::new(EXPECTED)
                .deserialize(&mut serde_json::Deserializer::from_str(text))
        };
        let list = read(
            r#"{"kind":"FooList","apiVersion":"x.io/v1","metadata":{"resourceVersion":"7","continue":""},"items":[{"a":1},{"kind":"Foo","a":2}]}"#,
        )
        .unwrap();
        assert_eq!(list.items, [Strict { a: 1 }, Strict { a: 2 }]);
        assert_eq!(list.metadata.resource_version, "7");
        assert!(
            read(r#"{"kind":"FooList","apiVersion":"x.io/v1","items":null}"#).unwrap().is_empty()
        );
        assert!(
            read(r#"{"kind":"FooList","apiVersion":"x.io/v1","metadata":null}"#)
                .unwrap()
                .is_empty()
        );
        assert!(read(r#"{"kind":"Status","apiVersion":"v1","items":[]}"#).is_err());
        assert!(
            read(r#"{"kind":"FooList","apiVersion":"x.io/v1","items":[{"kind":"Bar","a":2}]}"#)
                .is_err()
        );
    }
}
