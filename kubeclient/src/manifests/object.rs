//! From a JSON value to an object: lists taken apart, type and metadata read and checked. Pure.

use serde_json::{Map, Value};

use super::value::field;
use crate::meta::dynamic::DynamicObject;
use crate::meta::gvk::GroupVersion;
use crate::meta::object_meta::ObjectMeta;
use crate::meta::status::clip;
use crate::meta::type_meta::TypeMeta;
use crate::rest::decode;
use crate::rest::path::check_segment;

/// A field and what is wrong with it.
pub(super) type Wrong = (String, String);

/// The objects of a document: itself, or the items of a list. What is wrong is told beside them.
pub(super) fn objects(value: Value, wrong: &mut Vec<Wrong>) -> Vec<DynamicObject> {
    let mut found = Vec::new();
    flatten(value, "", None, &mut found, wrong);
    found
}

/// `given` is the type of the items of a list that say none.
fn flatten(
    value: Value,
    at: &str,
    given: Option<&TypeMeta>,
    found: &mut Vec<DynamicObject>,
    wrong: &mut Vec<Wrong>,
) {
    let Value::Object(mut fields) = value else {
        wrong.push((at.to_owned(), "expected an object: a mapping of fields".into()));
        return;
    };
    let mut types = TypeMeta::default();
    for (key, text) in [("apiVersion", &mut types.api_version), ("kind", &mut types.kind)] {
        match fields.remove(key) {
            Some(Value::String(own)) if !own.is_empty() => *text = own,
            None | Some(Value::Null) => {}
            Some(_) => {
                wrong.push((below(at, key), "expected text that is not empty".into()));
                return;
            }
        }
    }
    if let (true, true, Some(given)) = (types.api_version.is_empty(), types.kind.is_empty(), given)
    {
        types = given.clone();
    }
    let missing = |key: &str| (below(at, key), format!("expected the object's {key}, found none"));
    match (types.api_version.is_empty(), types.kind.is_empty()) {
        (false, false) => {}
        (no_version, no_kind) => {
            wrong.extend(no_version.then(|| missing("apiVersion")));
            wrong.extend(no_kind.then(|| missing("kind")));
            return;
        }
    }
    if types.kind.ends_with("List") && fields.get("items").is_some_and(Value::is_array) {
        let Some(Value::Array(items)) = fields.remove("items") else { return };
        let of = types.kind.strip_suffix("List").filter(|kind| !kind.is_empty());
        let of = of.map(|kind| TypeMeta::new(&types.api_version, kind));
        for (i, item) in items.into_iter().enumerate() {
            flatten(item, &below(at, &format!("items[{i}]")), of.as_ref(), found, wrong);
        }
        return;
    }
    if let Some(object) = object(types, fields, at, wrong) {
        found.push(object);
    }
}

fn object(
    types: TypeMeta,
    mut fields: Map<String, Value>,
    at: &str,
    wrong: &mut Vec<Wrong>,
) -> Option<DynamicObject> {
    let before = wrong.len();
    let group = match types.api_version.parse::<GroupVersion>() {
        Ok(GroupVersion { group, version }) => {
            let segments = [("group", group.as_str()), ("version", version.as_str())];
            let used = segments.iter().filter(|(_, segment)| !segment.is_empty());
            for (what, segment) in used {
                if check_segment(what, segment).is_err() || segment.contains(char::is_whitespace) {
                    let message = "expected `version` or `group/version`";
                    wrong.push((below(at, "apiVersion"), message.into()));
                }
            }
            group
        }
        Err(_) => {
            let message = "expected `version` or `group/version`";
            wrong.push((below(at, "apiVersion"), message.into()));
            String::new()
        }
    };
    if !types.kind.chars().all(|c| c.is_ascii_alphanumeric()) || types.kind.len() > 63 {
        wrong.push((below(at, "kind"), "expected letters and digits".into()));
    }
    let metadata = metadata(fields.remove("metadata"), &below(at, "metadata"), wrong)?;
    let name = below(at, "metadata.name");
    match (metadata.name.as_str(), metadata.generate_name.as_str()) {
        ("", "") => wrong.push((name, "expected the object's name, found none".into())),
        ("", _) => {
            let message =
                "expected a name, found a generateName: an apply says which object it means";
            wrong.push((name, message.into()));
        }
        (own, _) => wrong.extend(check_name(&group, &types.kind, own).map(|why| (name, why))),
    }
    if !metadata.namespace.is_empty() && !is_label(&metadata.namespace) {
        wrong.push((below(at, "metadata.namespace"), LABEL.into()));
    }
    (wrong.len() == before).then_some(DynamicObject { types, metadata, data: fields })
}

/// Reads the metadata; a field that metadata does not have would be lost, so it is an error.
fn metadata(value: Option<Value>, at: &str, wrong: &mut Vec<Wrong>) -> Option<ObjectMeta> {
    let mut fields = match value {
        Some(Value::Object(fields)) => fields,
        None | Some(Value::Null) => return Some(ObjectMeta::default()),
        Some(_) => {
            wrong.push((at.to_owned(), "expected a mapping of fields".into()));
            return None;
        }
    };
    let before = wrong.len();
    for key in fields.keys().filter(|key| !FIELDS.contains(&key.as_str())) {
        let shown = below(at, &super::value::shown_key(key));
        wrong.push((shown, "metadata has no such field".into()));
    }
    // The server writes it, and what was read from a server has it.
    fields.remove("managedFields");
    let read = serde_path_to_error::deserialize::<_, ObjectMeta>(Value::Object(fields));
    match read {
        Ok(metadata) => (wrong.len() == before).then_some(metadata),
        Err(error) => {
            let path = field(error.path());
            wrong.push((below(at, &path), decode::reason(error.inner())));
            None
        }
    }
}

