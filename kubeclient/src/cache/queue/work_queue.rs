//! [`WorkQueue`]: the lock, the clock and the threads around what `state` decides.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::item::Item;
use super::limiter::{RateLimiter, default_limiter};
use super::metrics::{QueueMetrics, QueueStats};
use super::state::State;
use crate::clock::{Clock, Waker};
use crate::stop::Stop;
use crate::sync::{Condvar, Mutex, lock};

/// A time that never comes, for delays that no clock can count to.
const NEVER: Duration = Duration::from_secs(100 * 365 * 86_400);

/// A queue of things to do, each of them there once.
///
/// The [module](super) says how workers use it.
///
/// # Threads
/// Clones are the same queue; any thread may call anything. No lock is held while the rate limiter or the
/// metrics run. The items' `Hash`, `Eq` and `Clone` run under the lock.
pub struct WorkQueue<T>(Arc<Shared<T>>);

struct Shared<T> {
    state: Mutex<State<T>>,
    /// Notified for who waits for an item.
    changed: Condvar,
    /// Notified for who waits until nothing is left.
    idle: Condvar,
    clock: Clock,
    limiter: Box<dyn RateLimiter<T>>,
    metrics: Box<dyn QueueMetrics>,
    _waker: Option<Waker>,
}

impl<T: Clone + Eq + Hash + Send + 'static> WorkQueue<T> {
    /// An empty queue with [`default_limiter`].
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// An empty queue that is set up first.
    pub fn builder() -> WorkQueueBuilder<T> {
        WorkQueueBuilder {
            clock: Clock::real(),
            limiter: Box::new(default_limiter()),
            metrics: Box::new(()),
        }
    }

    /// Adds an item, unless it waits already. After a shutdown, it does nothing.
    pub fn add(&self, item: T) {
        self.change(|state, now| usize::from(state.add(item, now)));
    }

    /// Adds an item after this time; of several such times for one item, the earliest counts.
    ///
    /// A shutdown drops the items that wait for their time.
    ///
    /// ```
    /// use kubeclient::Stop;
    /// use kubeclient::cache::queue::WorkQueue;
    /// use kubeclient::clock::ManualClock;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let queue = WorkQueue::builder().clock(&clock.clock()).build();
    /// queue.add_after("a", Duration::from_secs(60));
    /// queue.add_after("a", Duration::from_secs(5));
    /// clock.advance(Duration::from_secs(5));
    /// assert_eq!(*queue.get(&Stop::new()).unwrap(), "a");
    /// clock.advance(Duration::from_secs(60));
    /// assert!(queue.try_get().is_none());
    /// ```
    pub fn add_after(&self, item: T, time: Duration) {
        self.change(|state, now| {
            if time.is_zero() {
                return usize::from(state.add(item, now));
            }
            let due = now.checked_add(time).unwrap_or(now + NEVER);
            state.add_at(item, due);
            0
        });
    }

    /// Adds an item when the rate limiter says so: what a worker does with one that failed.
    pub fn add_rate_limited(&self, item: T) {
        let wait = self.0.limiter.when(&item, self.0.clock.now());
        self.0.metrics.retried();
        self.add_after(item, wait);
    }

    /// Tells the rate limiter that an item is no longer failing: what a worker does with one that went
    /// well, or that it gives up.
    pub fn forget(&self, item: &T) {
        self.0.limiter.forget(item);
    }

    /// How often the rate limiter was asked for the item since it was last forgotten.
    pub fn num_requeues(&self, item: &T) -> u32 {
        self.0.limiter.num_requeues(item)
    }

    /// Takes the next item; `None` when the queue is shut down and nothing waits in it, or when the token
    /// is stopped ([`WorkQueue::is_shut_down`] tells which).
    ///
    /// # Blocking
    /// Until there is an item, the token is stopped, its deadline has passed, or the queue is shut down.
    pub fn get(&self, stop: &Stop) -> Option<Item<T>> {
        let shared = &*self.0;
        let mut hook = None;
        let mut state = lock(&shared.state);
        loop {
            let now = shared.clock.now();
            let added = state.add_due(now);
            let taken = match stop.is_stopped() {
                true => None,
                false => state.take(now),
            };
            if taken.is_some() || state.is_shut_down() || stop.is_stopped() {
                // Whoever leaves may have had the notice that another one needs.
                shared.wake_getter(&state);
                drop(state);
                shared.report_added(added);
                let (item, waited) = taken?;
                shared.metrics.started(waited);
                return Some(Item { queue: self.clone(), item });
            }
            if added > 0 || hook.is_none() {
                // What runs foreign code, or takes the token's lock for long, runs without ours.
                drop(state);
                shared.report_added(added);
                hook.get_or_insert_with(|| {
                    let queue = self.clone();
                    stop.on_stop(move || queue.0.wake_all())
                });
                state = lock(&shared.state);
                continue;
            }
            let due = state.next_due();
            state.getters += 1;
            state = shared.clock.wait(&shared.changed, state, due, stop.deadline());
            state.getters -= 1;
        }
    }

    /// Takes the next item if there is one.
    pub fn try_get(&self) -> Option<Item<T>> {
        let mut state = lock(&self.0.state);
        let now = self.0.clock.now();
        let added = state.add_due(now);
        let taken = state.take(now);
        self.0.wake_getter(&state);
        drop(state);
        self.0.report_added(added);
        let (item, waited) = taken?;
        self.0.metrics.started(waited);
        Some(Item { queue: self.clone(), item })
    }

    /// How many items a worker can take now.
    pub fn len(&self) -> usize {
        let mut ready = 0;
        self.change(|state, _| {
            ready = state.ready();
            0
        });
        ready
    }

    /// Whether there is nothing that a worker can take now.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is in the queue.
    pub fn stats(&self) -> QueueStats {
        let mut stats = QueueStats::default();
        self.change(|state, now| {
            stats = state.stats(now);
            0
        });
        stats
    }

    /// Takes no more items in: those that wait are still handed out, then workers get `None`.
    ///
    /// An item that was added again while it is handled is still handled once more. Items that wait for
    /// their time are dropped.
    pub fn shut_down(&self) {
        lock(&self.0.state).shut_down();
        self.0.wake_all();
    }

    /// Shuts the queue down and waits until every item in it was handled; whether that was so before the
    /// token was stopped.
    ///
    /// # Blocking
    /// Until workers have taken and finished what is there, or the token is stopped: without workers, that
    /// is the only end.
    pub fn shut_down_with_drain(&self, stop: &Stop) -> bool {
        self.shut_down();
        let _hook = {
            let queue = self.clone();
            stop.on_stop(move || queue.0.wake_all())
        };
        let mut state = lock(&self.0.state);
        loop {
            if state.is_idle() {
                return true;
            }
            if stop.is_stopped() {
                return false;
            }
            state = self.0.clock.wait(&self.0.idle, state, None, stop.deadline());
        }
    }

    /// Whether the queue was shut down.
    pub fn is_shut_down(&self) -> bool {
        lock(&self.0.state).is_shut_down()
    }

    /// Takes an item back from its worker.
    pub(super) fn finish(&self, item: &T) {
        let mut worked = Duration::ZERO;
        self.change(|state, now| {
            worked = state.finish(item, now);
            0
        });
        self.0.metrics.finished(worked);
    }

    /// One step under the lock; it says how many items it added.
    fn change(&self, step: impl FnOnce(&mut State<T>, Instant) -> usize) {
        let mut state = lock(&self.0.state);
        let now = self.0.clock.now();
        let added = state.add_due(now) + step(&mut state, now);
        self.0.wake_getter(&state);
        if state.is_shut_down() && state.is_idle() {
            self.0.idle.notify_all();
        }
        drop(state);
        self.0.report_added(added);
    }
}

