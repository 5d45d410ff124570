// The README's programs use built-in kinds.
#![cfg_attr(all(feature = "clientset", feature = "protobuf"), doc = include_str!("../README.md"))]
#![cfg_attr(
    not(all(feature = "clientset", feature = "protobuf")),
    doc = "A blocking Kubernetes client for Rust, without an async runtime: see [`Api`] and [`RestClient`]."
)]

pub mod meta;
pub mod stop;
pub mod clock;
pub mod error;
pub mod config;
mod background;
mod host;
mod sync;
mod thread;
mod token_bucket;
mod yaml;
mod transport;
mod auth;
pub mod rest;
pub mod api;
pub mod discovery;
pub mod dynamic;
#[cfg(feature = "types")]
mod types;
#[cfg(feature = "types")]
pub mod clientset;
pub mod cache;
pub mod leaderelection;
pub mod events;
pub mod wait;
pub mod controller;
pub mod manifests;
#[cfg(all(feature = "signals", unix))]
pub mod signals;
#[cfg(test)]
mod fuzz;
#[cfg(all(test, feature = "derive"))]
mod testing;

#[doc(inline)]
pub use api::{
    Api, DeleteParams, DeleteResponse, FieldValidation, GetParams, ListAll, ListParams, LogLines,
    LogParams, LogSource, Patch, PatchParams, PostParams, PropagationPolicy, RawEvent, RawWatch,
    VersionMatch, Watch, WatchEvent, WatchParams, retry_on_conflict,
};
#[cfg(feature = "types")]
#[doc(inline)]
pub use clientset::Clientset;
#[doc(inline)]
pub use config::{Config, Impersonate, KubeconfigOptions};
#[doc(inline)]
pub use discovery::{DiscoveryClient, RestMapper};
#[doc(inline)]
pub use error::{Error, ErrorKind, Result};
/// The crate whose [`Method`](http::Method) stands in [`Request::new`].
pub use http;
#[cfg(feature = "derive")]
pub use kubeclient_derive::{Message, Resource};
#[doc(inline)]
pub use manifests::{Applier, Manifests};
#[doc(inline)]
pub use meta::api_resource::ApiResource;
#[doc(inline)]
pub use meta::dynamic::DynamicObject;
#[doc(inline)]
pub use meta::int_or_string::IntOrString;
#[doc(inline)]
pub use meta::list::ObjectList;
#[doc(inline)]
pub use meta::manifest::Manifest;
#[doc(inline)]
pub use meta::message::Message;
#[doc(inline)]
pub use meta::object_meta::{ObjectMeta, OwnerReference};
#[doc(inline)]
pub use meta::object_reference::{ObjectReference, ToReference};
#[doc(inline)]
pub use meta::partial::PartialObjectMetadata;
#[doc(inline)]
pub use meta::quantity::Quantity;
#[doc(inline)]
pub use meta::resource::{
    ClusterScoped, Complete, HasSubresource, Metadata, Namespaced, Object, Resource, Subresource,
    subresource,
};
#[doc(inline)]
pub use meta::scale::Scale;
#[doc(inline)]
pub use meta::selector::{FieldSelector, LabelSelector};
#[doc(inline)]
pub use meta::status::Status;
#[doc(inline)]
pub use meta::table::Table;
#[doc(inline)]
pub use meta::time::{MicroTime, Time};
#[doc(inline)]
pub use rest::{Attempt, Request, ResourcePath, Response, RestClient, Warning};
#[doc(inline)]
pub use stop::Stop;
/// The built-in types, a module for each group-version.
#[cfg(feature = "types")]
#[doc(inline)]
pub use types::*;

/// What the derive's generated code names.
#[doc(hidden)]
pub mod __private {
    pub use crate::meta::message::{
        Described, Descriptor, Field, Message, Shape, Shaped, Slot, Value, check_place,
        check_shape, field_as, no_such_field, protobuf_of,
    };
    pub use crate::meta::resource::{
        ClusterScoped, Complete, HasSubresource, Metadata, Namespaced, Object, Protobuf, Resource,
        Subresource, subresource,
    };
}
