//! How the built-in types are written in protobuf, from a generated text.
//!
//! `tests/cluster/zeros/protobuf` takes it from the types themselves and describes its form. A type is
//! parsed when it is first asked for.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

const TEXT: &str = include_str!("../schema/generated/protobuf.txt");

/// A type that is a message.
#[derive(Debug)]
pub(super) struct Message {
    /// The type's own name: `Pod`.
    pub(super) name: &'static str,
    fields: HashMap<u64, Field>,
}

#[derive(Debug)]
pub(super) struct Field {
    /// The field's name in JSON; empty for a message whose fields stand among those of the type itself.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

/// What a field holds.
#[derive(Debug, PartialEq)]
pub(super) enum Kind {
    String,
    Bool,
    Int32,
    Int64,
    Double,
    Bytes,
    Time,
    MicroTime,
    Quantity,
    IntOrString,
    /// A message that holds JSON.
    Raw,
    PropsOrArray,
    PropsOrBool,
    PropsOrStrings,
    List(Box<Kind>),
    Map(Box<Kind>),
    /// A message of one field, which JSON writes as that field.
    Wrapped(Box<Kind>),
    Message(&'static str),
}

impl Message {
    pub(super) fn field(&self, number: u64) -> Option<&Field> {
        self.fields.get(&number)
    }
}

/// The message that a definition is written as.
pub(super) fn message(definition: &str) -> Option<&'static Message> {
    type Index = HashMap<&'static str, (&'static str, OnceLock<Message>)>;
    static INDEX: LazyLock<Index> = LazyLock::new(|| {
        let lines = TEXT.lines().map(|line| line.split_once(' ').unwrap_or((line, "")));
        lines.map(|(name, fields)| (name, (fields, OnceLock::new()))).collect()
    });
    let (name, (text, message)) = INDEX.get_key_value(definition)?;
    Some(message.get_or_init(|| Message {
        name: name.rsplit('.').next().unwrap_or_default(),
        fields: text.split(' ').filter_map(field).collect(),
    }))
}

fn field(word: &'static str) -> Option<(u64, Field)> {
    let (name, rest) = word.split_once('=')?;
    let (number, kind) = rest.split_once(':')?;
    Some((number.parse().ok()?, Field { name, kind: self::kind(kind) }))
}

fn kind(text: &'static str) -> Kind {
    let nested = |text| Box::new(kind(text));
    if let Some(item) = text.strip_prefix("[]") {
        return Kind::List(nested(item));
    }
    if let Some(value) = text.strip_prefix("map:") {
        return Kind::Map(nested(value));
    }
    if let Some(field) = text.strip_prefix("wrapped:") {
        return Kind::Wrapped(nested(field));
    }
    match text {
        "string" => Kind::String,
        "bool" => Kind::Bool,
        "int32" => Kind::Int32,
        "int64" => Kind::Int64,
        "double" => Kind::Double,
        "bytes" => Kind::Bytes,
        "time" => Kind::Time,
        "micro-time" => Kind::MicroTime,
        "quantity" => Kind::Quantity,
        "int-or-string" => Kind::IntOrString,
        "raw" => Kind::Raw,
        "props-or-array" => Kind::PropsOrArray,
        "props-or-bool" => Kind::PropsOrBool,
        "props-or-strings" => Kind::PropsOrStrings,
        name => Kind::Message(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{SchemaRef, builtin};

    #[test]
    fn every_kind_that_a_client_may_write_is_known() {
        for resource in builtin::resources() {
            let own = (resource.group.as_str(), resource.version.as_str(), resource.kind.as_str());
            // Those without a version are of the resource's kind, or have no body.
            let subs = resource.subresources.iter().filter(|sub| !sub.version.is_empty());
            let subs =
                subs.map(|sub| (sub.group.as_str(), sub.version.as_str(), sub.kind.as_str()));
            for (group, version, kind) in subs.chain([own]) {
                let Some(SchemaRef::Builtin(name)) = builtin::schema_of(group, version, kind)
                else {
                    panic!("{kind} has no definition");
                };
                assert!(message(name).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn every_message_that_is_named_is_there_and_every_field_has_a_number() {
        for line in TEXT.lines() {
            let mut words = line.split(' ');
            let name = words.next().unwrap();
            let message = message(name).unwrap();
            assert_eq!(message.fields.len(), words.count(), "{name}: a number comes twice");
            for field in message.fields.values() {
                let mut kind = &field.kind;
                while let Kind::List(inner) | Kind::Map(inner) | Kind::Wrapped(inner) = kind {
                    kind = inner;
                }
                if let Kind::Message(name) = kind {
                    assert!(super::message(name).is_some(), "{name}");
                }
            }
        }
    }

    #[test]
    fn every_field_of_a_schema_is_in_its_message() {
        fn names(message: &'static Message, into: &mut Vec<&'static str>) {
            for field in message.fields.values() {
                match field.kind {
                    Kind::Message(inner) if field.name.is_empty() => {
                        names(super::message(inner).unwrap(), into);
                    }
                    _ => into.push(field.name),
                }
            }
        }
        for definition in builtin::definitions() {
            let Some(message) = message(definition) else { continue };
            let is_object = builtin::kind_of(definition).is_some();
            let mut known = Vec::new();
            names(message, &mut known);
            for field in builtin::definition(definition).properties.keys() {
                let beside = matches!(field.as_str(), "kind" | "apiVersion")
                    && (is_object || definition.ends_with("Options"));
                assert!(beside || known.contains(&field.as_str()), "{definition} {field}");
            }
        }
    }
}
