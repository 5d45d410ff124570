//! The values after the keys: strings, lists, flags and paths, and what is said when they are something else.
//!
//! A message shows what to write with the text that the user gave, where there is any.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, Lit, LitStr, Path, parse_quote};

use crate::errors::Errors;
use crate::item::{Form, Item, split};

/// A key's value: absent and broken are apart, so that a broken one is not also called missing.
#[derive(Default)]
pub(crate) enum Arg<T> {
    /// The key was not written.
    #[default]
    Absent,
    /// The key was written with a mistake that was already noted.
    Broken,
    /// The key's value.
    Given(T),
}

/// Reads `key = ".."`.
pub(crate) fn string(item: &Item, example: &str, errors: &mut Errors) -> Arg<LitStr> {
    if let Form::Value(value) = &item.form
        && let Some(text) = read_string(value)
    {
        return Arg::Given(text);
    }
    let text = text_in(item.form.tokens()).unwrap_or_else(|| example.to_owned());
    errors
        .push(blame(item), format!("expected a string literal: write `{} = {text:?}`", item.name));
    Arg::Broken
}

/// Reads `key("..", "..")`.
pub(crate) fn strings(item: &Item, example: &str, errors: &mut Errors) -> Vec<LitStr> {
    let Form::List(group) = &item.form else {
        let text = text_in(item.form.tokens()).unwrap_or_else(|| example.to_owned());
        let message =
            format!("expected a list of string literals: write `{}({text:?})`", item.name);
        errors.push(blame(item), message);
        return Vec::new();
    };
    read_list(group, &format!("string literals, such as `{example:?}`"), errors, read_string)
}

/// Reads `key` alone.
pub(crate) fn flag(item: &Item, because: &str, errors: &mut Errors) -> bool {
    let is_flag = matches!(item.form, Form::Flag);
    if !is_flag {
        let name = &item.name;
        errors.push(blame(item), format!("`{name}` takes no value{because}: write `{name}` alone"));
    }
    is_flag
}

/// Reads `key = ".."` with a path in it.
pub(crate) fn path(item: &Item, what: &str, example: &str, errors: &mut Errors) -> Arg<Path> {
    let Arg::Given(text) = string(item, example, errors) else {
        return Arg::Broken;
    };
    match text.parse_with(Path::parse_mod_style) {
        Ok(path) => Arg::Given(path),
        Err(_) => {
            let message =
                format!("`{}` is not a path: expected {what}, such as `{example:?}`", text.value());
            errors.push(&text, message);
            Arg::Broken
        }
    }
}

/// Reads `crate = ".."`.
pub(crate) fn crate_path_of(item: &Item, errors: &mut Errors) -> Arg<Path> {
    path(item, "the path of the crate `kubeclient`", "::kubeclient", errors)
}

/// The path to `kubeclient`; `None` when it was given with a mistake, so that no guess is made.
pub(crate) fn crate_path(given: &Arg<Path>) -> Option<Path> {
    match given {
        Arg::Absent => Some(parse_quote!(::kubeclient)),
        Arg::Broken => None,
        Arg::Given(path) => Some(path.clone()),
    }
}

/// The tokens that a mistake in an entry's form stands on: what follows the key, or else the key.
pub(crate) fn blame(item: &Item) -> TokenStream {
    match &item.form {
        Form::Flag => item.key.to_token_stream(),
        form => form.tokens(),
    }
}

/// The one string in a value of the wrong form, which was most likely meant.
fn text_in(tokens: TokenStream) -> Option<String> {
    let mut found = Vec::new();
    collect_texts(tokens, &mut found);
    match found.as_slice() {
        [text] => Some(text.clone()),
        _ => None,
    }
}

