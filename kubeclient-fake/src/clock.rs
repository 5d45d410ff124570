//! The server's time: the wall's, or one that a test moves.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// The time as the server sees it. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// `None` while the wall's clock runs.
    at: Mutex<Option<Timestamp>>,
    moved: Condvar,
}

impl Clock {
    /// The wall's clock.
    pub(crate) fn wall() -> Self {
        Self { shared: Arc::new(Shared { at: Mutex::new(None), moved: Condvar::new() }) }
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        let at = self.shared.at.lock().unwrap_or_else(PoisonError::into_inner);
        at.unwrap_or_else(Timestamp::now)
    }

    /// Stands still from now on, `by` ahead of where it was; what waits looks again.
    pub(crate) fn advance(&self, by: Duration) {
        let mut at = self.shared.at.lock().unwrap_or_else(PoisonError::into_inner);
        let now = at.unwrap_or_else(Timestamp::now);
        *at = Some(now.saturating_add(by).unwrap_or(now));
        self.shared.moved.notify_all();
    }
}

/// Seconds and `Z`, as `metadata.creationTimestamp` has it.
pub(crate) fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
