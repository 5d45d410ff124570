//! One definition's text as a schema.

use super::{ListType, Schema, SchemaKind, SchemaRef, builtin};

/// A structure that has no fields at all.
const EMPTY_STRUCTURE: &str =
    "apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceStatus";

/// Parses a definition: its own line, then a line for each field, indented by a space.
pub(super) fn parse(text: &'static str) -> Schema {
    let mut lines = text.lines();
    let head = lines.next().unwrap_or_default();
    let (name, head) = head.split_once(' ').unwrap_or((head, ""));
    // A definition without a word of a type is an object's.
    let (kind, attributes) = match head.split_once(' ').unwrap_or((head, "")) {
        (word, _) if word.is_empty() || is_attribute(word) => ("object", head),
        (word, rest) => (word, rest),
    };
    let mut schema = of_type(kind);
    read_attributes(&mut schema, attributes);
    for line in lines {
        let mut parts = line.trim_start_matches(' ').splitn(3, ' ');
        let (Some(name), Some(kind)) = (parts.next(), parts.next()) else { continue };
        schema
            .properties
            .insert(name.to_owned(), reference(kind, parts.next().unwrap_or_default()));
    }
    // An object of which nothing is said (RawExtension, FieldsV1) holds anything.
    if kind == "object" && schema.properties.is_empty() && schema.additional.is_none() {
        schema.preserve_unknown = name != EMPTY_STRUCTURE;
    }
    // OpenAPI doesn't tell the two kinds of time apart.
    if name.ends_with(".MicroTime") {
        schema.format = "micro-time".to_owned();
    }
    schema
}

/// A field's schema: a definition by name where the field adds nothing to it.
fn reference(kind: &'static str, attributes: &str) -> SchemaRef {
    let is_name = kind.contains('.') && !kind.starts_with("[]") && !kind.starts_with("map:");
    if is_name && attributes.is_empty() {
        return SchemaRef::Builtin(kind);
    }
    let mut schema = if is_name { builtin::definition(kind).clone() } else { of_type(kind) };
    schema.definition = is_name.then_some(kind);
    read_attributes(&mut schema, attributes);
    SchemaRef::Own(Box::new(schema))
}

fn of_type(kind: &'static str) -> Schema {
    let mut schema = Schema::default();
    if let Some(item) = kind.strip_prefix("[]") {
        schema.kind = SchemaKind::Array;
        schema.items = Some(reference(item, ""));
    } else if let Some(value) = kind.strip_prefix("map:") {
        schema.kind = SchemaKind::Object;
        schema.additional = Some(reference(value, ""));
    } else {
        schema.kind = match kind {
            "object" => SchemaKind::Object,
            "string" => SchemaKind::String,
            "boolean" => SchemaKind::Boolean,
            "int32" | "int64" | "integer" => SchemaKind::Integer,
            "double" | "number" => SchemaKind::Number,
            "byte" | "date-time" => SchemaKind::String,
            "int-or-string" => SchemaKind::IntOrString,
            "quantity" => SchemaKind::Quantity,
            _ => SchemaKind::Any,
        };
        if matches!(kind, "int32" | "int64" | "double" | "byte" | "date-time") {
            schema.format = kind.to_owned();
        }
        schema.preserve_unknown = schema.kind == SchemaKind::Any;
    }
    schema
}

fn is_attribute(word: &str) -> bool {
    word.contains('=') || matches!(word, "atomic" | "granular" | "preserve")
}

/// Reads ` list=map:name patch=merge:name default="a b"`; a default stands last, since it may have spaces.
fn read_attributes(schema: &mut Schema, text: &str) {
    let (text, default) = match text.split_once("default=") {
        Some((before, default)) => (before, serde_json::from_str(default).ok()),
        None => (text, None),
    };
    if default.is_some() {
        schema.default = default;
    }
    for word in text.split(' ') {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        match key {
            "list" => {
                schema.list = match value.strip_prefix("map:") {
                    Some(keys) => ListType::Map(names(keys)),
                    None => ListType::Set,
                }
            }
            "atomic" => schema.atomic_map = true,
            "granular" => schema.atomic_map = false,
            "preserve" => schema.preserve_unknown = true,
            "patch" => {
                let (strategies, merge_key) = value.split_once(':').unwrap_or((value, ""));
                schema.patch_merge = strategies.split(',').any(|word| word == "merge");
                schema.patch_replace = strategies == "replace";
                schema.patch_retain_keys = strategies.split(',').any(|word| word == "retainKeys");
                merge_key.clone_into(&mut schema.patch_merge_key);
            }
            "enum" => schema.allowed = names(value),
            "required" => schema.required = names(value),
            _ => {}
        }
    }
}

fn names(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}
