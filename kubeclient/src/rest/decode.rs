//! Bytes to objects. Pure.
//!
//! The first pass only decodes. When it fails, a second one finds out where and why: the path of the
//! field, the name of the object. What is said of a failure never quotes the answer.

use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::error::Category;

use super::salvage::{Salvaged, salvage};
use crate::error::{Error, ErrorKind};
use crate::meta::budget;
use crate::meta::list::ObjectList;
use crate::meta::object_meta::ObjectMeta;
use crate::meta::status::Printable;
use crate::meta::typed::{Expected, MISMATCH, ObjectSeed};
use crate::meta::typed_list::ListSeed;

/// Decodes a value whose type is not checked.
pub(crate) fn value<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    run(bytes, "the answer", std::marker::PhantomData::<T>)
}

/// Decodes an object and checks its type.
pub(crate) fn object<T: DeserializeOwned>(
    bytes: &[u8],
    expected: Expected<'_>,
) -> Result<T, Error> {
    let failed = match run(bytes, expected.kind, ObjectSeed::new(expected)) {
        Ok(object) => return Ok(object),
        Err(error) if error.kind() == ErrorKind::TooLarge => return Err(error),
        Err(error) => error,
    };
    // An object of another kind mostly fails for a missing field first: say what really is wrong.
    Err(mismatch(bytes, expected).unwrap_or(failed))
}

/// Decodes a list; one item that can't be decoded fails it.
pub(crate) fn list<T: DeserializeOwned>(
    bytes: &[u8],
    expected: Expected<'_>,
) -> Result<ObjectList<T>, Error> {
    match run(bytes, "the list", ListSeed::new(expected)) {
        Ok(list) => Ok(list),
        Err(failed) if failed.kind() == ErrorKind::TooLarge => Err(failed),
        Err(failed) => {
            let mut broken = budget::afresh(|| salvage::<T>(bytes, expected))?.broken;
            Err(if broken.is_empty() { failed } else { broken.swap_remove(0) })
        }
    }
}

/// Decodes a list; items that can't be decoded are set apart.
pub(crate) fn list_apart<T: DeserializeOwned>(
    bytes: &[u8],
    expected: Expected<'_>,
) -> Result<Salvaged<T>, Error> {
    match run(bytes, "the list", ListSeed::new(expected)) {
        Ok(list) => Ok(Salvaged { list, broken: Vec::new() }),
        Err(failed) if failed.kind() == ErrorKind::TooLarge => Err(failed),
        Err(failed) => match budget::afresh(|| salvage(bytes, expected))? {
            Salvaged { broken, .. } if broken.is_empty() => Err(failed),
            salvaged => Ok(salvaged),
        },
    }
}

/// The least that may be made of an answer: a small object in a dense form takes many times its text.
const LEAST_MEMORY: usize = 30 << 20;

/// How many times its limit a single object may take in memory: 128 MiB by default, since as `DynamicObject`, one
/// with many small maps takes more than forty times its text, and servers accept 3 MiB.
pub(crate) const DENSE: usize = 8;

/// Reads within so much memory, or the least that an answer may take.
pub(crate) fn bounded<T>(memory: usize, read: impl FnOnce() -> T) -> T {
    budget::within(memory.max(LEAST_MEMORY), read)
}

/// Why reading stopped, where it is for the memory that would have been taken.
pub(crate) fn too_large(what: &str) -> Option<Error> {
    let bytes = budget::exceeded()?;
    let message =
        format!("{what}: what is made of the answer takes more than {bytes} bytes of memory");
    Some(Error::new(ErrorKind::TooLarge, message))
}

/// `namespace/name` of the object in a text, as far as they can be read.
pub(crate) fn name(text: &str) -> String {
    full_name(&metadata(text))
}

/// `namespace/name`, fit to be shown.
pub(crate) fn full_name(metadata: &ObjectMeta) -> String {
    let ObjectMeta { name, namespace, .. } = metadata;
    match namespace.as_str() {
        "" => Printable(name).to_string(),
        namespace => Printable(&format!("{namespace}/{name}")).to_string(),
    }
}

/// The metadata of the object in a text, as far as it can be read.
pub(crate) fn metadata(text: &str) -> ObjectMeta {
    #[derive(Default, serde::Deserialize)]
    struct Named {
        #[serde(default)]
        metadata: Identity,
    }
    #[derive(Default, serde::Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Identity {
        name: String,
        namespace: String,
        uid: String,
        resource_version: String,
    }
    let Named { metadata } = serde_json::from_str(text).unwrap_or_default();
    ObjectMeta {
        name: metadata.name,
        namespace: metadata.namespace,
        uid: metadata.uid,
        resource_version: metadata.resource_version,
        ..ObjectMeta::default()
    }
}

