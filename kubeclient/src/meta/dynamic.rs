//! [`DynamicObject`]: an object of any kind, for kinds that nobody compiled in.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::api_resource::ApiResource;
use super::counted;
use super::object_meta::ObjectMeta;
use super::resource::{Complete, HasSubresource, Object, Subresource};
use super::type_meta::TypeMeta;

/// An object whose kind is known only at run time: its type, its metadata, and everything else as JSON.
///
/// Integers stay integers. The fields beside `metadata` are in [`DynamicObject::data`], by name.
///
/// `Debug` shows no content of a Secret, nor of a token's request or review.
#[derive(Clone, Default, PartialEq)]
pub struct DynamicObject {
    /// The object's `apiVersion` and `kind`; empty ones are not written.
    pub types: TypeMeta,
    /// The object's metadata.
    pub metadata: ObjectMeta,
    /// All other fields: `spec`, `status`, `data` and so on.
    pub data: Map<String, Value>,
}

impl DynamicObject {
    /// An object of this kind and name, without content.
    pub fn new(name: impl Into<String>, resource: &ApiResource) -> Self {
        Self { types: resource.type_meta(), metadata: ObjectMeta::named(name), data: Map::new() }
    }

    /// Adds a field beside `metadata`.
    #[must_use]
    pub fn with(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.data.insert(field.into(), value.into());
        self
    }

    /// The value at a JSON pointer below the object's data, such as `/spec/replicas`.
    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        let (first, rest) = split_pointer(pointer)?;
        let value = self.data.get(&first)?;
        if rest.is_empty() { Some(value) } else { value.pointer(rest) }
    }

    /// The value at a JSON pointer below the object's data, to change it.
    pub fn pointer_mut(&mut self, pointer: &str) -> Option<&mut Value> {
        let (first, rest) = split_pointer(pointer)?;
        let value = self.data.get_mut(&first)?;
        if rest.is_empty() { Some(value) } else { value.pointer_mut(rest) }
    }
}

impl fmt::Debug for DynamicObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { types, metadata, data } = self;
        let mut object = f.debug_struct("DynamicObject");
        object.field("types", types).field("metadata", metadata);
        match types.kind.as_str() {
            "Secret" | "SecretList" | "TokenRequest" | "TokenReview" => {
                object.finish_non_exhaustive()
            }
            _ => object.field("data", data).finish(),
        }
    }
}

/// The first segment of a JSON pointer, unescaped, and what follows it.
fn split_pointer(pointer: &str) -> Option<(String, &str)> {
    let pointer = pointer.strip_prefix('/')?;
    let end = pointer.find('/').unwrap_or(pointer.len());
    Some((pointer[..end].replace("~1", "/").replace("~0", "~"), &pointer[end..]))
}

impl Serialize for DynamicObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { types: TypeMeta { api_version, kind }, metadata, data } = self;
        let mut map = serializer.serialize_map(None)?;
        if !api_version.is_empty() {
            map.serialize_entry("apiVersion", api_version)?;
        }
        if !kind.is_empty() {
            map.serialize_entry("kind", kind)?;
        }
        map.serialize_entry("metadata", metadata)?;
        for (field, value) in data {
            map.serialize_entry(field, value)?;
        }
        map.end()
    }
}

/// By hand, since `flatten` would read every object twice.
impl<'de> Deserialize<'de> for DynamicObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = DynamicObject;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DynamicObject, A::Error> {
                let mut object = DynamicObject::default();
                while let Some(field) = map.next_key::<String>()? {
                    match field.as_str() {
                        "apiVersion" => object.types.api_version = map.next_value()?,
                        "kind" => object.types.kind = map.next_value()?,
                        "metadata" => {
                            object.metadata = map.next_value::<Option<_>>()?.unwrap_or_default();
                        }
                        _ => {
                            counted::entry(&object.data, &field);
                            object.data.insert(field, map.next_value_seed(counted::Tree)?);
                        }
                    }
                }
                Ok(object)
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

impl Object for DynamicObject {
    type Metadata = ObjectMeta;

    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }

    fn type_meta(&self) -> Option<&TypeMeta> {
        Some(&self.types)
    }

    fn set_type_meta(&mut self, types: TypeMeta) {
        self.types = types;
    }
}

impl Complete for DynamicObject {}

/// Whether the kind serves it shows only when it is asked for.
impl<S: Subresource> HasSubresource<S> for DynamicObject {}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn everything_beside_the_metadata_is_kept() {
        let text = r#"{"apiVersion":"v1","kind":"X","metadata":{"name":"a"},"data":{"b":9007199254740993},"status":null}"#;
        let object: DynamicObject = serde_json::from_str(text).unwrap();
        assert_eq!(object.types, TypeMeta::new("v1", "X"));
        assert_eq!(object.pointer("/data/b"), Some(&json!(9007199254740993i64)));
        assert_eq!(object.pointer("/data"), Some(&json!({"b": 9007199254740993i64})));
        assert_eq!(object.pointer("data"), None);
        assert_eq!(serde_json::to_string(&object).unwrap(), text);
    }

    #[test]
    fn pointers_unescape_their_first_segment() {
        let mut object = DynamicObject::default().with("a/b~", json!({"c": 1}));
        *object.pointer_mut("/a~1b~0/c").unwrap() = json!(2);
        assert_eq!(object.pointer("/a~1b~0/c"), Some(&json!(2)));
    }

    #[test]
    fn a_secret_does_not_show() {
        let mut secret = DynamicObject::default().with("data", json!({"password": "hunter2"}));
        secret.types = TypeMeta::new("authentication.k8s.io/v1", "TokenRequest");
        assert!(!format!("{secret:?}").contains("hunter2"));
        secret.types = TypeMeta::new("v1", "Secret");
        let applied = "kubectl.kubernetes.io/last-applied-configuration";
        secret.metadata.annotations.insert(applied.into(), "hunter2".into());
        assert!(!format!("{secret:?} {secret:#?}").contains("hunter2"));
        let shown = DynamicObject::default().with("data", json!({"colour": "red"}));
        assert!(format!("{shown:?}").contains("red"));
    }
}
