//! [`Handler`]: one function that is told of changes, its thread, and what it is still to be told.

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use super::event::{CacheEvent, Change};
use super::handlers::Handlers;
use super::key::ObjectKey;
use super::pending::Pending;
use super::report::{Reporter, guarded};
use crate::background::Background;
use crate::error::{Error, ErrorKind};
use crate::meta::resource::Object;
use crate::stop::Stop;
use crate::sync::{Condvar, Mutex, lock, wait_timeout};

/// How a handler is told of changes.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct HandlerOptions {
    /// After this time the handler is told of every object again, from the cache, as an
    /// [`Updated`](CacheEvent::Updated) whose states are the same; and again after the next.
    pub resync: Option<Duration>,
    /// How many events may be pending before those of one object are joined.
    pub raw: usize,
}

impl HandlerOptions {
    /// Tells of every object again each time that this has passed. It costs no request.
    #[must_use]
    pub fn resync(mut self, period: Duration) -> Self {
        self.resync = Some(period).filter(|period| !period.is_zero());
        self
    }

    /// Tells of each single change, as long as the handler is no further behind than so many events.
    ///
    /// Without it, a handler that is busy is told the last state of an object only. A handler that is
    /// further behind than this is, too ([`HandlerHealth::joined`] counts), so that it costs bounded memory
    /// and holds up nobody.
    #[must_use]
    pub fn raw(mut self, bound: usize) -> Self {
        self.raw = bound;
        self
    }
}

/// How a handler is, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandlerHealth {
    /// What its thread does.
    pub state: HandlerState,
    /// Whether it was removed, and its thread has not ended yet.
    pub is_removed: bool,
    /// How many events it was told.
    pub told: u64,
    /// How many it is still to be told.
    pub pending: usize,
    /// How many it was not and will not be told, since a later state of the object took their place.
    pub joined: u64,
    /// At how many it panicked.
    pub panics: u64,
    /// Whether it was told of all objects that were there when it came.
    pub is_synced: bool,
}

/// What a handler's thread does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandlerState {
    /// It waits for something to tell.
    Idle,
    /// The function is being told of a change of this object, since this moment. One that stays so is stuck.
    Busy(ObjectKey, Instant),
    /// It has ended: the handler was removed, or the informer was stopped.
    Ended,
}

/// A function that is told of changes.
pub(super) struct Handler<T> {
    queue: Mutex<Queue<T>>,
    changed: Condvar,
    thread: OnceLock<Background<()>>,
}

struct Queue<T> {
    pending: Pending<T>,
    in_hand: Option<InHand>,
    /// The number after the last of the objects that were there when the handler came.
    initial_end: Option<u64>,
    told: u64,
    panics: u64,
    is_closed: bool,
    /// Whether the thread waits for something to tell, and nobody has woken it: a wake costs more than
    /// all else that is done here.
    sleeps: bool,
    /// How many threads wait until the handler is synced.
    waiters: usize,
}

/// What the function is being told.
struct InHand {
    /// Which of the pending ones it was; `None` once it was told, and its panic is being reported.
    number: Option<u64>,
    key: ObjectKey,
    since: Instant,
}

enum Next<T> {
    Event(CacheEvent<T>),
    Resync,
    Closed,
}

