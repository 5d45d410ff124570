//! [`ObjectReference`]: which object is meant; and [`ToReference`], by which objects say it of themselves, also
//! as owners.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::api_resource::ApiResource;
use super::dynamic::DynamicObject;
use super::object_meta::OwnerReference;
use super::resource::{Metadata, Object, Resource};
use super::status::Printable;

/// Which object is meant, by kind, name and identity, as in `core/v1` `ObjectReference`.
///
/// ```
/// use kubeclient::{ObjectMeta, Resource, ToReference};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Resource, Serialize, Deserialize)]
/// #[resource(group = "stable.example.com", version = "v1")]
/// struct CronTab {
///     metadata: ObjectMeta,
/// }
///
/// let tab = CronTab { metadata: ObjectMeta { namespace: "a".into(), ..ObjectMeta::named("b") } };
/// let reference = tab.to_reference();
/// assert_eq!(reference.api_version, "stable.example.com/v1");
/// assert_eq!(reference.to_string(), "CronTab a/b");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectReference {
    /// The kind.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The namespace; empty for a cluster-scoped object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// The name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The identity; empty where any object of the name is meant.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// The group and version, such as `apps/v1`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// The version of the object that is meant; empty where it does not matter.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub resource_version: String,
    /// The part of the object that is meant, such as `spec.containers{web}`; empty for the whole.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field_path: String,
}

impl ObjectReference {
    /// Refers to an object of a kind that its type does not say, such as a
    /// [`PartialObjectMetadata`](super::partial::PartialObjectMetadata) of any kind.
    pub fn of<T: Object>(object: &T, resource: &ApiResource) -> Self {
        let types = resource.type_meta();
        Self::new(&types.api_version, &types.kind, object.metadata())
    }

    /// Refers to a part of the object, such as `spec.containers{web}`.
    #[must_use]
    pub fn at(mut self, field_path: impl Into<String>) -> Self {
        self.field_path = field_path.into();
        self
    }

    fn new(api_version: &str, kind: &str, metadata: &impl Metadata) -> Self {
        Self {
            kind: kind.into(),
            namespace: metadata.namespace().into(),
            name: metadata.name().into(),
            uid: metadata.uid().into(),
            api_version: api_version.into(),
            resource_version: metadata.resource_version().into(),
            field_path: String::new(),
        }
    }
}

/// Kind, namespace and name.
impl fmt::Display for ObjectReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", Printable(&self.kind))?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", Printable(&self.namespace))?;
        }
        write!(f, "{}", Printable(&self.name))
    }
}

/// What can say which object it is: any [`Resource`], a [`DynamicObject`], and a reference itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which object it is",
    label = "not an object that knows its kind",
    note = "of a shared object, give what it holds: `&*object`",
    note = "for an object whose type does not say its kind, give `ObjectReference::of(&object, &resource)`"
)]
pub trait ToReference {
    /// A reference to this object.
    fn to_reference(&self) -> ObjectReference;

    /// What makes this object an owner of another one, which is deleted with it.
    ///
    /// The server takes owners of the same namespace, or of none, and by their UID: those that were read.
    fn owner_ref(&self) -> OwnerReference {
        let ObjectReference { api_version, kind, name, uid, .. } = self.to_reference();
        OwnerReference { api_version, kind, name, uid, ..OwnerReference::default() }
    }

    /// What makes this object the owner of another one that controls it: the only one, and where the other one
    /// is to be deleted first, it stays until then. client-go's `NewControllerRef`.
    ///
    /// ```
    /// use kubeclient::{ObjectMeta, ToReference};
    /// # use kubeclient::{ApiResource, DynamicObject};
    /// # let kind = ApiResource::namespaced("apps", "v1", "Deployment", "deployments");
    /// # let deployment = DynamicObject::new("web", &kind);
    ///
    /// let metadata = ObjectMeta {
    ///     owner_references: vec![deployment.controller_owner_ref()],
    ///     ..ObjectMeta::named("web-1")
    /// };
    /// assert_eq!(metadata.controller().unwrap().name, "web");
    /// ```
    fn controller_owner_ref(&self) -> OwnerReference {
        let (controller, block_owner_deletion) = (Some(true), Some(true));
        OwnerReference { controller, block_owner_deletion, ..self.owner_ref() }
    }
}

impl<T: Resource> ToReference for T {
    fn to_reference(&self) -> ObjectReference {
        ObjectReference::new(T::API_VERSION, T::KIND, self.metadata())
    }
}

impl ToReference for DynamicObject {
    fn to_reference(&self) -> ObjectReference {
        ObjectReference::new(&self.types.api_version, &self.types.kind, &self.metadata)
    }
}

impl ToReference for ObjectReference {
    fn to_reference(&self) -> ObjectReference {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::object_meta::ObjectMeta;
    use crate::meta::partial::PartialObjectMetadata;

    #[test]
    fn objects_of_all_sorts_say_which_they_are() {
        let resource = ApiResource::namespaced("apps", "v1", "Deployment", "deployments");
        let mut web = DynamicObject::new("web", &resource);
        web.metadata.namespace = "a".into();
        web.metadata.uid = "u".into();
        web.metadata.resource_version = "7".into();
        let text = r#"{"kind":"Deployment","namespace":"a","name":"web","uid":"u","apiVersion":"apps/v1","resourceVersion":"7"}"#;
        let reference = web.to_reference();
        assert_eq!(serde_json::to_string(&reference).unwrap(), text);
        assert_eq!(serde_json::from_str::<ObjectReference>(text).unwrap(), reference);
        let partial: PartialObjectMetadata = PartialObjectMetadata::new(web.metadata.clone());
        assert_eq!(ObjectReference::of(&partial, &resource), reference.to_reference());
        assert_eq!(reference.at("spec").field_path, "spec");
    }

    #[test]
    fn an_owner_is_told_by_kind_name_and_identity() {
        let resource = ApiResource::namespaced("apps", "v1", "Deployment", "deployments");
        let mut web = DynamicObject::new("web", &resource);
        web.metadata.uid = "u".into();
        let text = r#"{"apiVersion":"apps/v1","kind":"Deployment","name":"web","uid":"u"}"#;
        assert_eq!(serde_json::to_string(&web.owner_ref()).unwrap(), text);
        let controller = web.to_reference().controller_owner_ref();
        assert_eq!(controller, web.controller_owner_ref());
        let text = text.replace('}', r#","controller":true,"blockOwnerDeletion":true}"#);
        assert_eq!(serde_json::to_string(&controller).unwrap(), text);
    }

    #[test]
    fn outside_of_namespaces_there_is_the_name_alone() {
        let node = ObjectReference::new("v1", "Node", &ObjectMeta::named("n"));
        assert_eq!(node.to_string(), "Node n");
    }
}
