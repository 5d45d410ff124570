//! [`Backoff`]: how long to wait after a failure. Pure: time and chance are given.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

/// client-go's figures for lists and watches.
const FIRST: Duration = Duration::from_millis(800);
const LONGEST: Duration = Duration::from_secs(30);
const HEALTHY: Duration = Duration::from_secs(120);

/// Waits that double from 0.8 s to 30 s, each up to twice as long by chance, and begin anew after two
/// minutes without a failure.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    last: Option<Instant>,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { next: FIRST, last: None }
    }

    /// The wait after a failure at this moment; `chance` is from 0 to 1.
    pub(crate) fn after_failure(&mut self, now: Instant, chance: f64) -> Duration {
        if self.last.is_some_and(|last| now.saturating_duration_since(last) >= HEALTHY) {
            self.next = FIRST;
        }
        let wait = self.next.mul_f64(1.0 + chance.clamp(0.0, 1.0));
        self.next = (self.next * 2).min(LONGEST);
        // Health is counted from the end of the wait.
        self.last = Some(now + wait);
        wait
    }
}

/// A number from 0 to 1 that differs from call to call. Not for secrets.
pub(crate) fn chance() -> f64 {
    // Each RandomState has keys of its own.
    let bits = RandomState::new().hash_one(0u8) >> 11;
    bits as f64 / (1u64 << 53) as f64
}

/// A time, longer by up to this share of itself.
pub(crate) fn jittered(time: Duration, share: f64) -> Duration {
    time.mul_f64(1.0 + share * chance())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fidelity 65.
    #[test]
    fn waits_double_and_begin_anew_after_two_healthy_minutes() {
        let mut now = Instant::now();
        let mut backoff = Backoff::new();
        for seconds in [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0] {
            let least = Duration::from_secs_f64(seconds);
            let wait = backoff.after_failure(now, 0.0);
            assert_eq!(wait, least);
            now += wait;
        }
        assert_eq!(backoff.after_failure(now, 1.0), Duration::from_secs(60));
        now += Duration::from_secs(60) + HEALTHY;
        assert_eq!(backoff.after_failure(now, 0.5), Duration::from_millis(1200));
    }

    /// Fidelity 64.
    #[test]
    fn chance_is_a_share_and_not_constant() {
        let drawn: Vec<f64> = (0..1000).map(|_| chance()).collect();
        assert!(drawn.iter().all(|share| (0.0..1.0).contains(share)));
        assert!(drawn.iter().any(|share| *share < 0.2) && drawn.iter().any(|share| *share > 0.8));
    }
}
