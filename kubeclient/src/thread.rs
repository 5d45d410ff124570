//! The one place where threads start. Std only.
//!
//! Every thread has a name that says whose it is; whoever starts one owns it, stops it and joins it,
//! or says why it does not.

use std::io;
use std::thread::{Builder, JoinHandle};

/// Starts a thread named `kubeclient-{role}`.
pub(crate) fn spawn<T, F>(role: &str, run: F) -> io::Result<JoinHandle<T>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    Builder::new().name(format!("kubeclient-{role}")).spawn(run)
}
