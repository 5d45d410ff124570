//! A program that lets no lint pass.
#![deny(warnings, missing_docs, unused, nonstandard_style, future_incompatible, rust_2018_idioms)]
#![deny(let_underscore, keyword_idents, missing_debug_implementations, unreachable_pub)]
#![deny(
    single_use_lifetimes,
    unused_lifetimes,
    unused_qualifications,
    trivial_casts,
    unused_results
)]
#![deny(missing_copy_implementations, explicit_outlives_requirements, variant_size_differences)]
#![deny(non_local_definitions, private_interfaces, unused_import_braces, redundant_lifetimes)]
#![forbid(unsafe_code)]

use kubeclient::{Object, ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

/// "A kind" with `quotes`, \backslashes\ and {braces}.
#[derive(Resource, Serialize, Deserialize, Clone, Debug, Default)]
#[resource(group = "example.com", version = "v1", status, short_names("fo"))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Foo {
    /// The metadata.
    pub metadata: ObjectMeta,
    /// A field that another word of JSON stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub two_words: Option<String>,
}

/// A kind that borrows.
#[derive(Resource, Debug)]
#[resource(group = "example.com", version = "v1", scope = "Cluster", projection)]
pub struct Borrowed<'a> {
    /// The metadata.
    pub metadata: ObjectMeta,
    /// Borrowed.
    pub name: &'a str,
}

/// A kind that should no longer be used.
#[deprecated = "gone"]
#[derive(Resource, Debug)]
#[resource(group = "example.com", version = "v1")]
pub struct Old {
    /// The metadata, deprecated too.
    #[deprecated = "gone"]
    pub metadata: ObjectMeta,
}

fn main() {
    #[derive(Resource, Debug)]
    #[resource(group = "example.com", version = "v1")]
    struct Local {
        metadata: ObjectMeta,
    }

    let local = Local { metadata: ObjectMeta::default() };
    assert!(local.metadata().name.is_empty());
    let borrowed = Borrowed { metadata: local.metadata, name: "a" };
    assert_eq!(borrowed.name, "a");
    assert_eq!(Borrowed::<'_>::KIND, "Borrowed");
    assert!(Foo::default().two_words.is_none());
}
