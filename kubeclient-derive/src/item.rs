//! The shape of what stands in `#[resource(..)]`: a list of `key`, `key = value` and `key(..)`.
//!
//! Split by hand on token trees rather than parsed as one list, so that a mistake in one entry takes
//! no other entry with it. What the keys mean is `attr`'s.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Attribute, Meta};

use crate::errors::Errors;

/// One entry of a `#[resource(..)]` list.
pub(crate) struct Item {
    /// The key, for its span.
    pub(crate) key: Ident,
    /// The key as text, without `r#`.
    pub(crate) name: String,
    /// What follows the key.
    pub(crate) form: Form,
}

/// What follows a key.
pub(crate) enum Form {
    /// Nothing: `projection`.
    Flag,
    /// `= value`: the value's tokens, or the `=` where there are none.
    Value(TokenStream),
    /// `(..)`.
    List(Group),
    /// Something else, such as `: value`.
    Odd(TokenStream),
}

impl Form {
    /// The tokens after the key, to stand a message on.
    pub(crate) fn tokens(&self) -> TokenStream {
        match self {
            Form::Flag => TokenStream::new(),
            Form::Value(tokens) | Form::Odd(tokens) => tokens.clone(),
            Form::List(group) => group.to_token_stream(),
        }
    }
}

/// Reads the entries of one attribute; `false` when something in it could not be read as an entry.
pub(crate) fn read_items(
    attribute: &Attribute,
    example: &str,
    errors: &mut Errors,
) -> (Vec<Item>, bool) {
    let tokens = match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        Meta::Path(_) | Meta::NameValue(_) => {
            errors.push(&attribute.meta, format!("expected `{example}`"));
            return (Vec::new(), false);
        }
    };
    let mut readable = true;
    let mut items = Vec::new();
    for chunk in split(tokens, errors) {
        match read_item(chunk) {
            Ok(item) => items.push(item),
            Err((tokens, message)) => {
                errors.push(tokens, message);
                readable = false;
            }
        }
    }
    (items, readable)
}

/// Splits at the commas that stand outside every bracket. A comma with nothing before it is a mistake.
pub(crate) fn split(tokens: TokenStream, errors: &mut Errors) -> Vec<Vec<TokenTree>> {
    let mut chunks = Vec::new();
    let mut chunk = Vec::new();
    for tree in tokens {
        match &tree {
            TokenTree::Punct(punct) if punct.as_char() == ',' => {
                if chunk.is_empty() {
                    errors.push(&tree, "expected an entry before this `,`");
                } else {
                    chunks.push(std::mem::take(&mut chunk));
                }
            }
            _ => chunk.push(tree),
        }
    }
    if !chunk.is_empty() {
        chunks.push(chunk);
    }
    chunks
}

