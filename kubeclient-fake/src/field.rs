//! What is wrong with one field, in the words of apimachinery's `field.Error`.

use std::fmt;

use serde_json::Value;

use crate::failure::Cause;

/// One wrong field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldError {
    pub(crate) kind: FieldErrorKind,
    /// `spec.containers[0].name`, `metadata.labels`, `spec.data[key]`.
    pub(crate) field: String,
    pub(crate) detail: String,
}

/// What kind of wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FieldErrorKind {
    Required,
    /// The value that is not valid.
    Invalid(Value),
    /// The same with the value as the real server prints it: a structure of Go's.
    InvalidPrinted(String),
    /// The value is not valid and is not shown.
    #[cfg(feature = "cel")]
    InvalidUnshown,
    /// The value whose type is not valid.
    TypeInvalid(Value),
    /// The value that is not among the supported; the detail lists those.
    NotSupported(Value),
    Duplicate(Value),
    Forbidden,
    TooLong,
    /// The count; the detail names the limit.
    TooMany(usize),
    NotFound(Value),
}

impl FieldError {
    pub(crate) fn new(
        kind: FieldErrorKind,
        field: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self { kind, field: field.into(), detail: detail.into() }
    }

    pub(crate) fn required(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(FieldErrorKind::Required, field, detail)
    }

    pub(crate) fn invalid(
        field: impl Into<String>,
        value: impl Into<Value>,
        detail: impl Into<String>,
    ) -> Self {
        Self::new(FieldErrorKind::Invalid(value.into()), field, detail)
    }

    pub(crate) fn forbidden(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(FieldErrorKind::Forbidden, field, detail)
    }

    /// `supported` in the order in which the real server names them.
    pub(crate) fn not_supported(
        field: impl Into<String>,
        value: impl Into<Value>,
        supported: &[&str],
    ) -> Self {
        let names: Vec<String> = supported.iter().map(|name| format!("{name:?}")).collect();
        let detail = format!("supported values: {}", names.join(", "));
        Self::new(FieldErrorKind::NotSupported(value.into()), field, detail)
    }

    pub(crate) fn duplicate(field: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::new(FieldErrorKind::Duplicate(value.into()), field, "")
    }

    /// The cause for a `Status`.
    pub(crate) fn cause(&self) -> Cause {
        Cause {
            reason: self.kind.reason().to_owned(),
            message: self.body(),
            field: self.field.clone(),
        }
    }

    /// All but the field: `Invalid value: 30: must be less`.
    fn body(&self) -> String {
        let mut text = self.kind.to_string();
        if !self.detail.is_empty() {
            text.push_str(": ");
            text.push_str(&self.detail);
        }
        text
    }
}

impl FieldErrorKind {
    /// The `reason` of the cause.
    fn reason(&self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            #[cfg(feature = "cel")]
            Self::InvalidUnshown => "FieldValueInvalid",
            Self::Invalid(_) | Self::InvalidPrinted(_) => "FieldValueInvalid",
            Self::TypeInvalid(_) => "FieldValueTypeInvalid",
            Self::NotSupported(_) => "FieldValueNotSupported",
            Self::Duplicate(_) => "FieldValueDuplicate",
            Self::Forbidden => "FieldValueForbidden",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany(_) => "FieldValueTooMany",
            Self::NotFound(_) => "FieldValueNotFound",
        }
    }
}

impl fmt::Display for FieldErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => f.write_str("Required value"),
            // Go prints strings quoted and the rest as it is; objects in their JSON form.
            Self::Invalid(value) | Self::TypeInvalid(value) => {
                write!(f, "Invalid value: {}", quoted(value))
            }
            Self::InvalidPrinted(value) => write!(f, "Invalid value: {value}"),
            #[cfg(feature = "cel")]
            Self::InvalidUnshown => f.write_str("Invalid value"),
            Self::NotSupported(value) => write!(f, "Unsupported value: {}", quoted(value)),
            Self::Duplicate(value) => write!(f, "Duplicate value: {}", quoted(value)),
            Self::Forbidden => f.write_str("Forbidden"),
            Self::TooLong => f.write_str("Too long"),
            Self::TooMany(count) => write!(f, "Too many: {count}"),
            Self::NotFound(value) => write!(f, "Not found: {}", quoted(value)),
        }
    }
}

/// A value as Go quotes it: text with its escapes, the rest as JSON.
fn quoted(value: &Value) -> String {
    let Value::String(text) = value else { return value.to_string() };
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            char if u32::from(char) < 0x80 && char.is_control() => {
                quoted.push_str(&format!("\\x{:02x}", u32::from(char)));
            }
            char if char.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(char))),
            char => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.body())
    }
}

#[cfg(test)]
mod tests {
    use super::FieldError;

    #[test]
    fn text_is_quoted_as_go_quotes_it() {
        let error = FieldError::invalid("f", "a\u{1}b\n\"\u{e9}\u{7f}", "why");
        let expected = "f: Invalid value: \"a\\x01b\\n\\\"\u{e9}\\x7f\": why";
        assert_eq!(error.to_string(), expected);
    }
}
