//! `#[derive(Message)]` as its stages: read, check, write out, or report.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use self::attr::MessageArgs;
use self::expand::{expand, fallback};
use self::model::Model;
use crate::errors::Errors;
use crate::value::crate_path;

mod attr;
mod expand;
mod model;

/// The impls, or an error for each mistake and impls that stand in.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let args = MessageArgs::read(&input.attrs, &mut errors);
    if let Some(model) = Model::new(input, &args, &mut errors) {
        return expand(&model);
    }
    let mut tokens = errors.to_compile_errors();
    // Where the path to the crate is wrong, stand-ins would be wrong as well.
    if let Some(crate_path) = crate_path(&args.crate_path) {
        tokens.extend(fallback(input, &crate_path));
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::derive;

    /// How many errors and how many impls a source gives.
    #[track_caller]
    fn check(source: &str, errors: usize, impls: usize) {
        let text = derive(&syn::parse_str(source).unwrap()).to_string();
        assert_eq!(text.matches("compile_error").count(), errors, "for {source}: {text}");
        assert_eq!(text.matches("impl ").count(), impls, "for {source}: {text}");
    }

    #[test]
    fn a_mistake_gives_its_error_and_impls_that_stand_in() {
        check(r#"#[message(of = "a::B")] struct Foo { a: A }"#, 0, 4);
        check("struct Foo { a: A }", 1, 4);
        check(r#"#[message(of = "a::B")] struct Foo { #[serde(flatten)] a: A }"#, 1, 4);
    }

    #[test]
    fn what_no_stand_in_fits_gives_its_error_alone() {
        check(r#"#[message(of = "a::B")] enum Foo { A }"#, 1, 0);
        check(r#"#[message(of = "a::B")] struct Foo<T> { a: T }"#, 1, 0);
        check(r#"#[message(of = "a::B", crate = "a b")] struct Foo { a: A }"#, 1, 0);
    }
}
