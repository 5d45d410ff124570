//! The schema of an object: one tree for built-ins and custom resources, walked by all who need to know
//! what a field is (strict decoding, pruning, defaults, validation, strategic merge, server-side apply).

pub(crate) mod builtin;
mod definition;
mod constraints;
mod custom;
mod structural;
mod decode;
mod prune;
mod defaults;
mod validate;
mod rules;
mod yaml;
pub(crate) mod zeros;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use constraints::{Bound, Constraints, Pattern, Rule};
pub(crate) use custom::from_crd;
pub(crate) use decode::Quantity;
pub(crate) use defaults::fill_defaults;
pub(crate) use rules::{custom_errors, custom_status_errors};
pub(crate) use yaml::Yaml;

use crate::resource::ResourceType;

/// Whether rules in CEL (`x-kubernetes-validations`) are checked.
pub(crate) const HAS_CEL: bool = cfg!(feature = "cel");

/// What reading it into the resource's type makes of an object: what is unknown is gone and told
/// (`unknown field "spec.junk"`), and scalars of built-in kinds are as the server writes them.
///
/// # Errors
/// What is wrong with a value of another type than the field's.
pub(crate) fn decode(
    resource: &ResourceType,
    mut value: Value,
) -> Result<(Value, Vec<String>), String> {
    let unknown = if resource.is_custom() {
        prune::read(resource.schema.get(), &mut value)?
    } else {
        decode::decode(&resource.schema, &mut value)?
    };
    Ok((value, unknown))
}

/// What a value is, as far as the server cares.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    pub(crate) kind: SchemaKind,
    pub(crate) description: String,
    /// The definition of the built-ins that this one repeats with words of its own.
    pub(crate) definition: Option<&'static str>,
    /// The named fields of an object.
    pub(crate) properties: BTreeMap<String, SchemaRef>,
    /// What the other keys hold: an object with it is a map.
    pub(crate) additional: Option<SchemaRef>,
    /// What an array holds.
    pub(crate) items: Option<SchemaRef>,
    pub(crate) required: Vec<String>,
    /// The values of a string, where they are counted (`enum`); empty for any.
    pub(crate) allowed: Vec<String>,
    pub(crate) default: Option<Value>,
    pub(crate) nullable: bool,
    /// `int32`, `int64`, `byte`, `date-time`, `double`; `micro-time` for a `MicroTime`; empty for none.
    pub(crate) format: String,
    /// How an array merges (`x-kubernetes-list-type`; atomic when not said).
    pub(crate) list: ListType,
    /// Whether an object is replaced as a whole (`x-kubernetes-map-type: atomic`).
    pub(crate) atomic_map: bool,
    /// `x-kubernetes-patch-strategy` has `merge`.
    pub(crate) patch_merge: bool,
    /// `x-kubernetes-patch-strategy` has `retainKeys`.
    pub(crate) patch_retain_keys: bool,
    /// `x-kubernetes-patch-strategy` has `replace`.
    pub(crate) patch_replace: bool,
    /// `x-kubernetes-patch-merge-key`; empty for lists of primitives.
    pub(crate) patch_merge_key: String,
    /// Unknown fields stay (`x-kubernetes-preserve-unknown-fields`, or a free-form object).
    pub(crate) preserve_unknown: bool,
    /// `x-kubernetes-embedded-resource`.
    pub(crate) embedded_resource: bool,
    /// What only a custom resource's schema has: bounds, patterns, combinators, CEL rules.
    pub(crate) constraints: Option<Box<Constraints>>,
}

/// The JSON type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SchemaKind {
    /// Not said: anything goes.
    #[default]
    Any,
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    /// `x-kubernetes-int-or-string`.
    IntOrString,
    /// A quantity: written as a string, taken as a number too.
    Quantity,
}

/// How an array merges in server-side apply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum ListType {
    #[default]
    Atomic,
    Set,
    /// The key fields of an item.
    Map(Vec<String>),
}

/// A schema in its place: its own, or a definition of the built-ins by name, looked up when walked (they
/// refer to one another in circles).
#[derive(Clone, Debug)]
pub(crate) enum SchemaRef {
    Own(Box<Schema>),
    /// `io.k8s.api.core.v1.PodSpec`.
    Builtin(&'static str),
}

impl SchemaRef {
    /// Of what nothing is known.
    pub(crate) fn anything() -> Self {
        Self::Own(Box::default())
    }

    /// The schema.
    pub(crate) fn get(&self) -> &Schema {
        match self {
            Self::Own(schema) => schema,
            Self::Builtin(name) => builtin::definition(name),
        }
    }
}

impl Schema {
    /// The schema of a key of an object: the named field's, or the map's.
    pub(crate) fn field(&self, name: &str) -> Option<&Schema> {
        self.properties.get(name).or(self.additional.as_ref()).map(SchemaRef::get)
    }

    /// The schema of an array's items.
    pub(crate) fn item(&self) -> Option<&Schema> {
        self.items.as_ref().map(SchemaRef::get)
    }

    /// Whether the keys are data, not fields.
    pub(crate) fn is_map(&self) -> bool {
        self.kind == SchemaKind::Object && self.properties.is_empty() && self.additional.is_some()
    }
}
