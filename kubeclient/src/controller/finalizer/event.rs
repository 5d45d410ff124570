//! [`FinalizerEvent`]: what is to be done for an object.

/// What a reconcile function behind a [`Finalizer`](super::Finalizer) is to do.
#[derive(Clone, Copy, Debug)]
pub enum FinalizerEvent<'a, T> {
    /// The object is wanted, and has the finalizer: do what it asks for.
    Apply(&'a T),
    /// The object is being deleted: clean up what was done for it. This may come more than once, and also
    /// where nothing was done yet.
    Cleanup(&'a T),
}

impl<'a, T> FinalizerEvent<'a, T> {
    /// The object.
    pub fn object(&self) -> &'a T {
        match self {
            Self::Apply(object) | Self::Cleanup(object) => object,
        }
    }
}
