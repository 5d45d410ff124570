//! The shipped files of kubeclient, compiled over locks and threads of the model checker loom.
//!
//! What is tested is not a copy: the modules below are the files of `kubeclient/src`, which take their locks
//! from `crate::sync` and their threads from `crate::thread`; here, those are loom's. What they have to do
//! with neither stands in `error` and `meta`, as far as they ask for it. `tests` says what is checked.

// What is private to kubeclient is so here, and not all of it is used.
#![allow(dead_code, unreachable_pub, missing_docs)]

#[path = "../../../kubeclient/src/background.rs"]
mod background;
#[path = "../../../kubeclient/src/clock.rs"]
pub mod clock;
#[path = "../../../kubeclient/src/stop.rs"]
pub mod stop;
mod sync;
mod thread;
#[path = "../../../kubeclient/src/token_bucket.rs"]
mod token_bucket;

pub mod cache;
pub mod error;
pub mod meta;

pub use error::{Error, ErrorKind};
pub use meta::resource::{Metadata, Object};
pub use stop::Stop;
