//! A value in its place in an object, and the checks that many fields have in common.

use serde_json::Value;

use crate::field::{FieldError, FieldErrorKind};
use crate::kinds::{label_errors, subdomain_errors};
use crate::schema::Quantity;
use crate::selector::{label_key_errors, label_value_errors};

pub(super) type Errors = Vec<FieldError>;

/// A value and the path to it.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) path: String,
}

const NEGATIVE: &str = "must be greater than or equal to 0";

impl<'a> Node<'a> {
    /// The object itself.
    pub(super) fn root(value: &'a Value) -> Self {
        Self { value, path: String::new() }
    }

    /// The field of that name; null where there is none.
    pub(super) fn at(&self, key: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self {
            value: self.value.get(key).unwrap_or(&Value::Null),
            path: format!("{}{dot}{key}", self.path),
        }
    }

    /// The entry of a map.
    pub(super) fn entry(&self, key: &str) -> Self {
        Self {
            value: self.value.get(key).unwrap_or(&Value::Null),
            path: format!("{}[{key}]", self.path),
        }
    }

    /// The same value, known by another path.
    pub(super) fn called(&self, path: String) -> Self {
        Self { value: self.value, path }
    }

    /// The items of a list.
    pub(super) fn items(&self) -> Vec<Self> {
        let list = self.value.as_array().map_or(&[][..], Vec::as_slice);
        let item = |(index, value)| Self { value, path: format!("{}[{index}]", self.path) };
        list.iter().enumerate().map(item).collect()
    }

    /// The entries of a map, by key.
    pub(super) fn entries(&self) -> Vec<(&'a str, Self)> {
        let map = self.value.as_object().into_iter().flatten();
        map.map(|(key, _)| (key.as_str(), self.entry(key))).collect()
    }

