//! [`Indexers`]: the functions by which objects are found.

use std::sync::Arc;

use super::key::ObjectKey;
use super::report::{Reporter, guarded};
use crate::meta::resource::Object;

/// A named function that gives the values under which an object is found.
pub(super) struct Indexer<T> {
    pub(super) name: String,
    pub(super) values: IndexFn<T>,
}

pub(super) type IndexFn<T> = Box<dyn Fn(&T) -> Vec<String> + Send + Sync>;

/// The values of an object, in the order of the indexers; `None` without any.
pub(super) type Values = Option<Arc<[Vec<Arc<str>>]>>;

/// All indexers of a cache.
pub(super) struct Indexers<T> {
    pub(super) all: Vec<Indexer<T>>,
    pub(super) reporter: Arc<Reporter>,
}

impl<T: Object> Indexers<T> {
    /// The values under which an object is found. Where a function panics there are none.
    pub(super) fn values(&self, key: &ObjectKey, object: &T) -> Values {
        if self.all.is_empty() {
            return None;
        }
        let values_of = |indexer: &Indexer<T>| {
            let what = format_args!("the index function {:?}, given {key},", indexer.name);
            let mut values = guarded(what, || (indexer.values)(object)).unwrap_or_else(|error| {
                self.reporter.report(&error);
                Vec::new()
            });
            values.sort_unstable();
            values.dedup();
            values.into_iter().map(Arc::from).collect()
        };
        Some(self.all.iter().map(values_of).collect())
    }
}
