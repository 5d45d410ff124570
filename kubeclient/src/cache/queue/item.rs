//! [`Item`]: what a worker holds while it works.

use std::fmt;
use std::hash::Hash;
use std::ops::Deref;

use super::work_queue::WorkQueue;

/// An item that a worker took from a queue. Dropping it says that the worker is done with it.
///
/// No other worker has the same item meanwhile. A handler that panics drops it as well, so that a panic
/// never leaves an item behind that nobody can take.
#[must_use = "dropping it says that it is done"]
pub struct Item<T: Clone + Eq + Hash + Send + 'static> {
    pub(super) queue: WorkQueue<T>,
    pub(super) item: T,
}

impl<T: Clone + Eq + Hash + Send + 'static> Item<T> {
    /// Says that the worker is done with it, as dropping it does.
    pub fn done(self) {}
}

impl<T: Clone + Eq + Hash + Send + 'static> Deref for Item<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.item
    }
}

impl<T: Clone + Eq + Hash + Send + 'static> Drop for Item<T> {
    fn drop(&mut self) {
        self.queue.finish(&self.item);
    }
}

impl<T: Clone + Eq + Hash + Send + fmt::Debug + 'static> fmt::Debug for Item<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Item").field(&self.item).finish()
    }
}
