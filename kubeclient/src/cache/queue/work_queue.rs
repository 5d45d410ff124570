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
pub struct WorkQueue<T>(pub(super) Arc<Shared<T>>);

pub(super) struct Shared<T> {
    pub(super) state: Mutex<State<T>>,
    /// Notified for who waits for an item.
    changed: Condvar,
    /// Notified for who waits until nothing is left.
    idle: Condvar,
    pub(super) clock: Clock,
    limiter: Box<dyn RateLimiter<T>>,
    /// Where there are none, the clock is not asked for them.
    metrics: Option<Box<dyn QueueMetrics>>,
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
            metrics: None,
        }
    }

    /// Adds an item, unless it waits already. After a shutdown, it does nothing.
    pub fn add(&self, item: T) {
        self.change(|state| usize::from(state.add(item, self.0.measured())));
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
        if time.is_zero() {
            return self.add(item);
        }
        self.change(|state| {
            let now = self.0.clock.now();
            let due = now.checked_add(time).unwrap_or(now + NEVER);
            state.add_at(item, due);
            0
        });
    }

    /// Adds an item when the rate limiter says so: what a worker does with one that failed.
    pub fn add_rate_limited(&self, item: T) {
        let wait = self.0.limiter.when(&item, self.0.clock.now());
        self.0.report(|metrics| metrics.retried());
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
            let is_stopped = stop.is_stopped();
            let taken = if is_stopped { None } else { state.take(now) };
            if taken.is_some() || state.is_shut_down() || is_stopped {
                // Whoever leaves may have had the notice that another one needs.
                shared.wake_getter(&mut state);
                drop(state);
                let taken = taken.map(|(item, waited)| (self.hand_out(item), waited));
                shared.report_added(added);
                let (item, waited) = taken?;
                shared.report(|metrics| metrics.started(waited));
                return Some(item);
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
            state.getter_waits();
            state = shared.clock.wait(&shared.changed, state, due, stop.deadline());
            state.getter_looks();
        }
    }

    /// Takes the next item if there is one.
    pub fn try_get(&self) -> Option<Item<T>> {
        let mut state = lock(&self.0.state);
        let now = self.0.clock.now();
        let added = state.add_due(now);
        let taken = state.take(now);
        self.0.wake_getter(&mut state);
        drop(state);
        let taken = taken.map(|(item, waited)| (self.hand_out(item), waited));
        self.0.report_added(added);
        let (item, waited) = taken?;
        self.0.report(|metrics| metrics.started(waited));
        Some(item)
    }

    /// An item that was taken. Made before any foreign code runs: dropped, also by a panic, it is given back.
    fn hand_out(&self, item: T) -> Item<T> {
        Item { queue: self.clone(), item }
    }

    /// How many items a worker can take now.
    pub fn len(&self) -> usize {
        let mut ready = 0;
        self.change(|state| {
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
        self.change(|state| {
            stats = state.stats(self.0.clock.now());
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
        let mut worked = None;
        self.change(|state| {
            let started = state.finish(item);
            worked = started.zip(self.0.measured());
            0
        });
        if let Some((started, now)) = worked {
            self.0.report(|metrics| metrics.finished(now.saturating_duration_since(started)));
        }
    }

    /// One step under the lock; it says how many items it added.
    fn change(&self, step: impl FnOnce(&mut State<T>) -> usize) {
        let mut state = lock(&self.0.state);
        let mut added = 0;
        if state.next_due().is_some() {
            added += state.add_due(self.0.clock.now());
        }
        added += step(&mut state);
        self.0.wake_getter(&mut state);
        if state.is_shut_down() && state.is_idle() {
            self.0.idle.notify_all();
        }
        drop(state);
        self.0.report_added(added);
    }
}

impl<T: Clone + Eq + Hash> Shared<T> {
    /// Wakes one thread that waits for an item, if there is a reason to look. It wakes the next one.
    pub(super) fn wake_getter(&self, state: &mut State<T>) {
        if state.wakes_getter() {
            self.changed.notify_one();
        }
    }

    fn report_added(&self, added: usize) {
        self.report(|metrics| (0..added).for_each(|_| metrics.added()));
    }

    fn report(&self, tell: impl FnOnce(&dyn QueueMetrics)) {
        if let Some(metrics) = &self.metrics {
            tell(&**metrics);
        }
    }

    /// This moment, where the metrics want to know.
    fn measured(&self) -> Option<Instant> {
        self.metrics.is_some().then(|| self.clock.now())
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
    metrics: Option<Box<dyn QueueMetrics>>,
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
        Self { metrics: Some(Box::new(metrics)), ..self }
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