/// The fields of `ObjectMeta`.
const FIELDS: [&str; 15] = [
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
];

fn below(at: &str, field: &str) -> String {
    match (at, field) {
        ("", field) => field.to_owned(),
        (at, "") => at.to_owned(),
        (at, field) => format!("{at}.{field}"),
    }
}

const LABEL: &str = "expected at most 63 lower-case letters, digits and `-`, with a letter or digit at \
                     both ends";

/// What is wrong with a name, where we can know. Groups of others have their own rules.
fn check_name(group: &str, kind: &str, name: &str) -> Option<String> {
    let shown = || format!("{:?}", clip(name, 100));
    if check_segment("name", name).is_err() {
        return Some(format!(
            "{} is no name: expected no `/`, no `%`, no control characters, and neither `.` nor `..`",
            shown()
        ));
    }
    let has_rule = match group {
        "networking.k8s.io" => kind != "IPAddress",
        ""
        | "apps"
        | "batch"
        | "autoscaling"
        | "policy"
        | "storage.k8s.io"
        | "apiextensions.k8s.io"
        | "apiregistration.k8s.io"
        | "scheduling.k8s.io"
        | "coordination.k8s.io"
        | "discovery.k8s.io"
        | "admissionregistration.k8s.io"
        | "node.k8s.io" => true,
        _ => false,
    };
    let fits = name.len() <= 253 && name.split('.').all(is_subdomain_part);
    (has_rule && !fits).then(|| {
        format!(
            "{} is no name: expected at most 253 lower-case letters, digits, `-` and `.`, with a letter or \
             digit at both ends",
            shown()
        )
    })
}

fn is_label(text: &str) -> bool {
    text.len() <= 63 && is_subdomain_part(text)
}

fn is_subdomain_part(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> (Vec<DynamicObject>, Vec<Wrong>) {
        let mut wrong = Vec::new();
        let found = objects(value, &mut wrong);
        (found, wrong)
    }

    #[track_caller]
    fn refuse(value: Value, field: &str, message: &str) {
        let (found, wrong) = read(value);
        assert!(found.is_empty());
        let told: Vec<_> = wrong.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(told, [field], "{wrong:?}");
        assert!(wrong[0].1.contains(message), "{wrong:?}");
    }

    #[test]
    fn lists_are_taken_apart_and_give_their_items_a_type() {
        let (found, wrong) = read(json!({
            "apiVersion": "v1", "kind": "List", "items": [
                {"apiVersion": "v1", "kind": "ConfigMapList", "metadata": {}, "items": [
                    {"metadata": {"name": "a"}},
                ]},
                {"apiVersion": "x.io/v1", "kind": "WishList", "metadata": {"name": "b"}, "spec": {}},
            ],
        }));
        assert_eq!(wrong, []);
        let told: Vec<_> =
            found.iter().map(|object| (&*object.types.kind, &*object.metadata.name)).collect();
        assert_eq!(told, [("ConfigMap", "a"), ("WishList", "b")]);
        refuse(
            json!({"apiVersion": "v1", "kind": "List", "items": [{"metadata": {"name": "a"}, "kind": "X"}]}),
            "items[0].apiVersion",
            "found none",
        );
    }

    #[test]
    fn what_is_missing_or_no_name_is_told_by_its_field() {
        let named =
            |name: &str| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}});
        refuse(json!([1]), "", "expected an object");
        refuse(json!({"apiVersion": "v1", "metadata": {"name": "a"}}), "kind", "found none");
        refuse(json!({"apiVersion": 1, "kind": "A"}), "apiVersion", "expected text");
        refuse(
            json!({"apiVersion": "a/b/c", "kind": "A", "metadata": {"name": "a"}}),
            "apiVersion",
            "group",
        );
        refuse(
            json!({"apiVersion": "v1", "kind": "A/B", "metadata": {"name": "a"}}),
            "kind",
            "letters",
        );
        refuse(json!({"apiVersion": "v1", "kind": "A"}), "metadata.name", "found none");
        refuse(
            json!({"apiVersion": "v1", "kind": "A", "metadata": {"generateName": "a-"}}),
            "metadata.name",
            "generateName",
        );
        for name in ["A", "a_b", "-a", "a.", "a/b", "..", &"a".repeat(254)] {
            refuse(named(name), "metadata.name", "no name");
        }
        let (found, _) = read(json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": {"name": "system:A_b"}}));
        assert_eq!(found.len(), 1);
        refuse(
            json!({"apiVersion": "v1", "kind": "A", "metadata": {"name": "a", "namespace": "b.c"}}),
            "metadata.namespace",
            "letter",
        );
    }

    #[test]
    fn metadata_is_read_strictly_and_nothing_of_it_is_quoted() {
        let with = |field: &str, value: Value| json!({"apiVersion": "v1", "kind": "A", "metadata": {"name": "a", field: value}});
        refuse(with("lables", json!({})), "metadata.lables", "no such field");
        refuse(with("labels", json!({"app": true})), "metadata.labels.app", "expected");
        refuse(with("annotations", json!({"n": 4711})), "metadata.annotations.n", "expected");
        let (_, wrong) = read(with("annotations", json!({"n": 4711})));
        assert!(!format!("{wrong:?}").contains("4711"), "{wrong:?}");
        let (found, _) = read(with("managedFields", json!([{"manager": "m"}])));
        assert!(found[0].metadata.managed_fields.is_empty());
        let (found, _) = read(with("creationTimestamp", Value::Null));
        assert_eq!(found[0].metadata, ObjectMeta::named("a"));
    }
}
