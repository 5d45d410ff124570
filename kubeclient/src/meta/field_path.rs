//! [`FieldPath`]: where a field stands in an object, as people write it: `spec.containers[0].image`.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

/// Where a field stands in an object: names behind dots, places of a list in brackets, and names that have
/// dots of their own in brackets and quotes.
///
/// A dot may stand first, as kubectl has it. It is read by `parse` and shown as it is best written. It has at
/// most 100 steps.
///
/// ```
/// use kubeclient::meta::field_path::FieldPath;
///
/// let path: FieldPath = ".spec.template.spec.containers[0]['image']".parse()?;
/// assert_eq!(path.to_string(), "spec.template.spec.containers[0].image");
/// let path: FieldPath = "metadata.labels['app.kubernetes.io/name']".parse()?;
/// assert_eq!(path.to_string(), "metadata.labels['app.kubernetes.io/name']");
/// let error = "spec.containers[x]".parse::<FieldPath>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "field path \"spec.containers[x]\": expected a number or a quoted name at character 17",
/// );
/// # Ok::<(), kubeclient::meta::field_path::FieldError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldPath {
    /// At least one.
    steps: Vec<Step>,
}

/// The most steps of a path: values that are deeper than serde_json reads (128) can't be sent anyway, and make
/// whoever goes through them run out of stack.
const MAX_STEPS: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    Field(String),
    Place(usize),
}

/// A path is none, or does not fit the object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("field {}", .0)]
pub struct FieldError(Box<str>);

impl FieldError {
    /// What is wrong at a place: it never quotes the value.
    pub(crate) fn at(place: impl fmt::Display, problem: impl fmt::Display) -> Self {
        Self(format!("{place}: {problem}").into())
    }
}

impl FieldPath {
    /// The name of the first step, if it is a name.
    pub(crate) fn first_field(&self) -> Option<&str> {
        match self.steps.first() {
            Some(Step::Field(name)) => Some(name),
            _ => None,
        }
    }

    /// The value there; `None` when it or what it stands in is absent or null.
    ///
    /// # Errors
    /// Something on the way is neither a map nor a list where the path needs one.
    pub fn get<'a>(&self, root: &'a Map<String, Value>) -> Result<Option<&'a Value>, FieldError> {
        let (first, rest) = self.split()?;
        let Some(mut value) = root.get(first) else { return Ok(None) };
        for (done, step) in rest.iter().enumerate() {
            let next = match (step, value) {
                (_, Value::Null) => None,
                (Step::Field(name), Value::Object(fields)) => fields.get(name),
                (Step::Place(place), Value::Array(items)) => items.get(*place),
                (step, other) => return Err(self.mismatch(done + 1, step, other)),
            };
            let Some(next) = next else { return Ok(None) };
            value = next;
        }
        Ok(Some(value).filter(|value| !value.is_null()))
    }

    /// Puts a value there; maps on the way that are absent or null are made, and a list takes it at the
    /// place behind its last one too.
    ///
    /// # Errors
    /// Something on the way is neither a map nor a list where the path needs one, or a list is too short.
    pub fn set(&self, root: &mut Map<String, Value>, value: Value) -> Result<(), FieldError> {
        let (first, rest) = self.split()?;
        let mut slot = root.entry(first).or_insert(Value::Null);
        for (done, step) in rest.iter().enumerate() {
            if slot.is_null() {
                *slot = match step {
                    Step::Field(_) => Value::Object(Map::new()),
                    Step::Place(_) => Value::Array(Vec::new()),
                };
            }
            slot = match (step, slot) {
                (Step::Field(name), Value::Object(fields)) => {
                    fields.entry(name).or_insert(Value::Null)
                }
                (Step::Place(place), Value::Array(items)) => {
                    let count = items.len();
                    if *place == count {
                        items.push(Value::Null);
                    }
                    items.get_mut(*place).ok_or_else(|| {
                        FieldError::at(
                            self.upto(done + 2),
                            format_args!("the list has {count} items"),
                        )
                    })?
                }
                (step, other) => return Err(self.mismatch(done + 1, step, other)),
            };
        }
        *slot = value;
        Ok(())
    }

    /// Takes the value from there; `None` when there was none. Items behind it move up.
    ///
    /// # Errors
    /// As [`FieldPath::get`].
    pub fn remove(&self, root: &mut Map<String, Value>) -> Result<Option<Value>, FieldError> {
        if self.get(root)?.is_none() {
            return Ok(None);
        }
        let (first, rest) = self.split()?;
        let Some((last, way)) = rest.split_last() else { return Ok(root.remove(first)) };
        let mut slot = root.get_mut(first);
        for step in way {
            slot = match (step, slot) {
                (Step::Field(name), Some(Value::Object(fields))) => fields.get_mut(name),
                (Step::Place(place), Some(Value::Array(items))) => items.get_mut(*place),
                _ => None,
            };
        }
        Ok(match (last, slot) {
            (Step::Field(name), Some(Value::Object(fields))) => fields.remove(name),
            (Step::Place(place), Some(Value::Array(items))) => Some(items.remove(*place)),
            _ => None,
        })
    }

    fn split(&self) -> Result<(&str, &[Step]), FieldError> {
        match self.steps.split_first() {
            Some((Step::Field(name), rest)) => Ok((name, rest)),
            _ => Err(FieldError::at(self, "expected a name first, since an object is no list")),
        }
    }

    /// The first so many steps.
    fn upto(&self, count: usize) -> Self {
        Self { steps: self.steps[..count].to_vec() }
    }

    fn mismatch(&self, done: usize, step: &Step, found: &Value) -> FieldError {
        let expected = match step {
            Step::Field(_) => "a map",
            Step::Place(_) => "a list",
        };
        let found = kind_of(found);
        let problem = format_args!("expected {expected}, found {found}");
        FieldError::at(self.upto(done), problem)
    }
}

