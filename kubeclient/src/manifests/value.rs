//! Reads one document as a JSON value: YAML 1.1 as kubectl reads it, or JSON. What is wrong is told by its
//! line and field, never by what stands there.
//!
//! As in Go's reader beneath kubectl: `yes`, `on` and `y` are true, `0777` is octal, `1e3` and `1.0` are
//! integers, dates are text, keys that are numbers or booleans become text. Unlike there, a key that
//! stands twice is an error, not the last one's, and so is `!!timestamp`; and words of mixed case, such as
//! `yES`, are booleans too.

use std::cell::RefCell;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_path_to_error::Segment;
use serde_saphyr::{DuplicateKeyPolicy, NonFiniteFloatPolicy, Options};

use crate::rest::decode;
use crate::yaml::{self, Subject};

/// Twice as deep as the schemas of custom resources go; the parser recurses.
const MAX_DEPTH: usize = 64;
const MAX_ALIASES: usize = 1000;
const MAX_NODES: usize = 1_000_000;
/// What aliases may stand for, in all: where one takes another, few letters are many values. So much is read
/// within half a second even by a build that is not optimized.
const MAX_REPLAYED: usize = 30_000;
/// What is kept for aliases: anchors in one another each keep a copy.
const MAX_KEPT: usize = 200_000;

const TWICE: &str = "a key stands twice in one mapping";
const KEY: &str = "expected a key that is text, a number, or true or false";
const INFINITE: &str = "expected a number that JSON can hold";

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// Counted from the document's first line, from 1; 0 where it is not known.
    pub(super) line: usize,
    pub(super) field: String,
    pub(super) message: String,
}

/// Reads the YAML of one document.
pub(super) fn read_yaml(text: &str) -> Result<Value, Wrong> {
    if let Some(at) = text.find('\0') {
        let message = "expected text without NUL bytes".into();
        return Err(Wrong { line: line_at(text, at), field: String::new(), message });
    }
    let path = Path::default();
    let read = serde_saphyr::with_deserializer_from_str_with_options(text, options(), |from| {
        Node(&path).deserialize(from)
    });
    read.map_err(|error| {
        let subject = Subject {
            name: "a manifest",
            most: &format!(
                "{MAX_DEPTH} levels, {MAX_NODES} values and {MAX_ALIASES} aliases for {MAX_REPLAYED}"
            ),
            is_known_key: &|_| false,
        };
        let text = error.to_string();
        let own = [TWICE, KEY, INFINITE].into_iter().find(|own| text.contains(own));
        Wrong {
            line: yaml::place(&error).map_or(0, |(line, _)| line),
            field: path.field(),
            message: own.map_or_else(|| yaml::what_is_wrong(&error, &subject), str::to_owned),
        }
    })
}

/// Reads JSON values that stand one behind the other: each with the line on which it begins, counted as
/// in [`Wrong`]. After one that is wrong, nothing more can be found.
pub(super) fn read_json(text: &str) -> Vec<Result<(Value, usize), Wrong>> {
    let mut found = Vec::new();
    let mut rest = text;
    // The line at which `counted` begins: each byte is counted once.
    let (mut before, mut counted) = (1, text);
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return found;
        }
        before += lines(counted, counted.len() - rest.len());
        counted = rest;
        let path = Path::default();
        let mut from = serde_json::Deserializer::from_str(rest).into_iter::<Raw<'_>>();
        let read = match from.next() {
            Some(Ok(Raw(raw))) => {
                let mut from = serde_json::Deserializer::from_str(raw.get());
                Node(&path).deserialize(&mut from)
            }
            Some(Err(error)) => Err(error),
            None => return found,
        };
        let read = read.map_err(|error| {
            let text = error.to_string();
            let own = [TWICE, KEY, INFINITE].into_iter().find(|own| text.starts_with(own));
            let message = || {
                let reason = decode::reason(&error);
                let reason = reason.rfind(" at line ").map_or(&*reason, |at| &reason[..at]);
                format!("no valid JSON: {reason}")
            };
            Wrong {
                line: before + error.line().saturating_sub(1),
                field: path.field(),
                message: own.map_or_else(message, str::to_owned),
            }
        });
        let end = read.is_err();
        found.push(read.map(|value| (value, before)));
        if end {
            return found;
        }
        rest = rest.get(from.byte_offset()..).unwrap_or_default();
    }
}

