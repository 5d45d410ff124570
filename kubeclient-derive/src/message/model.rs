//! What is known of the struct once every rule was checked: its fields, by their names in JSON.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DataStruct, DeriveInput, Field, Fields, Path, Type};

use super::attr::MessageArgs;
use crate::errors::Errors;
use crate::json::{Container, Names};
use crate::value::{Arg, crate_path};

/// A struct that can be written out.
pub(super) struct Model {
    pub(super) ident: Ident,
    pub(super) crate_path: Path,
    /// The built-in type.
    pub(super) of: Path,
    pub(super) fields: Vec<MessageField>,
}

/// A field that both wires have.
pub(super) struct MessageField {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    /// Its name in JSON.
    pub(super) json: String,
    /// Where that name comes from.
    pub(super) span: Span,
}

impl Model {
    /// Checks everything and notes every mistake; `None` when there was any.
    pub(super) fn new(
        input: &DeriveInput,
        args: &MessageArgs,
        errors: &mut Errors,
    ) -> Option<Self> {
        report_missing(args, errors);
        let of = read_of(input, args, errors);
        if !input.generics.params.is_empty() {
            errors.push(&input.generics, "a message is one struct: remove the parameters");
        }
        let fields = read_fields(input, errors);
        if !errors.is_empty() {
            return None;
        }
        Some(Self {
            ident: input.ident.clone(),
            crate_path: crate_path(&args.crate_path)?,
            of: of?,
            fields: fields?,
        })
    }
}

/// Stands on the attribute, or on the derive word where there is no attribute at all.
fn report_missing(args: &MessageArgs, errors: &mut Errors) {
    let message =
        "the built-in type is missing: add `#[message(of = \"kubeclient::core_v1::Pod\")]`";
    match (&args.attribute, &args.of) {
        (None, _) => errors.push_at(Span::call_site(), message),
        (Some(attribute), Arg::Absent) if !args.unreadable => errors.push(attribute, message),
        _ => {}
    }
}

fn read_of(input: &DeriveInput, args: &MessageArgs, errors: &mut Errors) -> Option<Path> {
    let Arg::Given(of) = &args.of else { return None };
    if of.is_ident(&input.ident) {
        let message = format!(
            "`{0}` is this struct itself: write the whole path of the built-in type, such as \
             `kubeclient::core_v1::{0}`",
            input.ident.unraw()
        );
        errors.push(of, message);
        return None;
    }
    Some(of.clone())
}

fn read_fields(input: &DeriveInput, errors: &mut Errors) -> Option<Vec<MessageField>> {
    let Some(fields) = named_fields(&input.data) else {
        let expected = "a message is a struct with named fields";
        match &input.data {
            Data::Enum(data) => errors.push(data.enum_token, expected),
            Data::Union(data) => errors.push(data.union_token, expected),
            Data::Struct(_) => errors.push(&input.ident, expected),
        }
        return None;
    };
    let container = Container::read(&input.attrs);
    // The other derive has rules on what all fields are in JSON, and says them.
    let is_resource = input.attrs.iter().any(|attribute| attribute.path().is_ident("resource"));
    if let Some(transparent) = container.transparent.as_ref().filter(|_| !is_resource) {
        errors.push(transparent, "`transparent` takes away the keys of the message: remove it");
    }
    let mut read: Vec<MessageField> = Vec::new();
    for field in fields {
        let Some(field) = read_field(field, &container, errors) else { continue };
        match read.iter().find(|other| other.json == field.json) {
            Some(first) if !is_resource => errors.push_at(
                field.span,
                format!(
                    "two fields are `{}` in JSON: this one and `{}`",
                    field.json,
                    first.ident.unraw()
                ),
            ),
            Some(_) => {}
            None => read.push(field),
        }
    }
    Some(read)
}

/// The fields, where they have names.
pub(super) fn named_fields(data: &Data) -> Option<impl Iterator<Item = &Field>> {
    match data {
        Data::Struct(DataStruct { fields: Fields::Named(fields), .. }) => Some(fields.named.iter()),
        _ => None,
    }
}

