//! [`Snapshot`]: the objects of a cache at one moment.

use std::fmt;
use std::sync::Arc;

use super::key::ObjectKey;
use super::state::State;
use super::store::Indices;
use crate::error::Error;
use crate::meta::resource::Object;
use crate::meta::selector::LabelSelector;

/// The objects of a [`Store`](super::Store) at one moment; it stays as it is while the store goes on.
///
/// # Threads
/// A clone costs two reference counts. A snapshot keeps the objects that it holds alive.
pub struct Snapshot<T> {
    pub(super) state: Arc<State<T>>,
    pub(super) indices: Arc<Indices>,
}

impl<T: Object> Snapshot<T> {
    /// The object of this key.
    pub fn get(&self, key: &ObjectKey) -> Option<&Arc<T>> {
        self.state.get(key.as_str())
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.state.objects.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.state.objects.is_empty()
    }

    /// All objects, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        self.entries().map(|(_, object)| object)
    }

    /// All objects with their keys, in order.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&ObjectKey, &Arc<T>)> {
        self.state.objects.iter().map(|(key, entry)| (key, &entry.object))
    }

    /// All keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &ObjectKey> {
        self.state.objects.iter().map(|(key, _)| key)
    }

    /// The objects of one namespace, in the order of their names. It takes time for these alone.
    pub fn namespace(&self, namespace: &str) -> impl Iterator<Item = &Arc<T>> {
        // Keys of one namespace stand together, behind this text.
        let prefix = format!("{namespace}/");
        let from = self.state.objects.iter_from(prefix.as_str());
        from.take_while(move |(key, _)| key.as_str().starts_with(&prefix))
            .map(|(_, entry)| &entry.object)
    }

    /// The objects with these labels. Each object is looked at; an index is faster.
    pub fn select(&self, selector: &LabelSelector) -> impl Iterator<Item = &Arc<T>> {
        self.iter().filter(|object| selector.selects(object.metadata()))
    }

    /// The objects that an index gives this value, in the order of their keys.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid): there is no index of this name.
    pub fn by_index(&self, index: &str, value: &str) -> Result<Vec<&Arc<T>>, Error> {
        let place = self.indices.place(index)?;
        let keys = self.state.indices.get(place).and_then(|index| index.get(value));
        let keys = keys.into_iter().flat_map(|keys| keys.iter());
        Ok(keys.filter_map(|(key, ())| self.get(key)).collect())
    }

    /// The values of an index, in order, and how many objects each has.
    ///
    /// # Errors
    /// As [`Snapshot::by_index`].
    pub fn index_values(&self, index: &str) -> Result<Vec<(&str, usize)>, Error> {
        let place = self.indices.place(index)?;
        let values = self.state.indices.get(place).into_iter().flat_map(|index| index.iter());
        Ok(values.map(|(value, keys)| (&**value, keys.len())).collect())
    }

    /// The version up to which all changes are in it; empty before the first filling.
    pub fn resource_version(&self) -> &str {
        &self.state.version
    }
}

impl<T> Clone for Snapshot<T> {
    fn clone(&self) -> Self {
        Self { state: Arc::clone(&self.state), indices: Arc::clone(&self.indices) }
    }
}

impl<T> fmt::Debug for Snapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("objects", &self.state.objects.len())
            .field("resource_version", &self.state.version)
            .finish_non_exhaustive()
    }
}
