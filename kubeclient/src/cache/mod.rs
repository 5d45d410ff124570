//! Caches of what the server has, kept up to date by threads: client-go's `tools/cache`.
//!
//! A [`Reflector`] keeps a [`Store`] as a collection of the server is; a [`SharedInformer`] tells handlers
//! of its changes besides, and an [`InformerFactory`] has one for each collection that a program looks at.
//! Readers have a [`Lister`] or [`Snapshot`]s. The objects are those of any [`Api`](crate::Api): of derived
//! structs, built-in types, [`DynamicObject`](crate::DynamicObject), or
//! [`PartialObjectMetadata`](crate::PartialObjectMetadata) where names and labels are enough.
//!
//! A cache holds what its type declares, and no more: a projection of ten fields costs the memory of ten
//! fields. Each cache has a connection to the server of its own, so share informers.
//!
//! [`queue`] is the work queue, by which handlers hand keys to workers.
//!
//! # From the server to a handler
//! `run`, the thread of a `reflector`, takes what a watch tells; `store` makes the next state of it (`state`,
//! `index`, `tree`, all pure) and shows it; `handlers` tells each `handler`'s queue (`pending`).

mod key;
mod event;
mod tree;
pub(crate) mod report;
mod index;
mod state;
mod snapshot;
mod health;
mod sync_error;
mod store;
mod transform;
mod builder;
mod sink;
mod run;
mod reflector;
mod pending;
mod handler;
mod handlers;
mod lister;
mod informer;
mod factory;
pub mod queue;
#[cfg(test)]
pub(crate) mod random;
#[cfg(all(test, feature = "derive"))]
mod tests;

pub use crate::meta::resource_version::compare_resource_versions;
pub use builder::CacheBuilder;
pub use event::{CacheEvent, Deleted};
pub use factory::InformerFactory;
pub use handler::{HandlerHealth, HandlerOptions, HandlerState};
pub use handlers::HandlerHandle;
pub use health::{Health, ReflectorState};
pub use informer::{InformerHealth, SharedInformer};
pub use key::ObjectKey;
pub use lister::Lister;
pub use reflector::Reflector;
pub use snapshot::Snapshot;
pub use store::Store;
pub use sync_error::SyncError;
pub use transform::strip_managed_fields;
