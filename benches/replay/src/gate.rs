//! What holds a watch's events back until a client asks for them, so that it can measure them alone.
//!
//! Used by `serve`: a request of [`PATH`] lets one watch go on, the one that waits or the next.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Reading this ConfigMap opens the gate, once.
pub(crate) const PATH: &str = "/api/v1/namespaces/default/configmaps/go";

/// How often the gate may still be passed.
#[derive(Debug, Default)]
pub(crate) struct Gate(AtomicUsize);

impl Gate {
    /// Lets one more pass.
    pub(crate) fn open(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// Passes, if one more may.
    pub(crate) fn pass(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;

    #[test]
    fn it_is_passed_as_often_as_it_was_opened() {
        let gate = Gate::default();
        assert!(!gate.pass());
        gate.open();
        assert!(gate.pass());
        assert!(!gate.pass());
    }
}
