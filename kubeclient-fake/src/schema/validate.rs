//! Whether a custom resource is as its schema demands, in the server's words.

mod format;
mod lists;
#[cfg(test)]
mod tests;

#[cfg(feature = "cel")]
pub(in crate::schema) use lists::counterpart;

use serde_json::{Map, Value};

use super::{Bound, Constraints, Schema, SchemaKind};
use crate::field::{FieldError, FieldErrorKind};
use crate::mutation::{self, Mutation};

/// How many errors are told of.
const MAX_TOLD: usize = 1000;
/// The field of an error that is of no one field.
const NO_FIELD: &str = "<nil>";

/// What is wrong with a new object, or with a value.
pub(super) fn errors(schema: &Schema, value: &Value) -> Vec<FieldError> {
    update_errors(schema, value, None)
}

/// What is wrong with an object that replaces another. What was wrong before and did not change is let be.
pub(super) fn update_errors(
    schema: &Schema,
    value: &Value,
    old: Option<&Value>,
) -> Vec<FieldError> {
    if mutation::is(Mutation::NoCustomValidation) {
        return Vec::new();
    }
    let mut walk = Walk { errors: Vec::new(), lists: Vec::new() };
    if let (Some(constraints), Some(metadata)) = (&schema.constraints, value.get("metadata"))
        && let Some(schema) = &constraints.metadata
    {
        walk.value(schema, metadata, old.and_then(|old| old.get("metadata")), "metadata");
    }
    walk.value(schema, value, old, "");
    walk.errors.append(&mut walk.lists);
    walk.errors
}

struct Walk {
    errors: Vec<FieldError>,
    /// What is said of items that come twice and of embedded objects, after all else.
    lists: Vec<FieldError>,
}

impl Walk {
    fn value(&mut self, schema: &Schema, value: &Value, old: Option<&Value>, name: &str) {
        // A built-in part has been decoded.
        let Some(constraints) = &schema.constraints else { return };
        if old == Some(value) || (value.is_null() && schema.nullable) {
            return;
        }
        if self.errors.len() > MAX_TOLD {
            return;
        }
        self.of_type(schema, value, name);
        self.combined(constraints, value, old, name);
        match value {
            Value::String(text) => self.string(schema, constraints, text, name),
            Value::Number(_) => self.number(schema, constraints, value, name),
            Value::Array(list) => self.array(schema, constraints, list, old, name),
            Value::Object(map) => self.object(schema, constraints, map, old, name),
            Value::Null | Value::Bool(_) => {}
        }
        if !constraints.allowed.is_empty() && !constraints.allowed.contains(value) {
            let allowed: Vec<String> = constraints.allowed.iter().map(plain).collect();
            let allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
            self.errors.push(FieldError::not_supported(name, value.clone(), &allowed));
        }
    }

    fn of_type(&mut self, schema: &Schema, value: &Value, name: &str) {
        let wanted = match schema.kind {
            SchemaKind::Any | SchemaKind::Quantity => return,
            SchemaKind::Object => "object",
            SchemaKind::Array => "array",
            SchemaKind::String => "string",
            SchemaKind::Integer => "integer",
            SchemaKind::Number => "number",
            SchemaKind::Boolean => "boolean",
            SchemaKind::IntOrString => "integer,string",
        };
        let is = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_i64() => "integer",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if wanted.split(',').any(|one| one == is) || (wanted == "number" && is == "integer") {
            return;
        }
        self.push(
            FieldErrorKind::TypeInvalid(is.into()),
            name,
            format!("{name} in body must be of type {wanted}: {is:?}"),
        );
        if wanted == "integer" && is == "number" {
            let format = if schema.format.is_empty() { "(default format)" } else { "" };
            self.not_in_format("integer", &schema.format, format, name);
        }
    }

    fn not_in_format(&mut self, kind: &str, format: &str, default: &str, name: &str) {
        let format =
            if default.is_empty() { format!("with format {format}") } else { default.to_owned() };
        let why = format!("Checked value must be of type {kind} {format} in {name}");
        self.push(FieldErrorKind::Invalid("".into()), "", why);
    }

    fn string(&mut self, schema: &Schema, of: &Constraints, text: &str, name: &str) {
        let is_string = matches!(schema.kind, SchemaKind::String | SchemaKind::Any);
        if is_string && !format::fits(&schema.format, text) {
            let why = format!("{name} in body must be of type {}: {text:?}", schema.format);
            self.push(FieldErrorKind::TypeInvalid(text.into()), name, why);
        }
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        if let Some(max) = of.max_length.filter(|max| length > *max) {
            self.push(FieldErrorKind::TooLong, name, format!("may not be more than {max} bytes"));
        }
        if let Some(min) = of.min_length.filter(|min| length < *min) {
            self.invalid(text, name, format!("should be at least {min} chars long"));
        }
        if let Some(pattern) = of.pattern.as_ref().filter(|pattern| !pattern.matches(text)) {
            self.invalid(text, name, format!("should match '{}'", pattern.source()));
        }
    }