fn read_item(chunk: Vec<TokenTree>) -> Result<Item, (TokenStream, String)> {
    let whole: TokenStream = chunk.iter().cloned().collect();
    let mut trees = open_group(chunk).into_iter();
    let Some(TokenTree::Ident(key)) = trees.next() else {
        return Err((whole, "expected a key, such as `version = \"v1\"`".to_owned()));
    };
    let name = key.unraw().to_string();
    let rest: Vec<TokenTree> = trees.collect();
    let all_of = |trees: &[TokenTree]| -> TokenStream { trees.iter().cloned().collect() };
    let form = match rest.as_slice() {
        [] => Form::Flag,
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            Form::List(group.clone())
        }
        [TokenTree::Punct(equals)] if equals.as_char() == '=' => Form::Value(quote!(#equals)),
        // Two entries with no comma between them would otherwise be one bad value and one missing key.
        [TokenTree::Punct(equals), TokenTree::Literal(_), next, ..] if equals.as_char() == '=' => {
            return Err((next.to_token_stream(), "expected `,` before this".to_owned()));
        }
        [next @ TokenTree::Ident(_), ..] => {
            return Err((next.to_token_stream(), "expected `,` before this".to_owned()));
        }
        [TokenTree::Group(group), next, ..] if group.delimiter() == Delimiter::Parenthesis => {
            return Err((next.to_token_stream(), "expected `,` before this".to_owned()));
        }
        [TokenTree::Punct(equals), value @ ..] if equals.as_char() == '=' => {
            Form::Value(all_of(value))
        }
        odd => Form::Odd(all_of(odd)),
    };
    Ok(Item { key, name, form })
}

/// An entry that a macro passed on as one fragment stands in an invisible group of its own.
fn open_group(chunk: Vec<TokenTree>) -> Vec<TokenTree> {
    match chunk.as_slice() {
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::None => {
            open_group(group.stream().into_iter().collect())
        }
        _ => chunk,
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
    use quote::quote;
    use syn::parse_quote;

    use super::{Form, read_items};
    use crate::errors::Errors;

    #[track_caller]
    fn shapes(attribute: &syn::Attribute) -> (Vec<String>, Vec<String>, bool) {
        let mut errors = Errors::default();
        let (items, readable) = read_items(attribute, "#[resource(..)]", &mut errors);
        let shapes = items
            .iter()
            .map(|item| match &item.form {
                Form::Flag => item.name.clone(),
                Form::Value(value) => format!("{}={value}", item.name),
                Form::List(list) => format!("{}({})", item.name, list.stream()),
                Form::Odd(odd) => format!("{}?{odd}", item.name),
            })
            .collect();
        let messages = errors.seen().into_iter().map(|(_, message)| message).collect();
        (shapes, messages, readable)
    }

    #[test]
    fn flags_values_and_lists_are_told_apart() {
        let (shapes, messages, readable) = shapes(
            &parse_quote!(#[resource(projection, group = "a", crate = "b", r#kind = "K", short_names("a", "b"),)]),
        );
        assert_eq!(
            shapes,
            [
                "projection",
                "group=\"a\"",
                "crate=\"b\"",
                "kind=\"K\"",
                "short_names(\"a\" , \"b\")"
            ]
        );
        assert!(messages.is_empty() && readable);
    }

    #[test]
    fn a_mistake_in_one_entry_takes_no_other_with_it() {
        let (shapes, messages, readable) =
            shapes(&parse_quote!(#[resource("x", group: "a", version =, , kind = "K")]));
        assert_eq!(shapes, ["group?: \"a\"", "version==", "kind=\"K\""]);
        assert_eq!(
            messages,
            ["expected an entry before this `,`", "expected a key, such as `version = \"v1\"`"]
        );
        assert!(!readable);
    }

    #[test]
    fn entries_without_a_comma_between_them_ask_for_it() {
        for attribute in [
            parse_quote!(#[resource(group = "a" version = "v1")]),
            parse_quote!(#[resource(projection status)]),
            parse_quote!(#[resource(short_names("a") status)]),
        ] {
            let (_, messages, readable) = shapes(&attribute);
            assert_eq!(messages, ["expected `,` before this"]);
            assert!(!readable);
        }
    }

    #[test]
    fn an_attribute_without_a_list_is_refused() {
        let (_, messages, readable) = shapes(&parse_quote!(#[resource]));
        assert_eq!(messages, ["expected `#[resource(..)]`"]);
        assert!(!readable);
        let (_, messages, _) = shapes(&parse_quote!(#[resource = "x"]));
        assert_eq!(messages, ["expected `#[resource(..)]`"]);
    }

    #[test]
    fn fragments_of_a_macro_are_read_through_their_invisible_group() {
        let hidden = |tokens: TokenStream| TokenTree::Group(Group::new(Delimiter::None, tokens));
        let literal = hidden(quote!("apps"));
        assert_eq!(crate::value::read_string(&quote!(#literal)).unwrap().value(), "apps");
        let entry = hidden(hidden(quote!(group = "apps")).into());
        let (shapes, messages, _) = shapes(&parse_quote!(#[resource(#entry, projection)]));
        assert_eq!(shapes, ["group=\"apps\"", "projection"]);
        assert!(messages.is_empty());
    }
}
