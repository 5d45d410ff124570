//! Which schemas a definition may have: the rules that make one structural, and what the server says where
//! one is broken.

mod lists;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::constraints::Pattern;
use super::rules;
use crate::field::{FieldError, FieldErrorKind};

/// What stands against the schema at that path; nothing where it is structural.
pub(super) fn errors(path: &str, source: &Value) -> Vec<FieldError> {
    let mut check = Check { errors: Vec::new() };
    if said(source, "$schema") {
        check.invalid(path, "", "OpenAPIV3Schema 'schema' is not supported");
    }
    if source["nullable"] == true {
        check.forbidden(format!("{path}.nullable"), "nullable cannot be true at the root");
    }
    match source["type"].as_str().unwrap_or_default() {
        "" => check.required(format!("{path}.type"), "must not be empty at the root"),
        "object" => {}
        other => check.invalid(format!("{path}.type"), other, "must be object at the root"),
    }
    check.schema(path, source);
    check.whole_object(path, source);
    check.errors
}

struct Check {
    errors: Vec<FieldError>,
}

impl Check {
    /// A schema that says what is there.
    fn schema(&mut self, path: &str, source: &Value) {
        self.any_schema(path, source);
        let (kind, preserves) = (source["type"].as_str().unwrap_or_default(), preserves(source));
        if kind == "array" && !said(source, "items") {
            self.required(format!("{path}.items"), "must be specified");
        }
        if source["x-kubernetes-embedded-resource"] == true {
            self.embedded(path, source, kind, preserves);
        }
        for (name, field) in object(source, "properties") {
            let path = format!("{path}.properties[{name}]");
            self.type_said(&path, field, "must not be empty for specified object fields");
            self.schema(&path, field);
        }
        if source["additionalProperties"].is_object() {
            let (path, of) =
                (format!("{path}.additionalProperties"), &source["additionalProperties"]);
            self.type_said(&path, of, "must not be empty for specified object fields");
            self.schema(&path, of);
        }
        if source["items"].is_object() {
            let path = format!("{path}.items");
            self.type_said(&path, &source["items"], "must not be empty for specified array items");
            self.schema(&path, &source["items"]);
        }
        self.parts(path, source);
    }

    /// `allOf` and the like, which say only what else must hold.
    fn parts(&mut self, path: &str, source: &Value) {
        let int_or_string = source["x-kubernetes-int-or-string"] == true;
        for key in ["allOf", "anyOf", "oneOf"] {
            for (index, part) in array(source, key).iter().enumerate() {
                let may_say_types = int_or_string
                    && match key {
                        "anyOf" => is_int_or_string(source),
                        "allOf" => index == 0 && is_int_or_string(part),
                        _ => false,
                    };
                self.part(&format!("{path}.{key}[{index}]"), part, may_say_types);
            }
        }
        if source["not"].is_object() {
            self.part(&format!("{path}.not"), &source["not"], false);
        }
    }

    fn part(&mut self, path: &str, source: &Value, may_say_types: bool) {
        let structure: [(&str, &str); 9] = [
            ("additionalProperties", "must be undefined to be structural"),
            ("default", "must be undefined to be structural"),
            ("description", "must be empty to be structural"),
            ("title", "must be empty to be structural"),
            ("type", "must be empty to be structural"),
            ("x-kubernetes-list-map-keys", "must be empty to be structural"),
            ("x-kubernetes-list-type", "must be undefined to be structural"),
            ("x-kubernetes-map-type", "must be undefined to be structural"),
            ("x-kubernetes-validations", "must be empty to be structural"),
        ];
        for (key, why) in structure {
            if said(source, key) && !(may_say_types && key == "type") {
                self.forbidden(format!("{path}.{key}"), why);
            }
        }
        for key in [
            "nullable",
            "x-kubernetes-embedded-resource",
            "x-kubernetes-int-or-string",
            "x-kubernetes-preserve-unknown-fields",
        ] {
            if source[key] == true {
                self.forbidden(format!("{path}.{key}"), "must be false to be structural");
            }
        }
        self.any_schema(path, source);
        for (name, field) in object(source, "properties") {
            self.part(&format!("{path}.properties[{name}]"), field, false);
        }
        if source["items"].is_object() {
            self.part(&format!("{path}.items"), &source["items"], false);
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            for (index, inner) in array(source, key).iter().enumerate() {
                let may_say_types = may_say_types && key == "anyOf";
                self.part(&format!("{path}.{key}[{index}]"), inner, may_say_types);
            }
        }
        if source["not"].is_object() {
            self.part(&format!("{path}.not"), &source["not"], false);
        }
    }

