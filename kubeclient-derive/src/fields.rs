//! The rules on the struct's fields: which of them is the metadata, and what they are called in JSON.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Data, DataStruct, DeriveInput, Field, Fields, Type};

use crate::attr::read_field_mark;
use crate::errors::Errors;
use crate::json::{Container, Name, Names};
use crate::suggest::nearest;

/// The field that holds the metadata.
pub(crate) struct MetadataField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
}

/// Finds the metadata field and checks the JSON names of all fields.
pub(crate) fn read_fields(input: &DeriveInput, errors: &mut Errors) -> Option<MetadataField> {
    let fields = named_fields(input, errors)?;
    let metadata = find_metadata(input, &fields, errors);
    let container = Container::read(&input.attrs);
    if !container.is_opaque {
        check_container(&container, errors);
        let known = errors.len();
        if let Some(field) = metadata {
            check_metadata_name(field, &container, errors);
        }
        // A metadata field under a wrong name has had its message, and clashes with nothing.
        let settled = metadata.filter(|_| errors.len() > known);
        check_names(&fields, settled, &container, errors);
    }
    let field = metadata?;
    Some(MetadataField {
        ident: field.ident.clone()?,
        ty: field.ty.clone(),
    })
}

fn named_fields<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Option<Vec<&'a Field>> {
    let expected = "expected a struct with named fields, one of them `metadata: ObjectMeta`";
    match &input.data {
        Data::Struct(DataStruct {
            fields: Fields::Named(named),
            ..
        }) => {
            return Some(named.named.iter().collect());
        }
        Data::Struct(DataStruct {
            fields: Fields::Unnamed(fields),
            ..
        }) => {
            errors.push(
                fields,
                format!("a tuple struct can't be a Kubernetes object: {expected}"),
            );
        }
        Data::Struct(_) => {
            errors.push(
                &input.ident,
                format!("a struct without fields can't be a Kubernetes object: {expected}"),
            );
        }
        Data::Enum(data) => {
            errors.push(
                data.enum_token,
                format!("an enum can't be a Kubernetes object: {expected}"),
            );
        }
        Data::Union(data) => {
            errors.push(
                data.union_token,
                format!("a union can't be a Kubernetes object: {expected}"),
            );
        }
    }
    None
}

/// The field that is marked `#[resource(metadata)]`, or else the one named `metadata`.
fn find_metadata<'a>(
    input: &DeriveInput,
    fields: &[&'a Field],
    errors: &mut Errors,
) -> Option<&'a Field> {
    let mut marked: Option<&Field> = None;
    for field in fields {
        let Some(mark) = read_field_mark(&field.attrs, errors) else {
            continue;
        };
        match marked.and_then(|field| field.ident.as_ref()) {
            None => marked = Some(field),
            Some(first) => errors.push(
                mark,
                format!(
                    "two fields are marked as the metadata: this one and `{}`",
                    first.unraw()
                ),
            ),
        }
    }
    let is_called = |field: &&&Field, wanted: &str| {
        field
            .ident
            .as_ref()
            .is_some_and(|ident| ident.unraw() == wanted)
    };
    if let Some(field) = marked.or_else(|| {
        fields
            .iter()
            .find(|field| is_called(field, "metadata"))
            .copied()
    }) {
        return Some(field);
    }
    report_no_metadata(input, fields, errors);
    None
}

