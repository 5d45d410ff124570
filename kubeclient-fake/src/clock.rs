//! The server's time: the wall's, or one that a test moves.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// The time as the server sees it. Clones share it.
#[derive(Clone)]
pub(crate) struct Clock {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// `None` while the wall's clock runs.
    at: Option<Timestamp>,
    listeners: Vec<Arc<dyn Fn() + Send + Sync>>,
}

impl Clock {
    /// The wall's clock.
    pub(crate) fn wall() -> Self {
        Self { shared: Arc::new(Shared { state: Mutex::default() }) }
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        self.state().now()
    }

    /// Stands still from now on, `by` ahead of where it was; what waits looks again.
    pub(crate) fn advance(&self, by: Duration) {
        self.change(|state| {
            let now = state.now();
            state.at = Some(now.saturating_add(by).unwrap_or(Timestamp::MAX));
        });
    }

    /// Stands still at this time from now on; what waits looks again.
    #[cfg(test)]
    pub(crate) fn set(&self, to: Timestamp) {
        self.change(|state| state.at = Some(to));
    }

    /// Runs with the wall's clock again.
    pub(crate) fn run(&self) {
        self.change(|state| state.at = None);
    }

    /// Calls this whenever the clock was moved, for those who wait for other things besides.
    pub(crate) fn when_moved(&self, listener: impl Fn() + Send + Sync + 'static) {
        self.state().listeners.push(Arc::new(listener));
    }

    /// The time in so long; at most the end of time.
    pub(crate) fn after(&self, by: Duration) -> Timestamp {
        self.now().saturating_add(by).unwrap_or(Timestamp::MAX)
    }

    /// How long to wait in real time until the clock may show `until`: at most `at_most`, which is also
    /// the answer while the clock stands still before it.
    pub(crate) fn left(&self, until: Timestamp, at_most: Duration) -> Duration {
        self.state().left(until, at_most)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        let listeners = state.listeners.clone();
        drop(state);
        listeners.iter().for_each(|listener| listener());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn now(&self) -> Timestamp {
        self.at.unwrap_or_else(Timestamp::now)
    }

    fn left(&self, until: Timestamp, at_most: Duration) -> Duration {
        let left = Duration::try_from(until.duration_since(self.now())).unwrap_or(Duration::ZERO);
        if self.at.is_some() && !left.is_zero() { at_most } else { left.min(at_most) }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("at", &self.state().at).finish_non_exhaustive()
    }
}

/// Seconds and `Z`, as `metadata.creationTimestamp` has it.
pub(crate) fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn an_advanced_clock_stands_still() {
        let clock = Clock::wall();
        let before = clock.now();
        clock.advance(HOUR);
        let then = clock.now();
        assert!(then.duration_since(before) >= HOUR.try_into().unwrap());
        assert_eq!(clock.now(), then);
        clock.set("2030-01-02T03:04:05Z".parse().unwrap());
        assert_eq!(seconds(clock.now()), "2030-01-02T03:04:05Z");
        clock.run();
        assert!(clock.now() < then);
    }

    #[test]
    fn who_listens_hears_of_every_move() {
        let clock = Clock::wall();
        let heard = Arc::new(AtomicUsize::new(0));
        let hears = Arc::clone(&heard);
        clock.when_moved(move || {
            hears.fetch_add(1, Ordering::SeqCst);
        });
        clock.advance(HOUR);
        clock.run();
        assert_eq!(heard.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn what_waits_on_a_clock_that_stands_still_waits_as_long_as_it_may() {
        let clock = Clock::wall();
        clock.advance(Duration::ZERO);
        assert_eq!(clock.left(clock.after(HOUR), HOUR + HOUR), HOUR + HOUR);
        assert_eq!(clock.left(clock.now(), HOUR), Duration::ZERO);
        clock.run();
        assert!(clock.left(clock.after(HOUR), HOUR + HOUR) <= HOUR);
    }
}
