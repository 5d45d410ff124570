//! What a custom resource's schema demands of a value besides its shape.

use regex::Regex;
use serde_json::Value;

use super::Schema;

/// What validation checks besides the shape.
#[derive(Clone, Debug, Default)]
pub(crate) struct Constraints {
    /// `enum`; empty for any.
    pub(crate) allowed: Vec<Value>,
    pub(crate) maximum: Option<Bound>,
    pub(crate) minimum: Option<Bound>,
    pub(crate) multiple_of: Option<f64>,
    /// In characters.
    pub(crate) max_length: Option<i64>,
    pub(crate) min_length: Option<i64>,
    pub(crate) max_items: Option<i64>,
    pub(crate) min_items: Option<i64>,
    pub(crate) max_properties: Option<i64>,
    pub(crate) min_properties: Option<i64>,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) all_of: Vec<Schema>,
    pub(crate) any_of: Vec<Schema>,
    pub(crate) one_of: Vec<Schema>,
    pub(crate) not: Option<Box<Schema>>,
    /// `additionalProperties: false`.
    pub(crate) forbids_additional: bool,
    /// What the root's schema demands of `metadata.name` and `generateName`.
    pub(crate) metadata: Option<Box<Schema>>,
    /// `x-kubernetes-validations`.
    pub(crate) rules: Vec<Rule>,
}

/// A limit of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bound {
    pub(crate) value: f64,
    pub(crate) is_exclusive: bool,
}

/// A regular expression.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    regex: Regex,
}

impl Pattern {
    pub(crate) fn new(source: &str) -> Result<Self, regex::Error> {
        Ok(Self { regex: Regex::new(source)? })
    }

    /// As it was written.
    pub(crate) fn source(&self) -> &str {
        self.regex.as_str()
    }

    /// Whether it is found anywhere in the text.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// A rule in CEL. What is not said is empty.
#[cfg_attr(not(feature = "cel"), expect(dead_code, reason = "read where rules are evaluated"))]
#[derive(Clone, Debug, Default)]
pub(crate) struct Rule {
    pub(crate) rule: String,
    pub(crate) message: String,
    /// `FieldValueInvalid`, `FieldValueForbidden`, `FieldValueRequired`, `FieldValueDuplicate`.
    pub(crate) reason: String,
    /// `.spec.x`, from where the rule stands.
    pub(crate) field_path: String,
    pub(crate) optional_old_self: Option<bool>,
    #[cfg(feature = "cel")]
    pub(crate) program: Option<super::rules::Program>,
    #[cfg(feature = "cel")]
    pub(crate) message_program: Option<super::rules::Program>,
}
