//! What an object's metadata may say: the checks that every kind has in common.

use serde_json::Value;

use crate::field::{FieldError, FieldErrorKind};
use crate::kinds::NameRule;
use crate::object::Object;
use crate::resource::ResourceType;
use crate::selector::{label_key_errors, label_value_errors};

const MAX_ANNOTATIONS: usize = 256 * 1024;
/// The finalizers that say what becomes of dependents.
pub(crate) const ORPHAN: &str = "orphan";
pub(crate) const FOREGROUND: &str = "foregroundDeletion";

/// What is wrong with the metadata of a new object.
pub(crate) fn create_errors(resource: &ResourceType, object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let rule = NameRule::of(resource);
    let prefix = object.meta_str("generateName");
    if !prefix.is_empty() {
        let wrong = rule.errors(prefix, true).into_iter();
        errors.extend(wrong.map(|why| FieldError::invalid("metadata.generateName", prefix, why)));
    }
    match object.name() {
        "" => {
            let why = "name or generateName is required";
            errors.push(FieldError::required("metadata.name", why));
        }
        name => {
            let wrong = rule.errors(name, false).into_iter();
            errors.extend(wrong.map(|why| FieldError::invalid("metadata.name", name, why)));
        }
    }
    if object.meta("generation").and_then(Value::as_i64).is_some_and(|number| number < 0) {
        let number = object.meta("generation").cloned().unwrap_or_default();
        let why = "must be greater than or equal to 0";
        errors.push(FieldError::invalid("metadata.generation", number, why));
    }
    errors.extend(common_errors(object));
    errors.extend(finalizer_errors(object));
    errors.extend(unqualified_finalizers(resource, object));
    errors
}

/// The finalizers of a built-in kind that are neither known nor of a domain.
pub(crate) fn unqualified_finalizers(resource: &ResourceType, object: &Value) -> Vec<FieldError> {
    let is_lenient = matches!(
        resource.group.as_str(),
        "coordination.k8s.io" | "apiextensions.k8s.io" | "apiregistration.k8s.io"
    );
    if resource.is_custom() || is_lenient {
        return Vec::new();
    }
    let is_known = |name: &str| matches!(name, "kubernetes" | ORPHAN | FOREGROUND);
    let names = object.finalizers().into_iter().enumerate();
    let wrong = names.filter(|(_, name)| !name.contains('/') && !is_known(name));
    let why = "name is neither a standard finalizer name nor is it fully qualified";
    wrong
        .map(|(index, name)| {
            FieldError::invalid(format!("metadata.finalizers[{index}]"), name, why)
        })
        .collect()
}

/// What to warn of in a custom resource's finalizers.
pub(crate) fn finalizer_warnings(
    resource: &ResourceType,
    object: &Value,
    live: Option<&Value>,
) -> Vec<String> {
    if !resource.is_custom() {
        return Vec::new();
    }
    let old = live.map(Object::finalizers).unwrap_or_default();
    let mut names = object.finalizers();
    names.retain(|name| {
        !name.contains('/') && *name != ORPHAN && *name != FOREGROUND && !old.contains(name)
    });
    names.sort_unstable();
    names.dedup();
    let warning = |name: &str| {
        let path = if name.contains('.') { " including a path (/)" } else { "" };
        format!(
            "metadata.finalizers: {name:?}: prefer a domain-qualified finalizer name{path} to avoid accidental \
             conflicts with other finalizer writers"
        )
    };
    names.into_iter().map(warning).collect()
}

/// What is wrong with the metadata of any object after a change: as of a new one, and as a change.
pub(crate) fn generic_update_errors(live: &Value, object: &Value) -> Vec<FieldError> {
    let mut errors = common_errors(object);
    errors.extend(finalizer_errors(object));
    errors.extend(update_errors(live, object));
    errors
}

