//! The mistakes found so far, each with the tokens that it stands on.
//!
//! Nothing stops at the first mistake: every stage pushes here and goes on, and the entry point turns
//! the whole list into `compile_error!` calls.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// A list of mistakes in the order in which they were found.
#[derive(Default)]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    /// Notes a mistake on `tokens`.
    pub(crate) fn push(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.0.push(syn::Error::new_spanned(tokens, message));
    }

    /// Notes a mistake on `span`, for the places that no token of the user's stands for.
    pub(crate) fn push_at(&mut self, span: Span, message: impl Display) {
        self.0.push(syn::Error::new(span, message));
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// One `compile_error!` for each mistake.
    pub(crate) fn to_compile_errors(&self) -> TokenStream {
        self.0.iter().map(syn::Error::to_compile_error).collect()
    }
}

#[cfg(test)]
impl Errors {
    /// Each mistake as `(the source text it stands on, the message)`.
    pub(crate) fn seen(&self) -> Vec<(String, String)> {
        self.0
            .iter()
            .map(|error| {
                let on = error.span().source_text().unwrap_or_default();
                (on, error.to_string())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Errors;

    #[test]
    fn every_mistake_becomes_a_compile_error_of_its_own() {
        let mut errors = Errors::default();
        assert!(errors.is_empty());
        errors.push_at(proc_macro2::Span::call_site(), "one");
        errors.push(quote::quote!(x), "two");
        assert!(!errors.is_empty());
        let written = errors.to_compile_errors().to_string();
        assert_eq!(written.matches("compile_error").count(), 2);
        assert!(written.contains("\"one\"") && written.contains("\"two\""));
    }
}