    /// What holds of every schema and every part of one.
    fn any_schema(&mut self, path: &str, source: &Value) {
        for key in ["$ref", "additionalItems", "definitions", "dependencies", "id"] {
            if said(source, key) {
                self.forbidden(format!("{path}.{key}"), format!("{key} is not supported"));
            }
        }
        if said(source, "patternProperties") {
            let path = format!("{path}.patternProperties");
            self.forbidden(path, "patternProperties is not supported");
        }
        if source["uniqueItems"] == true {
            let why =
                "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
            self.forbidden(format!("{path}.uniqueItems"), why);
        }
        let kind = source["type"].as_str().unwrap_or_default();
        let known = ["array", "boolean", "integer", "number", "object", "string"];
        if !kind.is_empty() && !known.contains(&kind) {
            self.errors.push(FieldError::not_supported(format!("{path}.type"), kind, &known));
        }
        if source["items"].is_array() {
            let why = "items must be a schema object and not an array";
            self.forbidden(format!("{path}.items"), why);
        }
        if said(source, "additionalProperties") && said(source, "properties") {
            let why = "additionalProperties and properties are mutual exclusive";
            self.forbidden(format!("{path}.additionalProperties"), why);
        }
        if source["x-kubernetes-preserve-unknown-fields"] == false {
            let path = format!("{path}.x-kubernetes-preserve-unknown-fields");
            self.invalid(path, false, "must be true or undefined");
        }
        if let Some(pattern) = source["pattern"].as_str()
            && let Err(error) = Pattern::new(pattern)
        {
            let why = format!("must be a valid regular expression, but isn't: {error}");
            self.invalid(format!("{path}.pattern"), pattern, why);
        }
        self.errors.append(&mut rules::errors(path, source));
        self.merging(path, source);
    }

    fn type_said(&mut self, path: &str, source: &Value, why: &str) {
        let any = preserves(source) || source["x-kubernetes-int-or-string"] == true;
        if !any && !said(source, "type") {
            self.required(format!("{path}.type"), why);
        }
    }

    fn embedded(&mut self, path: &str, source: &Value, kind: &str, preserves: bool) {
        if !preserves && !said(source, "properties") {
            let why = "must not be empty if x-kubernetes-embedded-resource is true without \
                       x-kubernetes-preserve-unknown-fields";
            self.required(format!("{path}.properties"), why);
        }
        let why = "must be object if x-kubernetes-embedded-resource is true";
        match kind {
            "object" => {}
            "" => self.required(format!("{path}.type"), why),
            other => self.invalid(format!("{path}.type"), other, why),
        }
        self.whole_object(path, source);
    }

    /// What a whole object's schema may say of the fields that every object has.
    fn whole_object(&mut self, path: &str, source: &Value) {
        let fields = &source["properties"];
        for (name, wanted) in [("metadata", "object"), ("apiVersion", "string"), ("kind", "string")]
        {
            let kind = fields[name]["type"].as_str().unwrap_or(wanted);
            if kind != wanted {
                let path = format!("{path}.properties[{name}].type");
                self.invalid(path, kind, format!("must be {wanted}"));
            }
        }
        let (path, metadata) = (format!("{path}.properties[metadata]"), &fields["metadata"]);
        let more = metadata.as_object().into_iter().flatten().any(|(key, value)| {
            !matches!(key.as_str(), "type" | "properties" | "description") && !value.is_null()
        });
        let names = object(metadata, "properties");
        if more || names.into_iter().any(|(name, _)| name != "name" && name != "generateName") {
            let why = "must not specify anything other than name and generateName, but metadata is \
                       implicitly specified";
            self.forbidden(path.clone(), why);
        }
        for (name, field) in object(metadata, "properties") {
            if said(field, "default") {
                let path = format!("{path}.properties[{name}].default");
                self.forbidden(path, "must not be set in top-level metadata");
            }
        }
    }

    fn required(&mut self, path: impl Into<String>, why: &str) {
        self.errors.push(FieldError::required(path, why));
    }

    fn forbidden(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.errors.push(FieldError::forbidden(path, why));
    }

    fn invalid(
        &mut self,
        path: impl Into<String>,
        value: impl Into<Value>,
        why: impl Into<String>,
    ) {
        self.errors.push(FieldError::new(FieldErrorKind::Invalid(value.into()), path, why));
    }
}

/// Whether a key is there and says anything.
fn said(source: &Value, key: &str) -> bool {
    match &source[key] {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) if key == "properties" || key == "definitions" => !map.is_empty(),
        _ => true,
    }
}

fn preserves(source: &Value) -> bool {
    source["x-kubernetes-preserve-unknown-fields"] == true
}

fn object<'a>(source: &'a Value, key: &str) -> impl IntoIterator<Item = (&'a String, &'a Value)> {
    source[key].as_object().into_iter().flat_map(Map::iter)
}

fn array<'a>(source: &'a Value, key: &str) -> &'a [Value] {
    source[key].as_array().map_or(&[], Vec::as_slice)
}

/// Whether `anyOf` says integer or string, as it may beside `x-kubernetes-int-or-string`.
fn is_int_or_string(source: &Value) -> bool {
    match array(source, "anyOf") {
        [first, second] => first["type"] == "integer" && second["type"] == "string",
        _ => false,
    }
}
