//! The impls of a message, written out from a checked `Model`.
//!
//! Each field is looked for in the built-in type's table by a constant of its own, which stands where the
//! field does: there the compiler says what is wrong with it.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Path};

use super::model::{MessageField, Model, named_fields};
use crate::expand::in_constant;

/// The impls of every trait that a message has, and what the compiler is to check.
pub(super) fn expand(model: &Model) -> TokenStream {
    let parts = [table(model), checks(model), described(model), message(model), field(model)];
    in_constant(&model.crate_path, &parts.into_iter().collect())
}

/// The tables of the built-in type.
fn table(model: &Model) -> TokenStream {
    let of = &model.of;
    quote_spanned! {located_at(of.span())=>
        const __KUBECLIENT_OF: &'static __kubeclient_private::Descriptor =
            <#of as __kubeclient_private::Described>::DESCRIPTOR;
        const __KUBECLIENT_SHAPES: &'static [__kubeclient_private::Shape] =
            <#of as __kubeclient_private::Described>::SHAPES;
    }
}

/// The constants that hold the place of a field in the built-in type, and what it is there and here.
fn constants(number: usize) -> (Ident, Ident) {
    (format_ident!("__KUBECLIENT_FIELD_{number}"), format_ident!("__KUBECLIENT_SHAPE_{number}"))
}

fn checks(model: &Model) -> TokenStream {
    let of = bare(&model.of);
    let check = |(number, field): (usize, &MessageField)| {
        let (place, shape) = constants(number);
        let json = &field.json;
        let absent = match json.contains('_') {
            true => format!(
                "`{of}` has no field `{json}`: names in JSON are as \
                 `#[serde(rename_all = \"camelCase\")]` makes them"
            ),
            false => format!("`{of}` has no field `{json}`"),
        };
        let look = quote_spanned! {located_at(field.span)=>
            const #place: ::core::primitive::usize =
                __kubeclient_private::check_place(__KUBECLIENT_OF, #json, #absent);
        };
        let name = format!("`{json}` of `{of}`");
        let ty = without_self(field.ty.to_token_stream(), &model.ident);
        let compare = quote_spanned! {located_at(field.ty.span())=>
            const #shape: __kubeclient_private::Shape = __kubeclient_private::check_shape(
                &__KUBECLIENT_SHAPES[#place],
                <#ty as __kubeclient_private::Shaped>::SHAPE,
                #name,
            );
        };
        quote!(#look #compare)
    };
    model.fields.iter().enumerate().map(check).collect()
}

/// A type as it is called outside of the struct.
fn without_self(tokens: TokenStream, ident: &Ident) -> TokenStream {
    let outside = |tree| match tree {
        TokenTree::Ident(word) if word == "Self" => TokenTree::Ident(ident.clone()),
        TokenTree::Group(group) => {
            let inner = without_self(group.stream(), ident);
            TokenTree::Group(Group::new(group.delimiter(), inner))
        }
        tree => tree,
    };
    tokens.into_iter().map(outside).collect()
}

fn described(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let (places, shapes): (Vec<_>, Vec<_>) = (0..model.fields.len()).map(constants).unzip();
    quote! {
        const __KUBECLIENT_DESCRIPTOR: &'static __kubeclient_private::Descriptor =
            &__kubeclient_private::Descriptor {
                group_version: __KUBECLIENT_OF.group_version,
                name: __KUBECLIENT_OF.name,
                fields: &[#(__kubeclient_private::field_as(
                    __KUBECLIENT_OF.fields[#places],
                    &__KUBECLIENT_SHAPES[#places],
                    &#shapes,
                )),*],
                is_untagged: __KUBECLIENT_OF.is_untagged,
            };

        #[automatically_derived]
        impl __kubeclient_private::Described for #ident {
            const DESCRIPTOR: &'static __kubeclient_private::Descriptor = __KUBECLIENT_DESCRIPTOR;
            const SHAPES: &'static [__kubeclient_private::Shape] = &[#(#shapes),*];
        }

        #[automatically_derived]
        impl __kubeclient_private::Shaped for #ident {
            const SHAPE: __kubeclient_private::Shape = __kubeclient_private::Shape::Message(
                __KUBECLIENT_OF.group_version,
                __KUBECLIENT_OF.name,
            );
        }
    }
}

fn message(model: &Model) -> TokenStream {
    let arms = |borrow: &TokenStream, method: &str| -> TokenStream {
        let method = Ident::new(method, Span::call_site());
        let arm = |(number, MessageField { ident, ty, .. }): (usize, &MessageField)| {
            quote! {
                #number => <#ty as __kubeclient_private::Shaped>::#method(#borrow self.#ident),
            }
        };
        model.fields.iter().enumerate().map(arm).collect()
    };
    let read = arms(&quote!(&), "as_field");
    let fill = arms(&quote!(&mut), "as_field_mut");
    message_impl(&model.ident, &read, &fill)
}

