#![doc = include_str!("../README.md")]

pub mod meta;
pub mod stop;
pub mod error;
pub mod config;
mod sync;
mod thread;
mod transport;
mod auth;
pub mod rest;
pub mod api;
pub mod discovery;

pub use api::{
    Api, DeleteParams, DeleteResponse, FieldValidation, GetParams, ListParams, Patch, PatchParams,
    PostParams, PropagationPolicy, VersionMatch, WatchEvent, WatchParams, retry_on_conflict,
};
pub use config::Config;
pub use discovery::{DiscoveryClient, RestMapper};
pub use error::{Error, ErrorKind, Result};
/// The crate whose [`Method`](http::Method) stands in [`Request::new`].
pub use http;
#[cfg(feature = "derive")]
pub use kubeclient_derive::Resource;
pub use meta::api_resource::ApiResource;
pub use meta::dynamic::DynamicObject;
pub use meta::manifest::Manifest;
pub use meta::object_meta::ObjectMeta;
pub use meta::partial::PartialObjectMetadata;
pub use meta::resource::{
    ClusterScoped, Complete, HasSubresource, Metadata, Namespaced, Object, Resource, subresource,
};
pub use meta::status::Status;
pub use rest::{Request, ResourcePath, RestClient};
pub use stop::Stop;

/// What the derive's generated code names.
#[doc(hidden)]
pub mod __private {
    pub use crate::meta::resource::{
        ClusterScoped, Complete, HasSubresource, Metadata, Namespaced, Object, Resource,
        Subresource, subresource,
    };
}
