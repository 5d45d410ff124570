//! [`ObjectList`] and [`ListMeta`]: what a list request answers.

use std::ops::Deref;

use serde::Deserialize;

use super::counted;
use super::message::message;
use super::object_meta::null_is_default;

message! {
    /// The metadata of a list.
    pub struct ListMeta("meta/v1", "ListMeta") {
        /// A path that old servers filled; read-only.
        pub self_link: String = 1 "selfLink" omit,
        /// The version of the whole collection at which the list was read: a watch may start here.
        pub resource_version: String = 2 "resourceVersion" omit,
        /// The token that asks for the next page; empty on the last one.
        pub continue_token: String = 3 "continue" omit,
        /// How many objects are beyond this page, where the server knows it.
        pub remaining_item_count: Option<i64> = 4 "remainingItemCount" omit,
        /// Which part of the collection this is, where a shard of it was asked for.
        pub shard_info: Option<Box<ShardInfo>> = 5 "shardInfo" omit,
    }

    /// The part of a collection that a list shows.
    pub struct ShardInfo("meta/v1", "ShardInfo") {
        /// The shard selector that was asked for.
        pub selector: String = 1 "selector",
    }
}

impl Eq for ListMeta {}

/// One answer to a list request: all objects, or one page of them.
///
/// It derefs to its items, so that `list.len()` and `for object in &list` read well.
/// Decoded by itself, as from a file, it checks no type; [`Api::list`](crate::api::Api::list) does.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct ObjectList<T> {
    /// The metadata of the list.
    #[serde(default, deserialize_with = "null_is_default")]
    pub metadata: ListMeta,
    /// The objects.
    #[serde(default = "Vec::new", deserialize_with = "counted::list")]
    pub items: Vec<T>,
}

impl<T> ObjectList<T> {
    /// Whether more pages follow.
    pub fn has_more(&self) -> bool {
        !self.metadata.continue_token.is_empty()
    }
}

impl<T> Default for ObjectList<T> {
    fn default() -> Self {
        Self { metadata: ListMeta::default(), items: Vec::new() }
    }
}

impl<T> Deref for ObjectList<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T> IntoIterator for ObjectList<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a ObjectList<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}
