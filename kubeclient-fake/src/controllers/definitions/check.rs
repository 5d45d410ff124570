//! What a definition may say. The words and their order are the real server's, which holds what all versions
//! have alike in one place: `spec.validation`, `spec.subresources`.

mod parts;
mod printed;

use serde_json::Value;

use super::{is, text, versions};
use crate::field::{FieldError, FieldErrorKind};
use crate::kinds::{old_label_errors, subdomain_errors};
use crate::object::Object;
use parts::{columns, conversion, scale, selectable_fields};

/// What is wrong with a definition besides its metadata: a new one, or one in place of another.
pub(crate) fn errors(definition: &Value, live: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if live.is_none() {
        name(definition, &mut errors);
    }
    spec(definition, &mut errors);
    if let Some(live) = live {
        immutable(definition, live, &mut errors);
    }
    stored_versions(definition, &mut errors);
    approval(definition, live, &mut errors);
    let before = live.map(|live| &live["spec"]["preserveUnknownFields"]);
    if definition["spec"]["preserveUnknownFields"] == true && before != Some(&Value::Bool(true)) {
        let why = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in \
                   spec.versions[*].schema instead";
        errors.push(FieldError::invalid("spec.preserveUnknownFields", true, why));
    }
    errors
}

fn name(definition: &Value, errors: &mut Vec<FieldError>) {
    let wanted =
        format!("{}.{}", text(definition, "/spec/names/plural"), text(definition, "/spec/group"));
    if definition.name() != wanted {
        let why = "must be spec.names.plural+\".\"+spec.group";
        errors.push(FieldError::invalid("metadata.name", definition.name(), why));
    }
}

fn spec(definition: &Value, errors: &mut Vec<FieldError>) {
    let spec = &definition["spec"];
    let group = text(spec, "/group");
    let wrong = subdomain_errors(group);
    if group.is_empty() {
        errors.push(FieldError::required("spec.group", ""));
    } else if !wrong.is_empty() {
        errors.push(FieldError::invalid("spec.group", group, wrong.join(",")));
    } else if !group.contains('.') {
        let why = "should be a domain with at least one dot";
        errors.push(FieldError::invalid("spec.group", group, why));
    }
    one_of("spec.scope", text(spec, "/scope"), &["Cluster", "Namespaced"], errors);
    let all = versions(definition);
    for (index, version) in all.iter().enumerate() {
        if !version.pointer("/schema/openAPIV3Schema").is_some_and(Value::is_object) {
            let field = format!("spec.versions[{index}].schema.openAPIV3Schema");
            errors.push(FieldError::required(field, ""));
        }
    }
    let alike = Alike::of(all);
    for (index, version) in all.iter().enumerate() {
        self::version(&format!("spec.versions[{index}]"), version, &alike, errors);
    }
    counts(spec, &alike, errors);
    if let Some(first) = all.first().map(|first| text(first, "/name"))
        && !first.is_empty()
    {
        label("spec.version", first, "", errors);
    }
    for key in ["plural", "singular", "kind", "listKind"] {
        if text(&spec["names"], &format!("/{key}")).is_empty() {
            errors.push(FieldError::required(format!("spec.names.{key}"), ""));
        }
    }
    names("spec.names", &spec["names"], errors);
    if let Some(version) = all.first() {
        if alike.schema {
            let served_status = all.iter().any(has_status);
            schema("spec.validation", version, served_status, errors);
        }
        if alike.subresources {
            scale("spec.subresources", version, errors);
        }
        if alike.columns {
            columns("spec.additionalPrinterColumns", version, errors);
        }
        if alike.fields {
            selectable_fields("spec.selectableFields", version, errors);
        }
    }
    conversion(spec, errors);
}

/// Which parts all versions have, and have alike.
#[derive(Clone, Copy, Debug)]
struct Alike {
    schema: bool,
    subresources: bool,
    columns: bool,
    fields: bool,
}

impl Alike {
    fn of(versions: &[Value]) -> Self {
        let alike = |key: &str| {
            let first = versions.first().map_or(&Value::Null, |version| &version[key]);
            let says = !first.is_null() && first.as_array().is_none_or(|list| !list.is_empty());
            says && versions.iter().all(|version| &version[key] == first)
        };
        Self {
            schema: alike("schema"),
            subresources: alike("subresources"),
            columns: alike("additionalPrinterColumns"),
            fields: alike("selectableFields"),
        }
    }
}

