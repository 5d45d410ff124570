//! [`Diff`]: how an object would change if its set were applied.

use serde_json::{Map, Value};

use super::applier::Applier;
use super::outcome::{Change, ObjectRef, Summary};
use super::set::Manifests;
use super::value::push_key;
use crate::error::Error;
use crate::meta::dynamic::DynamicObject;

/// How an object would change if its set were applied: the object before and after, by the server's word.
///
/// The values in a Secret are masked as kubectl masks them: `***`, and `*** (before)` and `*** (after)` where
/// they differ. Neither side has `managedFields`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Diff {
    /// The object.
    pub object: ObjectRef,
    /// What an apply would do.
    pub change: Change,
    /// As [`Outcome::unchecked`](super::Outcome::unchecked): the server could not be asked, and `after` is what the
    /// set says.
    pub unchecked: bool,
    /// The object as it is; none where it is not there.
    pub before: Option<Value>,
    /// The object as it would be; none where it would be pruned.
    pub after: Option<Value>,
}

/// A field that would change.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FieldChange {
    /// The field, as `spec.template.spec.containers[name=web].image`; empty for the whole object. An item of
    /// a list whose items have names is told by its name, else by its number.
    pub path: String,
    /// The value as it is; none where there is none.
    pub before: Option<Value>,
    /// The value as it would be; none where there would be none.
    pub after: Option<Value>,
}