impl<T: Object + Send + Sync + 'static> Handler<T> {
    pub(super) fn new(options: &HandlerOptions) -> Self {
        let queue = Queue {
            pending: Pending::new(options.raw),
            in_hand: None,
            initial_end: None,
            told: 0,
            panics: 0,
            is_closed: false,
            sleeps: false,
            waiters: 0,
        };
        Self { queue: Mutex::new(queue), changed: Condvar::new(), thread: OnceLock::new() }
    }

    /// Starts the thread that tells the function; what comes back with an error is to be dropped without a lock.
    pub(super) fn start(
        self: &Arc<Self>,
        role: &str,
        period: Option<Duration>,
        handlers: Weak<Handlers<T>>,
        reporter: Arc<Reporter>,
        function: impl FnMut(CacheEvent<T>) + Send + 'static,
    ) -> Result<(), (Error, impl Sized)> {
        let handler = Arc::clone(self);
        let run = move || handler.run(period, &handlers, &reporter, function);
        let thread = Background::spawn(role, run).map_err(|(error, run)| {
            let what = "a thread could not be started";
            (Error::new(ErrorKind::System, what).because(error), run)
        })?;
        // Before the handler is told anything, so that its function knows its thread.
        let _ = self.thread.set(thread);
        Ok(())
    }

    /// Adds what is to be told; whether with it the objects that were there are complete.
    pub(super) fn tell(&self, events: impl Iterator<Item = Change<T>>, completes: bool) {
        let mut queue = lock(&self.queue);
        if queue.is_closed {
            return;
        }
        events.for_each(|(key, event)| queue.pending.push(key, event));
        if completes && queue.initial_end.is_none() {
            queue.initial_end = Some(queue.pending.next_number());
        }
        let is_awaited = queue.sleeps || queue.waiters > 0;
        queue.sleeps = false;
        drop(queue);
        if is_awaited {
            self.changed.notify_all();
        }
    }

    /// Adds all objects once more, those of which nothing is pending.
    pub(super) fn tell_again<'a>(&self, objects: impl Iterator<Item = (&'a ObjectKey, &'a Arc<T>)>)
    where
        T: 'a,
    {
        let mut queue = lock(&self.queue);
        if queue.is_closed {
            return;
        }
        objects.for_each(|(key, object)| queue.pending.push_again(key, object));
    }

    pub(super) fn health(&self, is_removed: bool) -> HandlerHealth {
        let is_over = self.thread.get().is_some_and(Background::is_over);
        let queue = lock(&self.queue);
        let state = match &queue.in_hand {
            Some(InHand { key, since, .. }) => HandlerState::Busy(key.clone(), *since),
            None if is_over => HandlerState::Ended,
            None => HandlerState::Idle,
        };
        HandlerHealth {
            state,
            is_removed,
            told: queue.told,
            pending: queue.pending.len(),
            joined: queue.pending.joined(),
            panics: queue.panics,
            is_synced: queue.is_synced(),
        }
    }

    /// Waits until the function has been told of all that was there when it came; whether it has.
    pub(super) fn wait_synced(self: &Arc<Self>, stop: &Stop) -> bool {
        let handler = Arc::clone(self);
        let _hook = stop.on_stop(move || {
            // Under the lock, so that it does not come between a waiter's look and its wait.
            let _queue = lock(&handler.queue);
            handler.changed.notify_all();
        });
        let mut queue = lock(&self.queue);
        while !queue.is_synced() {
            if queue.is_closed || stop.is_stopped() {
                return false;
            }
            let left = stop.deadline().map_or(Duration::from_secs(3600), |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            queue.waiters += 1;
            queue = wait_timeout(&self.changed, queue, left);
            queue.waiters -= 1;
        }
        true
    }

    /// Tells no more, from the next event on.
    pub(super) fn close(&self) {
        lock(&self.queue).is_closed = true;
        self.changed.notify_all();
    }

    /// Whether this is the handler's thread.
    pub(super) fn is_own_thread(&self) -> bool {
        self.thread.get().is_some_and(Background::is_current)
    }

    /// Whether the thread is over.
    pub(super) fn is_over(&self) -> bool {
        self.thread.get().is_none_or(Background::is_over)
    }

    /// Waits until the thread is over, or the token is stopped; whether it is.
    pub(super) fn join(&self, stop: &Stop) -> bool {
        self.thread.get().is_none_or(|thread| thread.wait(stop))
    }

    /// Waits as a drop does.
    pub(super) fn leave(&self, of: &str, stop: &Stop) {
        if let Some(thread) = self.thread.get() {
            thread.leave(format_args!("{of}: {self}"), stop);
        }
    }

    fn run(
        &self,
        period: Option<Duration>,
        handlers: &Weak<Handlers<T>>,
        reporter: &Reporter,
        mut function: impl FnMut(CacheEvent<T>),
    ) {
        let due = || period.and_then(|period| Instant::now().checked_add(period));
        let mut resync = due();
        let mut has_resynced = false;
        loop {
            match self.next(resync, std::mem::take(&mut has_resynced)) {
                Next::Closed => {
                    if let Err(panic) = guarded(self, || drop(self.take_left())) {
                        reporter.report(&panic);
                    }
                    return;
                }
                Next::Resync => {
                    if let Some(handlers) = handlers.upgrade() {
                        handlers.resync(self);
                    }
                    (resync, has_resynced) = (due(), true);
                }
                Next::Event(event) => {
                    let outcome = guarded(self, || function(event));
                    self.done(outcome.is_err());
                    if let Err(panic) = outcome {
                        reporter.report(&panic);
                        lock(&self.queue).in_hand = None;
                    }
                }
            }
        }
    }

    /// Waits for the next thing to do.
    fn next(&self, resync: Option<Instant>, has_resynced: bool) -> Next<T> {
        let mut queue = lock(&self.queue);
        loop {
            if queue.is_closed {
                return Next::Closed;
            }
            let left = resync.map_or(Duration::from_secs(3600), |due| {
                due.saturating_duration_since(Instant::now())
            });
            // Also while events come without end; and however short the period, an event has its turn.
            if left.is_zero() && !(has_resynced && queue.pending.len() > 0) {
                return Next::Resync;
            }
            if let Some((number, key, event)) = queue.pending.pop() {
                queue.in_hand = Some(InHand { number: Some(number), key, since: Instant::now() });
                return Next::Event(event);
            }
            queue.sleeps = true;
            queue = wait_timeout(&self.changed, queue, left);
            queue.sleeps = false;
        }
    }

    /// Takes out what will not be told: to be dropped outside the lock.
    fn take_left(&self) -> impl Sized + use<T> {
        let mut queue = lock(&self.queue);
        if !queue.is_synced() {
            // It never will be.
            queue.initial_end = None;
        }
        queue.pending.take()
    }

    /// The function was told. One that panicked stays in hand until that is reported.
    fn done(&self, panicked: bool) {
        let mut queue = lock(&self.queue);
        match &mut queue.in_hand {
            Some(in_hand) if panicked => in_hand.number = None,
            in_hand => *in_hand = None,
        }
        queue.told += 1;
        queue.panics += u64::from(panicked);
        let is_awaited = queue.waiters > 0;
        drop(queue);
        if is_awaited {
            self.changed.notify_all();
        }
    }
}

/// With what it is being told.
impl<T> fmt::Display for Handler<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &lock(&self.queue).in_hand {
            Some(InHand { key, .. }) => write!(f, "a handler, told of {key},"),
            None => f.write_str("a handler"),
        }
    }
}

impl<T: Object> Queue<T> {
    fn is_synced(&self) -> bool {
        let in_hand = self.in_hand.as_ref().and_then(|in_hand| in_hand.number);
        let oldest = in_hand.or_else(|| self.pending.first_number());
        self.initial_end.is_some_and(|end| oldest.is_none_or(|oldest| oldest >= end))
    }
}
