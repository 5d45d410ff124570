//! [`Sink`]: who is told what changes in a cache.

use super::event::Change;

/// Who is told what changes.
pub(super) trait Sink<T>: Send + Sync {
    /// Takes changes, and shows the state that holds them; whether they are those of a filling.
    fn take(&self, events: Vec<Change<T>>, fills: bool, show: &mut dyn FnMut());
}

/// Tells nobody.
pub(super) struct Nobody;

impl<T> Sink<T> for Nobody {
    fn take(&self, _: Vec<Change<T>>, _: bool, show: &mut dyn FnMut()) {
        show();
    }
}
