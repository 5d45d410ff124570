//! Stand-in impls for a type whose derive failed, so that one mistake gives exactly one message.
//!
//! Without them every use of the type as a `Resource` would be an error as well. They claim
//! everything (both scopes, every subresource), since what is right is not known; nothing runs them.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Path, parse_quote};

use crate::expand::in_constant;

/// Impls of every trait, with a metadata type that no value has.
pub(crate) fn fallback(input: &DeriveInput, crate_path: &Path) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let mut any = input.generics.clone();
    any.params.push(parse_quote!(__KubeclientS: __kubeclient_private::Subresource));
    let (any_generics, _, _) = any.split_for_impl();
    let impls = quote! {
        pub enum __KubeclientMetadata {}

        impl __kubeclient_private::Metadata for __KubeclientMetadata {
            fn name(&self) -> &::core::primitive::str {
                match *self {}
            }

            fn resource_version(&self) -> &::core::primitive::str {
                match *self {}
            }
        }

        impl #impl_generics __kubeclient_private::Object for #ident #type_generics #where_clause {
            type Metadata = __KubeclientMetadata;

            fn metadata(&self) -> &Self::Metadata {
                loop {}
            }

            fn metadata_mut(&mut self) -> &mut Self::Metadata {
                loop {}
            }
        }

        impl #impl_generics __kubeclient_private::Resource for #ident #type_generics #where_clause {
            const GROUP: &'static ::core::primitive::str = "";
            const VERSION: &'static ::core::primitive::str = "";
            const API_VERSION: &'static ::core::primitive::str = "";
            const KIND: &'static ::core::primitive::str = "";
            const PLURAL: &'static ::core::primitive::str = "";
            const SINGULAR: &'static ::core::primitive::str = "";
            const NAMESPACED: ::core::primitive::bool = true;
        }

        impl #impl_generics __kubeclient_private::Namespaced for #ident #type_generics #where_clause {}

        impl #impl_generics __kubeclient_private::ClusterScoped for #ident #type_generics #where_clause {}

        impl #impl_generics __kubeclient_private::Complete for #ident #type_generics #where_clause {}

        impl #any_generics __kubeclient_private::HasSubresource<__KubeclientS> for #ident #type_generics
        #where_clause {}
    };
    in_constant(crate_path, &impls)
}

#[cfg(test)]
mod tests {
    use super::fallback;

    #[test]
    fn every_shape_of_type_gets_every_impl() {
        for source in [
            "struct Foo;",
            "struct Foo<'a, T: X = u8, const N: usize = 3>(&'a [T; N]) where T: Y;",
            "enum Foo { A }",
            "union Foo { a: u8 }",
        ] {
            let tokens =
                fallback(&syn::parse_str(source).unwrap(), &syn::parse_quote!(::kubeclient));
            syn::parse2::<syn::File>(tokens.clone()).expect("items");
            let text = tokens.to_string();
            for name in
                ["Object", "Resource", "Namespaced", "ClusterScoped", "Complete", "HasSubresource"]
            {
                assert_eq!(text.matches(&format!(":: {name} ")).count(), 1, "{name} for {source}");
            }
        }
    }
}
