//! [`Settings`]: what an election goes by, and which of it makes sense. Pure.

use std::time::Duration;

use crate::error::Error;

/// client-go's figures.
pub(super) const LEASE_DURATION: Duration = Duration::from_secs(15);
pub(super) const RENEW_DEADLINE: Duration = Duration::from_secs(10);
pub(super) const RETRY_PERIOD: Duration = Duration::from_secs(2);

/// By what share of itself the wait of a candidate grows by chance at most.
pub(super) const JITTER: f64 = 1.2;

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) identity: String,
    pub(super) lease_duration: Duration,
    pub(super) renew_deadline: Duration,
    pub(super) retry_period: Duration,
}

impl Settings {
    /// Lease > Renew > Retry x 1.2, or else a leader has no chance to renew, or to notice that it did not.
    pub(super) fn checked(self) -> Result<Self, Error> {
        let Self { lease_duration, renew_deadline, retry_period, .. } = &self;
        let message = if self.identity.is_empty() {
            "identity: expected a name that no other candidate has, found none".to_owned()
        } else if lease_duration.is_zero() || lease_duration.subsec_nanos() != 0 {
            format!("lease duration: expected whole seconds, found {lease_duration:?}")
        } else if i32::try_from(lease_duration.as_secs()).is_err() {
            format!("lease duration: expected less than 2^31 seconds, found {lease_duration:?}")
        } else if renew_deadline >= lease_duration {
            format!(
                "renew deadline: expected less than {lease_duration:?}, the lease duration, found {renew_deadline:?}"
            )
        } else if retry_period.is_zero() {
            "retry period: expected more than zero".to_owned()
        } else if retry_period.mul_f64(JITTER) >= *renew_deadline {
            format!(
                "retry period: expected less than {:?}, the renew deadline over {JITTER}, found {retry_period:?}",
                renew_deadline.div_f64(JITTER)
            )
        } else {
            return Ok(self);
        };
        Err(Error::invalid(message).at(format_args!("lease {}/{}", self.namespace, self.name)))
    }

    /// How long one request may take.
    pub(super) fn request_timeout(&self) -> Duration {
        (self.renew_deadline / 2).max(Duration::from_secs(1))
    }

    pub(super) fn lease_seconds(&self) -> i32 {
        i32::try_from(self.lease_duration.as_secs()).unwrap_or(i32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(millis: [u64; 3], identity: &str, expected: &str) {
        let [lease_duration, renew_deadline, retry_period] = millis.map(Duration::from_millis);
        let (namespace, name) = ("a".into(), "b".into());
        let identity = identity.into();
        let settings =
            Settings { namespace, name, identity, lease_duration, renew_deadline, retry_period };
        let found = settings.checked().err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        check([15_000, 10_000, 2_000], "i", "");
        check(
            [15_000, 10_000, 2_000],
            "",
            "lease a/b: identity: expected a name that no other candidate has, found none",
        );
        check(
            [1_500, 1_000, 100],
            "i",
            "lease a/b: lease duration: expected whole seconds, found 1.5s",
        );
        check(
            [15_000, 15_000, 2_000],
            "i",
            "lease a/b: renew deadline: expected less than 15s, the lease duration, found 15s",
        );
        check(
            [15_000, 6_000, 5_000],
            "i",
            "lease a/b: retry period: expected less than 5s, the renew deadline over 1.2, found 5s",
        );
        check([15_000, 10_000, 0], "i", "lease a/b: retry period: expected more than zero");
    }
}
