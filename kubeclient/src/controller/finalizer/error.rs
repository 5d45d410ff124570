//! [`FinalizerError`]: why an object with a finalizer could not be reconciled.

use std::error::Error as StdError;

use crate::error::Error;

/// Which step of an object with a [`Finalizer`](super::Finalizer) failed.
///
/// The reconcile function's own error can be had back by `downcast_ref`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FinalizerError {
    /// The finalizer could not be put on.
    #[error("the finalizer could not be added")]
    Add(#[source] Error),
    /// What the object asks for could not be done.
    #[error("what the object asks for could not be done")]
    Apply(#[source] Box<dyn StdError + Send + Sync>),
    /// What was done could not be cleaned up: the finalizer stays.
    #[error("what was done for the object could not be cleaned up")]
    Cleanup(#[source] Box<dyn StdError + Send + Sync>),
    /// It was cleaned up, but the finalizer could not be taken off.
    #[error("the finalizer could not be removed")]
    Remove(#[source] Error),
}