/// What a JSON value is, in a word.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a fraction",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            match step {
                Step::Place(place) => write!(f, "[{place}]")?,
                Step::Field(name) if !name.is_empty() && name.chars().all(is_plain) => {
                    write!(f, "{}{name}", if i == 0 { "" } else { "." })?;
                }
                Step::Field(name) if name.contains('\'') => write!(f, "[\"{name}\"]")?,
                Step::Field(name) => write!(f, "['{name}']")?,
            }
        }
        Ok(())
    }
}

/// Whether a character may stand in a name without quotes.
fn is_plain(c: char) -> bool {
    !c.is_control() && !c.is_whitespace() && !matches!(c, '.' | '[' | ']' | '\'' | '"')
}

impl FromStr for FieldPath {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let shown: String = text.chars().take(100).collect();
        let expected = |rest: &str, what: &str| {
            let at = text[..text.len() - rest.len()].chars().count() + 1;
            FieldError::at(
                format_args!("path {shown:?}"),
                format_args!("expected {what} at character {at}"),
            )
        };
        let mut steps = Vec::new();
        let mut rest = text.strip_prefix('.').unwrap_or(text);
        let mut named = true;
        while named || !rest.is_empty() {
            if steps.len() == MAX_STEPS {
                return Err(expected(rest, &format!("its end after {MAX_STEPS} steps")));
            }
            if let Some(inner) = rest.strip_prefix('[') {
                let (step, behind) =
                    bracketed(inner).ok_or_else(|| expected(inner, "a number or a quoted name"))?;
                steps.push(step);
                rest = behind.strip_prefix(']').ok_or_else(|| expected(behind, "`]`"))?;
            } else {
                let end = rest.find(|c| !is_plain(c)).unwrap_or(rest.len());
                let (name, behind) = rest.split_at(end);
                if name.is_empty() || !named {
                    return Err(expected(rest, if named { "a name" } else { "`.` or `[`" }));
                }
                steps.push(Step::Field(name.to_owned()));
                rest = behind;
            }
            named = rest.starts_with('.');
            rest = rest.strip_prefix('.').unwrap_or(rest);
        }
        Ok(Self { steps })
    }
}

