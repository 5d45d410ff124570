//! What failures mean to a watch: that it starts over, waits, or tells its reader; and how long it waits.

use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::super::backoff::chance;
use super::super::watched::{Sign, Told};
use super::{State, Watch};
use crate::error::Error;
use crate::meta::resource::Object;

/// A watch that ended sooner than this, without an event that led it further, failed (client-go's figure): it must
/// not become a hot loop.
const TOO_SHORT: Duration = Duration::from_secs(1);

/// Restarts that are further apart than this are no failure to get through.
const RARE: Duration = Duration::from_secs(120);

/// For so long a watch is apart from the others that failed with it: twice the time over which they come back.
const APART: Duration = Duration::from_secs(10);

/// After so many failures at one place, none long after the last, some four minutes in all, the watch starts over: what
/// comes next may be what the server, or its reader, will never get past, and a list does.
const MOST_AT_ONE_PLACE: u32 = 12;

/// A place at which a watch fails.
#[derive(Default)]
pub(super) struct StuckAt {
    version: String,
    failures: u32,
    last: Option<Instant>,
}

impl StuckAt {
    /// Whether this is one failure too many there.
    fn is_hopeless(&mut self, version: &str, now: Instant) -> bool {
        let last = self.last.replace(now);
        if self.version != version
            || last.is_none_or(|last| now.saturating_duration_since(last) >= RARE)
        {
            (self.version, self.failures) = (version.to_owned(), 0);
        }
        self.failures += 1;
        self.failures >= MOST_AT_ONE_PLACE
    }
}

impl<T: Object + DeserializeOwned> Watch<T> {
    /// What a failure means: an item for the reader, or nothing, after a pause.
    pub(super) fn after_failure(&mut self, error: Error) -> Option<Error> {
        if is_lost(&error) {
            log::debug!("{error}: the watch starts over");
            self.observe(Sign::Failed(error));
            self.state = State::Restart;
            return None;
        }
        if !is_no_answer(&error) {
            self.note_failed_place();
        }
        if error.is_passing() {
            log::warn!("{error}: the watch tries again");
            self.observe(Sign::Failed(error));
            self.pause();
            return None;
        }
        self.owes_pause = true;
        Some(error)
    }

    /// A connection ended.
    pub(super) fn after_close(
        &mut self,
        (age, events): (Duration, u64),
        is_early: bool,
    ) -> Result<Option<Told<T>>, Error> {
        let is_stuck = matches!(self.state, State::Disconnected) && self.version == self.opened_at;
        if age < TOO_SHORT && (events == 0 || is_stuck) {
            if events > 0 {
                self.note_failed_place();
            }
            self.pause();
        } else if is_early {
            let wait = self.gate_wait();
            self.wait(wait);
        }
        Ok(None)
    }

    /// It failed to get further than it was, and starts over where it always does.
    fn note_failed_place(&mut self) {
        if matches!(self.state, State::Disconnected)
            && self.stuck_at.is_hopeless(&self.version, self.attendance.clock.now())
        {
            log::warn!("the watch does not get further than {}: it starts over", self.version);
            self.stuck_at = StuckAt::default();
            self.state = State::Restart;
        }
    }

    /// Waits before it starts over, where it did so a short time ago, or others do, too.
    pub(super) fn before_restart(&mut self) -> Result<(), Error> {
        // The first restart is made at once; one soon after another got nowhere.
        let now = self.attendance.clock.now();
        let last = self.restarted.replace(now);
        if last.is_some_and(|last| now.saturating_duration_since(last) < RARE) {
            self.pause();
        } else {
            let wait = self.gate_wait();
            self.wait(wait);
        }
        if self.stop.is_stopped() { Err(Error::stopped()) } else { Ok(()) }
    }

    pub(super) fn pause(&mut self) {
        let now = self.attendance.clock.now();
        let wait = self.backoff.after_failure(now, chance()) + self.gate_wait();
        self.wait(wait);
    }

    /// How long it is to wait so that the client's watches do not come back all at once. One that came
    /// back apart from the others stays apart from them.
    fn gate_wait(&mut self) -> Duration {
        let now = Instant::now();
        if self.spread.is_some_and(|spread| now.saturating_duration_since(spread) < APART) {
            return Duration::ZERO;
        }
        let wait = self.api.client.gate().after_failure(self.number, now);
        if !wait.is_zero() {
            self.spread = Some(now);
        }
        wait
    }

    fn wait(&self, time: Duration) {
        if !time.is_zero() {
            (self.attendance.pause)(&self.stop, time);
        }
    }
}

/// Whether the place of the watch is lost: too old, or in the server's future (it was restored).
fn is_lost(error: &Error) -> bool {
    let Some(status) = error.status() else { return false };
    error.is_expired() || status.code == 410 || status.is_resource_version_too_large()
}

/// Whether the server was not heard, or has said no more than that it has no time now.
pub(super) fn is_no_answer(error: &Error) -> bool {
    match error.status() {
        Some(status) => matches!(status.code, 429 | 502..=504) || error.is_timeout(),
        None => error.is_passing(),
    }
}

/// Whether the server takes the place for none, or has the kind no more: from where it was, the watch will
/// never go on.
pub(super) fn is_no_place(error: &Error) -> bool {
    error.is_bad_request() || error.is_invalid() || error.is_not_found()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_hopeless_after_a_dozen_failures_close_together() {
        let begin = Instant::now();
        let fails = |gap: Duration, versions: &dyn Fn(u32) -> u32| {
            let mut stuck = StuckAt::default();
            (0..100).find(|nth| stuck.is_hopeless(&versions(*nth).to_string(), begin + gap * *nth))
        };
        let minute = Duration::from_secs(60);
        assert_eq!(fails(minute, &|_| 7), Some(11));
        assert_eq!(fails(2 * minute, &|_| 7), None, "they are rare");
        assert_eq!(fails(minute, &|nth| nth / 11), None, "it gets further");
    }
}
