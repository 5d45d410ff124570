//! [`TokenBucket`]: so many a second, after so many at once (client-go's flowcontrol). Std only.

use std::time::{Duration, Instant};

use crate::sync::{Mutex, lock};

/// A bucket that refills with time; whoever comes takes a token, or waits for the next.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    rate: f64,
    burst: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Below zero: tokens that those who wait have taken in advance.
    tokens: f64,
    /// The latest moment at which one was taken.
    at: Option<Instant>,
}

impl TokenBucket {
    /// A full bucket, with its tokens a second.
    pub(crate) fn new(rate: f64, burst: u32) -> Self {
        let burst = f64::from(burst);
        Self { rate, burst, state: Mutex::new(State { tokens: burst, at: None }) }
    }

    /// Takes a token; how long to wait before it counts.
    pub(crate) fn take(&self, now: Instant) -> Duration {
        let mut state = lock(&self.state);
        let passed = now.saturating_duration_since(state.at.unwrap_or(now));
        state.tokens = (state.tokens + passed.as_secs_f64() * self.rate).min(self.burst) - 1.0;
        // Two threads may come with their moments out of order.
        state.at = state.at.max(Some(now));
        match state.tokens < 0.0 {
            true => Duration::try_from_secs_f64(-state.tokens / self.rate).unwrap_or(Duration::MAX),
            false => Duration::ZERO,
        }
    }

    /// Gives back a token that was not used.
    pub(crate) fn give_back(&self) {
        lock(&self.state).tokens += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fidelity 11.
    #[test]
    fn after_the_burst_each_waits_its_turn() {
        let start = Instant::now();
        let bucket = TokenBucket::new(5.0, 10);
        for _ in 0..10 {
            assert_eq!(bucket.take(start), Duration::ZERO);
        }
        assert_eq!(bucket.take(start), Duration::from_millis(200));
        assert_eq!(bucket.take(start), Duration::from_millis(400));
        let later = start + Duration::from_secs(100);
        for _ in 0..10 {
            assert_eq!(bucket.take(later), Duration::ZERO);
        }
        assert_eq!(bucket.take(later), Duration::from_millis(200));
    }

    #[test]
    fn no_time_is_earned_twice() {
        let start = Instant::now();
        let (second, bucket) = (Duration::from_secs(1), TokenBucket::new(1.0, 1));
        assert_eq!(bucket.take(start + second), Duration::ZERO);
        assert_eq!(bucket.take(start), second);
        assert_eq!(bucket.take(start + second), 2 * second);
    }
}
