//! [`PartialObjectMetadata`]: any object, without all that is not its metadata.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::dynamic::DynamicObject;
use super::message::{
    Described, Descriptor, Field, FieldInfo, Message, Shape, Shaped, Slot, Value, no_such_field,
};
use super::object_meta::ObjectMeta;
use super::resource::{ClusterScoped, Namespaced, Object, Protobuf, Representation, Resource};

/// The metadata of an object of kind `K`, read without the rest.
///
/// `Api<PartialObjectMetadata<K>>` has the URLs of `K` and asks the server to send metadata only, which
/// saves both sides most of the work. It can be listed, watched, patched and deleted, not created or
/// replaced. `PartialObjectMetadata<DynamicObject>` is for kinds known at run time.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct PartialObjectMetadata<K = DynamicObject> {
    /// The object's metadata.
    #[serde(default)]
    pub metadata: ObjectMeta,
    #[serde(skip)]
    kind: PhantomData<fn() -> K>,
}

impl<K> PartialObjectMetadata<K> {
    /// Wraps metadata.
    pub fn new(metadata: ObjectMeta) -> Self {
        Self { metadata, kind: PhantomData }
    }
}

impl<K> Clone for PartialObjectMetadata<K> {
    fn clone(&self) -> Self {
        Self::new(self.metadata.clone())
    }
}

impl<K> fmt::Debug for PartialObjectMetadata<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartialObjectMetadata").field("metadata", &self.metadata).finish()
    }
}

impl<K> PartialEq for PartialObjectMetadata<K> {
    fn eq(&self, other: &Self) -> bool {
        self.metadata == other.metadata
    }
}

impl<K: Object> Object for PartialObjectMetadata<K> {
    type Metadata = ObjectMeta;

    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }

    fn representation() -> Representation {
        Representation::MetadataOnly
    }

    fn protobuf() -> Option<Protobuf<Self>> {
        Some(Protobuf::of())
    }
}

impl<K> Default for PartialObjectMetadata<K> {
    fn default() -> Self {
        Self::new(ObjectMeta::default())
    }
}

impl<K> Message for PartialObjectMetadata<K> {
    fn descriptor(&self) -> &'static Descriptor {
        Self::DESCRIPTOR
    }

    fn field(&self, place: usize) -> &dyn Field {
        match place {
            0 => &self.metadata,
            _ => no_such_field(),
        }
    }

    fn field_mut(&mut self, place: usize) -> &mut dyn Field {
        match place {
            0 => &mut self.metadata,
            _ => no_such_field(),
        }
    }
}

impl<K> Described for PartialObjectMetadata<K> {
    const DESCRIPTOR: &'static Descriptor = &Descriptor {
        group_version: "meta.k8s.io/v1",
        name: "PartialObjectMetadata",
        fields: &[FieldInfo::new("metadata", (0, 1))],
        is_untagged: false,
    };
    const SHAPES: &'static [Shape] = &[ObjectMeta::SHAPE];
}

impl<K> Shaped for PartialObjectMetadata<K> {
    const SHAPE: Shape = Shape::Message("meta.k8s.io/v1", "PartialObjectMetadata");
}

impl<K> Field for PartialObjectMetadata<K> {
    fn get(&self) -> Option<Value<'_>> {
        Some(Value::Message(self))
    }

    fn slot(&mut self) -> Slot<'_> {
        Slot::Message(self)
    }
}

impl<K: Resource> Resource for PartialObjectMetadata<K> {
    const GROUP: &'static str = K::GROUP;
    const VERSION: &'static str = K::VERSION;
    const API_VERSION: &'static str = K::API_VERSION;
    const KIND: &'static str = K::KIND;
    const PLURAL: &'static str = K::PLURAL;
    const SINGULAR: &'static str = K::SINGULAR;
    const SHORT_NAMES: &'static [&'static str] = K::SHORT_NAMES;
    const CATEGORIES: &'static [&'static str] = K::CATEGORIES;
    const NAMESPACED: bool = K::NAMESPACED;
}

impl<K: Namespaced> Namespaced for PartialObjectMetadata<K> {}
impl<K: ClusterScoped> ClusterScoped for PartialObjectMetadata<K> {}