/// What the rules of a kind find wrong with the metadata after a change. Some kinds look at the change, some
/// at the whole object, some at both, in one order or the other.
pub(crate) fn kind_update_errors(
    resource: &ResourceType,
    live: &Value,
    object: &Value,
) -> Vec<FieldError> {
    let change = || {
        let mut errors = update_errors(live, object);
        errors.extend(unqualified_finalizers(resource, object));
        errors
    };
    let whole = || {
        let mut errors = common_errors(object);
        errors.extend(finalizer_errors(object));
        errors.extend(unqualified_finalizers(resource, object));
        errors
    };
    match (resource.group.as_str(), resource.kind.as_str()) {
        (
            "",
            "ConfigMap"
            | "Secret"
            | "Pod"
            | "ServiceAccount"
            | "PersistentVolumeClaim"
            | "Endpoints",
        )
        | ("networking.k8s.io", "Ingress") => [change(), whole()].concat(),
        ("", "Namespace" | "Node")
        | ("batch", "Job")
        | ("rbac.authorization.k8s.io", _)
        | ("storage.k8s.io", "StorageClass") => [whole(), change()].concat(),
        ("", "PersistentVolume") => [whole(), whole()].concat(),
        ("", "LimitRange") | ("discovery.k8s.io", "EndpointSlice") => whole(),
        ("" | "events.k8s.io", "Event") | ("policy", "PodDisruptionBudget") => Vec::new(),
        _ => change(),
    }
}

/// What is wrong with a change of metadata.
fn update_errors(live: &Value, object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if live.is_terminating() {
        let old = live.finalizers();
        let mut added: Vec<&str> =
            object.finalizers().into_iter().filter(|name| !old.contains(name)).collect();
        added.sort_unstable();
        added.dedup();
        if !added.is_empty() {
            let list: Vec<String> = added.iter().map(|name| format!("{name:?}")).collect();
            let why = format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers \
                 []string{{{}}}",
                list.join(", ")
            );
            errors.push(FieldError::forbidden("metadata.finalizers", why));
        }
    }
    for key in ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp"] {
        errors.extend(immutable(live, object, key));
    }
    errors.extend(immutable(live, object, "deletionGracePeriodSeconds"));
    errors.extend(common_errors(object));
    errors
}

fn immutable(live: &Value, object: &Value, key: &str) -> Option<FieldError> {
    let (old, new) = (live.meta(key), object.meta(key));
    let is = |value: Option<&Value>| value.cloned().unwrap_or(Value::Null);
    if is(old) == is(new) {
        return None;
    }
    Some(FieldError::invalid(format!("metadata.{key}"), is(new), "field is immutable"))
}

/// Labels, annotations and owners.
fn common_errors(object: &Value) -> Vec<FieldError> {
    let mut errors = label_errors("metadata.labels", object.meta("labels"));
    let annotations = object.meta("annotations").and_then(Value::as_object);
    let mut size = 0;
    for (key, value) in annotations.into_iter().flatten() {
        let wrong = label_key_errors(&key.to_ascii_lowercase());
        let field = "metadata.annotations";
        errors.extend(wrong.into_iter().map(|why| FieldError::invalid(field, key.as_str(), why)));
        size += key.len() + value.as_str().map_or(0, str::len);
    }
    if size > MAX_ANNOTATIONS {
        let kind = FieldErrorKind::TooLong;
        let why = format!("may not be more than {MAX_ANNOTATIONS} bytes");
        errors.push(FieldError::new(kind, "metadata.annotations", why));
    }
    errors.extend(owner_errors(object));
    errors
}

/// What is wrong with labels, wherever they stand.
pub(crate) fn label_errors(field: &str, labels: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (key, value) in labels.and_then(Value::as_object).into_iter().flatten() {
        let wrong = label_key_errors(key).into_iter();
        errors.extend(wrong.map(|why| FieldError::invalid(field, key.as_str(), why)));
        let text = value.as_str().unwrap_or_default();
        let wrong = label_value_errors(text).into_iter();
        errors.extend(wrong.map(|why| FieldError::invalid(field, text, why)));
    }
    errors
}

