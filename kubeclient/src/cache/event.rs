//! [`CacheEvent`]: what a handler is told.

use std::sync::Arc;

use super::key::ObjectKey;
use crate::meta::resource::Object;

/// A change of a cache, as a handler is told of it.
#[derive(Debug)]
#[non_exhaustive]
pub enum CacheEvent<T> {
    /// The object is new, or selected now; or it was there already when the handler came.
    Added {
        /// The object.
        object: Arc<T>,
        /// Whether it was there before: it is part of the cache's first filling, or came before the handler
        /// did.
        initial: bool,
    },
    /// The object changed; or, where both are the same, the cache tells of it again
    /// ([`HandlerOptions::resync`](super::HandlerOptions::resync)).
    Updated {
        /// The state that this handler was told of last.
        old: Arc<T>,
        /// The state now.
        new: Arc<T>,
    },
    /// The object is gone, or selected no more.
    Deleted(Deleted<T>),
}

/// An event with the key of its object.
pub(super) type Change<T> = (ObjectKey, CacheEvent<T>);

/// An object that is gone, and whether anybody saw it go.
#[derive(Debug)]
pub enum Deleted<T> {
    /// The server told of it; this is the last state.
    Observed(Arc<T>),
    /// It went while the server could not be heard, or the event could not be read: this is the last state
    /// that is known, and it may have changed since.
    Missed(Arc<T>),
}

impl<T> Deleted<T> {
    /// The last state that is known.
    pub fn object(&self) -> &Arc<T> {
        match self {
            Self::Observed(object) | Self::Missed(object) => object,
        }
    }

    /// Whether nobody saw it go.
    pub fn is_missed(&self) -> bool {
        matches!(self, Self::Missed(_))
    }
}

impl<T> CacheEvent<T> {
    /// The object: the state now, or the last one.
    pub fn object(&self) -> &Arc<T> {
        match self {
            Self::Added { object, .. } => object,
            Self::Updated { new, .. } => new,
            Self::Deleted(deleted) => deleted.object(),
        }
    }

    /// The key of the object.
    pub fn key(&self) -> ObjectKey
    where
        T: Object,
    {
        ObjectKey::of(&**self.object())
    }
}

// Derived, they would ask `T: Clone`.
impl<T> Clone for CacheEvent<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Added { object, initial } => {
                Self::Added { object: Arc::clone(object), initial: *initial }
            }
            Self::Updated { old, new } => {
                Self::Updated { old: Arc::clone(old), new: Arc::clone(new) }
            }
            Self::Deleted(deleted) => Self::Deleted(deleted.clone()),
        }
    }
}

impl<T> Clone for Deleted<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Observed(object) => Self::Observed(Arc::clone(object)),
            Self::Missed(object) => Self::Missed(Arc::clone(object)),
        }
    }
}
