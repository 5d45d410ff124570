//! The shipped files of kubeclient, compiled over locks of the model checker loom.
//!
//! What is tested is not a copy: the modules below are the files of `kubeclient/src`, which take their locks
//! from `crate::sync`; here, that is loom's. `tests/queue.rs` says what is checked.

// What is private to kubeclient is so here, and not all of it is used.
#![allow(dead_code, unreachable_pub, missing_docs)]

mod sync;
#[path = "../../../kubeclient/src/stop.rs"]
pub mod stop;
#[path = "../../../kubeclient/src/clock.rs"]
pub mod clock;
pub mod cache;

pub use stop::Stop;
