//! What is known of the kind once every rule was checked: defaults filled in, nothing left to doubt.
//!
//! Built from what `attr` and `fields` read; `expand` writes it out.

use proc_macro2::{Ident, Span};
use syn::{DeriveInput, Generics, Path};

use crate::attr::ResourceArgs;
use crate::errors::Errors;
use crate::facts::{checked, read_group, read_kind, read_labels, read_plural, read_scope};
use crate::fields::{MetadataField, read_fields};
use crate::names::{check_label, check_version};
use crate::value::{Arg, crate_path};

/// A kind that can be written out.
pub(crate) struct Model {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) crate_path: Path,
    pub(crate) metadata: MetadataField,
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) plural: String,
    pub(crate) singular: String,
    pub(crate) short_names: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) is_namespaced: bool,
    /// The types of the subresources, from `kubeclient`'s module `subresource`.
    pub(crate) subresources: Vec<Ident>,
    /// Whether the struct holds only part of its object.
    pub(crate) is_projection: bool,
    /// The key that says that the struct travels as protobuf.
    pub(crate) protobuf: Option<Ident>,
}

impl Model {
    /// Checks everything and notes every mistake; `None` when there was any.
    pub(crate) fn new(
        input: &DeriveInput,
        args: &ResourceArgs,
        errors: &mut Errors,
    ) -> Option<Self> {
        report_missing(args, errors);
        let group = read_group(args, errors);
        let version = checked(&args.version, check_version, errors);
        let kind = read_kind(input, args, errors);
        let plural = read_plural(input, args, kind.as_deref(), errors);
        let singular = checked(&args.singular, |name| check_label("singular", name), errors)
            .or_else(|| kind.as_deref().map(str::to_lowercase));
        let short_names = read_labels("short name", &args.short_names, errors);
        let categories = read_labels("category", &args.categories, errors);
        let is_namespaced = read_scope(args, errors);
        let metadata = read_fields(input, errors);
        let protobuf = read_protobuf(input, args, errors);
        if !errors.is_empty() {
            return None;
        }
        Some(Model {
            ident: input.ident.clone(),
            generics: input.generics.clone(),
            crate_path: crate_path(&args.crate_path)?,
            metadata: metadata?,
            group: group?,
            version: version?,
            kind: kind?,
            plural: plural?,
            singular: singular?,
            short_names,
            categories,
            is_namespaced,
            subresources: args.subresources.clone(),
            is_projection: args.projection,
            protobuf,
        })
    }
}

/// The key `protobuf`, of a struct that the compiler can look at.
fn read_protobuf(input: &DeriveInput, args: &ResourceArgs, errors: &mut Errors) -> Option<Ident> {
    let key = args.protobuf.clone()?;
    if !input.generics.params.is_empty() {
        errors.push(&key, "a struct with parameters is no message of protobuf: remove `protobuf`");
    }
    Some(key)
}

/// Stands on the attribute, or on the derive word where there is no attribute at all.
fn report_missing(args: &ResourceArgs, errors: &mut Errors) {
    let Some(attribute) = &args.attribute else {
        return errors.push_at(
            Span::call_site(),
            "no group and version: add `#[resource(group = \"..\", version = \"..\")]` to the struct",
        );
    };
    if args.unreadable {
        return;
    }
    let core = "or `group = \"\"` for the core group";
    let message = match (&args.group, &args.version) {
        (Arg::Absent, Arg::Absent) => {
            format!(
                "`group` and `version` are missing: add `group = \"stable.example.com\", version = \"v1\"`, {core}"
            )
        }
        (Arg::Absent, _) => {
            format!("`group` is missing: add `group = \"stable.example.com\"`, {core}")
        }
        (_, Arg::Absent) => "`version` is missing: add `version = \"v1\"`".to_owned(),
        _ => return,
    };
    errors.push(attribute, message);
}

#[cfg(test)]
pub(crate) mod tests {
    use quote::ToTokens;

    use super::Model;
    use crate::attr::ResourceArgs;
    use crate::errors::Errors;
    use crate::testing::check_seen;

    fn read(source: &str) -> (Option<Model>, Vec<(String, String)>) {
        let input: syn::DeriveInput = syn::parse_str(source).unwrap();
        let mut errors = Errors::default();
        let args = ResourceArgs::read(&input.attrs, &mut errors);
        let model = Model::new(&input, &args, &mut errors);
        (model, errors.seen())
    }

    #[track_caller]
    pub(crate) fn accepted(source: &str) -> Model {
        let (model, seen) = read(source);
        assert_eq!(seen, [], "for {source}");
        model.expect("a model where there is no mistake")
    }