    fn number(&mut self, schema: &Schema, of: &Constraints, value: &Value, name: &str) {
        let Some(number) = value.as_f64() else { return };
        let fits = match schema.format.as_str() {
            "int32" => number >= f64::from(i32::MIN) && number <= f64::from(i32::MAX),
            "float" => number.abs() <= f64::from(f32::MAX),
            _ => true,
        };
        if !fits {
            let kind = if schema.format == "float" { "number" } else { "integer" };
            self.not_in_format(kind, &schema.format, "", name);
        }
        if let Some(of) = of.multiple_of.filter(|of| *of > 0.0)
            && (number / of).fract() != 0.0
        {
            self.invalid(value.clone(), name, format!("should be a multiple of {of}"));
        }
        // The server writes the limit without its fraction.
        if let Some(Bound { value: limit, is_exclusive }) = of.maximum
            && (number > limit || (is_exclusive && number >= limit))
        {
            let less = if is_exclusive { "less than" } else { "less than or equal to" };
            self.invalid(value.clone(), name, format!("should be {less} {}", limit as i64));
        }
        if let Some(Bound { value: limit, is_exclusive }) = of.minimum
            && (number < limit || (is_exclusive && number <= limit))
        {
            let greater = if is_exclusive { "greater than" } else { "greater than or equal to" };
            self.invalid(value.clone(), name, format!("should be {greater} {}", limit as i64));
        }
    }

    fn array(
        &mut self,
        schema: &Schema,
        of: &Constraints,
        list: &[Value],
        old: Option<&Value>,
        name: &str,
    ) {
        if let Some(items) = schema.item() {
            for (index, item) in list.iter().enumerate() {
                let old = lists::counterpart(schema, item, old);
                self.value(items, item, old, &format!("{name}[{index}]"));
            }
        }
        if let Some(min) = of.min_items.filter(|min| count(list.len()) < *min) {
            self.invalid(list.len(), name, format!("should have at least {min} items"));
        }
        if let Some(max) = of.max_items.filter(|max| count(list.len()) > *max) {
            let why = format!("must have at most {max} items");
            self.push(FieldErrorKind::TooMany(list.len()), name, why);
        }
        lists::duplicates(schema, list, name, &mut self.lists);
    }

    fn object(
        &mut self,
        schema: &Schema,
        of: &Constraints,
        map: &Map<String, Value>,
        old: Option<&Value>,
        name: &str,
    ) {
        if let Some(min) = of.min_properties.filter(|min| count(map.len()) < *min) {
            self.invalid(map.len(), name, format!("should have at least {min} properties"));
        }
        if let Some(max) = of.max_properties.filter(|max| count(map.len()) > *max) {
            let why = format!("must have at most {max} items");
            self.push(FieldErrorKind::TooMany(map.len()), name, why);
        }
        for required in schema.required.iter().filter(|required| !map.contains_key(*required)) {
            self.push(FieldErrorKind::Required, &below(name, required), String::new());
        }
        if schema.embedded_resource && !name.is_empty() {
            lists::embedded(map, name, &mut self.lists);
        }
        for (key, value) in map {
            let old = old.and_then(|old| old.get(key));
            let path = below(name, key);
            if let Some(field) = schema.properties.get(key) {
                self.value(field.get(), value, old, &path);
            } else if of.forbids_additional {
                let why = format!("{path} in body is a forbidden property");
                self.push(FieldErrorKind::Invalid(key.as_str().into()), name, why);
            } else if let Some(additional) = &schema.additional {
                self.value(additional.get(), value, old, &path);
            }
        }
    }

    /// `allOf`, `anyOf`, `oneOf` and `not`.
    fn combined(&mut self, of: &Constraints, value: &Value, old: Option<&Value>, name: &str) {
        let errors_of = |schema: &Schema| {
            let mut walk = Walk { errors: Vec::new(), lists: Vec::new() };
            walk.value(schema, value, old, name);
            walk.errors
        };
        let mut say = |why: String, below: Vec<FieldError>| {
            self.push(FieldErrorKind::Invalid("".into()), "", format!("\"{name}\" {why}"));
            self.errors.extend(below);
        };
        if !of.any_of.is_empty() {
            let mut all = of.any_of.iter().map(errors_of);
            let first = all.next().unwrap_or_default();
            if !first.is_empty() && all.all(|errors| !errors.is_empty()) {
                say("must validate at least one schema (anyOf)".into(), first);
            }
        }
        if !of.one_of.is_empty() {
            let all: Vec<_> = of.one_of.iter().map(errors_of).collect();
            let why = "must validate one and only one schema (oneOf). Found";
            match all.iter().filter(|errors| errors.is_empty()).count() {
                0 => say(format!("{why} none valid"), all.into_iter().next().unwrap_or_default()),
                1 => {}
                many => say(format!("{why} {many} valid alternatives"), Vec::new()),
            }
        }
        if let Some(not) = &of.not
            && errors_of(not).is_empty()
        {
            say("must not validate the schema (not)".into(), Vec::new());
        }
        let failed: Vec<FieldError> = of.all_of.iter().flat_map(errors_of).collect();
        if !failed.is_empty() {
            self.errors.extend(failed);
            let why = format!("\"{name}\" must validate all the schemas (allOf)");
            self.push(FieldErrorKind::Invalid("".into()), "", why);
        }
    }

    fn invalid(&mut self, value: impl Into<Value>, name: &str, why: String) {
        self.push(FieldErrorKind::Invalid(value.into()), name, format!("{name} in body {why}"));
    }

    fn push(&mut self, kind: FieldErrorKind, name: &str, why: String) {
        let field = if name.is_empty() { NO_FIELD } else { name };
        self.errors.push(FieldError::new(kind, field, why));
    }
}

/// A value as Go prints it.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn below(name: &str, key: &str) -> String {
    if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
