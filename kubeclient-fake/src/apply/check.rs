//! Whether an object fits its schema as ownership sees it, in the words of the real server. It is less than
//! validation: what the fields mean is for others.

use std::collections::BTreeSet;

use serde_json::Value;

use super::element::{Element, Literal};
use super::types::{Relation, Scalar, Shape, Type};
use crate::patch::go_type;

/// What does not fit, and where; the path is empty for the whole object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    pub(super) path: String,
    pub(super) message: String,
}

/// Whether items of a list may have the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duplicates {
    Allowed,
    Refused,
}

/// What does not fit; empty when all does.
pub(super) fn check(ty: Type<'_>, value: &Value, duplicates: Duplicates) -> Vec<Misfit> {
    let mut walk = Walk { duplicates, at: Vec::new(), misfits: Vec::new() };
    walk.value(ty, value);
    walk.misfits
}

/// The misfits as one text.
pub(super) fn describe(misfits: &[Misfit]) -> String {
    let line = |misfit: &Misfit| match misfit.path.as_str() {
        "" => misfit.message.clone(),
        path => format!("{path}: {}", misfit.message),
    };
    match misfits {
        [one] => line(one),
        many => {
            let lines = many.iter().map(|misfit| format!("\n  {}", line(misfit)));
            format!("errors:{}", lines.collect::<String>())
        }
    }
}

/// The step to an item of a list map or a set.
pub(super) fn item_step(ty: Type<'_>, item: &Value) -> Result<Element, String> {
    match ty.relation() {
        Relation::Atomic => Err("invalid indexing of non-associative list".to_owned()),
        Relation::Set => set_step(item),
        Relation::Map(keys) => key_step(ty, keys, item),
    }
}

fn set_step(item: &Value) -> Result<Element, String> {
    let why = match item {
        Value::Object(_) => "associative list without keys has an element that's a map type",
        Value::Array(_) => "not supported: associative list with lists as elements",
        Value::Null => "associative list without keys has an element that's an explicit null",
        _ => return Ok(Element::Item(Literal(item.clone()))),
    };
    Err(why.to_owned())
}

fn key_step(ty: Type<'_>, keys: &[String], item: &Value) -> Result<Element, String> {
    let object = match item {
        Value::Object(object) => object,
        Value::Null => {
            return Err("associative list with keys may not have a null element".to_owned());
        }
        _ => return Err("associative list with keys may not have non-map elements".to_owned()),
    };
    let given = |key: &str| object.get(key).cloned().or_else(|| ty.key_default(key));
    let mut found: Vec<_> =
        keys.iter().filter_map(|key| Some((key.clone(), Literal(given(key)?)))).collect();
    if found.is_empty() && !keys.is_empty() {
        let quoted: Vec<String> = keys.iter().map(|key| format!("{key:?}")).collect();
        return Err(format!(
            "associative list with keys has an element that omits all key fields [{}] (and doesn't \
             have default values for any key fields)",
            quoted.join(" ")
        ));
    }
    found.sort();
    Ok(Element::Key(found))
}

struct Walk {
    duplicates: Duplicates,
    /// The steps walked, as messages print them.
    at: Vec<String>,
    misfits: Vec<Misfit>,
}

impl Walk {
    fn refuse(&mut self, message: String) {
        self.misfits.push(Misfit { path: self.at.concat(), message });
    }

    fn value(&mut self, ty: Type<'_>, value: &Value) {
        if value.is_null() {
            return;
        }
        match ty.shape(value) {
            Shape::Map => self.map(ty, value),
            Shape::List => self.list(ty, value),
            Shape::Scalar => self.scalar(ty, value),
        }
    }

    fn below(&mut self, step: &Element, ty: Type<'_>, value: &Value) {
        self.at.push(step.to_string());
        self.value(ty, value);
        self.at.pop();
    }

    fn map(&mut self, ty: Type<'_>, value: &Value) {
        let Value::Object(map) = value else {
            return self.refuse(format!("expected map, got &{{{}}}", go_plain(value)));
        };
        for (name, value) in map {
            let step = Element::field(name);
            match ty.field(name) {
                Some(ty) => self.below(&step, ty, value),
                None => {
                    self.at.push(step.to_string());
                    self.refuse("field not declared in schema".to_owned());
                    self.at.pop();
                    // The real server says only the first of an object, in no order.
                    break;
                }
            }
        }
    }

    fn list(&mut self, ty: Type<'_>, value: &Value) {
        let Value::Array(items) = value else {
            return self.refuse(format!("expected list, got &{{{}}}", go_plain(value)));
        };
        let mut seen = BTreeSet::new();
        for (place, item) in items.iter().enumerate() {
            let step = match ty.relation() {
                Relation::Atomic => Element::Index(i64::try_from(place).unwrap_or(i64::MAX)),
                Relation::Set | Relation::Map(_) => match item_step(ty, item) {
                    Ok(step) => step,
                    Err(why) => return self.refuse(format!("element {place}: {why}")),
                },
            };
            if !seen.insert(step.clone()) && self.duplicates == Duplicates::Refused {
                self.refuse(format!("duplicate entries for key {step}"));
            }
            self.below(&step, ty.item(), item);
        }
    }

    fn scalar(&mut self, ty: Type<'_>, value: &Value) {
        let message = match ty.scalar() {
            Some(Scalar::Numeric) if !value.is_number() => {
                format!("expected numeric (int or float), got {}", go_type(value))
            }
            Some(Scalar::String) if !value.is_string() => {
                format!(
                    "expected string, got &value.valueUnstructured{{Value:{}}}",
                    go_syntax(value)
                )
            }
            Some(Scalar::Boolean) if !value.is_boolean() => {
                format!("expected boolean, got &{{{}}}", go_plain(value))
            }
            Some(Scalar::Any) if value.is_array() || value.is_object() => {
                format!("expected any scalar, got &{{{}}}", go_plain(value))
            }
            _ => return,
        };
        self.refuse(message);
    }
}

/// The value as Go prints it with `%v`.
fn go_plain(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_plain).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(map) => {
            let fields: Vec<String> =
                map.iter().map(|(name, value)| format!("{name}:{}", go_plain(value))).collect();
            format!("map[{}]", fields.join(" "))
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// The value as Go prints it with `%#v`.
fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::String(text) => format!("{text:?}"),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(map) => {
            let fields: Vec<String> =
                map.iter().map(|(name, value)| format!("{name:?}:{}", go_syntax(value))).collect();
            format!("map[string]interface {{}}{{{}}}", fields.join(", "))
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