    /// `what` are the attribute's entries, of a struct `Foo`.
    #[track_caller]
    pub(crate) fn refused(what: &str, expected: &[(&str, &str)]) {
        refused_struct(&format!("#[resource({what})] struct Foo {{ metadata: M }}"), expected);
    }

    #[track_caller]
    pub(crate) fn refused_struct(source: &str, expected: &[(&str, &str)]) {
        let (model, seen) = read(source);
        assert!(model.is_none(), "accepted {source}");
        check_seen(source, &seen, expected);
    }

    #[test]
    fn what_is_absent_has_a_default() {
        let model = accepted(
            "#[resource(group = \"g.io\", version = \"v1\")] struct NetworkPolicy { metadata: M }",
        );
        assert_eq!(model.kind, "NetworkPolicy");
        assert_eq!(model.plural, "networkpolicies");
        assert_eq!(model.singular, "networkpolicy");
        assert!(model.is_namespaced && !model.is_projection);
        assert!(
            model.short_names.is_empty()
                && model.categories.is_empty()
                && model.subresources.is_empty()
        );
        assert_eq!(model.crate_path.to_token_stream().to_string(), ":: kubeclient");
    }

    #[test]
    fn what_is_given_is_kept() {
        let model = accepted(
            "#[resource(group = \"\", version = \"v1\", kind = \"Bar\", plural = \"barz\", singular = \"b\")]
             #[resource(short_names(\"x\", \"y\"), categories(\"all\"), scope = \"Cluster\", projection)]
             #[resource(crate = \"a::b\")]
             struct Foo<'a, T, const N: usize> where T: X { metadata: M }",
        );
        assert_eq!((model.group.as_str(), model.version.as_str()), ("", "v1"));
        assert_eq!(
            (model.kind.as_str(), model.plural.as_str(), model.singular.as_str()),
            ("Bar", "barz", "b")
        );
        assert_eq!(model.short_names, ["x", "y"]);
        assert_eq!(model.categories, ["all"]);
        assert!(!model.is_namespaced && model.is_projection);
        assert_eq!(model.crate_path.to_token_stream().to_string(), "a :: b");
        assert_eq!(model.generics.params.len(), 3);
    }

    #[test]
    fn missing_keys_stand_on_the_attribute() {
        refused(
            "kind = \"Foo\"",
            &[("#[resource(kind = \"Foo\")]", "`group` and `version` are missing")],
        );
        refused(
            "group = \"\"",
            &[("#[resource(group = \"\")]", "`version` is missing: add `version = \"v1\"`")],
        );
        refused(
            "version = \"v1\"",
            &[("#[resource(version = \"v1\")]", "`group = \"\"` for the core group")],
        );
        let (_, seen) = read("struct Foo { metadata: M }");
        assert_eq!(seen.len(), 1);
        assert!(seen[0].1.contains("add `#[resource(group"), "{seen:?}");
    }

    #[test]
    fn a_key_that_is_there_in_error_is_not_missing_too() {
        refused("gruop = \"a\", version = \"v1\"", &[("gruop", "did you mean `group`?")]);
        refused("group = 1, version = \"v1\"", &[("1", "expected a string literal")]);
        refused("\"x\"", &[("\"x\"", "expected a key")]);
        refused("frobnicate = \"x\", version = \"v1\"", &[("frobnicate", "unknown key")]);
    }

    #[test]
    fn protobuf_is_of_a_struct_without_parameters() {
        let model = accepted(
            "#[resource(group = \"\", version = \"v1\", protobuf)] struct Pod { metadata: M }",
        );
        assert!(model.protobuf.is_some());
        refused_struct(
            "#[resource(group = \"\", version = \"v1\", protobuf)] struct Pod<T> { metadata: T }",
            &[("protobuf", "remove `protobuf`")],
        );
        refused(
            "group = \"\", version = \"v1\", protobuf = true",
            &[("true", "`protobuf` takes no value")],
        );
    }

    #[test]
    fn several_mistakes_are_noted_at_once() {
        refused_struct(
            "#[resource(group = \"A\", version = \"1\", kind = \"foo\", scope = \"x\")] struct Foo { kind: K }",
            &[
                ("\"A\"", "upper-case"),
                ("\"1\"", "is not a version"),
                ("\"foo\"", "lower-case"),
                ("\"x\"", "unknown scope"),
                ("Foo", "no field is named `metadata`"),
                ("kind", "is written for you"),
            ],
        );
    }
}