/// What stands in brackets, and what stands behind it.
fn bracketed(text: &str) -> Option<(Step, &str)> {
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '\'' | '"')) {
        let (name, behind) = text[1..].split_once(quote)?;
        return Some((Step::Field(name.to_owned()), behind));
    }
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((Step::Place(text[..end].parse().ok()?), &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::{Damage, assert_printable};
    use serde_json::json;

    fn path(text: &str) -> FieldPath {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn object() -> Map<String, Value> {
        let Value::Object(map) = json!({
            "spec": {"replicas": 3, "containers": [{"image": "a"}, {"image": "b"}], "none": null},
            "data": {"a.b/c": "x", "": "empty", "it's": "quoted"},
        }) else {
            unreachable!()
        };
        map
    }

    #[test]
    fn paths_are_shown_as_they_are_best_written() {
        for (text, shown) in [
            ("spec", "spec"),
            (".spec.replicas", "spec.replicas"),
            ("spec['replicas']", "spec.replicas"),
            ("spec.containers[10].image", "spec.containers[10].image"),
            ("data[\"a.b/c\"]", "data['a.b/c']"),
            ("data['']", "data['']"),
            ("data[\"it's\"]", "data[\"it's\"]"),
            ("['spec']", "spec"),
            ("a[0][1]", "a[0][1]"),
            ("é.x-y_z/w", "é.x-y_z/w"),
        ] {
            assert_eq!(path(text).to_string(), shown, "{text}");
            assert_eq!(path(shown), path(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused_where_it_is_none() {
        for (text, problem) in [
            ("", "expected a name at character 1"),
            (".", "expected a name at character 2"),
            ("..a", "expected a name at character 2"),
            ("a.", "expected a name at character 3"),
            ("a..b", "expected a name at character 3"),
            ("a[0]b", "expected `.` or `[` at character 5"),
            ("a[", "expected a number or a quoted name at character 3"),
            ("a[-1]", "expected a number or a quoted name at character 3"),
            ("a['b]", "expected a number or a quoted name at character 3"),
            ("a[0", "expected `]` at character 4"),
            ("a[99999999999999999999999]", "expected a number or a quoted name at character 3"),
            ("a b", "expected `.` or `[` at character 2"),
            ("ä]", "expected `.` or `[` at character 2"),
        ] {
            let error = text.parse::<FieldPath>().unwrap_err();
            assert_eq!(error.to_string(), format!("field path {text:?}: {problem}"));
        }
    }

    #[test]
    fn a_path_has_a_hundred_steps_at_most() {
        assert!(format!("a{}", "[0]".repeat(99)).parse::<FieldPath>().is_ok());
        let error = format!("a{}", "[0]".repeat(100_000)).parse::<FieldPath>().unwrap_err();
        assert!(
            error.to_string().ends_with("expected its end after 100 steps at character 299"),
            "{error}"
        );
    }

    #[test]
    fn values_are_found_and_what_is_absent_is_none() {
        let object = object();
        let get = |text: &str| path(text).get(&object);
        assert_eq!(get("spec.replicas"), Ok(Some(&json!(3))));
        assert_eq!(get("spec.containers[1].image"), Ok(Some(&json!("b"))));
        assert_eq!(get("data['a.b/c']"), Ok(Some(&json!("x"))));
        assert_eq!(get("data['']"), Ok(Some(&json!("empty"))));
        for absent in ["status.x[0].y", "spec.none", "spec.none.x", "spec.containers[2].image"] {
            assert_eq!(get(absent), Ok(None), "{absent}");
        }
        for (text, problem) in [
            ("spec.replicas.x", "field spec.replicas: expected a map, found an integer"),
            ("spec[0]", "field spec: expected a list, found a map"),
            ("spec.containers.image", "field spec.containers: expected a map, found a list"),
            ("[0].x", "field [0].x: expected a name first, since an object is no list"),
        ] {
            assert_eq!(get(text).unwrap_err().to_string(), problem);
        }
    }

    #[test]
    fn values_are_put_where_nothing_was_but_not_through_other_values() {
        let mut object = object();
        let mut set = |text: &str, value| path(text).set(&mut object, value);
        set("status.conditions[0].type", json!("Ready")).unwrap();
        set("spec.none.x", json!(1)).unwrap();
        set("spec.containers[2]", json!({})).unwrap();
        let error = set("spec.containers[9].image", json!("x")).unwrap_err();
        assert_eq!(error.to_string(), "field spec.containers[9]: the list has 3 items");
        let error = set("spec.replicas.x", json!(1)).unwrap_err();
        assert_eq!(error.to_string(), "field spec.replicas: expected a map, found an integer");
        assert_eq!(object["status"], json!({"conditions": [{"type": "Ready"}]}));
        assert_eq!(object["spec"]["none"], json!({"x": 1}));
    }

    #[test]
    fn what_is_removed_is_given_back() {
        let mut object = object();
        let mut remove = |text: &str| path(text).remove(&mut object);
        assert_eq!(remove("spec.containers[0]"), Ok(Some(json!({"image": "a"}))));
        assert_eq!(remove("spec.containers[0].image"), Ok(Some(json!("b"))));
        assert_eq!(remove("spec.containers[0].image"), Ok(None));
        assert_eq!(remove("data['a.b/c']"), Ok(Some(json!("x"))));
        assert!(remove("spec.replicas.x").is_err());
        assert!(remove("data").unwrap().is_some());
        assert_eq!(
            Value::Object(object),
            json!({
                "spec": {"replicas": 3, "containers": [{}], "none": null},
            })
        );
    }

    #[test]
    fn a_damaged_path_is_refused_or_written_as_it_is_and_harms_no_object() {
        const EXAMPLES: &[&str] = &["spec.containers[0].image", ".data['a.b/c']", "a[\"it's\"][3]"];
        bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
            let text = damage.text_of(EXAMPLES);
            match text.parse::<FieldPath>() {
                Err(error) => assert_printable(&error),
                Ok(path) => {
                    assert_eq!(path.to_string().parse(), Ok(path.clone()), "{text}");
                    let mut object = object();
                    if path.set(&mut object, json!(7)).is_ok() {
                        assert_eq!(path.get(&object), Ok(Some(&json!(7))), "{text}");
                        assert_eq!(path.remove(&mut object), Ok(Some(json!(7))), "{text}");
                    }
                }
            }
        });
    }
}