fn version(path: &str, version: &Value, alike: &Alike, errors: &mut Vec<FieldError>) {
    label(&format!("{path}.name"), text(version, "/name"), "", errors);
    deprecation(path, version, errors);
    if !alike.schema {
        schema(&format!("{path}.schema"), version, has_status(version), errors);
    }
    if !alike.subresources {
        scale(&format!("{path}.subresources"), version, errors);
    }
    if !alike.columns {
        columns(&format!("{path}.additionalPrinterColumns"), version, errors);
    }
    if !alike.fields {
        selectable_fields(&format!("{path}.selectableFields"), version, errors);
    }
}

fn deprecation(path: &str, version: &Value, errors: &mut Vec<FieldError>) {
    let Some(warning) = version["deprecationWarning"].as_str() else { return };
    let field = format!("{path}.deprecationWarning");
    let mut wrong = |why: &str| errors.push(FieldError::invalid(field.clone(), warning, why));
    if version["deprecated"] != true {
        return wrong("can only be set for deprecated versions");
    }
    if warning.len() > 256 {
        wrong("must be <= 256 characters long");
    }
    if warning.is_empty() {
        wrong("must not be an empty string");
    }
    if let Some((index, _)) = warning.char_indices().find(|(_, char)| char.is_control()) {
        let why =
            "must only contain printable UTF-8 characters; non-printable character found at index";
        wrong(&format!("{why} {index}"));
    }
}

fn has_status(version: &Value) -> bool {
    version["subresources"]["status"].is_object()
}

/// A version's schema: what may stand at its root beside a status of its own, and whether it is structural.
fn schema(path: &str, version: &Value, has_status: bool, errors: &mut Vec<FieldError>) {
    let Some(source) = version.pointer("/schema/openAPIV3Schema").filter(|of| of.is_object())
    else {
        return;
    };
    let path = format!("{path}.openAPIV3Schema");
    if has_status && let Some(why) = printed::misplaced_at_root(source) {
        let kind = FieldErrorKind::InvalidPrinted(printed::schema(source));
        errors.push(FieldError::new(kind, path.clone(), why));
    }
    if let Err(wrong) = crate::schema::from_crd(&path, source) {
        errors.extend(wrong);
    }
}

fn counts(spec: &Value, alike: &Alike, errors: &mut Vec<FieldError>) {
    let list = spec["versions"].as_array().map_or(&[][..], Vec::as_slice);
    let mut names: Vec<&str> = list.iter().map(|version| text(version, "/name")).collect();
    names.sort_unstable();
    names.dedup();
    let mut wrong = |why: &str| {
        let kind = FieldErrorKind::InvalidPrinted(printed::versions(&spec["versions"], alike));
        errors.push(FieldError::new(kind, "spec.versions", why));
    };
    if names.len() < list.len() {
        wrong("must contain unique version names");
    }
    if list.iter().filter(|version| version["storage"] == true).count() != 1 {
        wrong("must have exactly one version marked as storage version");
    }
}

fn names(path: &str, names: &Value, errors: &mut Vec<FieldError>) {
    let name = |key: &str| names[key].as_str().unwrap_or_default();
    for key in ["plural", "singular"] {
        if !name(key).is_empty() {
            label(&format!("{path}.{key}"), name(key), "", errors);
        }
    }
    for key in ["kind", "listKind"] {
        if !name(key).is_empty() {
            let mixed = "may have mixed case, but should otherwise match: ";
            label(&format!("{path}.{key}"), name(key), mixed, errors);
        }
    }
    list(path, "shortNames", names, errors);
    if !name("kind").is_empty() && name("kind") == name("listKind") {
        let why = "kind and listKind may not be the same";
        errors.push(FieldError::invalid(format!("{path}.listKind"), name("listKind"), why));
    }
    list(path, "categories", names, errors);
}

fn list(path: &str, key: &str, names: &Value, errors: &mut Vec<FieldError>) {
    for (index, name) in names[key].as_array().into_iter().flatten().enumerate() {
        let name = name.as_str().unwrap_or_default();
        label(&format!("{path}.{key}[{index}]"), name, "", errors);
    }
}