/// One JSON value, unread.
#[derive(Deserialize)]
struct Raw<'a>(#[serde(borrow)] &'a serde_json::value::RawValue);

/// The line of an offset, from 1.
fn line_at(text: &str, at: usize) -> usize {
    1 + lines(text, at)
}

/// How many lines end before an offset.
fn lines(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count()
}

fn options() -> Options {
    serde_saphyr::options! {
        // A snippet would quote the file.
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            // Beyond the depth, which is what is told of.
            flow_nesting_limit: 2 * MAX_DEPTH,
            max_aliases: MAX_ALIASES,
            max_anchors: MAX_ALIASES,
            max_nodes: MAX_NODES,
            max_recorded_anchor_events: MAX_KEPT,
            // One anchor may be named often.
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPLAYED },
        duplicate_keys: DuplicateKeyPolicy::Error,
        legacy_octal_numbers: true,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
    }
}

/// Where the reader is, and so where it was when it failed. A deserializer that tracks it would take twice
/// the stack for each level.
#[derive(Default)]
struct Path(RefCell<Vec<Step>>);

enum Step {
    Key(String),
    Index(usize),
}

impl Path {
    fn enter(&self, step: Step) {
        self.0.borrow_mut().push(step);
    }

    /// Not called on the way out of a failure.
    fn leave(&self) -> Option<Step> {
        self.0.borrow_mut().pop()
    }

    fn field(&self) -> String {
        let mut field = String::new();
        let steps = self.0.borrow();
        // What stands in the data of a Secret, alone or in a list, may be a part of one, where the text is broken.
        let mut object = &steps[..];
        while let [Step::Key(items), Step::Index(_), rest @ ..] = object
            && items == "items"
        {
            object = rest;
        }
        let is_data =
            matches!(object.first(), Some(Step::Key(key)) if key == "data" || key == "stringData");
        let data = steps.len() - object.len();
        for (i, step) in steps.iter().enumerate() {
            match step {
                Step::Key(_) if is_data && i > data => push_key(&mut field, ""),
                Step::Key(key) => push_key(&mut field, key),
                Step::Index(index) => field.push_str(&format!("[{index}]")),
            }
        }
        field
    }
}

/// A path as `spec.containers[0].name`.
pub(super) fn field(path: &serde_path_to_error::Path) -> String {
    let mut field = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => field.push_str(&format!("[{index}]")),
            Segment::Map { key } => push_key(&mut field, key),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    field
}

