//! [`ObjectKey`]: which object of a kind. Pure.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::meta::resource::{Metadata, Object};

/// The namespace and name of an object, by which a cache knows it.
///
/// Its text is client-go's: `namespace/name`, or the name alone outside of namespaces. Keys are ordered by
/// it. A clone costs a reference count.
///
/// ```
/// use kubeclient::cache::ObjectKey;
///
/// let key = ObjectKey::new("shop", "web");
/// assert_eq!((key.namespace(), key.name()), ("shop", "web"));
/// assert_eq!(key.to_string(), "shop/web");
/// assert_eq!(ObjectKey::new("", "node-1").to_string(), "node-1");
/// assert_eq!(ObjectKey::from("shop/web"), key);
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey(Arc<str>);

impl ObjectKey {
    /// The key of this name; the namespace is empty for a cluster-scoped object.
    pub fn new(namespace: &str, name: &str) -> Self {
        match namespace {
            "" => Self(name.into()),
            namespace => Self([namespace, "/", name].concat().into()),
        }
    }

    /// An object's key.
    pub fn of<T: Object>(object: &T) -> Self {
        let metadata = object.metadata();
        Self::new(metadata.namespace(), metadata.name())
    }

    /// The namespace; empty for a cluster-scoped object.
    pub fn namespace(&self) -> &str {
        self.0.split_once('/').map_or("", |(namespace, _)| namespace)
    }

    /// The name.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or(&self.0, |(_, name)| name)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads the text of a key.
impl From<&str> for ObjectKey {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

/// Keys are ordered and hashed as their text is.
impl Borrow<str> for ObjectKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
