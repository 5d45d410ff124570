//! The rules on what the fields are called in JSON, so that every object has the keys that Kubernetes expects.

use std::collections::BTreeMap;

use syn::ext::IdentExt;
use syn::{DeriveInput, Field};

use crate::errors::Errors;
use crate::json::{Container, Name, Names};

/// Checks the JSON names of all fields, unless the JSON is another type's.
pub(crate) fn check_json(
    input: &DeriveInput,
    fields: &[&Field],
    metadata: Option<&Field>,
    errors: &mut Errors,
) {
    let container = Container::read(&input.attrs);
    if container.is_opaque {
        return;
    }
    check_container(&container, errors);
    let known = errors.len();
    if let Some(field) = metadata {
        check_metadata_name(field, &container, errors);
    }
    // A metadata field under a wrong name has had its message, and clashes with nothing.
    let settled = metadata.filter(|_| errors.len() > known);
    check_names(fields, settled, &container, errors);
}

fn check_container(container: &Container, errors: &mut Errors) {
    if let Some(transparent) = &container.transparent {
        errors.push(
            transparent,
            "`transparent` takes away the keys of the object, `metadata` among them: remove it",
        );
    }
    if let Some(tag) = &container.tag
        && is_written_for_you(&tag.value())
    {
        errors.push(tag, written_for_you(&tag.value(), "this `tag`"));
    }
}

fn check_metadata_name(field: &Field, container: &Container, errors: &mut Errors) {
    let Some(names) = Names::read(field, container) else {
        return;
    };
    if let Some(flatten) = names.flatten {
        let message =
            "the metadata can't be flattened: Kubernetes keeps it under the key `metadata`";
        return errors.push(flatten, message);
    }
    if let Some(skip) = names.skip {
        let message = "the metadata can't be skipped: every object is written and read with it";
        return errors.push(skip, message);
    }
    let wrong = names.written.iter().chain(names.read.first()).find(|name| name.text != "metadata");
    if let Some(Name { text, from }) = wrong {
        let message =
            format!("the metadata is `{text}` in JSON: expected `#[serde(rename = \"metadata\")]`");
        errors.push(from, message);
    }
}

/// No name may be one of those that are written for the user, and none may be there twice.
///
/// The field `settled` is passed over.
fn check_names(
    fields: &[&Field],
    settled: Option<&Field>,
    container: &Container,
    errors: &mut Errors,
) {
    let mut written: BTreeMap<String, String> = BTreeMap::new();
    if let Some(tag) = &container.tag {
        written.insert(tag.value(), "the struct's `tag`".to_owned());
    }
    let mut read: BTreeMap<String, String> = BTreeMap::new();
    for field in fields {
        if settled.is_some_and(|settled| std::ptr::eq(settled, *field)) {
            continue;
        }
        let Some(names) = Names::read(field, container) else {
            continue;
        };
        let all = || names.written.iter().chain(&names.read);
        if let Some(name) = all().find(|name| is_written_for_you(&name.text)) {
            let is_alias = names.read.iter().skip(1).any(|alias| std::ptr::eq(alias, name));
            let what = if is_alias { "this alias" } else { "this field" };
            errors.push(&name.from, written_for_you(&name.text, what));
            continue;
        }
        let taken = |names: &BTreeMap<String, String>, name: &Name| names.get(&name.text).cloned();
        let clash = names
            .written
            .iter()
            .find_map(|name| Some((name, taken(&written, name)?)))
            .or_else(|| names.read.iter().find_map(|name| Some((name, taken(&read, name)?))));
        if let Some((name, first)) = clash {
            errors.push(
                &name.from,
                format!("two fields are `{}` in JSON: this one and {first}", name.text),
            );
            continue;
        }
        let label =
            field.ident.as_ref().map_or_else(String::new, |ident| format!("`{}`", ident.unraw()));
        written.extend(names.written.iter().map(|name| (name.text.clone(), label.clone())));
        read.extend(names.read.iter().map(|name| (name.text.clone(), label.clone())));
    }
}

fn is_written_for_you(name: &str) -> bool {
    matches!(name, "apiVersion" | "kind")
}

fn written_for_you(name: &str, what: &str) -> String {
    format!("`{name}` is written for you, from what `#[resource(..)]` says: remove {what}")
}

#[cfg(test)]
mod tests {
    use crate::fields::tests::check;

