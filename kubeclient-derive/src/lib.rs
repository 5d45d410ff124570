//! `#[derive(Resource)]` for kubeclient.

use proc_macro::TokenStream;
use syn::DeriveInput;

mod attr;
mod errors;
mod expand;
mod fallback;
mod fields;
mod item;
mod json;
mod model;
mod names;
mod suggest;

use crate::attr::ResourceArgs;
use crate::errors::Errors;
use crate::model::Model;

/// Attaches.
#[proc_macro_derive(Resource, attributes(resource))]
pub fn derive_resource(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    derive(&input).into()
}

/// The impls, or an error for each mistake and impls that stand in.
fn derive(input: &DeriveInput) -> proc_macro2::TokenStream {
    let mut errors = Errors::default();
    let args = ResourceArgs::read(&input.attrs, &mut errors);
    if let Some(model) = Model::new(input, &args, &mut errors) {
        return expand::expand(&model);
    }
    let mut tokens = errors.to_compile_errors();
    // Where the path to the crate is wrong, stand-ins would be wrong as well.
    if let Some(crate_path) = model::crate_path(&args) {
        tokens.extend(fallback::fallback(input, &crate_path));
    }
    tokens
}
