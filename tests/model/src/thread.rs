//! What `kubeclient/src/thread.rs` offers, by loom.

use std::io;

pub(crate) use loom::thread::{JoinHandle, ThreadId, current};

pub(crate) fn spawn<T, F>(_: &str, run: F) -> io::Result<JoinHandle<T>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    Ok(loom::thread::spawn(run))
}
