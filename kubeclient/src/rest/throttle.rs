//! [`Throttle`]: the limit that a client sets itself.

use std::time::Instant;

use crate::config;
use crate::error::{Error, ErrorKind};
use crate::stop::Stop;
use crate::token_bucket::TokenBucket;

/// Holds requests back.
pub(crate) struct Throttle(TokenBucket);

impl Throttle {
    pub(crate) fn new(limit: config::Throttle) -> Self {
        Self(TokenBucket::new(limit.qps.into(), limit.burst))
    }

    /// Waits for a token.
    ///
    /// # Blocking
    /// Until the bucket has one; a wait beyond the deadline is refused at once.
    pub(crate) fn wait(&self, stop: &Stop, deadline: Option<Instant>) -> Result<(), Error> {
        let now = Instant::now();
        let wait = self.0.take(now);
        if wait.is_zero() {
            return Ok(());
        }
        let end = now.checked_add(wait);
        if let Some(deadline) = deadline
            && end.is_none_or(|end| end > deadline)
        {
            self.0.give_back();
            let message = "the client's own limit (qps) would hold the request beyond its deadline";
            return Err(Error::new(ErrorKind::Timeout, message));
        }
        log::debug!("waiting {wait:?} for the client's own limit (qps)");
        if stop.wait_timeout(wait) {
            self.0.give_back();
            return Err(Error::stopped());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_wait_beyond_the_deadline_is_refused_at_once() {
        let now = Instant::now();
        let bucket = Throttle::new(config::Throttle { qps: 0.001, burst: 1 });
        bucket.wait(&Stop::new(), Some(now)).unwrap();
        assert!(
            bucket.wait(&Stop::new(), Some(now + Duration::from_secs(1))).unwrap_err().is_timeout()
        );
        let stop = Stop::new();
        stop.stop();
        assert!(bucket.wait(&stop, None).unwrap_err().is_stopped());
    }
}
