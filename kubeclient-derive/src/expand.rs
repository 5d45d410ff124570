//! The impls, written out from a checked `Model`.
//!
//! They stand in an anonymous constant with one import, so that a wrong path to `kubeclient` is one
//! mistake and not one for each impl. Primitive types go by their full paths, for a user may have a
//! type of the same name.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;

use crate::model::Model;

/// The impls of every trait that the kind has.
pub(crate) fn expand(model: &Model) -> TokenStream {
    let impls = [object(model), resource(model), markers(model)];
    in_constant(&model.crate_path, &impls.into_iter().collect())
}

/// Puts `impls`, which name the traits as `__kubeclient_private::..`, where that name means them.
pub(crate) fn in_constant(crate_path: &Path, impls: &TokenStream) -> TokenStream {
    quote! {
        #[doc(hidden)]
        #[allow(deprecated, single_use_lifetimes, unused_qualifications, clippy::absolute_paths)]
        const _: () = {
            use #crate_path::__private as __kubeclient_private;
            #impls
        };
    }
}

fn object(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let field = &model.metadata.ident;
    let ty = &model.metadata.ty;
    let (impl_generics, type_generics, where_clause) = model.generics.split_for_impl();
    let protobuf = protobuf(model);
    let protobuf_fn = protobuf.as_ref().map(|_| {
        quote! {
            fn protobuf() -> ::core::option::Option<__kubeclient_private::Protobuf<Self>> {
                ::core::option::Option::Some(__KUBECLIENT_PROTOBUF)
            }
        }
    });
    quote! {
        #protobuf

        #[automatically_derived]
        impl #impl_generics __kubeclient_private::Object for #ident #type_generics #where_clause {
            type Metadata = #ty;

            fn metadata(&self) -> &Self::Metadata {
                &self.#field
            }

            fn metadata_mut(&mut self) -> &mut Self::Metadata {
                &mut self.#field
            }

            #protobuf_fn
        }
    }
}

/// The constant that the compiler makes only of a message of this very kind.
fn protobuf(model: &Model) -> Option<TokenStream> {
    let ident = &model.ident;
    let name = ident.unraw().to_string();
    let span = Span::call_site().located_at(model.protobuf.as_ref()?.span());
    let mut of = ident.clone();
    of.set_span(span);
    Some(quote_spanned! {span=>
        const __KUBECLIENT_PROTOBUF: __kubeclient_private::Protobuf<#ident> =
            __kubeclient_private::protobuf_of::<#of>(#name);
    })
}

fn resource(model: &Model) -> TokenStream {
    let Model { ident, group, version, kind, plural, singular, .. } = model;
    let (impl_generics, type_generics, where_clause) = model.generics.split_for_impl();
    let api_version = match group.as_str() {
        "" => version.clone(),
        group => format!("{group}/{version}"),
    };
    let is_namespaced = model.is_namespaced;
    let list = |name: TokenStream, values: &[String]| {
        (!values.is_empty()).then(
            || quote!(const #name: &'static [&'static ::core::primitive::str] = &[#(#values),*];),
        )
    };
    let short_names = list(quote!(SHORT_NAMES), &model.short_names);
    let categories = list(quote!(CATEGORIES), &model.categories);
    quote! {
        #[automatically_derived]
        impl #impl_generics __kubeclient_private::Resource for #ident #type_generics #where_clause {
            const GROUP: &'static ::core::primitive::str = #group;
            const VERSION: &'static ::core::primitive::str = #version;
            const API_VERSION: &'static ::core::primitive::str = #api_version;
            const KIND: &'static ::core::primitive::str = #kind;
            const PLURAL: &'static ::core::primitive::str = #plural;
            const SINGULAR: &'static ::core::primitive::str = #singular;
            #short_names
            #categories
            const NAMESPACED: ::core::primitive::bool = #is_namespaced;
        }
    }
}

