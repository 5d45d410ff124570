//! [`ReconcileRequest`]: what the reconcile function is given.

use std::fmt;
use std::sync::Arc;

use crate::cache::{Lister, ObjectKey, Store};
use crate::meta::resource::Object;
use crate::stop::Stop;

/// A key that is to be reconciled, and what is needed for it.
pub struct ReconcileRequest<'a, T> {
    pub(super) key: &'a ObjectKey,
    pub(super) attempt: u32,
    pub(super) stop: &'a Stop,
    pub(super) store: &'a Store<T>,
    pub(super) lister: &'a Lister<T>,
}

impl<T: Object> ReconcileRequest<'_, T> {
    /// Which primary object it is about. It may be there or gone.
    pub fn key(&self) -> &ObjectKey {
        self.key
    }

    /// The object's namespace; empty for a cluster-scoped one.
    pub fn namespace(&self) -> &str {
        self.key.namespace()
    }

    /// The object's name.
    pub fn name(&self) -> &str {
        self.key.name()
    }

    /// The object, as the cache has it now; `None` when it is gone.
    ///
    /// It is shared with whoever reads the cache: a change needs a clone.
    pub fn object(&self) -> Option<Arc<T>> {
        self.store.get(self.key)
    }

    /// Which attempt this is, from 1, counted since the key was last done.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The token that stops when the reconcile is to be over: when the controller was told to end, and its
    /// [`grace`](super::ControllerBuilder::grace) has passed.
    ///
    /// Calls that are made through it ([`Api::with_stop`](crate::Api::with_stop)) end then. Whoever ignores it
    /// holds up the end of the controller.
    pub fn stopper(&self) -> &Stop {
        self.stop
    }

    /// The primary objects, to be read from the cache.
    pub fn lister(&self) -> &Lister<T> {
        self.lister
    }
}

impl<T> fmt::Debug for ReconcileRequest<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReconcileRequest")
            .field("key", self.key)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