fn message_impl(ident: &Ident, read: &TokenStream, fill: &TokenStream) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl __kubeclient_private::Message for #ident {
            fn descriptor(&self) -> &'static __kubeclient_private::Descriptor {
                __KUBECLIENT_DESCRIPTOR
            }

            fn field(&self, place: ::core::primitive::usize) -> &dyn __kubeclient_private::Field {
                match place {
                    #read
                    _ => __kubeclient_private::no_such_field(),
                }
            }

            fn field_mut(
                &mut self,
                place: ::core::primitive::usize,
            ) -> &mut dyn __kubeclient_private::Field {
                match place {
                    #fill
                    _ => __kubeclient_private::no_such_field(),
                }
            }
        }
    }
}

fn field(model: &Model) -> TokenStream {
    field_impl(&model.ident)
}

fn field_impl(ident: &Ident) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl __kubeclient_private::Field for #ident {
            fn get(&self) -> ::core::option::Option<__kubeclient_private::Value<'_>> {
                ::core::option::Option::Some(__kubeclient_private::Value::Message(self))
            }

            fn slot(&mut self) -> __kubeclient_private::Slot<'_> {
                __kubeclient_private::Slot::Message(self)
            }
        }
    }
}

/// Stand-in impls for a struct whose derive failed, so that one mistake gives exactly one message: of a
/// message that nobody knows, and that takes the place of any.
pub(super) fn fallback(input: &DeriveInput, crate_path: &Path) -> TokenStream {
    let ident = &input.ident;
    if named_fields(&input.data).is_none() || !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let mut impls = quote! {
        const __KUBECLIENT_DESCRIPTOR: &'static __kubeclient_private::Descriptor =
            &__kubeclient_private::Descriptor {
                group_version: "",
                name: "",
                fields: &[],
                is_untagged: false,
            };

        impl __kubeclient_private::Described for #ident {
            const DESCRIPTOR: &'static __kubeclient_private::Descriptor = __KUBECLIENT_DESCRIPTOR;
            const SHAPES: &'static [__kubeclient_private::Shape] = &[];
        }

        impl __kubeclient_private::Shaped for #ident {
            const SHAPE: __kubeclient_private::Shape = __kubeclient_private::Shape::Unknown;
        }
    };
    impls.extend(message_impl(ident, &TokenStream::new(), &TokenStream::new()));
    impls.extend(field_impl(ident));
    in_constant(crate_path, &impls)
}

/// Where a message is to point, with the meaning of generated code.
fn located_at(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// A path as one writes it.
fn bare(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::accepted;
    use super::{expand, fallback};
    use crate::testing::{bare, has};

    #[test]
    fn each_field_is_looked_for_and_compared() {
        let tokens = expand(&accepted(
            "#[message(of = \"::k::core_v1::PodSpec\", crate = \"k8s\")]
             struct Spec { #[serde(rename = \"nodeName\")] r#node: String, host_ip: Vec<Self> }",
        ));
        syn::parse2::<syn::File>(tokens.clone()).expect("items");
        let text = bare(&tokens.to_string());
        for part in [
            "use k8s::__private as __kubeclient_private;",
            "<::k::core_v1::PodSpec as __kubeclient_private::Described>::DESCRIPTOR;",
            "check_place(__KUBECLIENT_OF, \"nodeName\", \"`::k::core_v1::PodSpec` has no field `nodeName`\");",
            "check_shape(&__KUBECLIENT_SHAPES[__KUBECLIENT_FIELD_1], \
             <Vec<Spec> as __kubeclient_private::Shaped>::SHAPE, \
             \"`host_ip` of `::k::core_v1::PodSpec`\",);",
            "SHAPES: &'static [__kubeclient_private::Shape] = &[__KUBECLIENT_SHAPE_0, __KUBECLIENT_SHAPE_1];",
            "has no field `host_ip`: names in JSON are as",
            "field_as(__KUBECLIENT_OF.fields[__KUBECLIENT_FIELD_1], \
             &__KUBECLIENT_SHAPES[__KUBECLIENT_FIELD_1], &__KUBECLIENT_SHAPE_1,)",
            "0usize => <String as __kubeclient_private::Shaped>::as_field(&self.r#node),",
            "1usize => <Vec<Self> as __kubeclient_private::Shaped>::as_field_mut(&mut self.host_ip),",
        ] {
            has(&text, part);
        }
    }

    #[test]
    fn a_struct_that_failed_takes_the_place_of_any_message() {
        let input = syn::parse_str("struct Foo { a: A }").unwrap();
        let tokens = fallback(&input, &syn::parse_quote!(::kubeclient));
        syn::parse2::<syn::File>(tokens.clone()).expect("items");
        let text = bare(&tokens.to_string());
        has(
            &text,
            "const SHAPE: __kubeclient_private::Shape = __kubeclient_private::Shape::Unknown;",
        );
        for name in ["Described", "Shaped", "Message", "Field"] {
            let header = format!("impl __kubeclient_private::{name} for Foo {{");
            assert_eq!(text.matches(&bare(&header)).count(), 1, "{name}");
        }
    }
}
