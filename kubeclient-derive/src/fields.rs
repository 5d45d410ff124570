//! The struct's fields: that there are some, and which of them is the metadata.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Data, DataStruct, DeriveInput, Field, Fields, Type};

use crate::errors::Errors;
use crate::json::{Container, Names};
use crate::json_rules::check_json;
use crate::mark::read_field_mark;
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
    check_json(input, &fields, metadata, errors);
    let field = metadata?;
    Some(MetadataField { ident: field.ident.clone()?, ty: field.ty.clone() })
}

fn named_fields<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Option<Vec<&'a Field>> {
    let expected = "expected a struct with named fields, one of them `metadata: ObjectMeta`";
    match &input.data {
        Data::Struct(DataStruct { fields: Fields::Named(named), .. }) => {
            return Some(named.named.iter().collect());
        }
        Data::Struct(DataStruct { fields: Fields::Unnamed(fields), .. }) => {
            errors.push(fields, format!("a tuple struct can't be a Kubernetes object: {expected}"));
        }
        Data::Struct(_) => {
            errors.push(
                &input.ident,
                format!("a struct without fields can't be a Kubernetes object: {expected}"),
            );
        }
        Data::Enum(data) => {
            errors
                .push(data.enum_token, format!("an enum can't be a Kubernetes object: {expected}"));
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
                format!("two fields are marked as the metadata: this one and `{}`", first.unraw()),
            ),
        }
    }
    let is_called = |field: &&&Field, wanted: &str| {
        field.ident.as_ref().is_some_and(|ident| ident.unraw() == wanted)
    };
    if let Some(field) =
        marked.or_else(|| fields.iter().find(|field| is_called(field, "metadata")).copied())
    {
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
            return errors.push(ident, "no field is named `metadata`: did you mean this one?");
        }
    }
    errors.push(
        &input.ident,
        "no field is named `metadata`: add `metadata: ObjectMeta`, or mark a field `#[resource(metadata)]`",
    );
}

#[cfg(test)]
pub(crate) mod tests {
    use super::read_fields;
    use crate::errors::Errors;
    use crate::testing::check_seen;

    #[track_caller]
    pub(crate) fn check(source: &str, metadata: Option<&str>, expected: &[(&str, &str)]) {
        let input = syn::parse_str(source).unwrap();
        let mut errors = Errors::default();
        let found = read_fields(&input, &mut errors).map(|field| field.ident.to_string());
        assert_eq!(found.as_deref(), metadata, "for {source}");
        check_seen(source, &errors.seen(), expected);
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
        check("struct Foo { spec: S }", None, &[("Foo", "add `metadata: ObjectMeta`")]);
        check("struct Foo {}", None, &[("Foo", "no field is named `metadata`")]);
        check("struct Foo { metdata: M }", None, &[("metdata", "did you mean this one?")]);
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
    fn only_a_struct_with_named_fields_is_an_object() {
        check("enum Foo { A }", None, &[("enum", "an enum can't be")]);
        check("union Foo { a: u8 }", None, &[("union", "a union can't be")]);
        check("struct Foo(M);", None, &[("(M)", "a tuple struct can't be")]);
        check("struct Foo;", None, &[("Foo", "a struct without fields can't be")]);
    }
}
