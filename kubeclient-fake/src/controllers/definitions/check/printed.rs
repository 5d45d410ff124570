//! Parts of a definition as the real server prints them in an error: its own structures, not their JSON.

use serde_json::Value;

use super::Alike;

/// The fields of a schema in their order, with the key that each has in a definition.
const FIELDS: &[(&str, &str)] = &[
    ("ID", "id"),
    ("Schema", "$schema"),
    ("Ref", "$ref"),
    ("Description", "description"),
    ("Type", "type"),
    ("Nullable", "nullable"),
    ("Format", "format"),
    ("Title", "title"),
    ("Default", "default"),
    ("Maximum", "maximum"),
    ("ExclusiveMaximum", "exclusiveMaximum"),
    ("Minimum", "minimum"),
    ("ExclusiveMinimum", "exclusiveMinimum"),
    ("MaxLength", "maxLength"),
    ("MinLength", "minLength"),
    ("Pattern", "pattern"),
    ("MaxItems", "maxItems"),
    ("MinItems", "minItems"),
    ("UniqueItems", "uniqueItems"),
    ("MultipleOf", "multipleOf"),
    ("Enum", "enum"),
    ("MaxProperties", "maxProperties"),
    ("MinProperties", "minProperties"),
    ("Required", "required"),
    ("Items", "items"),
    ("AllOf", "allOf"),
    ("OneOf", "oneOf"),
    ("AnyOf", "anyOf"),
    ("Not", "not"),
    ("Properties", "properties"),
    ("AdditionalProperties", "additionalProperties"),
    ("PatternProperties", "patternProperties"),
    ("Dependencies", "dependencies"),
    ("AdditionalItems", "additionalItems"),
    ("Definitions", "definitions"),
    ("ExternalDocs", "externalDocs"),
    ("Example", "example"),
    ("XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields"),
    ("XEmbeddedResource", "x-kubernetes-embedded-resource"),
    ("XIntOrString", "x-kubernetes-int-or-string"),
    ("XListMapKeys", "x-kubernetes-list-map-keys"),
    ("XListType", "x-kubernetes-list-type"),
    ("XMapType", "x-kubernetes-map-type"),
    ("XValidations", "x-kubernetes-validations"),
];

/// What may stand at the root of a schema whose status is apart.
const AT_ROOT: &[&str] = &[
    "Description",
    "Type",
    "Format",
    "Title",
    "Maximum",
    "ExclusiveMaximum",
    "Minimum",
    "ExclusiveMinimum",
    "MaxLength",
    "MinLength",
    "Pattern",
    "MaxItems",
    "MinItems",
    "UniqueItems",
    "MultipleOf",
    "Required",
    "Items",
    "Properties",
    "ExternalDocs",
    "Example",
    "XPreserveUnknownFields",
    "XValidations",
];

/// What is said when something stands at the root of a schema that must not, as its status is apart.
pub(super) fn misplaced_at_root(source: &Value) -> Option<String> {
    let says = |key: &str| match &source[key] {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        _ => true,
    };
    FIELDS.iter().find(|(name, key)| says(key) && !AT_ROOT.contains(name))?;
    Some(format!(
        "only [{}] fields are allowed at the root of the schema if the status subresource is enabled",
        AT_ROOT.join(" ")
    ))
}

/// A schema. What it nests stays in the form that it has in the definition, but for schemas in lists.
pub(super) fn schema(source: &Value) -> String {
    let fields = FIELDS.iter().map(|(name, key)| {
        let value = match (*key, &source[*key]) {
            ("allOf" | "oneOf" | "anyOf", Value::Array(list)) => {
                format!("[{}]", list.iter().map(schema).collect::<Vec<_>>().join(","))
            }
            ("not", inner @ Value::Object(_)) => schema(inner),
            (
                "id" | "$schema" | "description" | "type" | "format" | "title" | "pattern",
                Value::Null,
            ) => "\"\"".to_owned(),
            (
                "nullable"
                | "exclusiveMaximum"
                | "exclusiveMinimum"
                | "uniqueItems"
                | "x-kubernetes-embedded-resource"
                | "x-kubernetes-int-or-string",
                Value::Null,
            ) => "false".to_owned(),
            (_, value) => value.to_string(),
        };
        format!("\"{name}\":{value}")
    });
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

/// The versions; what all have alike is elsewhere, and null here.
pub(super) fn versions(versions: &Value, alike: &Alike) -> String {
    let Some(list) = versions.as_array() else { return "null".to_owned() };
    let version = |version: &Value| {
        let schema = match &version["schema"]["openAPIV3Schema"] {
            source if source.is_object() && !alike.schema => {
                format!("{{\"OpenAPIV3Schema\":{}}}", schema(source))
            }
            _ => "null".to_owned(),
        };
        let part = |key: &str, is_alike: bool| {
            let value = if is_alike { &Value::Null } else { &version[key] };
            value.to_string()
        };
        let is = |key: &str| version[key] == true;
        let name = version["name"].as_str().unwrap_or_default();
        format!(
            "{{\"Name\":{name:?},\"Served\":{},\"Storage\":{},\"Deprecated\":{},\"DeprecationWarning\":{},\
             \"Schema\":{schema},\"Subresources\":{},\"AdditionalPrinterColumns\":{},\"SelectableFields\":{}}}",
            is("served"),
            is("storage"),
            is("deprecated"),
            version["deprecationWarning"],
            part("subresources", alike.subresources),
            part("additionalPrinterColumns", alike.columns),
            part("selectableFields", alike.fields),
        )
    };
    format!("[{}]", list.iter().map(version).collect::<Vec<_>>().join(","))
}
