//! What is known of the kind once every rule was checked: defaults filled in, nothing left to doubt.
//!
//! Built from what `attr` and `fields` read; `expand` writes it out.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{DeriveInput, Generics, LitStr, Path, parse_quote};

use crate::attr::{Arg, ResourceArgs};
use crate::errors::Errors;
use crate::fields::{MetadataField, read_fields};
use crate::names::{check_group, check_kind, check_label, check_version, kind_like, plural_of};
use crate::suggest::nearest;

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
        if !errors.is_empty() {
            return None;
        }
        Some(Model {
            ident: input.ident.clone(),
            generics: input.generics.clone(),
            crate_path: crate_path(args)?,
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
        })
    }
}

/// The path to `kubeclient`; `None` when it was given with a mistake, so that no guess is made.
pub(crate) fn crate_path(args: &ResourceArgs) -> Option<Path> {
    match &args.crate_path {
        Arg::Absent => Some(parse_quote!(::kubeclient)),
        Arg::Broken => None,
        Arg::Given(path) => Some(path.clone()),
    }
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

/// The core group has one version, so an empty group with another was not meant as the core group.
fn read_group(args: &ResourceArgs, errors: &mut Errors) -> Option<String> {
    let group = checked(&args.group, check_group, errors)?;
    if let (Arg::Given(literal), Arg::Given(version)) = (&args.group, &args.version)
        && group.is_empty()
        && version.value() != "v1"
        && check_version(&version.value()).is_ok()
    {
        errors.push(
            literal,
            format!(
                "the empty group is the core group, which has only the version `v1`, not `{}`: \
                 expected the group's name, such as `stable.example.com`",
                version.value()
            ),
        );
    }
    Some(group)
}

/// The kind as given, or else the struct's name.
fn read_kind(input: &DeriveInput, args: &ResourceArgs, errors: &mut Errors) -> Option<String> {
    let (kind, on, is_given) = match &args.kind {
        Arg::Given(literal) => (literal.value(), literal.to_token_stream(), true),
        Arg::Absent => (
            input.ident.unraw().to_string(),
            input.ident.to_token_stream(),
            false,
        ),
        Arg::Broken => return None,
    };
    let Err(mut message) = check_kind(&kind) else {
        return Some(kind);
    };
    match (is_given, kind_like(&kind)) {
        (true, Some(better)) => message += &format!("; did you mean `{better}`?"),
        (true, None) => {}
        (false, Some(better)) => {
            message = format!("the struct's name is no kind: {message}; set `kind = \"{better}\"`");
        }
        (false, None) => {
            message = format!("the struct's name is no kind: {message}; set `kind = \"..\"`");
        }
    }
    errors.push(on, message);
    None
}

/// The plural as given, or else the one that the kind makes.
fn read_plural(
    input: &DeriveInput,
    args: &ResourceArgs,
    kind: Option<&str>,
    errors: &mut Errors,
) -> Option<String> {
    if let Arg::Given(_) | Arg::Broken = &args.plural {
        return checked(&args.plural, |name| check_label("plural", name), errors);
    }
    let plural = plural_of(kind?);
    if let Err(message) = check_label("plural", &plural) {
        let on = match &args.kind {
            Arg::Given(literal) => literal.to_token_stream(),
            Arg::Absent | Arg::Broken => input.ident.to_token_stream(),
        };
        errors.push(
            on,
            format!("the kind's plural is `{plural}`: {message}; set `plural = \"..\"`"),
        );
        return None;
    }
    Some(plural)
}

fn read_labels(what: &str, literals: &[LitStr], errors: &mut Errors) -> Vec<String> {
    let mut names = Vec::new();
    for literal in literals {
        let name = literal.value();
        if let Err(message) = check_label(what, &name) {
            errors.push(literal, message);
        } else if names.contains(&name) {
            errors.push(literal, format!("the {what} `{name}` is given twice"));
        } else {
            names.push(name);
        }
    }
    names
}

/// Namespaced unless it is said otherwise.
fn read_scope(args: &ResourceArgs, errors: &mut Errors) -> bool {
    let Arg::Given(literal) = &args.scope else {
        return true;
    };
    let scope = literal.value();
    match scope.as_str() {
        "Namespaced" => return true,
        "Cluster" => return false,
        _ => {}
    }
    let meant = match scope.as_str() {
        "Namespace" | "namespace" => Some("Namespaced"),
        "Global" | "global" | "ClusterScoped" => Some("Cluster"),
        _ => nearest(&scope, &["Namespaced", "Cluster"]),
    };
    let message = match meant {
        Some(meant) => format!("unknown scope `{scope}`: did you mean `{meant}`?"),
        None => format!("unknown scope `{scope}`: expected `Namespaced` or `Cluster`"),
    };
    errors.push(literal, message);
    true
}

fn checked(
    arg: &Arg<LitStr>,
    check: impl Fn(&str) -> Result<(), String>,
    errors: &mut Errors,
) -> Option<String> {
    let Arg::Given(literal) = arg else {
        return None;
    };
    if let Err(message) = check(&literal.value()) {
        errors.push(literal, message);
        return None;
    }
    Some(literal.value())
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::Model;
    use crate::attr::ResourceArgs;
    use crate::errors::Errors;

    fn read(source: &str) -> (Option<Model>, Vec<(String, String)>) {
        let input: syn::DeriveInput = syn::parse_str(source).unwrap();
        let mut errors = Errors::default();
        let args = ResourceArgs::read(&input.attrs, &mut errors);
        let model = Model::new(&input, &args, &mut errors);
        (model, errors.seen())
    }

    #[track_caller]
    fn accepted(source: &str) -> Model {
        let (model, seen) = read(source);
        assert_eq!(seen, [], "for {source}");
        model.expect("a model where there is no mistake")
    }

    /// `what` are the attribute's entries, of a struct `Foo`.
    #[track_caller]
    fn refused(what: &str, expected: &[(&str, &str)]) {
        refused_struct(
            &format!("#[resource({what})] struct Foo {{ metadata: M }}"),
            expected,
        );
    }

    #[track_caller]
    fn refused_struct(source: &str, expected: &[(&str, &str)]) {
        let (model, seen) = read(source);
        assert!(model.is_none(), "accepted {source}");
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
        assert_eq!(
            model.crate_path.to_token_stream().to_string(),
            ":: kubeclient"
        );
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
            (
                model.kind.as_str(),
                model.plural.as_str(),
                model.singular.as_str()
            ),
            ("Bar", "barz", "b")
        );
        assert_eq!(model.short_names, ["x", "y"]);
        assert_eq!(model.categories, ["all"]);
        assert!(!model.is_namespaced && model.is_projection);
        assert_eq!(model.crate_path.to_token_stream().to_string(), "a :: b");
        assert_eq!(model.generics.params.len(), 3);
    }

    #[test]
    fn a_raw_name_makes_a_kind_without_its_prefix() {
        assert_eq!(
            accepted("#[resource(group = \"\", version = \"v1\")] struct r#Foo { metadata: M }")
                .kind,
            "Foo"
        );
        refused_struct(
            "#[resource(group = \"\", version = \"v1\")] struct r#type { metadata: M }",
            &[("r#type", "set `kind = \"Type\"`")],
        );
    }

    #[test]
    fn missing_keys_stand_on_the_attribute() {
        refused(
            "kind = \"Foo\"",
            &[(
                "#[resource(kind = \"Foo\")]",
                "`group` and `version` are missing",
            )],
        );
        refused(
            "group = \"\"",
            &[(
                "#[resource(group = \"\")]",
                "`version` is missing: add `version = \"v1\"`",
            )],
        );
        refused(
            "version = \"v1\"",
            &[(
                "#[resource(version = \"v1\")]",
                "`group = \"\"` for the core group",
            )],
        );
        let (_, seen) = read("struct Foo { metadata: M }");
        assert_eq!(seen.len(), 1);
        assert!(seen[0].1.contains("add `#[resource(group"), "{seen:?}");
    }

    #[test]
    fn a_key_that_is_there_in_error_is_not_missing_too() {
        refused(
            "gruop = \"a\", version = \"v1\"",
            &[("gruop", "did you mean `group`?")],
        );
        refused(
            "group = 1, version = \"v1\"",
            &[("1", "expected a string literal")],
        );
        refused("\"x\"", &[("\"x\"", "expected a key")]);
        refused(
            "frobnicate = \"x\", version = \"v1\"",
            &[("frobnicate", "unknown key")],
        );
    }

    #[test]
    fn values_are_checked_on_their_literal() {
        refused(
            "group = \"Foo.com\", version = \"v1\"",
            &[("\"Foo.com\"", "upper-case `F`")],
        );
        refused(
            "group = \"\", version = \"v1beta\"",
            &[("\"v1beta\"", "is not a version")],
        );
        refused(
            "group = \"\", version = \"v2\"",
            &[("\"\"", "has only the version `v1`, not `v2`")],
        );
        refused(
            "group = \"\", version = \"v1\", kind = \"pod\"",
            &[("\"pod\"", "did you mean `Pod`?")],
        );
        refused(
            "group = \"\", version = \"v1\", plural = \"Pods\"",
            &[("\"Pods\"", "plural `Pods`")],
        );
        refused(
            "group = \"\", version = \"v1\", singular = \"\"",
            &[("\"\"", "the singular is empty")],
        );
        refused(
            "group = \"\", version = \"v1\", short_names(\"a\", \"B\")",
            &[("\"B\"", "short name `B`")],
        );
        refused(
            "group = \"\", version = \"v1\", short_names(\"a\", \"a\")",
            &[("\"a\"", "is given twice")],
        );
        refused(
            "group = \"\", version = \"v1\", categories(\"\")",
            &[("\"\"", "the category is empty")],
        );
        refused(
            "group = \"\", version = \"v1\", scope = \"cluster\"",
            &[("\"cluster\"", "did you mean `Cluster`?")],
        );
        refused(
            "group = \"\", version = \"v1\", scope = \"Namespace\"",
            &[("\"Namespace\"", "did you mean `Namespaced`?")],
        );
        refused(
            "group = \"\", version = \"v1\", scope = \"x\"",
            &[("\"x\"", "expected `Namespaced` or `Cluster`")],
        );
    }

    #[test]
    fn a_struct_name_that_is_no_kind_asks_for_one() {
        refused_struct(
            "#[resource(group = \"\", version = \"v1\")] struct Größe { metadata: M }",
            &[("Größe", "set `kind = \"..\"`")],
        );
        accepted(
            "#[resource(group = \"\", version = \"v1\", kind = \"Size\")] struct Größe { metadata: M }",
        );
    }

    #[test]
    fn a_plural_that_grows_too_long_asks_for_one() {
        let kind = format!("A{}", "a".repeat(62));
        refused(
            &format!("group = \"\", version = \"v1\", kind = \"{kind}\""),
            &[(&format!("\"{kind}\""), "set `plural = \"..\"`")],
        );
        accepted(&format!(
            "#[resource(group = \"\", version = \"v1\", kind = \"{kind}\", plural = \"as\")] struct Foo {{ metadata: M }}"
        ));
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