/// Appends a key to a path. What does not look like the name of a field is not shown.
pub(super) fn push_key(field: &mut String, key: &str) {
    if !field.is_empty() {
        field.push('.');
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let is_name = !key.is_empty() && key.len() <= 63 && key.chars().all(fits);
    field.push_str(if is_name { key } else { "*" });
}

/// A key as messages show it.
pub(super) fn shown_key(key: &str) -> String {
    let mut shown = String::new();
    push_key(&mut shown, key);
    shown
}

/// A value on its way to JSON.
#[derive(Clone, Copy)]
struct Node<'a>(&'a Path);

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
        while let Some(Key(key)) = map.next_key()? {
            if object.contains_key(&key) {
                return Err(de::Error::custom(TWICE));
            }
            self.0.enter(Step::Key(key));
            let value = map.next_value_seed(self)?;
            if let Some(Step::Key(key)) = self.0.leave() {
                object.insert(key, value);
            }
        }
        Ok(Value::Object(object))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        self.0.enter(Step::Index(0));
        while let Some(item) = list.next_element_seed(self)? {
            items.push(item);
            self.0.leave();
            self.0.enter(Step::Index(items.len()));
        }
        self.0.leave();
        Ok(Value::Array(items))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        // A number without a fraction is an integer, as on the way through Go's JSON.
        if value.fract() == 0.0 && value.abs() < 9.2e18 {
            return Ok((value as i64).into());
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom(INFINITE))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
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
        match Node(&Path::default()).deserialize(from)? {
            Value::String(text) => Ok(Self(text)),
            key @ (Value::Bool(_) | Value::Number(_)) => Ok(Self(key.to_string())),
            Value::Null | Value::Array(_) | Value::Object(_) => Err(de::Error::custom(KEY)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(text: &str, expected: Value) {
        let read = read_yaml(&format!("v: {text}\n"));
        let mut read = read.unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
        assert_eq!(read["v"].take(), expected, "{text}");
    }

    #[track_caller]
    fn refuse(text: &str, line: usize, field: &str, message: &str) {
        let wrong = read_yaml(text).unwrap_err();
        assert_eq!((wrong.line, wrong.field.as_str()), (line, field), "{wrong:?}");
        assert!(wrong.message.contains(message), "{wrong:?}");
    }

    /// What sigs.k8s.io/yaml 1.6.0, which kubectl reads with, makes of the same words.
    #[test]
    fn plain_words_are_what_kubectl_makes_of_them() {
        let cases = [
            ("y", json!(true)),
            ("Yes", json!(true)),
            ("ON", json!(true)),
            ("True", json!(true)),
            ("n", json!(false)),
            ("off", json!(false)),
            ("~", json!(null)),
            ("NULL", json!(null)),
            ("nULL", json!("nULL")),
            ("", json!(null)),
            ("0777", json!(511)),
            ("0o777", json!(511)),
            ("08", json!(8)),
            ("0x1F", json!(31)),
            ("0b11", json!(3)),
            ("1_000", json!(1000)),
            ("1e3", json!(1000)),
            ("1.0", json!(1)),
            ("1.", json!(1)),
            (".5", json!(0.5)),
            ("+1", json!(1)),
            ("-0", json!(0)),
            ("00", json!(0)),
            ("12:30:45", json!("12:30:45")),
            ("2020-01-01", json!("2020-01-01")),
            ("2020-01-01T00:00:00Z", json!("2020-01-01T00:00:00Z")),
            ("=", json!("=")),
            ("9223372036854775807", json!(i64::MAX)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("18446744073709551615", json!(u64::MAX)),
            ("9007199254740993", json!(9007199254740993i64)),
            ("18446744073709551616", json!(18446744073709551616.0)),
            ("1.5e300", json!(1.5e300)),
            ("!!str 5", json!("5")),
            ("!!int \"5\"", json!(5)),
            ("!!binary aGVsbG8=", json!("hello")),
            ("!!float 3", json!(3)),
            ("!!bool \"yes\"", json!(true)),
            ("!foo bar", json!("bar")),
            ("_1", json!("_1")),
            ("1e", json!("1e")),
            ("0o8", json!("0o8")),
            ("'y'", json!("y")),
            ("{1: a}", json!({"1": "a"})),
            ("{true: a}", json!({"true": "a"})),
            ("{y: a}", json!({"true": "a"})),
            ("{1.5: a}", json!({"1.5": "a"})),
            ("{0x10: a}", json!({"16": "a"})),
            ("{1e3: a}", json!({"1000": "a"})),
            ("{2020-01-01: a}", json!({"2020-01-01": "a"})),
            ("{a, b}", json!({"a": null, "b": null})),
            ("|\n  a\n  b", json!("a\nb\n")),
            (">-\n  a\n  b", json!("a b")),
        ];
        for (text, expected) in cases {
            check(text, expected);
        }
    }

    #[test]
    fn anchors_and_merges_are_followed() {
        let read = read_yaml("d: &d {a: b, c: x}\ne: *d\nf: {<<: *d, c: d}\n").unwrap();
        assert_eq!(read["f"], json!({"a": "b", "c": "d"}));
        assert_eq!(read["e"], read["d"]);
    }

    #[test]
    fn what_is_wrong_is_told_by_line_and_field_and_not_quoted() {
        refuse("a:\n  b: {c: s3cr3t, c: s3cr3t}\n", 2, "a.b", TWICE);
        refuse("a:\n  1: x\n  \"1\": y\n", 2, "a", TWICE);
        refuse("a: {null: s3cr3t}\n", 1, "a", KEY);
        refuse("a: {[s3cr3t]: b}\n", 1, "a", KEY);
        refuse("a: .inf\n", 1, "a", INFINITE);
        refuse("a: *s3cr3t\n", 1, "a", "an alias without its anchor");
        refuse("a: b\0\n", 1, "", "NUL");
        refuse("a: [s3cr3t\nb: c\n", 2, "a[0]", "no valid YAML");
        refuse("data: {s3cr3t: {a: b, a: c}}\n", 1, "data.*", TWICE);
        refuse("items:\n- {}\n- data: {s3cr3t: {a: b, a: c}}\n", 3, "items[1].data.*", TWICE);
        refuse(
            "items: [{items: [{stringData: {s3cr3t: {a: b, a: c}}}]}]\n",
            1,
            "items[0].items[0].stringData.*",
            TWICE,
        );
        let wrong = read_yaml("data:\n  s3cr3t s3cr3t\n  x: y\n").unwrap_err();
        assert!(!format!("{wrong:?}").contains("s3cr3t"), "{wrong:?}");
    }

    /// Reliability T18, T27.
    #[test]
    fn bombs_are_refused() {
        let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (last, next) in "abcdefgh".chars().zip("bcdefghi".chars()) {
            let many = vec![format!("*{last}"); 9].join(", ");
            bomb.push_str(&format!("{next}: &{next} [{many}]\n"));
        }
        let deep = ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000)];
        for text in deep.into_iter().chain(["a: &a [*a]\n".into()]) {
            assert!(read_yaml(&text).is_err());
        }
        assert!(read_yaml(&bomb).unwrap_err().message.contains("1000 aliases for 30000"));
        let shared = |values: usize| {
            let values = vec!["x"; values].join(", ");
            read_yaml(&format!("a: &a [{values}]\nb: [{}]\n", vec!["*a"; 900].join(", ")))
        };
        assert!(shared(30).is_ok());
        assert!(shared(32).is_err(), "what the aliases stand for counts");
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read_yaml(&nested(60)).is_ok());
        assert!(read_yaml(&nested(70)).unwrap_err().message.contains("64 levels"));
        let json = "[".repeat(1_000_000);
        assert!(read_json(&json)[0].is_err());
    }

    #[test]
    fn json_values_stand_one_behind_the_other() {
        let read = read_json("{\"a\": 9007199254740993}\n\n{\"b\": [1.5, \"x\"]} {}");
        let read: Vec<_> = read.into_iter().map(Result::unwrap).collect();
        let expected =
            [(json!({"a": 9007199254740993i64}), 1), (json!({"b": [1.5, "x"]}), 3), (json!({}), 3)];
        assert_eq!(read, expected);
        let read = read_json("\n{\n}\n\n{}{}\n{}");
        let lines: Vec<_> = read.into_iter().map(|read| read.unwrap().1).collect();
        assert_eq!(lines, [2, 5, 5, 6]);
        let read = read_json("{}\n{\"a\": {\"b\": 1, \"b\": 2}}");
        let wrong = read[1].clone().unwrap_err();
        assert_eq!((wrong.line, wrong.field.as_str(), &*wrong.message), (2, "a", TWICE));
        let wrong = read_json("{\"a\":\n s3cr3t}").pop().unwrap().unwrap_err();
        assert_eq!(wrong.line, 2);
        assert!(!wrong.message.contains("s3cr3t"), "{wrong:?}");
    }
}