/// A DNS label that begins with a letter; in mixed case where something is said of that.
fn label(field: &str, name: &str, mixed_case: &str, errors: &mut Vec<FieldError>) {
    let lower = if mixed_case.is_empty() { name.to_owned() } else { name.to_lowercase() };
    let wrong = old_label_errors(&lower);
    if !wrong.is_empty() {
        let why = format!("{mixed_case}{}", wrong.join(","));
        errors.push(FieldError::invalid(field, name, why));
    }
}

fn one_of(field: &str, value: &str, known: &[&str], errors: &mut Vec<FieldError>) {
    if value.is_empty() {
        errors.push(FieldError::required(field, ""));
    } else if !known.contains(&value) {
        errors.push(FieldError::not_supported(field, value, known));
    }
}

fn immutable(definition: &Value, live: &Value, errors: &mut Vec<FieldError>) {
    let established: &[&str] =
        if is(live, "Established") { &["/spec/scope", "/spec/names/kind"] } else { &[] };
    for pointer in established.iter().chain(&["/spec/group", "/spec/names/plural"]) {
        let (new, old) = (text(definition, pointer), text(live, pointer));
        if new != old {
            let field = pointer[1..].replace('/', ".");
            errors.push(FieldError::invalid(field, new, "field is immutable"));
        }
    }
}

fn stored_versions(definition: &Value, errors: &mut Vec<FieldError>) {
    const FIELD: &str = "status.storedVersions";
    let stored = &definition["status"]["storedVersions"];
    let list = stored.as_array().map_or(&[][..], Vec::as_slice);
    if list.is_empty() {
        let why = "must have at least one stored version";
        errors.push(FieldError::invalid(FIELD, Value::Null, why));
        return;
    }
    for version in versions(definition).iter().filter(|version| version["storage"] == true) {
        if !list.contains(&version["name"]) {
            let why = format!("must have the storage version {}", text(version, "/name"));
            errors.push(FieldError::invalid(FIELD, stored.clone(), why));
        }
    }
    for (index, name) in list.iter().enumerate() {
        if !versions(definition).iter().any(|version| &version["name"] == name) {
            let name = name.as_str().unwrap_or_default();
            let why = format!(
                "missing from spec.versions; {name} was previously a storage version, and must remain in \
                 spec.versions until a storage migration ensures no data remains persisted in {name} and \
                 removes {name} from status.storedVersions"
            );
            errors.push(FieldError::invalid(format!("{FIELD}[{index}]"), name, why));
        }
    }
}

/// Groups of the community need an approval.
fn approval(definition: &Value, live: Option<&Value>, errors: &mut Vec<FieldError>) {
    const FIELD: &str = "metadata.annotations[api-approved.kubernetes.io]";
    let group = text(definition, "/spec/group");
    let is_of = |domain: &str| {
        group.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if !is_of("k8s.io") && !is_of("kubernetes.io") {
        return;
    }
    let state = Approval::of(definition);
    if live.is_some_and(|live| Approval::of(live) == state) {
        return;
    }
    let see = "see https://github.com/kubernetes/enhancements/pull/1111";
    let needs = "protected groups must have approval annotation \"api-approved.kubernetes.io\"";
    match state {
        Approval::Given => {}
        Approval::Missing => errors.push(FieldError::required(FIELD, format!("{needs}, {see}"))),
        Approval::Invalid => {
            let why = format!(
                "{needs} with either a URL or a reason starting with \"unapproved\", {see}"
            );
            errors.push(FieldError::invalid(FIELD, approved(definition), why));
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Approval {
    Missing,
    Invalid,
    Given,
}

fn approved(definition: &Value) -> &str {
    let annotations = definition.meta("annotations");
    let said = annotations.and_then(|all| all.get("api-approved.kubernetes.io"));
    said.and_then(Value::as_str).unwrap_or_default()
}

impl Approval {
    fn of(definition: &Value) -> Self {
        let said = approved(definition);
        let is_url = said.split_once("://").is_some_and(|(scheme, rest)| {
            !scheme.is_empty() && !rest.is_empty() && !rest.starts_with('/')
        });
        match said {
            "" => Self::Missing,
            _ if said.starts_with("unapproved") || is_url => Self::Given,
            _ => Self::Invalid,
        }
    }
}
