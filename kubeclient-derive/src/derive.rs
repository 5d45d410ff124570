//! `#[derive(Resource)]` as its stages: read, check, write out, or report.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::attr::ResourceArgs;
use crate::errors::Errors;
use crate::expand::expand;
use crate::fallback::fallback;
use crate::model::Model;
use crate::value::crate_path;

/// The impls, or an error for each mistake and impls that stand in.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let args = ResourceArgs::read(&input.attrs, &mut errors);
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
        assert_eq!(text.matches("compile_error").count(), errors, "for {source}");
        assert_eq!(text.matches("impl ").count(), impls, "for {source}");
    }

    #[test]
    fn a_mistake_gives_its_error_and_impls_that_stand_in() {
        check(r#"#[resource(group = "", version = "v1")] struct Foo { metadata: M }"#, 0, 4);
        check(r#"#[resource(group = "", version = "1")] struct Foo { metadata: M }"#, 1, 7);
        check("struct Foo;", 2, 7);
        check("enum Foo {}", 2, 7);
    }

    #[test]
    fn a_wrong_path_to_the_crate_gives_its_error_alone() {
        let source =
            r#"#[resource(group = "", version = "v1", crate = "a b")] struct Foo { metadata: M }"#;
        check(source, 1, 0);
    }
}