impl<T: Clone + Eq + Hash> Shared<T> {
    /// Wakes one thread that waits for an item, if there is a reason to look. It wakes the next one.
    fn wake_getter(&self, state: &State<T>) {
        if state.getters > 0 && state.needs_getter() {
            self.changed.notify_one();
        }
    }

    fn report_added(&self, added: usize) {
        for _ in 0..added {
            self.metrics.added();
        }
    }
}

impl<T> Shared<T> {
    fn wake_all(&self) {
        // Under the lock, so that nobody is between looking and waiting.
        drop(lock(&self.state));
        self.changed.notify_all();
        self.idle.notify_all();
    }
}

impl<T> Clone for WorkQueue<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Clone + Eq + Hash + Send + 'static> Default for WorkQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for WorkQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkQueue").field("clock", &self.0.clock).finish_non_exhaustive()
    }
}

/// How a [`WorkQueue`] is to be.
pub struct WorkQueueBuilder<T> {
    clock: Clock,
    limiter: Box<dyn RateLimiter<T>>,
    metrics: Box<dyn QueueMetrics>,
}

impl<T: Clone + Eq + Hash + Send + 'static> WorkQueueBuilder<T> {
    /// How fast failed items come back; [`default_limiter`] without it.
    #[must_use]
    pub fn rate_limiter(self, limiter: impl RateLimiter<T> + 'static) -> Self {
        Self { limiter: Box::new(limiter), ..self }
    }

    /// Who is told what happens.
    #[must_use]
    pub fn metrics(self, metrics: impl QueueMetrics + 'static) -> Self {
        Self { metrics: Box::new(metrics), ..self }
    }

    /// The clock by which items wait; the machine's without it.
    #[must_use]
    pub fn clock(self, clock: &Clock) -> Self {
        Self { clock: clock.clone(), ..self }
    }

    /// The queue.
    pub fn build(self) -> WorkQueue<T> {
        WorkQueue(Arc::new_cyclic(|shared: &std::sync::Weak<Shared<T>>| {
            let shared = shared.clone();
            let waker = self.clock.on_move(move || {
                if let Some(shared) = shared.upgrade() {
                    shared.wake_all();
                }
            });
            Shared {
                state: Mutex::new(State::new()),
                changed: Condvar::new(),
                idle: Condvar::new(),
                clock: self.clock,
                limiter: self.limiter,
                metrics: self.metrics,
                _waker: waker,
            }
        }))
    }
}