fn mismatch(bytes: &[u8], expected: Expected<'_>) -> Option<Error> {
    let seed = ObjectSeed::<serde::de::IgnoredAny>::new(expected);
    let error = parse(std::str::from_utf8(bytes).ok()?, seed).err()?;
    let text = error.to_string();
    text.starts_with(MISMATCH).then(|| Error::new(ErrorKind::Decode, reason(&error)))
}

/// Decodes with a seed; when that fails, once more to find out where.
pub(crate) fn run<'de, S>(bytes: &'de [u8], what: &str, seed: S) -> Result<S::Value, Error>
where
    S: DeserializeSeed<'de> + Reseed,
{
    let decode_error = |message| Error::new(ErrorKind::Decode, message);
    // `from_str` after one check is faster than `from_slice`, which checks each string.
    let text = std::str::from_utf8(bytes).map_err(|error| {
        decode_error(format!("{what}: not UTF-8 at byte {}", error.valid_up_to()))
    })?;
    let again = seed.reseed();
    let first = match parse(text, seed) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if let Some(error) = too_large(what) {
        return Err(error);
    }
    if text.trim().is_empty() {
        return Err(decode_error(format!("{what}: the answer is empty, expected JSON")));
    }
    let mut track = serde_path_to_error::Track::new();
    let mut json = serde_json::Deserializer::from_str(text);
    let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let second = budget::afresh(|| again.deserialize(tracked));
    let path = match track.path().to_string() {
        path if path == "." || second.is_ok() => String::new(),
        path => format!("{path}: "),
    };
    let error = second.err().unwrap_or(first);
    Err(decode_error(format!("{what}: {path}{}", reason(&error))))
}

fn parse<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S) -> serde_json::Result<S::Value> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = seed.deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

/// A seed that can be made once more.
pub(crate) trait Reseed {
    fn reseed(&self) -> Self;
}

impl<T> Reseed for std::marker::PhantomData<T> {
    fn reseed(&self) -> Self {
        *self
    }
}

impl<T> Reseed for ObjectSeed<'_, T> {
    fn reseed(&self) -> Self {
        Self::new(self.expected())
    }
}

impl<T> Reseed for ListSeed<'_, T> {
    fn reseed(&self) -> Self {
        Self::new(self.expected())
    }
}

/// serde's reason without the value it quotes: that value is from the answer, which may be a Secret.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let (text, place) = match text.rfind(" at line ") {
        Some(at) => text.split_at(at),
        None => (text.as_str(), ""),
    };
    if text.starts_with(MISMATCH) {
        // Made of what was expected, and of two words that name a type.
        return Printable(text).to_string();
    }
    match error.classify() {
        // The parser's own words, which quote nothing.
        Category::Syntax | Category::Eof | Category::Io => format!("{text}{place}"),
        Category::Data => format!("{}{place}", without_value(text)),
    }
}

