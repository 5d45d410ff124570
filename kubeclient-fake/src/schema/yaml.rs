//! Reading a body of YAML as the API server does: YAML 1.1, its first document, keys that come twice told.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::{Map, Number, Value};
use serde_saphyr::{DuplicateKeyPolicy, NonFiniteFloatPolicy, Options, Spanned};

/// The parser recurses: so deep it needs 1.5 MiB of stack unoptimized, and a test that seeds has 2.
const MAX_DEPTH: usize = 96;
/// How many keys that come twice are told of.
const MAX_TOLD: usize = 100;

/// What a body of YAML holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Yaml {
    pub(crate) value: Value,
    /// `line 5: key "name" already set in map`, one by one as warnings have it.
    pub(crate) duplicates: Vec<String>,
}

impl Yaml {
    /// Reads it. No document at all is null.
    ///
    /// # Errors
    /// What is wrong, without a `yaml:` before it.
    pub(crate) fn read(body: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(body).map_err(|_| "invalid UTF-8".to_owned())?;
        let mut bytes = text.strip_prefix('\u{feff}').unwrap_or(text).as_bytes();
        let mut documents = serde_saphyr::read_with_options(&mut bytes, options());
        match documents.next() {
            Some(first) => first.map_err(|error| error.to_string()),
            None => Ok(Self::default()),
        }
    }

    /// What strict reading has against it: all keys that come twice in one.
    pub(crate) fn strict(&self) -> Option<String> {
        if self.duplicates.is_empty() {
            return None;
        }
        Some(format!("yaml: unmarshal errors:\n  {}", self.duplicates.join("\n  ")))
    }
}

fn options() -> Options {
    serde_saphyr::options! {
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_aliases: 1000,
            max_anchors: 1000,
            max_nodes: 500_000,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        legacy_octal_numbers: true,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
    }
}

impl<'de> Deserialize<'de> for Yaml {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut duplicates = Vec::new();
        let value = Node { duplicates: &mut duplicates }.deserialize(from)?;
        Ok(Self { value, duplicates })
    }
}

/// A value on its way to JSON.
struct Node<'a> {
    duplicates: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<Spanned<Key>>()? {
            let (line, Key(key)) = (key.referenced.line(), key.value);
            if object.contains_key(&key) && self.duplicates.len() < MAX_TOLD {
                self.duplicates.push(format!("line {line}: key {key:?} already set in map"));
            }
            let value = map.next_value_seed(Node { duplicates: &mut *self.duplicates })?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Node { duplicates: &mut *self.duplicates })? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        // What does not fit Go's integers is a float.
        Ok(i64::try_from(value).map_or_else(|_| (value as f64).into(), Value::from))
    }
    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok((value as f64).into())
    }
    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok((value as f64).into())
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        // On its way through JSON a number without a fraction becomes an integer.
        if value.fract() == 0.0 && value.abs() < 1e18 {
            return Ok((value as i64).into());
        }
        let infinite = if value > 0.0 { "+Inf" } else { "-Inf" };
        let name = if value.is_nan() { "NaN" } else { infinite };
        let number = Number::from_f64(value);
        number
            .map(Value::Number)
            .ok_or_else(|| E::custom(format_args!("json: unsupported value: {name}")))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