impl<T> fmt::Debug for WorkQueueBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkQueueBuilder").field("clock", &self.clock).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn stopped() -> Stop {
        Stop::after(Duration::ZERO)
    }

    /// Fidelity 82.
    #[test]
    fn what_is_added_thrice_is_handled_once_and_what_is_added_meanwhile_once_more() {
        let queue = WorkQueue::new();
        for item in ["a", "b", "a", "a"] {
            queue.add(item);
        }
        assert_eq!(queue.len(), 2);
        let a = queue.try_get().unwrap();
        assert_eq!(*a, "a");
        queue.add("a");
        queue.add("a");
        let b = queue.try_get().unwrap();
        assert_eq!(*b, "b");
        assert!(queue.try_get().is_none(), "a is with a worker");
        a.done();
        drop(b);
        assert_eq!(*queue.try_get().unwrap(), "a");
        assert!(queue.try_get().is_none());
        assert_eq!(queue.stats(), QueueStats::default());
    }

    #[test]
    fn a_handler_that_panics_is_done_with_its_item() {
        let queue = WorkQueue::new();
        queue.add(1);
        let worker = queue.clone();
        std::thread::spawn(move || {
            let _item = worker.try_get();
            panic!("a handler's mistake");
        })
        .join()
        .unwrap_err();
        queue.add(1);
        assert_eq!(*queue.try_get().unwrap(), 1);
    }

    /// Fidelity 82.
    #[test]
    fn a_shutdown_hands_out_what_is_there_and_a_drain_waits_until_it_is_done() {
        let queue = WorkQueue::new();
        queue.add(1);
        queue.add(2);
        queue.add_after(3, seconds(1));
        let first = queue.try_get().unwrap();
        queue.add(1);
        assert!(!queue.shut_down_with_drain(&stopped()), "two are left");
        queue.add(4);
        queue.add_after(4, seconds(1));
        let drain = {
            let queue = queue.clone();
            std::thread::spawn(move || queue.shut_down_with_drain(&Stop::new()))
        };
        first.done();
        let stop = Stop::new();
        let rest: Vec<i32> = std::iter::from_fn(|| queue.get(&stop).map(|item| *item)).collect();
        assert_eq!(rest, [2, 1]);
        assert!(drain.join().unwrap());
        assert!(queue.is_shut_down());
    }

    /// Fidelity 84.
    #[test]
    fn of_two_delays_the_earlier_counts() {
        let manual = ManualClock::new();
        let queue = WorkQueue::builder().clock(&manual.clock()).build();
        queue.add_after("late", Duration::MAX);
        queue.add_after("a", seconds(5));
        queue.add_after("a", seconds(60));
        queue.add_after("b", seconds(60));
        queue.add_after("b", seconds(5));
        assert_eq!(queue.stats().delayed, 3);
        manual.advance(seconds(4));
        assert!(queue.try_get().is_none());
        manual.advance(seconds(1));
        assert_eq!(*queue.try_get().unwrap(), "a");
        assert_eq!(*queue.try_get().unwrap(), "b");
        manual.advance(seconds(1000));
        assert!(queue.try_get().is_none());
    }

    /// Fidelity 83.
    #[test]
    fn failures_wait_longer_and_longer_until_they_are_forgotten() {
        let manual = ManualClock::new();
        let queue = WorkQueue::builder().clock(&manual.clock()).build();
        let milli = Duration::from_millis(1);
        for wait in [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5] {
            if queue.num_requeues(&"a") == 10 {
                queue.forget(&"a");
            }
            queue.add_rate_limited("a");
            manual.advance(milli * (wait - 1));
            assert!(queue.try_get().is_none(), "{wait}");
            manual.advance(milli);
            assert_eq!(*queue.try_get().unwrap(), "a");
        }
        assert_eq!(queue.num_requeues(&"a"), 1);
    }

    #[test]
    fn a_worker_that_waits_hears_items_delays_stops_deadlines_and_shutdowns() {
        let manual = ManualClock::new();
        let queue = WorkQueue::builder().clock(&manual.clock()).build();
        let get = |stop: &Stop| {
            let (queue, stop) = (queue.clone(), stop.clone());
            std::thread::spawn(move || queue.get(&stop).map(|item| *item))
        };
        let stop = Stop::new();
        let waiter = get(&stop);
        manual.wait_for_sleepers(1);
        queue.add(1);
        assert_eq!(waiter.join().unwrap(), Some(1));

        let waiter = get(&stop);
        manual.wait_for_sleepers(1);
        queue.add_after(2, seconds(9));
        queue.add_after(2, seconds(1));
        manual.advance(seconds(1));
        assert_eq!(waiter.join().unwrap(), Some(2));

        let waiter = get(&stop);
        manual.wait_for_sleepers(1);
        stop.stop();
        assert_eq!(waiter.join().unwrap(), None);
        assert_eq!(get(&Stop::after(Duration::from_millis(1))).join().unwrap(), None);
        assert!(!queue.is_shut_down());

        let waiter = get(&Stop::new());
        manual.wait_for_sleepers(1);
        queue.shut_down();
        assert_eq!(waiter.join().unwrap(), None);
    }

    #[test]
    fn metrics_hear_what_happens() {
        #[derive(Default)]
        struct Counts {
            added: AtomicUsize,
            retried: AtomicUsize,
            waited: AtomicUsize,
            worked: AtomicUsize,
        }
        impl QueueMetrics for Arc<Counts> {
            fn added(&self) {
                self.added.fetch_add(1, Ordering::SeqCst);
            }
            fn started(&self, waited: Duration) {
                self.waited.fetch_add(waited.as_secs() as usize, Ordering::SeqCst);
            }
            fn finished(&self, worked: Duration) {
                self.worked.fetch_add(worked.as_secs() as usize, Ordering::SeqCst);
            }
            fn retried(&self) {
                self.retried.fetch_add(1, Ordering::SeqCst);
            }
        }
        let manual = ManualClock::new();
        let counts = Arc::new(Counts::default());
        let queue =
            WorkQueue::builder().clock(&manual.clock()).metrics(Arc::clone(&counts)).build();
        queue.add(1);
        queue.add(1);
        manual.advance(seconds(2));
        let item = queue.try_get().unwrap();
        queue.add_rate_limited(1);
        manual.advance(seconds(3));
        assert_eq!(queue.len(), 0);
        let stats = queue.stats();
        assert_eq!((stats.depth, stats.in_work), (1, 1));
        assert_eq!((stats.unfinished, stats.longest_running), (seconds(3), seconds(3)));
        item.done();
        let read = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        assert_eq!((read(&counts.added), read(&counts.retried)), (2, 1));
        assert_eq!((read(&counts.waited), read(&counts.worked)), (2, 3));
    }

    /// By the machine's clock: the worker that was told of both leaves with the first.
    #[test]
    fn a_worker_that_leaves_tells_another_to_look_for_what_is_due_later() {
        let queue = WorkQueue::new();
        let workers = [(); 2].map(|()| {
            let queue = queue.clone();
            // They keep their items: to be done with one wakes others, too.
            std::thread::spawn(move || queue.get(&Stop::after(seconds(30))))
        });
        while lock(&queue.0.state).getters < 2 {
            std::thread::yield_now();
        }
        {
            // Both under one lock, so that one notice tells of both.
            let now = queue.0.clock.now();
            let mut state = lock(&queue.0.state);
            state.add_at(1, now + Duration::from_millis(10));
            state.add_at(2, now + Duration::from_millis(20));
            queue.0.wake_getter(&state);
        }
        let items = workers.map(|worker| worker.join().unwrap());
        let mut values = items.each_ref().map(|item| item.as_deref().copied());
        values.sort();
        assert_eq!(values, [Some(1), Some(2)]);
    }

    /// Workers on threads: each item is handled after each add, and by one worker at a time.
    #[test]
    fn no_add_is_lost_and_no_item_is_with_two_workers() {
        const ITEMS: usize = 8;
        let queue: WorkQueue<usize> = WorkQueue::new();
        let at_work: Vec<_> = (0..ITEMS).map(|_| AtomicUsize::new(0)).collect();
        let wanted: Vec<_> = (0..ITEMS).map(|_| AtomicUsize::new(0)).collect();
        let seen: Vec<_> = (0..ITEMS).map(|_| AtomicUsize::new(0)).collect();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while let Some(item) = queue.get(&Stop::new()) {
                        assert_eq!(at_work[*item].fetch_add(1, Ordering::SeqCst), 0);
                        seen[*item].store(wanted[*item].load(Ordering::SeqCst), Ordering::SeqCst);
                        at_work[*item].fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
            let adders: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        for round in 0..5_000 {
                            let item = round % ITEMS;
                            wanted[item].fetch_add(1, Ordering::SeqCst);
                            match round % 3 {
                                0 => queue.add_after(item, Duration::from_micros(1)),
                                _ => queue.add(item),
                            }
                        }
                        (0..ITEMS).for_each(|item| queue.add(item));
                    })
                })
                .collect();
            adders.into_iter().for_each(|adder| adder.join().unwrap());
            assert!(queue.shut_down_with_drain(&Stop::after(seconds(60))));
        });
        for item in 0..ITEMS {
            let value = |of: &[AtomicUsize]| of[item].load(Ordering::SeqCst);
            assert_eq!(value(&seen), value(&wanted), "{item}");
        }
    }
}