/// `None` for a field that is not read, or that has a mistake.
fn read_field(field: &Field, container: &Container, errors: &mut Errors) -> Option<MessageField> {
    for attribute in field.attrs.iter().filter(|a| a.path().is_ident("message")) {
        let message = "`#[message(..)]` belongs on the struct: a field is found by its name in JSON, \
                       which `#[serde(rename = \"..\")]` changes";
        errors.push(attribute, message);
    }
    let names = Names::read(field, container)?;
    if let Some(flatten) = names.flatten {
        let message =
            "protobuf has no keys to be put one level higher: name the fields that you read";
        errors.push(flatten, message);
        return None;
    }
    let name = names.read.into_iter().next()?;
    Some(MessageField {
        ident: field.ident.clone()?,
        ty: field.ty.clone(),
        json: name.text,
        span: name.from.into_token_stream().span(),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::{MessageArgs, Model};
    use crate::errors::Errors;
    use crate::testing::check_seen;

    fn read(source: &str) -> (Option<Model>, Vec<(String, String)>) {
        let input: syn::DeriveInput = syn::parse_str(source).unwrap();
        let mut errors = Errors::default();
        let args = MessageArgs::read(&input.attrs, &mut errors);
        let model = Model::new(&input, &args, &mut errors);
        (model, errors.seen())
    }

    #[track_caller]
    pub(in super::super) fn accepted(source: &str) -> Model {
        let (model, seen) = read(source);
        assert_eq!(seen, [], "for {source}");
        model.expect("a model where there is no mistake")
    }

    #[track_caller]
    fn refused(source: &str, expected: &[(&str, &str)]) {
        let (model, seen) = read(source);
        assert!(model.is_none(), "accepted {source}");
        check_seen(source, &seen, expected);
    }

    #[test]
    fn fields_go_by_the_names_that_serde_reads() {
        let model = accepted(
            "#[message(of = \"a::B\")] #[serde(rename_all = \"camelCase\")]
             struct Foo {
                 node_name: A,
                 #[serde(rename = \"hostIP\", alias = \"host\")] host: B,
                 #[serde(rename(serialize = \"x\", deserialize = \"y\"))] apart: C,
                 #[serde(skip)] a: D, #[serde(skip_deserializing)] b: E,
                 #[serde(skip_serializing)] r#type: F,
             }",
        );
        let names: Vec<&str> = model.fields.iter().map(|field| field.json.as_str()).collect();
        assert_eq!(names, ["nodeName", "hostIP", "y", "type"]);
    }

    #[test]
    fn the_type_must_be_said() {
        let missing = "the built-in type is missing";
        refused(
            "#[message(crate = \"a\")] struct Foo {}",
            &[("#[message(crate = \"a\")]", missing)],
        );
        refused("#[message(off = \"a\")] struct Foo {}", &[("off", "did you mean `of`?")]);
        refused("#[message(of = \"Foo\")] struct Foo {}", &[("\"Foo\"", "is this struct itself")]);
        let (_, seen) = read("struct Foo {}");
        assert!(seen.len() == 1 && seen[0].1.contains(missing), "{seen:?}");
    }

    #[test]
    fn what_is_no_field_of_a_message_is_refused_on_its_token() {
        let refused = |rest: &str, expected: &[(&str, &str)]| {
            refused(&format!("#[message(of = \"a::B\")] {rest}"), expected);
        };
        refused("struct Foo { #[serde(flatten)] a: A }", &[("flatten", "name the fields")]);
        refused(
            "struct Foo { #[message(of = \"b\")] a: A }",
            &[("#[message(of = \"b\")]", "struct")],
        );
        refused(
            "struct Foo { a: A, #[serde(rename = \"a\")] b: B }",
            &[("\"a\"", "this one and `a`")],
        );
        refused("#[serde(transparent)] struct Foo { a: A }", &[("transparent", "remove it")]);
        refused("struct Foo<'a> { a: &'a A }", &[("<'a>", "remove the parameters")]);
        refused("struct Foo(A);", &[("Foo", "named fields")]);
        refused("struct Foo;", &[("Foo", "named fields")]);
        refused("enum Foo { A }", &[("enum", "named fields")]);
        refused("union Foo { a: A }", &[("union", "named fields")]);
    }

    #[test]
    fn what_the_other_derive_says_is_not_said_twice() {
        let input = "#[message(of = \"a::B\")] #[resource(group = \"\", version = \"v1\")]
                     struct Foo { a: A, #[serde(rename = \"a\")] b: B }";
        assert_eq!(accepted(input).fields.len(), 1);
    }
}
