//! [`TokenBucket`]: the limit that a client sets itself (client-go's flowcontrol).

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::config::Throttle;
use crate::error::{Error, ErrorKind};
use crate::stop::Stop;
use crate::sync::lock;

/// A bucket that refills with time; a request takes a token, or waits for the next.
pub(crate) struct TokenBucket {
    throttle: Throttle,
    state: Mutex<State>,
}

struct State {
    /// Below zero: tokens that waiting requests have taken in advance.
    tokens: f64,
    at: Instant,
}

impl TokenBucket {
    pub(crate) fn new(throttle: Throttle, now: Instant) -> Self {
        Self { throttle, state: Mutex::new(State { tokens: throttle.burst.into(), at: now }) }
    }

    /// Takes a token; how long to wait before it counts.
    pub(crate) fn take(&self, now: Instant) -> Duration {
        let mut state = lock(&self.state);
        let qps = f64::from(self.throttle.qps);
        let earned = now.saturating_duration_since(state.at).as_secs_f64() * qps;
        state.tokens = (state.tokens + earned).min(self.throttle.burst.into()) - 1.0;
        state.at = now;
        match state.tokens < 0.0 {
            true => Duration::try_from_secs_f64(-state.tokens / qps).unwrap_or(Duration::MAX),
            false => Duration::ZERO,
        }
    }

    /// Gives back a token that was not used.
    fn give_back(&self) {
        lock(&self.state).tokens += 1.0;
    }

    /// Waits for a token.
    ///
    /// # Blocking
    /// Until the bucket has one; a wait beyond the deadline is refused at once.
    pub(crate) fn wait(&self, stop: &Stop, deadline: Option<Instant>) -> Result<(), Error> {
        let now = Instant::now();
        let wait = self.take(now);
        if wait.is_zero() {
            return Ok(());
        }
        let end = now.checked_add(wait);
        if let Some(deadline) = deadline
            && end.is_none_or(|end| end > deadline)
        {
            self.give_back();
            let message = "the client's own limit (qps) would hold the request beyond its deadline";
            return Err(Error::new(ErrorKind::Timeout, message));
        }
        log::debug!("waiting {wait:?} for the client's own limit (qps)");
        if stop.wait_timeout(wait) {
            self.give_back();
            return Err(Error::stopped());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fidelity 11.
    #[test]
    fn after_the_burst_requests_wait_their_turn() {
        let start = Instant::now();
        let bucket = TokenBucket::new(Throttle { qps: 5.0, burst: 10 }, start);
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
    fn a_wait_beyond_the_deadline_is_refused_at_once() {
        let now = Instant::now();
        let bucket = TokenBucket::new(Throttle { qps: 0.001, burst: 1 }, now);
        bucket.wait(&Stop::new(), Some(now)).unwrap();
        assert!(
            bucket.wait(&Stop::new(), Some(now + Duration::from_secs(1))).unwrap_err().is_timeout()
        );
        let stop = Stop::new();
        stop.stop();
        assert!(bucket.wait(&stop, None).unwrap_err().is_stopped());
    }
}
