//! Lists and JSON trees that are read within the bound of [`budget`].

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::budget;

/// What a node of a tree of entries takes, and how many there are in one: at least five, but in the last one.
const NODE: usize = 11 * size_of::<(String, Value)>() + budget::PIECE;
const ENTRIES: usize = 5;

/// Reads a list; `null` is none.
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Elements<T>(PhantomData<fn() -> T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Elements<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a sequence")
        }

        fn visit_none<E>(self) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }

        fn visit_unit<E>(self) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }

        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
            deserializer.deserialize_seq(self)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(element) = seq.next_element()? {
                budget::spend(budget::element::<T>());
                budget::check()?;
                list.push(element);
            }
            Ok(list)
        }
    }

    deserializer.deserialize_option(Elements(PhantomData))
}

/// Reads a map.
pub(crate) fn map<'de, D, T>(deserializer: D) -> Result<BTreeMap<String, T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Entries<T>(PhantomData<fn() -> T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
        type Value = BTreeMap<String, T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some((key, value)) = entries.next_entry::<String, T>()? {
                budget::spend(key.len() + 3 * budget::element::<(String, T)>());
                budget::check()?;
                map.insert(key, value);
            }
            Ok(map)
        }
    }

    deserializer.deserialize_map(Entries(PhantomData))
}

/// Any JSON, as a tree.
pub(crate) struct Json(pub(crate) Value);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Tree.deserialize(deserializer).map(Self)
    }
}

/// Reads a tree as serde_json does.
pub(crate) struct Tree;

impl<'de> DeserializeSeed<'de> for Tree {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Value, E> {
        Ok(Value::Bool(yes))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        budget::spend(text.len() + budget::PIECE);
        Ok(Value::String(text))
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = seq.next_element_seed(Tree)? {
            let room = list.capacity();
            list.push(element);
            if room == 0 {
                budget::spend(budget::PIECE);
            }
            budget::spend((list.capacity() - room) * size_of::<Value>());
            budget::check()?;
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            entry(&map, &key);
            budget::check()?;
            map.insert(key, entries.next_value_seed(Tree)?);
        }
        Ok(Value::Object(map))
    }
}

/// Counts what one more entry takes.
pub(crate) fn entry(map: &Map<String, Value>, key: &str) {
    let is_a_node = map.len().is_multiple_of(ENTRIES) && map.len() != ENTRIES;
    budget::spend(key.len() + budget::PIECE + if is_a_node { NODE } else { 0 });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_the_one_that_serde_json_reads() {
        for text in [
            "null",
            "[]",
            "{}",
            r#"[1, -1, 18446744073709551615, 1e3, 0.1, -0, true, null, "a\u00e9\n"]"#,
            r#"{"a": {"b": [{}, [[]], {"c": ""}]}, "a": 2, "": null}"#,
            "\"x",
            "[1",
            "{\"a\"}",
            "1e400",
            &"[".repeat(200),
        ] {
            let read = serde_json::from_str::<Json>(text).map(|json| json.0);
            let expected = serde_json::from_str::<Value>(text);
            assert_eq!(read.is_ok(), expected.is_ok(), "{text}");
            assert_eq!(read.ok(), expected.ok(), "{text}");
        }
    }

    #[test]
    fn null_is_no_list() {
        let read = |text: &str| list::<_, i32>(&mut serde_json::Deserializer::from_str(text));
        assert_eq!(read("null").unwrap(), [0; 0]);
        assert_eq!(read("[1,2]").unwrap(), [1, 2]);
        assert!(read("{}").is_err());
    }

    #[test]
    fn what_is_counted_is_at_least_what_is_taken() {
        let cost = |text: &str, bytes: usize| {
            budget::within(bytes, || serde_json::from_str::<Json>(text).is_ok())
        };
        for (text, least) in [
            (format!("[{}0]", "0,".repeat(1_000)), 1_000 * size_of::<Value>()),
            (format!("[{}[]]", "[0],".repeat(1_000)), 1_000 * (5 * size_of::<Value>() + 16)),
            (format!("[{}{{}}]", r#"{"":0},"#.repeat(1_000)), 1_000 * NODE),
            (format!("[{}\"\"]", r#""a","#.repeat(1_000)), 1_000 * (size_of::<Value>() + 24)),
        ] {
            assert!(!cost(&text, least), "{text:.20}");
            assert!(cost(&text, 4 * least), "{text:.20}");
        }
    }
}
