//! `#[message(..)]` on the struct: from tokens to values that keep their spans.

use syn::{Attribute, Path};

use crate::errors::Errors;
use crate::item::{Item, read_items};
use crate::suggest::{list, nearest};
use crate::value::{Arg, crate_path_of, path};

/// The keys that a struct takes, in the order in which the messages list them.
const KEYS: &[&str] = &["of", "crate"];

/// All that the struct's `#[message(..)]` attributes say.
#[derive(Default)]
pub(super) struct MessageArgs {
    /// The first of the attributes: where a missing key is reported.
    pub(super) attribute: Option<Attribute>,
    /// Whether some entry could not be read, so that what looks missing may be in it.
    pub(super) unreadable: bool,
    pub(super) of: Arg<Path>,
    pub(super) crate_path: Arg<Path>,
    seen: Vec<&'static str>,
}

impl MessageArgs {
    /// Reads the struct's attributes.
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut args = MessageArgs::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("message")) {
            let (items, readable) = read_items(attribute, "#[message(of = \"..\")]", errors);
            args.attribute.get_or_insert_with(|| attribute.clone());
            args.unreadable |= !readable;
            for item in items {
                args.take(&item, errors);
            }
        }
        args
    }

    fn take(&mut self, item: &Item, errors: &mut Errors) {
        let name = item.name.as_str();
        let Some(key) = KEYS.iter().find(|key| **key == name) else {
            self.unreadable = true;
            let message = match (name, nearest(name, KEYS)) {
                ("type" | "from" | "kind", _) => {
                    format!("unknown key `{name}`: did you mean `of`?")
                }
                (_, Some(meant)) => format!("unknown key `{name}`: did you mean `{meant}`?"),
                (_, None) => format!("unknown key `{name}`: expected {}", list(KEYS)),
            };
            return errors.push(&item.key, message);
        };
        if self.seen.contains(key) {
            return errors.push(&item.key, format!("`{key}` is given twice"));
        }
        self.seen.push(key);
        match *key {
            "of" => {
                let example = "kubeclient::core_v1::Pod";
                self.of = path(item, "the path of a built-in type", example, errors);
            }
            _ => self.crate_path = crate_path_of(item, errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::DeriveInput;

    use super::MessageArgs;
    use crate::errors::Errors;

    #[track_caller]
    fn check(attributes: &str, expected: &[(&str, &str)]) {
        let source = format!("{attributes} struct Foo {{ a: A }}");
        let input: DeriveInput = syn::parse_str(&source).unwrap();
        let mut errors = Errors::default();
        MessageArgs::read(&input.attrs, &mut errors);
        let seen = errors.seen();
        let seen: Vec<(&str, &str)> =
            seen.iter().map(|(on, what)| (on.as_str(), what.as_str())).collect();
        assert_eq!(seen, expected, "for {attributes}");
    }

    #[test]
    fn an_unknown_key_is_answered_with_what_was_meant() {
        check("#[message(of = \"a::B\", crate = \"c\")]", &[]);
        check("#[message(off = \"a\")]", &[("off", "unknown key `off`: did you mean `of`?")]);
        check("#[message(type = \"a\")]", &[("type", "unknown key `type`: did you mean `of`?")]);
        check("#[message(x = \"a\")]", &[("x", "unknown key `x`: expected `of` or `crate`")]);
        check("#[message(of = \"a\", of = \"b\")]", &[("of", "`of` is given twice")]);
    }

    #[test]
    fn the_type_is_a_path_in_a_string() {
        let written = "expected a string literal: write `of = \"kubeclient::core_v1::Pod\"`";
        check("#[message(of)]", &[("of", written)]);
        check("#[message(of = Pod)]", &[("Pod", written)]);
        check(
            "#[message(of = \"a b\")]",
            &[(
                "\"a b\"",
                "`a b` is not a path: expected the path of a built-in type, such as `\"kubeclient::core_v1::Pod\"`",
            )],
        );
    }
}
