//! Work queues, after client-go's `util/workqueue`: what is to be done, each thing once.
//!
//! A [`WorkQueue`] holds items, mostly the keys of objects. An item that is added again while it waits is
//! still handled once; added while it is being handled, it is handled once more afterwards; and it is never
//! handled by two workers at once. Items can be added later, and failed ones at the pace of a
//! [`RateLimiter`].
//!
//! ```
//! use kubeclient::Stop;
//! use kubeclient::cache::queue::WorkQueue;
//!
//! let queue = WorkQueue::new();
//! for key in ["default/a", "default/b", "default/a"] {
//!     queue.add(key.to_owned());
//! }
//! queue.shut_down();
//!
//! let handle = |key: &str| if key == "default/b" { Err("not yet") } else { Ok(()) };
//! let mut handled = Vec::new();
//! // What workers do, each on its own thread, until the queue is shut down and empty.
//! while let Some(item) = queue.get(&Stop::new()) {
//!     match handle(&item) {
//!         Ok(()) => queue.forget(&item),
//!         Err(_) => queue.add_rate_limited(item.clone()),
//!     }
//!     handled.push(item.clone());
//!     // Dropped here, the item is done, also if the handler panics.
//! }
//! assert_eq!(handled, ["default/a", "default/b"]);
//! ```
//!
//! There is no thread behind a queue. Items that wait for their time are kept in order of it, and who waits
//! for an item waits until the first of them is due: a queue costs no more than what is in it, has nothing
//! to stop or join, and a moment is never missed, because every worker that leaves with an item wakes the
//! next one to look.

mod work_queue;
mod item;
mod state;
mod delayed;
mod limiter;
mod metrics;
#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

pub use item::Item;
pub use limiter::{
    Bucket, ItemExponentialFailure, ItemFastSlow, MaxOf, RateLimiter, WithMaxWait, default_limiter,
};
pub use metrics::{QueueMetrics, QueueStats};
pub use work_queue::{WorkQueue, WorkQueueBuilder};