fn collect_texts(tokens: TokenStream, found: &mut Vec<String>) {
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => collect_texts(group.stream(), found),
            TokenTree::Literal(literal) => match Lit::new(literal) {
                Lit::Str(text) => found.push(text.value()),
                Lit::ByteStr(text) => found.extend(String::from_utf8(text.value())),
                _ => {}
            },
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// Reads `value` as one string literal.
pub(crate) fn read_string(value: &TokenStream) -> Option<LitStr> {
    fn string_of(expr: Expr) -> Option<LitStr> {
        match expr {
            Expr::Group(group) => string_of(*group.expr),
            Expr::Lit(lit) => match lit.lit {
                Lit::Str(text) if text.suffix().is_empty() => Some(text),
                _ => None,
            },
            _ => None,
        }
    }
    string_of(syn::parse2::<Expr>(value.clone()).ok()?)
}

/// Reads the entries of `key(..)` one by one, each as `read` does; what it refuses is a mistake.
pub(crate) fn read_list<T>(
    group: &Group,
    expected: &str,
    errors: &mut Errors,
    read: impl Fn(&TokenStream) -> Option<T>,
) -> Vec<T> {
    let known = errors.len();
    let chunks = split(group.stream(), errors);
    if chunks.is_empty() && errors.len() == known {
        errors.push(group, format!("the list is empty: expected {expected}"));
    }
    let mut values = Vec::new();
    for chunk in chunks {
        let tokens: TokenStream = chunk.into_iter().collect();
        match read(&tokens) {
            Some(value) => values.push(value),
            None => errors.push(tokens, format!("expected {expected}")),
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::{read_string, text_in};
    use crate::attr::ResourceArgs;
    use crate::errors::Errors;

    #[test]
    fn only_a_string_literal_is_a_string() {
        for value in [
            quote!(1),
            quote!(b"x"),
            quote!('x'),
            quote!(x),
            quote!(concat!("a")),
            quote!("a" "b"),
            quote!(=),
        ] {
            assert!(read_string(&value).is_none(), "for `{value}`");
        }
        assert_eq!(read_string(&quote!(r#"x"#)).unwrap().value(), "x");
    }

    #[test]
    fn the_one_text_in_a_wrong_value_is_what_was_meant() {
        assert_eq!(text_in(quote!(("foos"))).as_deref(), Some("foos"));
        assert_eq!(text_in(quote!(: "v1")).as_deref(), Some("v1"));
        assert_eq!(text_in(quote!([b"all"])).as_deref(), Some("all"));
        assert_eq!(text_in(quote!(1)), None);
        assert_eq!(text_in(quote!(("a", "b"))), None);
    }

    #[track_caller]
    fn check(attribute: &str, expected: &[(&str, &str)]) {
        let input: syn::DeriveInput = syn::parse_str(&format!("{attribute} struct Foo;")).unwrap();
        let mut errors = Errors::default();
        ResourceArgs::read(&input.attrs, &mut errors);
        let seen = errors.seen();
        let seen: Vec<(&str, &str)> =
            seen.iter().map(|(on, what)| (on.as_str(), what.as_str())).collect();
        assert_eq!(seen, expected, "for {attribute}");
    }

    #[test]
    fn wrong_forms_stand_on_what_was_written() {
        check(
            "#[resource(group = 1)]",
            &[("1", "expected a string literal: write `group = \"stable.example.com\"`")],
        );
        check(
            "#[resource(version)]",
            &[("version", "expected a string literal: write `version = \"v1\"`")],
        );
        check(
            "#[resource(kind(\"Foo\"))]",
            &[("(\"Foo\")", "expected a string literal: write `kind = \"Foo\"`")],
        );
        check(
            "#[resource(plural: \"a\")]",
            &[(": \"a\"", "expected a string literal: write `plural = \"a\"`")],
        );
        check(
            "#[resource(scope = )]",
            &[("=", "expected a string literal: write `scope = \"Namespaced\"`")],
        );
        check(
            "#[resource(short_names = \"a\")]",
            &[("\"a\"", "expected a list of string literals: write `short_names(\"a\")`")],
        );
        check(
            "#[resource(short_names(a))]",
            &[("a", "expected string literals, such as `\"ct\"`")],
        );
        check(
            "#[resource(categories())]",
            &[("()", "the list is empty: expected string literals, such as `\"all\"`")],
        );
        check(
            "#[resource(projection = true)]",
            &[("true", "`projection` takes no value: write `projection` alone")],
        );
        check(
            "#[resource(status = \"FooStatus\")]",
            &[(
                "\"FooStatus\"",
                "`status` takes no value (the status' type is that of the field `status`): write `status` alone",
            )],
        );
        check(
            "#[resource(subresources)]",
            &[("subresources", "expected a list: write `subresources(scale)`")],
        );
        check(
            "#[resource(subresources(\"scale\"))]",
            &[("\"scale\"", "expected a name without quotes, such as `scale`")],
        );
        check(
            "#[resource(crate = \"a b\")]",
            &[(
                "\"a b\"",
                "`a b` is not a path: expected the path of the crate `kubeclient`, such as `\"::kubeclient\"`",
            )],
        );
    }

    #[test]
    fn a_comma_alone_in_a_list_is_one_mistake() {
        check("#[resource(short_names(,))]", &[(",", "expected an entry before this `,`")]);
    }
}
