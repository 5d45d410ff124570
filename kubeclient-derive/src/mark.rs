//! `#[resource(metadata)]` on a field: the one key that a field takes.

use proc_macro2::Ident;
use syn::Attribute;

use crate::attr::KEYS;
use crate::errors::Errors;
use crate::item::read_items;
use crate::suggest::nearest;
use crate::value::flag;

/// Whether a field is marked `#[resource(metadata)]`, and by which token.
pub(crate) fn read_field_mark(attributes: &[Attribute], errors: &mut Errors) -> Option<Ident> {
    let mut mark: Option<Ident> = None;
    for attribute in attributes.iter().filter(|a| a.path().is_ident("resource")) {
        let (items, _) = read_items(attribute, "#[resource(metadata)]", errors);
        for item in items {
            if item.name != "metadata" {
                let name = &item.name;
                let message = if KEYS.contains(&name.as_str()) {
                    format!("`{name}` belongs in the `#[resource(..)]` of the struct")
                } else if nearest(name, &["metadata"]).is_some() {
                    format!("unknown key `{name}`: did you mean `metadata`?")
                } else {
                    format!("unknown key `{name}`: a field takes only `metadata`")
                };
                errors.push(&item.key, message);
            } else if mark.is_some() {
                errors.push(&item.key, "`metadata` is given twice");
            } else {
                flag(&item, "", errors);
                // A mark with a value is a mistake already noted; it still says which field is meant.
                mark = Some(item.key);
            }
        }
    }
    mark
}

#[cfg(test)]
mod tests {
    use syn::DeriveInput;

    use super::read_field_mark;
    use crate::errors::Errors;

    #[track_caller]
    fn check_field(attributes: &str, marked: bool, expected: &[(&str, &str)]) {
        let source = format!("struct Foo {{ {attributes} meta: ObjectMeta }}");
        let input: DeriveInput = syn::parse_str(&source).unwrap();
        let syn::Data::Struct(data) = input.data else { panic!("a struct") };
        let mut errors = Errors::default();
        let mark = read_field_mark(&data.fields.iter().next().unwrap().attrs, &mut errors);
        assert_eq!(mark.is_some(), marked, "for {attributes}");
        let seen = errors.seen();
        let seen: Vec<(&str, &str)> =
            seen.iter().map(|(on, what)| (on.as_str(), what.as_str())).collect();
        assert_eq!(seen, expected, "for {attributes}");
    }

    #[test]
    fn a_field_takes_only_the_mark() {
        check_field("", false, &[]);
        check_field("#[serde(default)]", false, &[]);
        check_field("#[resource(metadata)]", true, &[]);
        check_field(
            "#[resource(metadata, metadata)]",
            true,
            &[("metadata", "`metadata` is given twice")],
        );
        check_field(
            "#[resource(metadata = \"x\")]",
            true,
            &[("\"x\"", "`metadata` takes no value: write `metadata` alone")],
        );
        check_field(
            "#[resource(metdata)]",
            false,
            &[("metdata", "unknown key `metdata`: did you mean `metadata`?")],
        );
        check_field(
            "#[resource(x)]",
            false,
            &[("x", "unknown key `x`: a field takes only `metadata`")],
        );
        check_field(
            "#[resource(status)]",
            false,
            &[("status", "`status` belongs in the `#[resource(..)]` of the struct")],
        );
        check_field("#[resource]", false, &[("resource", "expected `#[resource(metadata)]`")]);
    }
}
