//! The schema of a custom resource: from a definition's `openAPIV3Schema` to the tree.

use serde_json::Value;

use super::{
    Bound, Constraints, ListType, Pattern, Rule, Schema, SchemaKind, SchemaRef, structural,
};
use crate::field::FieldError;

/// The metadata of every object.
pub(super) const OBJECT_META: &str = "apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// The schema of the objects of a version of a definition, `apiVersion`, `kind` and `metadata` included.
///
/// `path` is where the schema stands, for what is said against it: `spec.validation.openAPIV3Schema` where
/// all versions have the same one (the server keeps it there), else
/// `spec.versions[0].schema.openAPIV3Schema`.
///
/// # Errors
/// What keeps it from being structural, in the server's words.
pub(crate) fn from_crd(path: &str, source: &Value) -> Result<Schema, Vec<FieldError>> {
    let errors = structural::errors(path, source);
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut schema = build(source);
    let metadata = schema.properties.remove("metadata");
    if let (Some(SchemaRef::Own(metadata)), Some(constraints)) = (metadata, &mut schema.constraints)
    {
        constraints.metadata = Some(metadata);
    }
    implicit_fields(&mut schema);
    let errors = super::defaults::errors(path, &schema);
    if errors.is_empty() { Ok(schema) } else { Err(errors) }
}

/// What any whole object has, whatever its schema says.
fn implicit_fields(schema: &mut Schema) {
    for name in ["apiVersion", "kind"] {
        let text = Schema { kind: SchemaKind::String, ..Schema::default() };
        schema.properties.insert(name.to_owned(), SchemaRef::Own(Box::new(text)));
    }
    schema.properties.insert("metadata".to_owned(), SchemaRef::Builtin(OBJECT_META));
}

/// The tree of a schema, or of a part of one.
pub(super) fn build(source: &Value) -> Schema {
    let part = |source: &Value| SchemaRef::Own(Box::new(build(source)));
    let properties = source["properties"].as_object().into_iter().flatten();
    let mut schema = Schema {
        kind: kind(source),
        description: text(source, "description"),
        properties: properties.map(|(name, source)| (name.clone(), part(source))).collect(),
        // `true` and `false` both keep what is there; `false` has it refused.
        additional: source.get("additionalProperties").filter(|of| !of.is_null()).map(part),
        items: source.get("items").filter(|of| of.is_object()).map(part),
        required: strings(&source["required"]),
        default: source.get("default").filter(|default| !default.is_null()).cloned(),
        nullable: source["nullable"] == true,
        format: text(source, "format"),
        list: list_type(source),
        atomic_map: source["x-kubernetes-map-type"] == "atomic",
        preserve_unknown: source["x-kubernetes-preserve-unknown-fields"] == true,
        embedded_resource: source["x-kubernetes-embedded-resource"] == true,
        constraints: Some(Box::new(constraints(source))),
        ..Schema::default()
    };
    if schema.embedded_resource {
        implicit_fields(&mut schema);
    }
    schema
}

fn constraints(source: &Value) -> Constraints {
    let parts = |key: &str| source[key].as_array().into_iter().flatten().map(build).collect();
    Constraints {
        allowed: source["enum"].as_array().cloned().unwrap_or_default(),
        maximum: bound(source, "maximum", "exclusiveMaximum"),
        minimum: bound(source, "minimum", "exclusiveMinimum"),
        multiple_of: source["multipleOf"].as_f64(),
        max_length: source["maxLength"].as_i64(),
        min_length: source["minLength"].as_i64(),
        max_items: source["maxItems"].as_i64(),
        min_items: source["minItems"].as_i64(),
        max_properties: source["maxProperties"].as_i64(),
        min_properties: source["minProperties"].as_i64(),
        pattern: source["pattern"].as_str().and_then(|text| Pattern::new(text).ok()),
        all_of: parts("allOf"),
        any_of: parts("anyOf"),
        one_of: parts("oneOf"),
        not: source.get("not").filter(|of| of.is_object()).map(|of| Box::new(build(of))),
        forbids_additional: source["additionalProperties"] == false,
        metadata: None,
        rules: rules(source),
    }
}

fn bound(source: &Value, key: &str, exclusive: &str) -> Option<Bound> {
    Some(Bound { value: source[key].as_f64()?, is_exclusive: source[exclusive] == true })
}

fn rules(source: &Value) -> Vec<Rule> {
    let rules = source["x-kubernetes-validations"].as_array().into_iter().flatten();
    let rule = |source: &Value| Rule {
        rule: text(source, "rule"),
        message: text(source, "message"),
        reason: text(source, "reason"),
        field_path: text(source, "fieldPath"),
        optional_old_self: source["optionalOldSelf"].as_bool(),
        #[cfg(feature = "cel")]
        program: super::rules::Program::compile(&text(source, "rule")).ok(),
        #[cfg(feature = "cel")]
        message_program: Some(text(source, "messageExpression"))
            .filter(|expression| !expression.trim().is_empty())
            .and_then(|expression| super::rules::Program::compile(&expression).ok()),
    };
    rules.map(rule).collect()
}

fn kind(source: &Value) -> SchemaKind {
    if source["x-kubernetes-int-or-string"] == true {
        return SchemaKind::IntOrString;
    }
    match source["type"].as_str() {
        Some("object") => SchemaKind::Object,
        Some("array") => SchemaKind::Array,
        Some("string") => SchemaKind::String,
        Some("integer") => SchemaKind::Integer,
        Some("number") => SchemaKind::Number,
        Some("boolean") => SchemaKind::Boolean,
        _ => SchemaKind::Any,
    }
}

fn list_type(source: &Value) -> ListType {
    match source["x-kubernetes-list-type"].as_str() {
        Some("set") => ListType::Set,
        Some("map") => ListType::Map(strings(&source["x-kubernetes-list-map-keys"])),
        _ => ListType::Atomic,
    }
}

fn text(source: &Value, key: &str) -> String {
    source[key].as_str().unwrap_or_default().to_owned()
}

fn strings(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}
