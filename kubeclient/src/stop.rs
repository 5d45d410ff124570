//! [`Stop`]: one token for cancel and deadline. Everything that blocks takes one. Std only.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::sync::{Condvar, Mutex, lock, wait_timeout};

/// A token by which one thread ends the blocking calls of others.
///
/// Clones are the same token. A stopped token stays stopped. A call that was stopped fails with an
/// error for which [`is_stopped`](crate::Error::is_stopped) holds.
///
/// ```
/// use kubeclient::Stop;
/// use std::time::Duration;
///
/// let stop = Stop::new();
/// let waiter = { let stop = stop.clone(); std::thread::spawn(move || stop.wait()) };
/// stop.stop();
/// waiter.join().unwrap();
/// assert!(stop.is_stopped());
/// assert!(stop.wait_timeout(Duration::from_secs(60)), "does not wait: it is stopped");
/// ```
///
/// # Threads
/// A clone costs one reference count. No lock is held while a hook runs.
#[derive(Clone, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    stopped: Condvar,
    deadline: Option<Instant>,
    /// Keeps the hook in the parent that stops this token too.
    _parent: Mutex<Option<Hook>>,
}

#[derive(Default)]
struct State {
    stopped: bool,
    last_hook: u64,
    hooks: BTreeMap<u64, Box<dyn FnOnce() + Send>>,
}

impl Stop {
    /// A token that nobody has stopped yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token that counts as stopped from this moment on.
    pub fn at(deadline: Instant) -> Self {
        Self(Arc::new(Inner { deadline: Some(deadline), ..Inner::default() }))
    }

    /// A token that counts as stopped when this time has passed.
    pub fn after(time: Duration) -> Self {
        // A time beyond what the clock can count to never comes.
        Instant::now().checked_add(time).map_or_else(Self::new, Self::at)
    }

    /// A token that stops when this one does, and can be stopped without it.
    #[must_use]
    pub fn child(&self) -> Self {
        let child = match self.0.deadline {
            Some(deadline) => Self::at(deadline),
            None => Self::new(),
        };
        let weak = Arc::downgrade(&child.0);
        let hook = self.on_stop(move || {
            if let Some(child) = weak.upgrade() {
                Self(child).stop();
            }
        });
        *lock(&child.0._parent) = Some(hook);
        child
    }

    /// Ends every call that waits on this token, now and from now on.
    pub fn stop(&self) {
        let hooks = {
            let mut state = lock(&self.0.state);
            state.stopped = true;
            std::mem::take(&mut state.hooks)
        };
        self.0.stopped.notify_all();
        for hook in hooks.into_values() {
            hook();
        }
    }

    /// Whether the token was stopped or its deadline has passed.
    pub fn is_stopped(&self) -> bool {
        self.deadline_passed() || lock(&self.0.state).stopped
    }

    /// When the token stops by itself, if it does.
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline
    }

    /// Waits until the token is stopped.
    ///
    /// # Blocking
    /// Until [`Stop::stop`] or the deadline, else for ever.
    pub fn wait(&self) {
        while !self.wait_timeout(Duration::from_secs(3600)) {}
    }

    /// Waits until the token is stopped, at most so long; whether it is stopped.
    ///
    /// # Blocking
    /// At most `time`.
    pub fn wait_timeout(&self, time: Duration) -> bool {
        let own_end = Instant::now().checked_add(time);
        let end = match (own_end, self.0.deadline) {
            (Some(own), Some(deadline)) => Some(own.min(deadline)),
            (own, deadline) => own.or(deadline),
        };
        let mut state = lock(&self.0.state);
        while !state.stopped && !self.deadline_passed() {
            let left = match end {
                Some(end) => end.saturating_duration_since(Instant::now()),
                None => Duration::from_secs(3600),
            };
            if left.is_zero() {
                return false;
            }
            state = wait_timeout(&self.0.stopped, state, left);
        }
        true
    }

    /// Runs `hook` when the token is stopped: at once if it is, else on the thread that stops it, before
    /// [`Stop::stop`] returns. It should be short, and must not panic.
    ///
    /// Dropping what this returns takes the hook back. A deadline alone runs no hook: who waits for IO
    /// asks [`Stop::deadline`] and bounds the wait by it.
    pub fn on_stop(&self, hook: impl FnOnce() + Send + 'static) -> Hook {
        let mut state = lock(&self.0.state);
        if state.stopped {
            drop(state);
            hook();
            return Hook { stop: None, id: 0 };
        }
        state.last_hook += 1;
        let id = state.last_hook;
        state.hooks.insert(id, Box::new(hook));
        Hook { stop: Some(self.clone()), id }
    }

    /// Whether it is the deadline that ended what waits on the token.
    pub(crate) fn deadline_passed(&self) -> bool {
        self.0.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stop").field("stopped", &self.is_stopped()).finish_non_exhaustive()
    }
}

/// A hook in a [`Stop`]; dropping it takes the hook back.
#[must_use = "dropping it takes the hook back"]
pub struct Hook {
    stop: Option<Stop>,
    id: u64,
}

impl Drop for Hook {
    fn drop(&mut self) {
        if let Some(stop) = &self.stop {
            // Dropped outside the lock: what the hook holds may lock again.
            let hook = lock(&stop.0.state).hooks.remove(&self.id);
            drop(hook);
        }
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").finish_non_exhaustive()
    }
}

/// A token that stops when one of these does, or at the deadline; as long as the hooks are kept.
pub(crate) fn any_of(
    stops: impl IntoIterator<Item = Stop>,
    deadline: Option<Instant>,
) -> (Stop, Vec<Hook>) {
    let stops: Vec<_> = stops.into_iter().collect();
    let first = stops.iter().filter_map(Stop::deadline).chain(deadline).min();
    let any = first.map_or_else(Stop::new, Stop::at);
    let hook = |stop: &Stop| {
        let any = any.clone();
        stop.on_stop(move || any.stop())
    };
    let hooks = stops.iter().map(hook).collect();
    (any, hooks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn stopping_runs_each_hook_once_and_late_hooks_at_once() {
        let stop = Stop::new();
        let runs = Arc::new(AtomicUsize::new(0));
        let count = || {
            let runs = Arc::clone(&runs);
            move || {
                runs.fetch_add(1, Ordering::SeqCst);
            }
        };
        let _kept = stop.on_stop(count());
        drop(stop.on_stop(count()));
        stop.stop();
        stop.stop();
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        let _late = stop.on_stop(count());
        assert_eq!(runs.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_child_stops_with_its_parent_and_not_the_other_way() {
        let parent = Stop::new();
        let (first, second) = (parent.child(), parent.child());
        first.stop();
        assert!(!parent.is_stopped() && !second.is_stopped());
        parent.stop();
        assert!(second.is_stopped());
        assert!(parent.child().is_stopped());
    }

    #[test]
    fn a_dropped_child_leaves_no_hook_behind() {
        let parent = Stop::new();
        drop(parent.child());
        assert!(lock(&parent.0.state).hooks.is_empty());
    }

    #[test]
    fn a_deadline_counts_as_a_stop() {
        let stop = Stop::after(Duration::ZERO);
        assert!(stop.is_stopped());
        stop.wait();
        assert!(stop.child().is_stopped());
        assert!(!Stop::after(Duration::MAX).is_stopped());
    }
}