/// Scope, completeness and subresources: traits without content.
fn markers(model: &Model) -> TokenStream {
    let scope = if model.is_namespaced { quote!(Namespaced) } else { quote!(ClusterScoped) };
    let complete = (!model.is_projection).then(|| quote!(Complete));
    let everywhere = [Some(scope), complete].into_iter().flatten();
    let plain = everywhere.map(|name| marker(model, &name, Span::call_site()));
    // On the name in the attribute, where the compiler points when it lists the subresources.
    let subresources = model.subresources.iter().map(|name| {
        let name_only = Ident::new(&name.to_string(), Span::call_site());
        let subresource = quote!(HasSubresource<__kubeclient_private::subresource::#name_only>);
        marker(model, &subresource, name.span())
    });
    plain.chain(subresources).collect()
}

/// An impl that a message finds at `span`, and that means what generated code means.
fn marker(model: &Model, name: &TokenStream, span: Span) -> TokenStream {
    let ident = &model.ident;
    let (impl_generics, type_generics, where_clause) = model.generics.split_for_impl();
    quote_spanned! {Span::call_site().located_at(span)=>
        #[automatically_derived]
        impl #impl_generics __kubeclient_private::#name for #ident #type_generics #where_clause {}
    }
}

#[cfg(test)]
mod tests {
    use super::expand;
    use crate::attr::ResourceArgs;
    use crate::errors::Errors;
    use crate::model::Model;
    use crate::testing::{bare, has};

    /// The expansion without blanks.
    fn expanded(source: &str) -> String {
        let input: syn::DeriveInput = syn::parse_str(source).unwrap();
        let mut errors = Errors::default();
        let args = ResourceArgs::read(&input.attrs, &mut errors);
        let model = Model::new(&input, &args, &mut errors).expect("a model");
        let tokens = expand(&model);
        syn::parse2::<syn::File>(tokens.clone()).expect("items");
        bare(&tokens.to_string())
    }

    #[test]
    fn every_fact_is_written_out() {
        let text = expanded(
            "#[resource(group = \"g.io\", version = \"v1beta1\", status, short_names(\"fo\", \"f\"), categories(\"all\"))]
             struct Foo { metadata: M }",
        );
        has(&text, "use ::kubeclient::__private as __kubeclient_private;");
        has(&text, "impl __kubeclient_private::Object for Foo { type Metadata = M;");
        has(&text, "fn metadata(&self) -> &Self::Metadata { &self.metadata }");
        has(&text, "fn metadata_mut(&mut self) -> &mut Self::Metadata { &mut self.metadata }");
        for fact in [
            "GROUP: &'static ::core::primitive::str = \"g.io\";",
            "VERSION: &'static ::core::primitive::str = \"v1beta1\";",
            "API_VERSION: &'static ::core::primitive::str = \"g.io/v1beta1\";",
            "KIND: &'static ::core::primitive::str = \"Foo\";",
            "PLURAL: &'static ::core::primitive::str = \"foos\";",
            "SINGULAR: &'static ::core::primitive::str = \"foo\";",
            "SHORT_NAMES: &'static [&'static ::core::primitive::str] = &[\"fo\", \"f\"];",
            "CATEGORIES: &'static [&'static ::core::primitive::str] = &[\"all\"];",
            "NAMESPACED: ::core::primitive::bool = true;",
        ] {
            has(&text, &format!("const {fact}"));
        }
        has(&text, "impl __kubeclient_private::Namespaced for Foo {}");
        has(&text, "impl __kubeclient_private::Complete for Foo {}");
        has(
            &text,
            "impl __kubeclient_private::HasSubresource<__kubeclient_private::subresource::Status> for Foo {}",
        );
        assert_eq!(text.matches("HasSubresource").count(), 1);
    }

    #[test]
    fn the_core_group_has_a_version_without_a_slash() {
        let text =
            expanded("#[resource(group = \"\", version = \"v1\")] struct Pod { metadata: M }");
        has(&text, "API_VERSION: &'static ::core::primitive::str = \"v1\";");
        assert!(!text.contains("SHORT_NAMES") && !text.contains("CATEGORIES"));
    }

    #[test]
    fn a_cluster_scoped_projection_has_no_other_marker() {
        let text = expanded(
            "#[resource(group = \"\", version = \"v1\", scope = \"Cluster\", projection)] struct Node { metadata: M }",
        );
        has(&text, "impl __kubeclient_private::ClusterScoped for Node {}");
        has(&text, "NAMESPACED: ::core::primitive::bool = false;");
        assert!(!text.contains("Namespacedfor") && !text.contains("Complete"));
    }

    #[test]
    fn generics_are_kept_on_every_impl() {
        let text = expanded(
            "#[resource(group = \"\", version = \"v1\", scope = \"Namespaced\")]
             struct Foo<'a, T: X = u8, const N: usize = 3> where T: Y<'a> { r#metadata: M<'a> }",
        );
        let header = "for Foo<'a, T, N> where T: Y<'a>";
        assert_eq!(text.matches(&bare(header)).count(), 4);
        assert_eq!(text.matches(&bare("impl<'a, T: X, const N: usize>")).count(), 4);
        has(&text, "type Metadata = M<'a>;");
        has(&text, "&self.r#metadata");
    }

    #[test]
    fn protobuf_is_written_where_it_was_asked_for() {
        let text = expanded(
            "#[resource(group = \"\", version = \"v1\", protobuf)] struct r#Pod { metadata: M }",
        );
        has(
            &text,
            "const __KUBECLIENT_PROTOBUF: __kubeclient_private::Protobuf<r#Pod> =
             __kubeclient_private::protobuf_of::<r#Pod>(\"Pod\");",
        );
        has(&text, "::core::option::Option::Some(__KUBECLIENT_PROTOBUF)");
        let text =
            expanded("#[resource(group = \"\", version = \"v1\")] struct Pod { metadata: M }");
        assert!(!text.contains("protobuf") && !text.contains("PROTOBUF"), "{text}");
    }

    #[test]
    fn the_path_to_the_crate_is_the_users() {
        let text = expanded(
            "#[resource(group = \"\", version = \"v1\", crate = \"crate::k8s\")] struct Foo { metadata: M }",
        );
        has(&text, "use crate::k8s::__private as __kubeclient_private;");
        assert!(!text.contains("::kubeclient::"));
    }
}