/// Stands on the field that was most likely meant, where there is one.
fn report_no_metadata(input: &DeriveInput, fields: &[&Field], errors: &mut Errors) {
    let container = Container::read(&input.attrs);
    for field in fields {
        let Some(ident) = &field.ident else { continue };
        let written = Names::read(field, &container).and_then(|names| names.written);
        if written.is_some_and(|name| name.text == "metadata") {
            let message = format!(
                "no field is named `metadata`: mark the one that is `metadata` in JSON with \
                 `#[resource(metadata)]`, or call it `metadata` instead of `{}`",
                ident.unraw()
            );
            return errors.push(ident, message);
        }
        if nearest(&ident.unraw().to_string(), &["metadata"]).is_some() {
            return errors.push(
                ident,
                "no field is named `metadata`: did you mean this one?",
            );
        }
    }
    errors.push(
        &input.ident,
        "no field is named `metadata`: add `metadata: ObjectMeta`, or mark a field `#[resource(metadata)]`",
    );
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
    let wrong = names
        .written
        .iter()
        .chain(names.read.first())
        .find(|name| name.text != "metadata");
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
            errors.push(&name.from, written_for_you(&name.text, "this field"));
            continue;
        }
        let taken = |names: &BTreeMap<String, String>, name: &Name| names.get(&name.text).cloned();
        let clash = names
            .written
            .iter()
            .find_map(|name| Some((name, taken(&written, name)?)))
            .or_else(|| {
                names
                    .read
                    .iter()
                    .find_map(|name| Some((name, taken(&read, name)?)))
            });
        if let Some((name, first)) = clash {
            errors.push(
                &name.from,
                format!(
                    "two fields are `{}` in JSON: this one and {first}",
                    name.text
                ),
            );
            continue;
        }
        let label = field
            .ident
            .as_ref()
            .map_or_else(String::new, |ident| format!("`{}`", ident.unraw()));
        written.extend(
            names
                .written
                .iter()
                .map(|name| (name.text.clone(), label.clone())),
        );
        read.extend(
            names
                .read
                .iter()
                .map(|name| (name.text.clone(), label.clone())),
        );
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
    use super::read_fields;
    use crate::errors::Errors;

    #[track_caller]
    fn check(source: &str, metadata: Option<&str>, expected: &[(&str, &str)]) {
        let input = syn::parse_str(source).unwrap();
        let mut errors = Errors::default();
        let found = read_fields(&input, &mut errors).map(|field| field.ident.to_string());
        assert_eq!(found.as_deref(), metadata, "for {source}");
        let seen = errors.seen();
        assert_eq!(seen.len(), expected.len(), "for {source}: {seen:?}");
        for ((on, what), (expected_on, expected_what)) in seen.iter().zip(expected) {
            assert_eq!(on, expected_on, "for {source}: {what}");
            assert!(
                what.contains(expected_what),
                "`{what}` does not say `{expected_what}`"
            );
        }
    }

    #[test]
    fn the_metadata_is_the_field_of_that_name_or_the_marked_one() {
        check("struct Foo { spec: S, metadata: M }", Some("metadata"), &[]);
        check("struct Foo { r#metadata: M }", Some("r#metadata"), &[]);
        check(
            "struct Foo { #[resource(metadata)] #[serde(rename = \"metadata\")] meta: M }",
            Some("meta"),
            &[],
        );
        check(
            "struct Foo { #[serde(skip)] metadata: X, #[resource(metadata)] #[serde(rename = \"metadata\")] m: M }",
            Some("m"),
            &[],
        );
        check(
            "#[serde(rename_all = \"camelCase\")] struct Foo { metadata: M }",
            Some("metadata"),
            &[],
        );
    }

    #[test]
    fn there_is_exactly_one_metadata() {
        check(
            "struct Foo { spec: S }",
            None,
            &[("Foo", "add `metadata: ObjectMeta`")],
        );
        check(
            "struct Foo {}",
            None,
            &[("Foo", "no field is named `metadata`")],
        );
        check(
            "struct Foo { metdata: M }",
            None,
            &[("metdata", "did you mean this one?")],
        );
        check(
            "struct Foo { #[serde(rename = \"metadata\")] meta: M }",
            None,
            &[("meta", "mark the one that is `metadata` in JSON")],
        );
        check(
            "struct Foo { #[resource(metadata)] metadata: M, #[resource(metadata)] b: M }",
            Some("metadata"),
            &[("metadata", "this one and `metadata`")],
        );
    }

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
            &[("\"kind\"", "`kind` is written for you")],
        );
        check(
            "#[serde(tag = \"kind\")] struct Foo { metadata: M }",
            Some("metadata"),
            &[("\"kind\"", "remove this `tag`")],
        );
        check(
            "struct Foo { metadata: M, #[serde(skip)] kind: String }",
            Some("metadata"),
            &[],
        );
        check(
            "struct Foo { metadata: M, #[serde(flatten)] kind: Types }",
            Some("metadata"),
            &[],
        );
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
    fn only_a_struct_with_named_fields_is_an_object() {
        check("enum Foo { A }", None, &[("enum", "an enum can't be")]);
        check(
            "union Foo { a: u8 }",
            None,
            &[("union", "a union can't be")],
        );
        check(
            "struct Foo(M);",
            None,
            &[("(M)", "a tuple struct can't be")],
        );
        check(
            "struct Foo;",
            None,
            &[("Foo", "a struct without fields can't be")],
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