    pub(super) fn text(&self) -> &'a str {
        self.value.as_str().unwrap_or_default()
    }

    pub(super) fn int(&self) -> Option<i64> {
        self.value.as_i64()
    }

    pub(super) fn is(&self, value: bool) -> bool {
        *self.value == Value::Bool(value)
    }

    pub(super) fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// Nothing, or as good as nothing.
    pub(super) fn is_empty(&self) -> bool {
        match self.value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty(),
            _ => false,
        }
    }

    pub(super) fn invalid(&self, why: impl Into<String>, errors: &mut Errors) {
        errors.push(FieldError::invalid(self.path.as_str(), self.value.clone(), why));
    }

    pub(super) fn forbidden(&self, why: impl Into<String>, errors: &mut Errors) {
        errors.push(FieldError::forbidden(self.path.as_str(), why));
    }

    pub(super) fn duplicate(&self, errors: &mut Errors) {
        errors.push(FieldError::duplicate(self.path.as_str(), self.value.clone()));
    }

    pub(super) fn not_found(&self, errors: &mut Errors) {
        let kind = FieldErrorKind::NotFound(self.value.clone());
        errors.push(FieldError::new(kind, self.path.as_str(), ""));
    }

    pub(super) fn unsupported(&self, supported: &[&str], errors: &mut Errors) {
        let value = self.value.clone();
        errors.push(FieldError::not_supported(self.path.as_str(), value, supported));
    }

    /// That it is missing, whatever it is.
    pub(super) fn missing(&self, why: &str, errors: &mut Errors) {
        errors.push(FieldError::required(self.path.as_str(), why));
    }

    /// Whether it is there; says so when it is not.
    pub(super) fn required(&self, errors: &mut Errors) -> bool {
        if self.is_empty() {
            self.missing("", errors);
        }
        !self.is_empty()
    }

    /// One of these texts, if there is one.
    pub(super) fn one_of(&self, supported: &[&str], errors: &mut Errors) {
        if !self.is_empty() && !supported.contains(&self.text()) {
            self.unsupported(supported, errors);
        }
    }

    /// One of these texts, and nothing else.
    pub(super) fn must_be_one_of(&self, supported: &[&str], errors: &mut Errors) {
        if !supported.contains(&self.text()) {
            let text = Value::from(self.text());
            errors.push(FieldError::not_supported(self.path.as_str(), text, supported));
        }
    }

    /// Not below zero.
    pub(super) fn not_negative(&self, errors: &mut Errors) {
        if self.int().is_some_and(|number| number < 0) {
            self.invalid(NEGATIVE, errors);
        }
    }

    /// These fields of it are not below zero.
    pub(super) fn none_negative(&self, keys: &[&str], errors: &mut Errors) {
        keys.iter().for_each(|key| self.at(key).not_negative(errors));
    }

    /// A number of a port.
    pub(super) fn port(&self, errors: &mut Errors) {
        if !self.int().is_some_and(|number| (1..=65_535).contains(&number)) {
            self.invalid("must be between 1 and 65535, inclusive", errors);
        }
    }

    /// A number of a port, or the name of one.
    pub(super) fn port_or_name(&self, errors: &mut Errors) {
        match self.value {
            Value::String(_) => self.port_name(errors),
            _ => self.port(errors),
        }
    }

    /// A name of a port.
    pub(super) fn port_name(&self, errors: &mut Errors) {
        let name = self.text();
        if name.len() > 15 {
            self.invalid("must be no more than 15 characters", errors);
        }
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !name.bytes().all(fits) {
            let why = "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
            self.invalid(why, errors);
        }
        if !name.bytes().any(|byte| byte.is_ascii_lowercase()) {
            self.invalid("must contain at least one letter (a-z)", errors);
        }
        if name.contains("--") {
            self.invalid("must not contain consecutive hyphens", errors);
        }
        if name.starts_with('-') || name.ends_with('-') {
            self.invalid("must not begin or end with a hyphen", errors);
        }
    }

    /// A name that is a DNS label, if there is one.
    pub(super) fn label(&self, errors: &mut Errors) {
        if !self.is_empty() {
            self.must_be_label(errors);
        }
    }

    pub(super) fn must_be_label(&self, errors: &mut Errors) {
        label_errors(self.text()).into_iter().for_each(|why| self.wrong(why, errors));
    }

    /// A name that is a DNS subdomain, if there is one.
    pub(super) fn subdomain(&self, errors: &mut Errors) {
        if !self.is_empty() {
            self.must_be_subdomain(errors);
        }
    }

    pub(super) fn must_be_subdomain(&self, errors: &mut Errors) {
        subdomain_errors(self.text()).into_iter().for_each(|why| self.wrong(why, errors));
    }

    /// A text that may be missing is invalid as text.
    fn wrong(&self, why: String, errors: &mut Errors) {
        errors.push(FieldError::invalid(self.path.as_str(), self.text(), why));
    }

    /// `name` or `prefix/name`.
    pub(super) fn qualified_name(&self, errors: &mut Errors) {
        label_key_errors(self.text()).into_iter().for_each(|why| self.wrong(why, errors));
    }

    /// Labels.
    pub(super) fn labels(&self, errors: &mut Errors) {
        for (key, value) in self.value.as_object().into_iter().flatten() {
            for why in label_key_errors(key) {
                errors.push(FieldError::invalid(self.path.as_str(), key.as_str(), why));
            }
            let text = value.as_str().unwrap_or_default();
            for why in label_value_errors(text) {
                errors.push(FieldError::invalid(self.path.as_str(), text, why));
            }
        }
    }

    /// A label selector.
    pub(super) fn selector(&self, errors: &mut Errors) {
        self.at("matchLabels").labels(errors);
        for expression in self.at("matchExpressions").items() {
            let values = expression.at("values");
            let operator = expression.at("operator");
            match operator.text() {
                "In" | "NotIn" if values.is_empty() => {
                    let why = "must be specified when `operator` is 'In' or 'NotIn'";
                    values.missing(why, errors);
                }
                "In" | "NotIn" => {}
                "Exists" | "DoesNotExist" if !values.is_empty() => {
                    let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                    values.forbidden(why, errors);
                }
                "Exists" | "DoesNotExist" => {}
                _ => operator.invalid("not a valid selector operator", errors),
            }
            let key = expression.at("key");
            for why in label_key_errors(key.text()) {
                key.invalid(why, errors);
            }
        }
    }

    /// A count, or a share as `25%`.
    pub(super) fn int_or_percent(&self, errors: &mut Errors) {
        match self.value {
            Value::String(text) => match text.strip_suffix('%') {
                Some(digits)
                    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {}
                _ => self.invalid(
                    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  \
                     or '93%', regex used for validation is '[0-9]+%')",
                    errors,
                ),
            },
            _ => self.not_negative(errors),
        }
    }

    /// The same, not of more than all.
    pub(super) fn share(&self, errors: &mut Errors) {
        self.int_or_percent(errors);
        let percent = self.text().strip_suffix('%').and_then(|digits| digits.parse::<i64>().ok());
        if percent.is_some_and(|percent| percent > 100) {
            self.invalid("must not be greater than 100%", errors);
        }
    }

    /// An amount, in thousandths.
    pub(super) fn millis(&self) -> Option<i128> {
        let text = match self.value {
            Value::Number(number) => number.to_string(),
            other => other.as_str()?.to_owned(),
        };
        Quantity::parse(&text).ok().map(|quantity| quantity.millis())
    }

    /// An amount that is not below zero.
    pub(super) fn amount(&self, errors: &mut Errors) {
        if self.millis().is_some_and(|millis| millis < 0) {
            self.invalid(NEGATIVE, errors);
        }
    }

    /// An amount above zero.
    pub(super) fn positive_amount(&self, errors: &mut Errors) {
        if self.millis().is_some_and(|millis| millis <= 0) {
            self.invalid("must be greater than zero", errors);
        }
    }

    /// An IP address.
    pub(super) fn address(&self, errors: &mut Errors) -> bool {
        let fits = self.text().parse::<std::net::IpAddr>().is_ok();
        if !fits {
            let why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
            self.invalid(why, errors);
        }
        fits
    }

    /// A range of addresses, as `10.0.0.0/8`.
    pub(super) fn range(&self, errors: &mut Errors) {
        if range(self.text()).is_none() {
            self.invalid("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)", errors);
        }
    }

    /// `acme.io/foo`.
    pub(super) fn domain_path(&self, errors: &mut Errors) {
        let fits = self.text().split_once('/').is_some_and(|(domain, path)| {
            domain.contains('.') && subdomain_errors(domain).is_empty() && !path.is_empty()
        });
        if !fits {
            self.invalid("must be a domain-prefixed path (such as \"acme.io/foo\")", errors);
        }
    }
}

/// The first address of a range, as bits, and the length of its prefix, with the number of bits.
pub(super) fn range(text: &str) -> Option<(u128, u32, u32)> {
    let (address, prefix) = text.split_once('/')?;
    let prefix: u32 = prefix.parse().ok()?;
    let (bits, all) = match address.parse().ok()? {
        std::net::IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        std::net::IpAddr::V6(address) => (u128::from(address), 128),
    };
    (prefix <= all).then_some((bits, prefix, all))
}
