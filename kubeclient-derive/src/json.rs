//! What serde calls the fields in JSON, read from the `#[serde(..)]` attributes that shape it.
//!
//! Lenient throughout: what serde's own derive would refuse is left for it to refuse, so that one
//! mistake gets one message. Which names are allowed is `fields`'.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Field, Lit, LitStr, Meta, Path, Token};

/// What the struct's `#[serde(..)]` attributes say about its fields.
#[derive(Default)]
pub(crate) struct Container {
    rename_all: Renamed<LitStr>,
    /// `from`, `try_from`, `into` or `remote`: the JSON is another type's, and nothing is known of it.
    pub(crate) is_opaque: bool,
    /// `transparent`, which leaves no object around the one field.
    pub(crate) transparent: Option<Path>,
    /// `tag`, which writes a key of its own.
    pub(crate) tag: Option<LitStr>,
}

/// A field's names in JSON.
pub(crate) struct Names {
    /// The name that is written; `None` when the field is not.
    pub(crate) written: Option<Name>,
    /// The names that are read, its aliases among them; empty when the field is not read.
    pub(crate) read: Vec<Name>,
    /// `flatten`, which leaves the field no name of its own.
    pub(crate) flatten: Option<Path>,
    /// `skip`, `skip_serializing` or `skip_deserializing`.
    pub(crate) skip: Option<Path>,
}

/// One name, and the tokens that gave it: a literal where there is one, or else the field's name.
#[derive(Clone)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) from: TokenStream,
}

/// A name given apart for writing and for reading.
struct Renamed<T> {
    serialize: Option<T>,
    deserialize: Option<T>,
}

impl<T> Default for Renamed<T> {
    fn default() -> Self {
        Renamed { serialize: None, deserialize: None }
    }
}

impl Container {
    /// Reads the struct's attributes.
    pub(crate) fn read(attributes: &[Attribute]) -> Self {
        let mut container = Container::default();
        for meta in serde_metas(attributes) {
            let Some(key) = key(&meta) else { continue };
            match key.as_str() {
                "rename_all" => container.rename_all.take(&meta),
                "from" | "try_from" | "into" | "remote" => container.is_opaque = true,
                "transparent" => container.transparent = Some(meta.path().clone()),
                "tag" => container.tag = string(&meta),
                _ => {}
            }
        }
        container
    }
}

impl Names {
    /// Reads a field's attributes; `None` for the fields of a tuple struct.
    pub(crate) fn read(field: &Field, container: &Container) -> Option<Self> {
        let ident = field.ident.as_ref()?;
        let own = ident.unraw().to_string();
        let mut rename = Renamed::default();
        let mut aliases = Vec::new();
        let (mut flatten, mut skip) = (None, None);
        let (mut is_written, mut is_read) = (true, true);
        for meta in serde_metas(&field.attrs) {
            let Some(key) = key(&meta) else { continue };
            match key.as_str() {
                "rename" => rename.take(&meta),
                "alias" => aliases.extend(string(&meta)),
                "flatten" => flatten = Some(meta.path().clone()),
                "skip" | "skip_serializing" | "skip_deserializing" => {
                    is_written &= key == "skip_deserializing";
                    is_read &= key == "skip_serializing";
                    skip = Some(meta.path().clone());
                }
                _ => {}
            }
        }
        let name = |renamed: Option<LitStr>, all: Option<&LitStr>| match renamed {
            Some(literal) => Name { text: literal.value(), from: literal.to_token_stream() },
            None => {
                let text = all.map_or_else(|| own.clone(), |rule| apply(&rule.value(), &own));
                Name { text, from: ident.to_token_stream() }
            }
        };
        let has_key = flatten.is_none();
        let written = name(rename.serialize, container.rename_all.serialize.as_ref());
        let mut read = vec![name(rename.deserialize, container.rename_all.deserialize.as_ref())];
        read.extend(
            aliases
                .into_iter()
                .map(|literal| Name { text: literal.value(), from: literal.to_token_stream() }),
        );
        Some(Names {
            written: (has_key && is_written).then_some(written),
            read: if has_key && is_read { read } else { Vec::new() },
            flatten,
            skip,
        })
    }
}

impl Renamed<LitStr> {
    /// Takes `x = ".."`, or `x(serialize = "..", deserialize = "..")`.
    fn take(&mut self, meta: &Meta) {
        if let Some(both) = string(meta) {
            self.serialize = Some(both.clone());
            self.deserialize = Some(both);
        }
        let Meta::List(inner) = meta else { return };
        for inner in list_of(inner) {
            match key(&inner).as_deref() {
                Some("serialize") => self.serialize = string(&inner),
                Some("deserialize") => self.deserialize = string(&inner),
                _ => {}
            }
        }
    }
}

fn serde_metas(attributes: &[Attribute]) -> Vec<Meta> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
        .filter_map(|attribute| attribute.meta.require_list().ok())
        .flat_map(list_of)
        .collect()
}

fn list_of(list: &syn::MetaList) -> Vec<Meta> {
    let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
    list.parse_args_with(parse).map(Vec::from_iter).unwrap_or_default()
}

