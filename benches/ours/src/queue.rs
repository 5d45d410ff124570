//! The workloads of a work queue. Its items are the keys of objects.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use kubeclient::Stop;
use kubeclient::cache::ObjectKey;
use kubeclient::cache::queue::WorkQueue;

use crate::Result;

/// How many items there are.
const KEYS: usize = 200_000;

/// Added by this thread, handled by others: all items, five times.
pub(crate) fn handled(workers: usize) -> Result<String> {
    let keys = keys(KEYS);
    let queue = WorkQueue::new();
    let (workers, rounds) = start(&queue, workers);
    for _ in 0..5 {
        keys.iter().for_each(|key| queue.add(key.clone()));
        rounds.recv()?;
    }
    queue.shut_down();
    workers.into_iter().for_each(|worker| drop(worker.join()));
    Ok(format!("{} items", 5 * KEYS))
}

/// A thousand items, each added a thousand times while it waits, then handled; four times.
pub(crate) fn deduplicated() -> Result<String> {
    let keys = keys(1_000);
    let queue = WorkQueue::new();
    let mut handled = 0;
    for _ in 0..4 {
        for _ in 0..1_000 {
            keys.iter().for_each(|key| queue.add(key.clone()));
        }
        while let Some(item) = queue.try_get() {
            item.done();
            handled += 1;
        }
    }
    Ok(format!("{handled} items"))
}

/// All items, each to be handled within half a second, by one worker.
pub(crate) fn delayed() -> Result<String> {
    let keys = keys(KEYS);
    let queue = WorkQueue::new();
    let (workers, rounds) = start(&queue, 1);
    for (number, key) in keys.into_iter().enumerate() {
        let delay = number as u64 * 7919 % 500;
        queue.add_after(key, Duration::from_millis(delay));
    }
    rounds.recv()?;
    queue.shut_down();
    workers.into_iter().for_each(|worker| drop(worker.join()));
    Ok(format!("{KEYS} items"))
}

fn keys(count: usize) -> Vec<ObjectKey> {
    (0..count).map(|number| ObjectKey::new("default", &format!("pod-{number:06}"))).collect()
}

/// Workers, and what they tell each time that all items have been handled.
fn start(queue: &WorkQueue<ObjectKey>, workers: usize) -> (Vec<JoinHandle<()>>, Receiver<()>) {
    let handled = Arc::new(AtomicUsize::new(0));
    let (sender, rounds) = channel();
    let work = |_| {
        let (queue, handled, sender) = (queue.clone(), Arc::clone(&handled), sender.clone());
        thread::spawn(move || {
            let stop = Stop::new();
            while let Some(item) = queue.get(&stop) {
                item.done();
                if (handled.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(KEYS) {
                    let _ = sender.send(());
                }
            }
        })
    };
    ((0..workers).map(work).collect(), rounds)
}