/// A key as JSON has it: numbers and booleans become text.
struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let key = Node { duplicates: &mut Vec::new() }.deserialize(from)?;
        match key {
            Value::String(text) => Ok(Self(text)),
            Value::Bool(_) | Value::Number(_) => Ok(Self(key.to_string())),
            Value::Null => Err(D::Error::custom("unsupported map key of type: %!s(<nil>)")),
            Value::Array(_) | Value::Object(_) => {
                Err(D::Error::custom(format_args!("invalid map key: {key}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Yaml;

    #[track_caller]
    fn read(text: &str) -> Value {
        let yaml = Yaml::read(format!("v: {text}\n").as_bytes());
        yaml.unwrap_or_else(|why| panic!("{text}: {why}")).value["v"].take()
    }

    #[test]
    fn plain_words_are_what_yaml_1_1_makes_of_them() {
        let cases = [
            ("y", json!(true)),
            ("Yes", json!(true)),
            ("on", json!(true)),
            ("n", json!(false)),
            ("off", json!(false)),
            ("null", Value::Null),
            ("~", Value::Null),
            ("", Value::Null),
            ("010", json!(8)),
            ("0o10", json!(8)),
            ("0x1F", json!(31)),
            ("0b11", json!(3)),
            ("1_000", json!(1000)),
            ("1e3", json!(1000)),
            ("1.0", json!(1)),
            (".5", json!(0.5)),
            ("+1", json!(1)),
            ("-1", json!(-1)),
            ("12:30:45", json!("12:30:45")),
            ("2020-01-01", json!("2020-01-01")),
            ("=", json!("=")),
            ("0", json!(0)),
            ("00", json!(0)),
            ("9223372036854775808", json!(9_223_372_036_854_775_808.0)),
            ("!!str 5", json!("5")),
            ("'y'", json!("y")),
            ("{a, b}", json!({"a": null, "b": null})),
            ("!foo bar", json!("bar")),
            ("a#b", json!("a#b")),
            ("|\n  a\n  b", json!("a\nb\n")),
            ("{1: a}", json!({"1": "a"})),
            ("{true: a}", json!({"true": "a"})),
            ("{1.5: a}", json!({"1.5": "a"})),
            ("{y: a}", json!({"true": "a"})),
            ("{0x10: a}", json!({"16": "a"})),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_json_cannot_hold_is_refused() {
        for text in [".inf", "-.inf", ".nan", "{null: a}", "{[a]: b}", "*x", "@a", "[", "a: b"] {
            assert!(Yaml::read(format!("v: {text}\n").as_bytes()).is_err(), "{text}");
        }
        let said = Yaml::read(b"v: .inf").unwrap_err();
        assert!(said.contains("json: unsupported value: +Inf"), "{said}");
    }

    #[test]
    fn a_key_that_comes_twice_is_told_with_its_line_and_the_last_counts() {
        let yaml =
            Yaml::read(b"kind: A\nmetadata:\n  name: a\n  name: b\nfoo: 1\nfoo: 2\n").unwrap();
        assert_eq!(yaml.value, json!({"kind": "A", "metadata": {"name": "b"}, "foo": 2}));
        let lines =
            ["line 4: key \"name\" already set in map", "line 6: key \"foo\" already set in map"];
        assert_eq!(yaml.duplicates, lines);
        let strict = format!("yaml: unmarshal errors:\n  {}\n  {}", lines[0], lines[1]);
        assert_eq!(yaml.strict(), Some(strict));
        assert_eq!(Yaml::read(b"a: 1").unwrap().strict(), None);
    }

    #[test]
    fn only_the_first_document_counts() {
        let value = |text: &str| Yaml::read(text.as_bytes()).unwrap().value;
        assert_eq!(value("a: 1\n---\nb: 2\n"), json!({"a": 1}));
        assert_eq!(value(""), Value::Null);
        assert_eq!(value("{\"a\": [1, \"x\"]}"), json!({"a": [1, "x"]}));
    }

    #[test]
    fn aliases_and_merges_are_followed_within_bounds() {
        let value = Yaml::read(b"d: &d {a: b}\ne: *d\nf: {<<: *d, c: d}\n").unwrap().value;
        let expected = json!({"d": {"a": "b"}, "e": {"a": "b"}, "f": {"a": "b", "c": "d"}});
        assert_eq!(value, expected);
        let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (last, next) in "abcdefgh".chars().zip("bcdefghi".chars()) {
            let many = vec![format!("*{last}"); 9].join(", ");
            bomb.push_str(&format!("{next}: &{next} [{many}]\n"));
        }
        assert!(Yaml::read(bomb.as_bytes()).is_err());
        assert!(Yaml::read("[".repeat(10_000).as_bytes()).is_err());
        assert!(Yaml::read("{a: ".repeat(10_000).as_bytes()).is_err());
    }
}
