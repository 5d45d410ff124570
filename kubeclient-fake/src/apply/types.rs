//! What a schema says of ownership: which shapes a value may have, and how each is owned.

use std::sync::LazyLock;

use serde_json::Value;

use super::element::Element;
use crate::schema::{ListType, Schema, SchemaKind, SchemaRef};

/// The type of a value, for ownership.
#[derive(Clone, Copy, Debug)]
pub(super) enum Type<'a> {
    /// As the schema says; the flag says that the fields it does not know are kept, here and below.
    Declared(&'a Schema, bool),
    /// No schema: objects field by field, lists as a whole.
    Deduced,
    /// No schema: all as a whole.
    Untyped,
}

/// How a value is owned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Map,
    Scalar,
    List,
}

/// What a scalar may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Numeric,
    String,
    Boolean,
    Any,
}

/// How a list is owned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation<'a> {
    Atomic,
    Set,
    /// By these key fields.
    Map(&'a [String]),
}

impl<'a> Type<'a> {
    /// The type of a whole object.
    pub(super) fn of(schema: &'a Schema) -> Self {
        Self::declared(schema, false)
    }

    fn declared(schema: &'a Schema, keeps: bool) -> Self {
        Self::Declared(schema, keeps || schema.preserve_unknown)
    }

    fn referred(reference: &'a SchemaRef, keeps: bool) -> Self {
        match reference {
            SchemaRef::Builtin(name) if name.ends_with(".runtime.RawExtension") => Self::Untyped,
            SchemaRef::Builtin(_) => Self::declared(reference.get(), false),
            SchemaRef::Own(schema) => Self::declared(schema, keeps),
        }
    }

    /// The shape in which a value of this type is owned: its own where the type allows that, or the
    /// type's first.
    pub(super) fn shape(self, value: &Value) -> Shape {
        match value {
            Value::Object(_) if self.may_be_map() => Shape::Map,
            Value::Array(_) if self.may_be_list() => Shape::List,
            Value::Number(_) | Value::String(_) | Value::Bool(_) if self.scalar().is_some() => {
                Shape::Scalar
            }
            _ if self.may_be_map() => Shape::Map,
            _ if self.scalar().is_some() => Shape::Scalar,
            _ => Shape::List,
        }
    }

    fn may_be_map(self) -> bool {
        match self {
            Self::Declared(schema, _) => matches!(
                schema.kind,
                SchemaKind::Object | SchemaKind::Any | SchemaKind::IntOrString
            ),
            Self::Deduced | Self::Untyped => true,
        }
    }

    fn may_be_list(self) -> bool {
        match self {
            Self::Declared(schema, _) => {
                matches!(schema.kind, SchemaKind::Array | SchemaKind::Any | SchemaKind::IntOrString)
            }
            Self::Deduced | Self::Untyped => true,
        }
    }

    /// What a scalar of this type may be, if it may be one.
    pub(super) fn scalar(self) -> Option<Scalar> {
        let Self::Declared(schema, _) = self else { return Some(Scalar::Any) };
        match schema.kind {
            SchemaKind::Any | SchemaKind::IntOrString | SchemaKind::Quantity => Some(Scalar::Any),
            SchemaKind::String if matches!(schema.format.as_str(), "" | "byte") => {
                Some(Scalar::String)
            }
            SchemaKind::String => Some(Scalar::Any),
            SchemaKind::Integer | SchemaKind::Number => Some(Scalar::Numeric),
            SchemaKind::Boolean => Some(Scalar::Boolean),
            SchemaKind::Object | SchemaKind::Array => None,
        }
    }

    /// How a list of this type is owned.
    pub(super) fn relation(self) -> Relation<'a> {
        match self {
            Self::Declared(schema, _) => match &schema.list {
                ListType::Atomic => Relation::Atomic,
                ListType::Set => Relation::Set,
                ListType::Map(keys) => Relation::Map(keys),
            },
            Self::Deduced | Self::Untyped => Relation::Atomic,
        }
    }

    /// The type of a list's items.
    pub(super) fn item(self) -> Self {
        match self {
            Self::Declared(Schema { items: Some(items), .. }, keeps) => {
                Self::referred(items, keeps)
            }
            _ => Self::Untyped,
        }
    }

    /// Whether an object of this type is owned as a whole.
    pub(super) fn is_atomic_map(self) -> bool {
        match self {
            Self::Declared(schema, _) => schema.atomic_map,
            Self::Deduced => false,
            Self::Untyped => true,
        }
    }

    /// Whether the schema names the field: else it is a key of a map, or unknown.
    pub(super) fn names(self, field: &str) -> bool {
        let Self::Declared(schema, _) = self else { return false };
        schema.properties.contains_key(field)
            || (schema.embedded_resource && embedded_field(field).is_some())
    }

    /// The type of a field or of a map's value; `None` where the schema does not know the field.
    pub(super) fn field(self, name: &str) -> Option<Self> {
        let (schema, keeps) = match self {
            Self::Declared(schema, keeps) => (schema, keeps),
            Self::Deduced => return Some(Self::Deduced),
            Self::Untyped => return Some(Self::Untyped),
        };
        if let Some(field) = schema.properties.get(name).or(schema.additional.as_ref()) {
            return Some(Self::referred(field, keeps));
        }
        if schema.embedded_resource
            && let Some(field) = embedded_field(name)
        {
            return Some(Self::referred(field, false));
        }
        (keeps || schema.properties.is_empty()).then_some(Self::Deduced)
    }

    /// The type at a step of a field set.
    pub(super) fn at(self, step: &Element) -> Option<Self> {
        match step {
            Element::Field(name) => self.field(name),
            Element::Key(_) | Element::Item(_) | Element::Index(_) => Some(self.item()),
        }
    }

    /// Whether every value of this type is owned as a whole, scalars apart. What a map holds of which the
    /// schema says nothing is owned as it was written.
    pub(super) fn is_whole(self) -> bool {
        match self {
            Self::Declared(schema, _) => match schema.kind {
                SchemaKind::Object => {
                    let says_nothing = schema.properties.is_empty() && schema.additional.is_none();
                    schema.atomic_map && !says_nothing
                }
                SchemaKind::Array => schema.list == ListType::Atomic,
                _ => false,
            },
            Self::Deduced => false,
            Self::Untyped => true,
        }
    }

    /// What the schema fills in for a key field that an item of a list of this type leaves out. A built-in
    /// structure has its required fields always, if with nothing in them.
    pub(super) fn key_default(self, key: &str) -> Option<Value> {
        let Self::Declared(Schema { items: Some(items), .. }, _) = self else { return None };
        let item = items.get();
        let field = item.properties.get(key)?.get();
        let is_there = matches!(items, SchemaRef::Builtin(_))
            && item.required.iter().any(|required| required == key);
        match (&field.default, field.kind) {
            (Some(default), _) => Some(default.clone()),
            (None, SchemaKind::String) if is_there => Some("".into()),
            (None, SchemaKind::Integer | SchemaKind::Number) if is_there => Some(0.into()),
            _ => None,
        }
    }
}

/// The field that every embedded object has, whether its schema says so or not.
fn embedded_field(name: &str) -> Option<&'static SchemaRef> {
    static METADATA: SchemaRef =
        SchemaRef::Builtin("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
    static TEXT: LazyLock<SchemaRef> = LazyLock::new(|| {
        SchemaRef::Own(Box::new(Schema { kind: SchemaKind::String, ..Schema::default() }))
    });
    match name {
        "apiVersion" | "kind" => Some(&TEXT),
        "metadata" => Some(&METADATA),
        _ => None,
    }
}
