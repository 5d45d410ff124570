//! Ready-made transformations of objects before they are stored.

use crate::meta::object_meta::ObjectMeta;
use crate::meta::resource::Object;

/// Takes out `metadata.managedFields`, which is often the larger half of an object; for
/// [`CacheBuilder::transform`](super::CacheBuilder::transform).
///
/// [`Api::without_managed_fields`](crate::Api::without_managed_fields) does the same sooner, so that they
/// are not even read.
pub fn strip_managed_fields<T: Object<Metadata = ObjectMeta>>(object: &mut T) {
    object.metadata_mut().managed_fields = Vec::new();
}