fn key(meta: &Meta) -> Option<String> {
    meta.path().get_ident().map(ToString::to_string)
}

fn string(meta: &Meta) -> Option<LitStr> {
    let Meta::NameValue(pair) = meta else {
        return None;
    };
    let mut value = &pair.value;
    while let Expr::Group(group) = value {
        value = &group.expr;
    }
    match value {
        Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) => Some(text.clone()),
        _ => None,
    }
}

/// serde's `rename_all` rules as they act on a field; a rule that serde does not know changes nothing.
fn apply(rule: &str, field: &str) -> String {
    let pascal = || -> String {
        field
            .split('_')
            .flat_map(|word| {
                let mut letters = word.chars();
                let first = letters.next().map(|c| c.to_ascii_uppercase());
                first.into_iter().chain(letters)
            })
            .collect()
    };
    match rule {
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => field.to_ascii_uppercase(),
        "PascalCase" => pascal(),
        "camelCase" => {
            let pascal = pascal();
            let mut letters = pascal.chars();
            let first = letters.next().map(|c| c.to_ascii_lowercase());
            first.into_iter().chain(letters).collect()
        }
        "kebab-case" => field.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => field.to_ascii_uppercase().replace('_', "-"),
        _ => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use syn::{Data, DeriveInput};

    use super::{Container, Names, apply};

    /// `written|read,alias` of the one field of `struct Foo`.
    #[track_caller]
    fn check(container: &str, field: &str, expected: &str) {
        let input: DeriveInput =
            syn::parse_str(&format!("{container} struct Foo {{ {field} }}")).unwrap();
        let Data::Struct(data) = &input.data else { panic!("a struct") };
        let field = data.fields.iter().next().unwrap();
        let names = Names::read(field, &Container::read(&input.attrs)).unwrap();
        let written = names.written.map_or("-".to_owned(), |name| name.text);
        let read: Vec<String> = names.read.into_iter().map(|name| name.text).collect();
        assert_eq!(format!("{written}|{}", read.join(",")), expected);
    }

    #[test]
    fn a_field_is_called_what_serde_calls_it() {
        check("", "metadata: M", "metadata|metadata");
        check("", "r#type: M", "type|type");
        check("", "#[serde(rename = \"x\")] a: M", "x|x");
        check("", "#[serde(rename(serialize = \"x\"))] a: M", "x|a");
        check("", "#[serde(rename(deserialize = \"y\", serialize = \"x\"))] a: M", "x|y");
        check("", "#[serde(default, alias = \"b\", alias = \"c\")] a: M", "a|a,b,c");
        check(
            "",
            "#[serde(default = \"f\", with = \"m\", bound(serialize = \"T: X\"))] a: M",
            "a|a",
        );
        check("#[serde(rename_all = \"camelCase\")]", "api_version: M", "apiVersion|apiVersion");
        check("#[serde(rename_all = \"camelCase\")]", "#[serde(rename = \"x_y\")] a: M", "x_y|x_y");
        check("#[serde(rename_all(serialize = \"PascalCase\"))]", "a_b: M", "AB|a_b");
    }

    #[test]
    fn a_field_that_is_not_there_has_no_name() {
        check("", "#[serde(skip)] a: M", "-|");
        check("", "#[serde(skip_serializing)] a: M", "-|a");
        check("", "#[serde(skip_deserializing)] a: M", "a|");
        check("", "#[serde(skip_serializing_if = \"f\")] a: M", "a|a");
        check("", "#[serde(flatten)] a: M", "-|");
    }

    #[test]
    fn what_serde_would_refuse_changes_nothing() {
        check("#[serde]", "#[serde = \"x\"] a: M", "a|a");
        check("#[serde(rename_all = \"nonsense\")]", "#[serde(rename = 1, 2)] a: M", "a|a");
        check("", "#[serde(rename)] a: M", "a|a");
    }

    #[test]
    fn the_rules_are_serdes() {
        for (rule, expected) in [
            ("lowercase", "very_tasty"),
            ("UPPERCASE", "VERY_TASTY"),
            ("PascalCase", "VeryTasty"),
            ("camelCase", "veryTasty"),
            ("snake_case", "very_tasty"),
            ("SCREAMING_SNAKE_CASE", "VERY_TASTY"),
            ("kebab-case", "very-tasty"),
            ("SCREAMING-KEBAB-CASE", "VERY-TASTY"),
        ] {
            assert_eq!(apply(rule, "very_tasty"), expected, "for {rule}");
        }
    }

    #[test]
    fn what_shapes_the_whole_struct_is_seen() {
        let read = |attributes: &str| {
            let input: DeriveInput =
                syn::parse_str(&format!("{attributes} struct Foo {{ a: M }}")).unwrap();
            Container::read(&input.attrs)
        };
        assert!(read("#[serde(into = \"X\")]").is_opaque);
        assert!(read("#[serde(try_from = \"X\")]").is_opaque);
        assert!(!read("#[serde(default)]").is_opaque);
        assert!(read("#[serde(transparent)]").transparent.is_some());
        assert_eq!(read("#[serde(tag = \"kind\")]").tag.unwrap().value(), "kind");
    }
}
