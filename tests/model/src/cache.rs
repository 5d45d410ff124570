//! As in kubeclient.

#[path = "../../../kubeclient/src/cache/queue/mod.rs"]
pub mod queue;
