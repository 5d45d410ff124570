//! [`Queue`]: what a recorder's callers and its thread share. The lock, no IO.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::event::Event;
use super::stats::EventStats;
use crate::clock::{Clock, Waker};
use crate::error::Error;
use crate::stop::Stop;
use crate::sync::{Condvar, Mutex, lock, wait_timeout};

/// client-go's figure.
pub(super) const MOST_WAITING: usize = 1000;

/// A wait that is looked at again when it ends.
const LONG: Duration = Duration::from_secs(3600);

/// What waits for a recorder's thread, and what became of the rest.
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    clock: Clock,
    _waker: Option<Waker>,
}

#[derive(Default)]
struct State {
    entries: VecDeque<Entry>,
    /// The thread does something.
    is_busy: bool,
    is_closed: bool,
    /// The thread has ended.
    is_over: bool,
    /// Dropped since this was last told.
    dropped: u64,
    stats: EventStats,
}

/// Something for the thread to do.
pub(super) enum Entry {
    Event(Box<Event>),
    /// What a caller got wrong.
    Mistake(Error),
}

/// What the thread does next.
pub(super) enum Next {
    Entry(Entry),
    /// So many events were dropped.
    Dropped(u64),
    /// The moment that it waited for has come.
    Due,
    /// No more comes.
    Over,
}

impl Queue {
    pub(super) fn new(clock: &Clock) -> Arc<Self> {
        Arc::new_cyclic(|queue: &Weak<Self>| {
            let queue = Weak::clone(queue);
            let waker = clock.on_move(move || {
                if let Some(queue) = queue.upgrade() {
                    queue.wake_all();
                }
            });
            let (state, changed) = (Mutex::default(), Condvar::new());
            Self { state, changed, clock: clock.clone(), _waker: waker }
        })
    }

    /// Adds something, where there is room. It never blocks for longer than the lock is held.
    pub(super) fn push(&self, entry: Entry) {
        let mut state = lock(&self.state);
        if matches!(entry, Entry::Mistake(_)) {
            state.stats.invalid += 1;
        }
        if state.is_closed || state.entries.len() >= MOST_WAITING {
            if matches!(entry, Entry::Event(_)) {
                state.stats.dropped += 1;
                state.dropped += 1;
            }
        } else {
            state.entries.push_back(entry);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// What to do next.
    ///
    /// # Blocking
    /// Until there is something, this moment has come, or the queue is closed.
    pub(super) fn next(&self, due: Option<Instant>) -> Next {
        let mut state = lock(&self.state);
        loop {
            state.is_busy = true;
            if let Some(entry) = state.entries.pop_front() {
                return Next::Entry(entry);
            }
            if state.dropped > 0 {
                return Next::Dropped(std::mem::take(&mut state.dropped));
            }
            if state.is_closed {
                return Next::Over;
            }
            if due.is_some_and(|due| due <= self.clock.now()) {
                return Next::Due;
            }
            state.is_busy = false;
            self.changed.notify_all();
            state = self.clock.wait(&self.changed, state, due, None);
        }
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut EventStats)) {
        change(&mut lock(&self.state).stats);
    }

    pub(super) fn stats(&self) -> EventStats {
        let state = lock(&self.state);
        EventStats { waiting: state.entries.len(), ..state.stats }
    }

    /// Takes in no more.
    pub(super) fn close(&self) {
        lock(&self.state).is_closed = true;
        self.changed.notify_all();
    }

    /// Drops what waits.
    pub(super) fn clear(&self) {
        let mut state = lock(&self.state);
        let left = state.entries.drain(..).filter(|entry| matches!(entry, Entry::Event(_))).count();
        state.stats.dropped += left as u64;
        state.dropped += left as u64;
    }

    /// The thread has ended.
    pub(super) fn over(&self) {
        let mut state = lock(&self.state);
        state.is_busy = false;
        state.is_over = true;
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until nothing is left to do, or the token is stopped; whether nothing is left.
    pub(super) fn wait_idle(self: &Arc<Self>, stop: &Stop) -> bool {
        self.wait(stop, |state| {
            let is_idle = !state.is_busy && state.entries.is_empty() && state.dropped == 0;
            // Then nobody is left to do it.
            is_idle || state.is_over
        })
    }

    fn wait(self: &Arc<Self>, stop: &Stop, holds: impl Fn(&State) -> bool) -> bool {
        let _hook = {
            let queue = Arc::clone(self);
            stop.on_stop(move || queue.wake_all())
        };
        let mut state = lock(&self.state);
        loop {
            if holds(&state) {
                return true;
            }
            if stop.is_stopped() {
                return false;
            }
            let left = stop.deadline().map(|end| end.saturating_duration_since(Instant::now()));
            state = wait_timeout(&self.changed, state, left.unwrap_or(LONG).min(LONG));
        }
    }

    fn wake_all(&self) {
        // Under the lock, so that nobody is between looking and waiting.
        drop(lock(&self.state));
        self.changed.notify_all();
    }
}
