#![doc = include_str!("../README.md")]

pub mod meta;
pub mod stop;
pub mod error;
pub mod config;
mod thread;
mod transport;
mod auth;
pub mod rest;

pub use error::{Error, ErrorKind, Result};
pub use meta::dynamic::DynamicObject;
pub use meta::object_meta::ObjectMeta;
pub use meta::resource::{
    ClusterScoped, Complete, HasSubresource, Metadata, Namespaced, Object, Resource,
};
pub use stop::Stop;
#[cfg(feature = "derive")]
pub use kubeclient_derive::Resource;

/// What the derive's generated code names.
#[doc(hidden)]
pub mod __private {
    pub use crate::meta::resource::{
        ClusterScoped, Complete, HasSubresource, Metadata, Namespaced, Object, Resource, Subresource,
        subresource,
    };
}
