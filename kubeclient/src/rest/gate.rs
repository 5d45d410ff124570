//! [`Gate`]: keeps the watches of one client from coming back all at once. Pure, but for a lock: time is given.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::sync::{Mutex, lock};

/// So many watches that fail within [`WINDOW`] are an outage of the server, not of theirs.
const MANY: usize = 3;
const WINDOW: Duration = Duration::from_secs(1);

/// Over so long they come back then.
const SPREAD: Duration = Duration::from_secs(5);

/// What the watches of a client have in common when they fail.
///
/// One that fails comes back at once, as far as the gate is asked. Where several fail together, each gets a
/// moment of its own within five seconds: the next multiple of the golden ratio, by which any number of them
/// lie evenly.
#[derive(Debug)]
pub(crate) struct Gate {
    watches: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The watches that failed last, and when.
    failed: VecDeque<(u64, Instant)>,
    /// The place of the last one that was spread, as a share of the whole time.
    place: f64,
}

impl Gate {
    /// A gate whose first place differs from program to program.
    pub(crate) fn by_chance() -> Self {
        // Each RandomState has keys of its own.
        Self::new(RandomState::new().hash_one(0u8) as f64 / u64::MAX as f64)
    }

    /// A gate whose places follow this share.
    fn new(place: f64) -> Self {
        let state = State { failed: VecDeque::new(), place };
        Self { watches: AtomicU64::new(0), state: Mutex::new(state) }
    }

    /// The number of a new watch.
    pub(crate) fn watch(&self) -> u64 {
        self.watches.fetch_add(1, Ordering::Relaxed)
    }

    /// How long a watch that fails now is to wait, besides what it waits by itself.
    pub(crate) fn after_failure(&self, watch: u64, now: Instant) -> Duration {
        let mut state = lock(&self.state);
        state.failed.retain(|(other, when)| {
            *other != watch && now.saturating_duration_since(*when) < WINDOW
        });
        state.failed.push_back((watch, now));
        if state.failed.len() < MANY {
            return Duration::ZERO;
        }
        // Only that they are many matters.
        while state.failed.len() > MANY {
            state.failed.pop_front();
        }
        const GOLDEN: f64 = 0.618_033_988_749_895;
        state.place = (state.place + GOLDEN).fract();
        SPREAD.mul_f64(state.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_come_back_at_once_and_so_does_one_that_fails_again_and_again() {
        let (gate, now) = (Gate::new(0.3), Instant::now());
        let (a, b, c) = (gate.watch(), gate.watch(), gate.watch());
        for watch in [a, b, a, b, b, a] {
            assert_eq!(gate.after_failure(watch, now), Duration::ZERO);
        }
        assert_eq!(gate.after_failure(c, now + WINDOW), Duration::ZERO, "much later");
        assert_eq!(gate.after_failure(a, now + WINDOW), Duration::ZERO);
        assert!(gate.after_failure(b, now + WINDOW) > Duration::ZERO);
    }

    #[test]
    fn of_many_at_most_a_quarter_comes_back_in_any_second() {
        for (count, begin) in [(20, 0.0), (200, 0.37), (1000, 0.99)] {
            let (gate, now) = (Gate::new(begin), Instant::now());
            let wait = |at: Duration| at + gate.after_failure(gate.watch(), now + at);
            // Within 0.8 s, as client-go's do.
            let failures = (0..count).map(|n| Duration::from_secs_f64(0.8) * n / count);
            let mut back: Vec<Duration> = failures.map(wait).collect();
            back.sort();
            for (n, first) in back.iter().enumerate() {
                let second = back[n..].iter().take_while(|it| **it < *first + WINDOW).count();
                assert!(second * 4 <= back.len(), "{second} of {count} after {first:?}");
            }
            assert!(back.last().unwrap() <= &(SPREAD + WINDOW));
        }
    }
}