/// What a type says of a value: serde's own forms are kept without the value, other words are not kept,
/// since they may quote anything.
fn without_value(text: &str) -> String {
    const SORTS: [&str; 16] = [
        "boolean",
        "integer",
        "floating point",
        "character",
        "string",
        "byte array",
        "unit value",
        "Option value",
        "newtype struct",
        "sequence",
        "map",
        "enum",
        "unit variant",
        "newtype variant",
        "tuple variant",
        "null",
    ];
    // The value may hold anything, `, expected ` too: what is expected stands last.
    let expected = || text.rfind(", expected ").map_or("", |at| &text[at..]);
    for what in ["invalid type: ", "invalid value: "] {
        if let Some(rest) = text.strip_prefix(what) {
            let sort = SORTS.iter().find(|sort| rest.starts_with(**sort)).unwrap_or(&"something");
            return format!("{what}{sort}{}", expected());
        }
    }
    if text.starts_with("unknown variant `") {
        return format!("unknown variant{}", expected());
    }
    let of_names = ["missing field `", "unknown field `", "duplicate field `", "invalid length "];
    if of_names.iter().any(|start| text.starts_with(start)) {
        return Printable(text).to_string();
    }
    "a value that its type does not accept".into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::{Damage, assert_printable};
    use crate::meta::dynamic::DynamicObject;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Foo {
        spec: Spec,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Spec {
        replicas: i32,
    }

    const FOO: Expected<'_> = Expected { api_version: "x.io/v1", kind: "Foo", required: true };

    #[track_caller]
    fn check_object(text: &str, message: &str) {
        let error = object::<Foo>(text.as_bytes(), FOO).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(error.to_string(), message, "{text}");
    }

    #[test]
    fn a_failure_names_the_field_and_quotes_nothing() {
        check_object(
            r#"{"apiVersion":"x.io/v1","kind":"Foo","spec":{"replicas":"hunter2, expected"}}"#,
            "Foo: spec.replicas: invalid type: string, expected i32 at line 1 column 75",
        );
        check_object(
            r#"{"apiVersion":"x.io/v1","kind":"Foo","spec":{}}"#,
            "Foo: spec: missing field `replicas` at line 1 column 46",
        );
        check_object(
            r#"{"kind":"Status","apiVersion":"v1","code":200}"#,
            "the object is of another kind: expected x.io/v1 Foo, found v1 Status",
        );
        check_object(
            r#"{"spec":{"replicas":1}}"#,
            "the object is of another kind: expected x.io/v1 Foo, found neither apiVersion nor kind",
        );
        check_object("", "Foo: the answer is empty, expected JSON");
        check_object("<html>", "Foo: expected value at line 1 column 1");
        check_object(
            r#"{"apiVersion":"x.io/v1","kind":"Foo","spec":{"replicas":1}} x"#,
            "Foo: trailing characters at line 1 column 61",
        );
    }

    #[test]
    fn one_bad_item_is_named_and_set_apart() {
        let text = r#"{"apiVersion":"x.io/v1","kind":"FooList","metadata":{"continue":"c"},"items":[
            {"metadata":{"name":"a"},"spec":{"replicas":1}},
            {"metadata":{"name":"b","namespace":"n"},"spec":{"replicas":true}}]}"#;
        let error = list::<Foo>(text.as_bytes(), FOO).unwrap_err().to_string();
        assert!(
            error.starts_with(
                "items[1] n/b: Foo: spec.replicas: invalid type: boolean, expected i32"
            ),
            "{error}"
        );
        let salvaged = list_apart::<Foo>(text.as_bytes(), FOO).unwrap();
        assert_eq!(salvaged.list.items, [Foo { spec: Spec { replicas: 1 } }]);
        assert_eq!(salvaged.list.metadata.continue_token, "c");
        assert_eq!(salvaged.broken.len(), 1);
    }

    #[test]
    fn a_list_of_something_else_is_an_error() {
        for text in
            [r#"{"kind":"BarList","apiVersion":"v1","items":[]}"#, "[]", r#"{"items":[]}"#, "{"]
        {
            assert!(list_apart::<Foo>(text.as_bytes(), FOO).is_err(), "{text}");
        }
    }

    #[test]
    fn a_types_own_message_is_not_passed_on() {
        #[derive(Debug)]
        struct Odd;
        impl<'de> Deserialize<'de> for Odd {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Err(serde::de::Error::custom(text))
            }
        }
        for text in ["bad hunter2", "expected hunter2", "trailing hunter2", "invalid type: hunter2"]
        {
            let error = value::<Odd>(format!("{text:?}").as_bytes()).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn a_deep_answer_is_refused_not_overflown() {
        let deep = "[".repeat(1_000_000);
        assert!(value::<serde_json::Value>(deep.as_bytes()).is_err());
        let deep = format!(r#"{{"apiVersion":"x.io/v1","kind":"FooList","items":{deep}"#);
        assert!(list_apart::<Foo>(deep.as_bytes(), FOO).is_err());
    }

    /// As much of a list as shows how many items there are.
    #[derive(Deserialize)]
    struct Sent<'a> {
        #[serde(borrow, default)]
        items: Option<Vec<&'a serde_json::value::RawValue>>,
    }

    #[test]
    fn a_damaged_list_is_refused_or_read_and_what_is_read_is_written_alike() {
        const PODS: Expected<'_> = Expected { api_version: "v1", kind: "Pod", required: false };
        const EXAMPLES: &[&[u8]] = &[
            br#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"c","remainingItemCount":3},"items":[{"metadata":{"name":"a","labels":{"k":"v"},"creationTimestamp":"2026-01-02T03:04:05Z"},"spec":{"n":9007199254740993,"f":1.5}},{"metadata":null}]}"#,
            br#"{"apiVersion":"v1","items":null,"kind":"PodList"}"#,
            br#"{"items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b","uid":"u","ownerReferences":[{"kind":"K","uid":"u","name":"n","apiVersion":"v1"}]}}],"kind":"PodList","apiVersion":"v1"}"#,
        ];
        bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
            let bytes = damage.of(EXAMPLES);
            match list_apart::<DynamicObject>(&bytes, PODS) {
                Err(error) => assert_printable(&error),
                Ok(Salvaged { list: found, broken }) => {
                    broken.iter().for_each(assert_printable);
                    // No item is lost, and a list that must be whole is read alike.
                    if let Ok(Sent { items }) = serde_json::from_slice(&bytes) {
                        let sent = items.map_or(0, |items| items.len());
                        assert_eq!(found.items.len() + broken.len(), sent);
                    }
                    let whole = list::<DynamicObject>(&bytes, PODS);
                    assert_eq!(whole.is_ok(), broken.is_empty());
                    assert!(whole.is_ok_and(|whole| whole == found) || !broken.is_empty());
                    for item in found.items {
                        let text = serde_json::to_vec(&item).unwrap();
                        assert_eq!(serde_json::from_slice::<DynamicObject>(&text).unwrap(), item);
                    }
                }
            }
        });
    }
}
