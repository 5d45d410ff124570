//! The one place where threads start. Std only.
//!
//! Every thread has a name that says whose it is; whoever starts one owns it, stops it and joins it,
//! or says why it does not. What is model checked takes its threads from here, as it does its locks from
//! `sync`.

use std::io;
use std::thread::{Builder, Scope, ScopedJoinHandle};

pub(crate) use std::thread::{JoinHandle, ThreadId, current};

/// Starts a thread named `kubeclient-{role}`.
pub(crate) fn spawn<T, F>(role: &str, run: F) -> io::Result<JoinHandle<T>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    Builder::new().name(format!("kubeclient-{role}")).spawn(run)
}

/// Starts a thread named `kubeclient-{role}` that ends before its scope does.
pub(crate) fn spawn_scoped<'scope, T, F>(
    scope: &'scope Scope<'scope, '_>,
    role: &str,
    run: F,
) -> io::Result<ScopedJoinHandle<'scope, T>>
where
    T: Send + 'scope,
    F: FnOnce() -> T + Send + 'scope,
{
    Builder::new().name(format!("kubeclient-{role}")).spawn_scoped(scope, run)
}

/// How many threads of this process have a role that begins like this one: of their names the system keeps 15 bytes.
#[cfg(all(test, feature = "derive"))]
pub(crate) fn count(role: &str) -> usize {
    let name: String = format!("kubeclient-{role}").chars().take(15).collect();
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|own| own.trim_end() == name).count()
}
