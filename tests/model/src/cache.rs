//! As in kubeclient, but for what talks to a server; and [`World`], a cache that a test fills by hand.

#[path = "../../../kubeclient/src/cache/key.rs"]
mod key;
#[path = "../../../kubeclient/src/cache/event.rs"]
mod event;
#[path = "../../../kubeclient/src/cache/tree.rs"]
mod tree;
#[path = "../../../kubeclient/src/cache/report.rs"]
mod report;
#[path = "../../../kubeclient/src/cache/index.rs"]
mod index;
#[path = "../../../kubeclient/src/cache/state.rs"]
mod state;
#[path = "../../../kubeclient/src/cache/snapshot.rs"]
mod snapshot;
#[path = "../../../kubeclient/src/cache/health.rs"]
mod health;
#[path = "../../../kubeclient/src/cache/sync_error.rs"]
mod sync_error;
#[path = "../../../kubeclient/src/cache/store.rs"]
mod store;
#[path = "../../../kubeclient/src/cache/pending.rs"]
mod pending;
#[path = "../../../kubeclient/src/cache/sink.rs"]
mod sink;
#[path = "../../../kubeclient/src/cache/handler.rs"]
mod handler;
#[path = "../../../kubeclient/src/cache/handlers.rs"]
mod handlers;
#[path = "../../../kubeclient/src/cache/queue/mod.rs"]
pub mod queue;
mod world;
#[cfg(test)]
#[path = "../../../kubeclient/src/cache/random.rs"]
mod random;

pub use crate::meta::resource_version::compare_resource_versions;
pub use event::{CacheEvent, Deleted};
pub use handler::{HandlerHealth, HandlerOptions, HandlerState};
pub use handlers::HandlerHandle;
pub use health::{Health, ReflectorState};
pub use key::ObjectKey;
pub use snapshot::Snapshot;
pub use store::Store;
pub use sync_error::SyncError;
pub use world::World;