impl Applier {
    /// Says how each object would change if the set were applied, by asking the server for a dry run.
    ///
    /// Objects that would not change are told too, with [`Change::Unchanged`]; with [`Applier::prune`], those
    /// that would be pruned. What can't be told stands in the summary's failures.
    ///
    /// ```
    /// use kubeclient::{Applier, Manifests, RestClient};
    ///
    /// # let server = kubeclient_fake::FakeServer::start().unwrap();
    /// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
    /// let map = |colour: &str| {
    ///     let head = "apiVersion: v1, kind: ConfigMap, metadata: {name: a}";
    ///     Manifests::from_text(&format!("{{{head}, data: {{colour: {colour}}}}}"))
    /// };
    /// let applier = Applier::new(&client, "shop-tool");
    /// applier.apply(&map("red")?, |_| {})?.into_result()?;
    /// let mut told = Vec::new();
    /// applier.diff(&map("blue")?, |diff| told.extend(diff.changes()))?.into_result()?;
    /// assert_eq!(told.len(), 1);
    /// assert_eq!(told[0].path, "data.colour");
    /// assert_eq!(told[0].after, Some("blue".into()));
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Applier::apply`].
    ///
    /// # Blocking
    /// As [`Applier::apply`].
    pub fn diff(&self, set: &Manifests, mut report: impl FnMut(&Diff)) -> Result<Summary, Error> {
        let dry = self.clone().dry_run();
        dry.run(set, |outcome, applied| {
            let Ok(change) = outcome.result else { return };
            let (before, after) = match applied {
                Some(applied) => (applied.before.clone(), Some(applied.after.clone())),
                None => match dry.former_object(&outcome.object) {
                    Ok(before) => (before, None),
                    Err(error) => {
                        outcome.result = Err(error);
                        return;
                    }
                },
            };
            let (before, after) = masked(before.map(shown), after.map(shown));
            let object = outcome.object.clone();
            let mut diff = Diff { object, change, unchecked: outcome.unchecked, before, after };
            // Who manages which field is no difference.
            if change == Change::Configured && diff.changes().is_empty() {
                diff.change = Change::Unchanged;
                outcome.result = Ok(Change::Unchanged);
            }
            report(&diff);
        })
    }

    /// An object that would be pruned.
    fn former_object(&self, object: &ObjectRef) -> Result<Option<DynamicObject>, Error> {
        let resource = self.mapper.kind(&object.kind)?;
        self.api(&resource, &object.namespace).get_opt(&object.name)
    }
}

impl Diff {
    /// The fields that would change, in order; of an object that would come or go, the whole.
    ///
    /// `metadata.resourceVersion` and `metadata.generation`, which the server counts, are no changes.
    pub fn changes(&self) -> Vec<FieldChange> {
        let mut changes = Vec::new();
        let without_counts = |value: &Value| {
            let mut value = value.clone();
            if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
                metadata.remove("resourceVersion");
                metadata.remove("generation");
            }
            value
        };
        let before = self.before.as_ref().map(without_counts);
        let after = self.after.as_ref().map(without_counts);
        compare(String::new(), before.as_ref(), after.as_ref(), &mut changes);
        changes
    }
}

/// An object as a value, without who set what.
fn shown(mut object: DynamicObject) -> Value {
    object.metadata.managed_fields.clear();
    serde_json::to_value(&object).unwrap_or_default()
}

fn compare(
    path: String,
    before: Option<&Value>,
    after: Option<&Value>,
    changes: &mut Vec<FieldChange>,
) {
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let keys: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
            for key in keys {
                let mut path = path.clone();
                push_key(&mut path, key);
                compare(path, before.get(key), after.get(key), changes);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) if before != after => {
            compare_lists(&path, before, after, changes);
        }
        (before, after) if before != after => {
            let (before, after) = (before.cloned(), after.cloned());
            changes.push(FieldChange { path, before, after });
        }
        _ => {}
    }
}

/// Compares items by their names where all have one, by their places where there are as many, else the
/// lists as a whole.
fn compare_lists(path: &str, before: &[Value], after: &[Value], changes: &mut Vec<FieldChange>) {
    if let (Some(old), Some(new)) = (named(before), named(after)) {
        for (name, item) in &old {
            let new = new.iter().find(|(other, _)| other == name).map(|(_, item)| *item);
            compare(format!("{path}[name={name}]"), Some(item), new, changes);
        }
        for (name, item) in new.iter().filter(|(name, _)| old.iter().all(|(old, _)| old != name)) {
            compare(format!("{path}[name={name}]"), None, Some(item), changes);
        }
    } else if before.len() == after.len() {
        for (i, (before, after)) in before.iter().zip(after).enumerate() {
            compare(format!("{path}[{i}]"), Some(before), Some(after), changes);
        }
    } else {
        changes.push(FieldChange {
            path: path.to_owned(),
            before: Some(before.to_vec().into()),
            after: Some(after.to_vec().into()),
        });
    }
}

/// The items of a list by their names, if each has one of its own.
fn named(list: &[Value]) -> Option<Vec<(&str, &Value)>> {
    let mut names = std::collections::BTreeSet::new();
    list.iter()
        .map(|item| item.get("name")?.as_str().map(|name| (name, item)))
        .map(|item| item.filter(|(name, _)| names.insert(*name)))
        .collect()
}

const MASK: &str = "***";
const MASK_BEFORE: &str = "*** (before)";
const MASK_AFTER: &str = "*** (after)";
/// Where `kubectl apply` without `--server-side` keeps the object that was applied.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A Secret without its values.
fn masked(before: Option<Value>, after: Option<Value>) -> (Option<Value>, Option<Value>) {
    let is_secret = |value: &Option<Value>| {
        value.as_ref().is_some_and(|value| value["kind"] == "Secret" && value["apiVersion"] == "v1")
    };
    if !is_secret(&before) && !is_secret(&after) {
        return (before, after);
    }
    let (mut before, mut after) = (before, after);
    for place in [&["data"][..], &["stringData"], &["metadata", "annotations"]] {
        let is_annotation = place.len() > 1;
        let is_secret = |key: &str| !is_annotation || key == LAST_APPLIED;
        let old = part(&mut before, place);
        let new = part(&mut after, place);
        mask_part(old, new, is_secret);
    }
    (before, after)
}

fn part<'a>(value: &'a mut Option<Value>, place: &[&str]) -> Option<&'a mut Map<String, Value>> {
    let mut value = value.as_mut()?;
    for key in place {
        value = value.get_mut(*key)?;
    }
    value.as_object_mut()
}

fn mask_part(
    old: Option<&mut Map<String, Value>>,
    new: Option<&mut Map<String, Value>>,
    is_secret: impl Fn(&str) -> bool,
) {
    let (mut none, mut no_other) = (Map::new(), Map::new());
    let (old, new) = (old.unwrap_or(&mut none), new.unwrap_or(&mut no_other));
    for (key, value) in old.iter_mut().filter(|(key, _)| is_secret(key)) {
        let (mask, other_mask) = match new.get(key) {
            Some(other) if other != value => (MASK_BEFORE, MASK_AFTER),
            _ => (MASK, MASK),
        };
        *value = mask.into();
        if let Some(other) = new.get_mut(key) {
            *other = other_mask.into();
        }
    }
    for (_, value) in new.iter_mut().filter(|(key, _)| is_secret(key) && !old.contains_key(*key)) {
        *value = MASK.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(before: Value, after: Value, expected: &[(&str, Value, Value)]) {
        let mut changes = Vec::new();
        compare(String::new(), Some(&before), Some(&after), &mut changes);
        let some = |value: Option<Value>| value.unwrap_or(json!("none"));
        let told: Vec<_> = changes
            .into_iter()
            .map(|change| (change.path, some(change.before), some(change.after)))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(path, a, b)| ((*path).to_owned(), a.clone(), b.clone()))
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn changes_are_told_by_field_and_items_by_their_name() {
        check(json!({"a": 1}), json!({"a": 1}), &[]);
        check(
            json!({"a": 1, "b": {"c": 2}, "d": null}),
            json!({"a": 1, "b": {"c": 3, "e": 4}}),
            &[
                ("b.c", json!(2), json!(3)),
                ("b.e", json!("none"), json!(4)),
                ("d", json!(null), json!("none")),
            ],
        );
        check(
            json!({"c": [{"name": "x", "v": 1}, {"name": "y"}]}),
            json!({"c": [{"name": "z"}, {"name": "x", "v": 2}]}),
            &[
                ("c[name=x].v", json!(1), json!(2)),
                ("c[name=y]", json!({"name": "y"}), json!("none")),
                ("c[name=z]", json!("none"), json!({"name": "z"})),
            ],
        );
        check(json!({"l": [1, 2]}), json!({"l": [1, 3]}), &[("l[1]", json!(2), json!(3))]);
        check(json!({"l": [1]}), json!({"l": [1, 3]}), &[("l", json!([1]), json!([1, 3]))]);
        let twice = json!({"l": [{"name": "a"}, {"name": "a"}]});
        let other = json!({"l": [{"name": "a"}, {"name": "b"}]});
        check(twice, other, &[("l[1].name", json!("a"), json!("b"))]);
    }

    #[test]
    fn a_secret_is_masked_as_kubectl_masks_it() {
        let secret = |data: Value, applied: &str| {
            Some(json!({"apiVersion": "v1", "kind": "Secret", "data": data,
                "metadata": {"name": "s", "annotations": {LAST_APPLIED: applied, "a": "b"}}}))
        };
        let (before, after) = masked(
            secret(json!({"same": "s1", "other": "s2", "gone": "s3"}), "s4"),
            secret(json!({"same": "s1", "other": "s5", "new": "s6"}), "s4"),
        );
        let (before, after) = (before.unwrap(), after.unwrap());
        assert_eq!(before["data"], json!({"same": MASK, "other": MASK_BEFORE, "gone": MASK}));
        assert_eq!(after["data"], json!({"same": MASK, "other": MASK_AFTER, "new": MASK}));
        assert_eq!(after["metadata"]["annotations"], json!({LAST_APPLIED: MASK, "a": "b"}));
        let map = Some(json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}}));
        assert_eq!(masked(map.clone(), None), (map, None));
        let (_, new) = masked(None, secret(json!({"a": "s7"}), "s8"));
        assert!(!new.unwrap().to_string().contains("s7"));
    }
}