fn owner_errors(object: &Value) -> Vec<FieldError> {
    const FIELD: &str = "metadata.ownerReferences";
    let mut errors = Vec::new();
    let mut controller: Option<String> = None;
    for owner in object.owner_references() {
        let text = |key: &str| owner.get(key).and_then(Value::as_str).unwrap_or_default();
        let version = text("apiVersion");
        let parts = version.split_once('/').map_or(version, |(_, version)| version);
        if parts.is_empty() || parts.contains('/') {
            let field = format!("{FIELD}.apiVersion");
            errors.push(FieldError::invalid(field, version, "version must not be empty"));
        }
        for key in ["kind", "name", "uid"] {
            if text(key).is_empty() {
                errors.push(FieldError::invalid(format!("{FIELD}.{key}"), "", "must not be empty"));
            }
        }
        if version == "v1" && text("kind") == "Event" {
            let why = "/v1, Kind=Event is disallowed from being an owner";
            errors.push(FieldError::invalid(FIELD, owner.clone(), why));
        }
    }
    for owner in object.owner_references() {
        if owner.get("controller") == Some(&Value::Bool(true)) {
            let said = |key: &str| owner.get(key).and_then(Value::as_str).unwrap_or_default();
            let name = format!("{}/{}", said("kind"), said("name"));
            if let Some(first) = &controller {
                let why = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for \
                     {first} and {name}"
                );
                let kind =
                    FieldErrorKind::InvalidPrinted(printed_owners(object.owner_references()));
                errors.push(FieldError::new(kind, FIELD, why));
            } else {
                controller = Some(name);
            }
        }
    }
    errors
}

/// References to owners as the server prints them: their members in the order of their type.
fn printed_owners(owners: &[Value]) -> String {
    const ORDER: [&str; 6] =
        ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];
    let owner = |owner: &Value| {
        let members = ORDER.iter().filter_map(|key| Some((key, owner.get(*key)?)));
        let members: Vec<String> =
            members.map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    };
    format!("[{}]", owners.iter().map(owner).collect::<Vec<_>>().join(","))
}

fn finalizer_errors(object: &Value) -> Vec<FieldError> {
    const FIELD: &str = "metadata.finalizers";
    let mut errors = Vec::new();
    let names = object.finalizers();
    for name in &names {
        let wrong = label_key_errors(name).into_iter();
        errors.extend(wrong.map(|why| FieldError::invalid(FIELD, *name, why)));
    }
    if names.contains(&ORPHAN) && names.contains(&FOREGROUND) {
        let why = format!("finalizer {ORPHAN} and {FOREGROUND} cannot be both set");
        errors.push(FieldError::invalid(FIELD, serde_json::json!(names), why));
    }
    errors
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{create_errors, update_errors};
    use crate::api::testing::resource;

    #[track_caller]
    fn check(metadata: Value, expected: &[&str]) {
        let errors = create_errors(&resource("", "configmaps"), &json!({"metadata": metadata}));
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, expected, "{errors:?}");
    }

    #[test]
    fn names_labels_annotations_owners_and_finalizers_are_checked() {
        check(json!({"name": "a", "labels": {"a/b": "c"}, "finalizers": ["x/y"]}), &[]);
        check(json!({}), &["metadata.name"]);
        check(json!({"name": "A_"}), &["metadata.name"]);
        check(json!({"name": "a", "labels": {"a b": "c d"}}), &["metadata.labels"; 2]);
        check(json!({"name": "a", "annotations": {"a b": "c d"}}), &["metadata.annotations"]);
        check(
            json!({"name": "a", "finalizers": ["orphan", "foregroundDeletion"]}),
            &["metadata.finalizers"],
        );
        let owner = json!({"apiVersion": "v1", "kind": "Pod", "name": "", "uid": "u"});
        check(json!({"name": "a", "ownerReferences": [owner]}), &["metadata.ownerReferences.name"]);
    }

    #[test]
    fn the_uid_is_immutable_and_a_dying_object_gets_no_finalizers() {
        let live = json!({"metadata": {"name": "a", "uid": "u", "deletionTimestamp": "t"}});
        let new = json!({"metadata": {"name": "a", "uid": "v", "deletionTimestamp": "t", "finalizers": ["x/y"]}});
        let errors: Vec<String> =
            update_errors(&live, &new).iter().map(ToString::to_string).collect();
        assert_eq!(
            errors,
            [
                "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being \
                 deleted, found new finalizers []string{\"x/y\"}",
                "metadata.uid: Invalid value: \"v\": field is immutable"
            ]
        );
    }
}
