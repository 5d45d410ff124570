//! [`ReconcileError`]: a reconcile that failed.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::cache::ObjectKey;

/// A reconcile that failed: which, why, and when it comes again.
///
/// The reconcile function's own error is its [`source`](StdError::source), and can be had back by
/// `downcast_ref`. `{:#}` prints the whole chain on one line.
pub struct ReconcileError {
    pub(super) kind: String,
    pub(super) key: ObjectKey,
    pub(super) attempt: u32,
    pub(super) is_panic: bool,
    pub(super) retry_after: Option<Duration>,
    pub(super) source: Box<dyn StdError + Send + Sync>,
}

impl ReconcileError {
    /// Which object it was about.
    pub fn key(&self) -> &ObjectKey {
        &self.key
    }

    /// Which attempt it was, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether the reconcile function panicked.
    pub fn is_panic(&self) -> bool {
        self.is_panic
    }

    /// After what time it comes again; `None` when it failed as often as it may.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for ReconcileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, key, attempt, .. } = self;
        write!(f, "reconcile of {kind} {key}: attempt {attempt} failed")?;
        match self.retry_after {
            Some(time) => write!(f, ", the next comes after {time:?}")?,
            None => write!(f, ", it was the last")?,
        }
        if f.alternate() {
            let mut source = self.source();
            while let Some(cause) = source {
                write!(f, ": {cause}")?;
                source = cause.source();
            }
        }
        Ok(())
    }
}

impl fmt::Debug for ReconcileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

impl StdError for ReconcileError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}
