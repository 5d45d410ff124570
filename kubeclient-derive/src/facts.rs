//! The facts about a kind, one by one: each value checked on its literal, or made where none is given.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{DeriveInput, LitStr};

use crate::attr::ResourceArgs;
use crate::errors::Errors;
use crate::names::{check_group, check_kind, check_label, check_version, kind_like, plural_of};
use crate::suggest::nearest;
use crate::value::Arg;

/// The core group has one version, so an empty group with another was not meant as the core group.
pub(crate) fn read_group(args: &ResourceArgs, errors: &mut Errors) -> Option<String> {
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
pub(crate) fn read_kind(
    input: &DeriveInput,
    args: &ResourceArgs,
    errors: &mut Errors,
) -> Option<String> {
    let (kind, on, is_given) = match &args.kind {
        Arg::Given(literal) => (literal.value(), literal.to_token_stream(), true),
        Arg::Absent => (input.ident.unraw().to_string(), input.ident.to_token_stream(), false),
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
pub(crate) fn read_plural(
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
        errors
            .push(on, format!("the kind's plural is `{plural}`: {message}; set `plural = \"..\"`"));
        return None;
    }
    Some(plural)
}

/// Checks a list of names, none of which may be there twice.
pub(crate) fn read_labels(what: &str, literals: &[LitStr], errors: &mut Errors) -> Vec<String> {
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
pub(crate) fn read_scope(args: &ResourceArgs, errors: &mut Errors) -> bool {
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

/// The text of a literal that `check` accepts.
pub(crate) fn checked(
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
    use crate::model::tests::{accepted, refused, refused_struct};

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
    fn values_are_checked_on_their_literal() {
        refused("group = \"Foo.com\", version = \"v1\"", &[("\"Foo.com\"", "upper-case `F`")]);
        refused("group = \"\", version = \"v1beta\"", &[("\"v1beta\"", "is not a version")]);
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
    fn either_scope_is_kept() {
        for (scope, is_namespaced) in [("Namespaced", true), ("Cluster", false)] {
            let model = accepted(&format!(
                "#[resource(group = \"\", version = \"v1\", scope = \"{scope}\")] struct Foo {{ metadata: M }}"
            ));
            assert_eq!(model.is_namespaced, is_namespaced, "for {scope}");
        }
    }
}
