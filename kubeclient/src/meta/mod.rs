//! The vocabulary of the Kubernetes API: names of kinds, metadata, statuses, selectors. No IO.
//!
//! Everything else in the crate stands on these types; they import nothing of ours outside `meta`.

pub mod gvk;
pub mod api_resource;
pub mod type_meta;
pub mod time;
pub mod map;
pub mod raw;
pub mod byte_string;
pub mod quantity;
pub mod int_or_string;
pub mod duration;
pub(crate) mod managed_fields;
pub(crate) mod budget;
pub(crate) mod counted;
pub mod message;
#[cfg(feature = "protobuf")]
pub(crate) mod protobuf;
pub mod object_meta;
pub mod resource;
pub mod list;
pub mod status;
pub(crate) mod resource_version;
pub(crate) mod names;
pub mod selector;
pub mod field_path;
pub mod dynamic;
pub mod partial;
pub mod object_reference;
pub mod table;
pub mod scale;
pub(crate) mod typed;
pub(crate) mod typed_list;
pub(crate) mod typed_write;
pub mod manifest;
#[cfg(feature = "k8s-openapi")]
pub mod k8s_openapi;