    #[test]
    fn the_metadata_is_called_so_in_json() {
        check(
            "struct Foo { #[serde(rename = \"meta\")] metadata: M }",
            Some("metadata"),
            &[("\"meta\"", "is `meta`")],
        );
        check(
            "struct Foo { #[serde(rename(deserialize = \"meta\"))] metadata: M }",
            Some("metadata"),
            &[("\"meta\"", "is `meta`")],
        );
        check(
            "#[serde(rename_all = \"PascalCase\")] struct Foo { metadata: M }",
            Some("metadata"),
            &[("metadata", "is `Metadata` in JSON")],
        );
        check(
            "struct Foo { #[resource(metadata)] meta: M }",
            Some("meta"),
            &[("meta", "is `meta` in JSON")],
        );
        check(
            "struct Foo { #[serde(flatten)] metadata: M }",
            Some("metadata"),
            &[("flatten", "can't be flattened")],
        );
        check(
            "struct Foo { #[serde(skip)] metadata: M }",
            Some("metadata"),
            &[("skip", "can't be skipped")],
        );
        check(
            "struct Foo { #[serde(skip_serializing)] metadata: M }",
            Some("metadata"),
            &[("skip_serializing", "can't be skipped")],
        );
        check(
            "struct Foo { #[serde(alias = \"meta\")] metadata: M, #[serde(rename = \"meta\")] b: M }",
            Some("metadata"),
            &[("\"meta\"", "two fields are `meta`")],
        );
        check(
            "struct Foo { #[serde(default, alias = \"meta\")] metadata: M }",
            Some("metadata"),
            &[],
        );
    }

    #[test]
    fn api_version_and_kind_are_not_fields() {
        check(
            "struct Foo { metadata: M, kind: String }",
            Some("metadata"),
            &[("kind", "`kind` is written for you")],
        );
        check(
            "#[serde(rename_all = \"camelCase\")] struct Foo { api_version: String, metadata: M }",
            Some("metadata"),
            &[("api_version", "`apiVersion` is written for you")],
        );
        check(
            "struct Foo { metadata: M, #[serde(alias = \"kind\")] a: String }",
            Some("metadata"),
            &[("\"kind\"", "remove this alias")],
        );
        check(
            "#[serde(tag = \"kind\")] struct Foo { metadata: M }",
            Some("metadata"),
            &[("\"kind\"", "remove this `tag`")],
        );
        check("struct Foo { metadata: M, #[serde(skip)] kind: String }", Some("metadata"), &[]);
        check("struct Foo { metadata: M, #[serde(flatten)] kind: Types }", Some("metadata"), &[]);
    }

    #[test]
    fn no_name_is_there_twice() {
        check(
            "struct Foo { metadata: M, a: X, #[serde(rename = \"a\")] b: X }",
            Some("metadata"),
            &[("\"a\"", "two fields are `a` in JSON: this one and `a`")],
        );
        check(
            "struct Foo { metadata: M, a: X, #[serde(alias = \"a\")] b: X }",
            Some("metadata"),
            &[("\"a\"", "two fields are `a`")],
        );
        check(
            "struct Foo { metadata: M, #[serde(rename = \"metadata\")] b: X }",
            Some("metadata"),
            &[("\"metadata\"", "two fields are `metadata`")],
        );
        check(
            "struct Foo { metadata: M, #[serde(rename(serialize = \"b\"))] a: X, #[serde(rename(deserialize = \"a\"))] b: X }",
            Some("metadata"),
            &[("b", "two fields are `b`")],
        );
        check(
            "struct Foo { metadata: M, #[serde(rename = \"a\", alias = \"a\")] b: X }",
            Some("metadata"),
            &[],
        );
        check(
            "struct Foo { metadata: M, a: X, #[serde(skip, rename = \"a\")] b: X }",
            Some("metadata"),
            &[],
        );
        check(
            "#[serde(tag = \"type\")] struct Foo { metadata: M, r#type: X }",
            Some("metadata"),
            &[("r#type", "this one and the struct's `tag`")],
        );
    }

    #[test]
    fn json_that_another_type_shapes_is_left_alone() {
        check(
            "#[serde(into = \"Raw\", from = \"Raw\")] struct Foo { #[serde(rename = \"m\")] metadata: M, kind: K }",
            Some("metadata"),
            &[],
        );
        check(
            "#[serde(transparent)] struct Foo { metadata: M }",
            Some("metadata"),
            &[("transparent", "remove it")],
        );
    }
}
