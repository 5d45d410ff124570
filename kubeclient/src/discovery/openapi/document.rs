//! [`OpenApiDocument`]: what one version of a group looks like. Pure.

use serde_json::Value;

use super::schema::Schema;
use crate::meta::gvk::{GroupVersionKind, GroupVersionResource};

/// The extension by which schemas and operations say their kind.
const KIND: &str = "x-kubernetes-group-version-kind";

/// The OpenAPI v3 document of one version of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenApiDocument {
    root: Value,
}

impl OpenApiDocument {
    /// A document that was got by other means.
    pub fn of(root: Value) -> Self {
        Self { root }
    }

    /// The whole document.
    pub fn value(&self) -> &Value {
        &self.root
    }

    /// The schemas by their names, such as `io.k8s.api.apps.v1.Deployment`, in the order of these.
    pub fn schemas(&self) -> impl Iterator<Item = (&str, Schema<'_>)> {
        let schemas = self.root.pointer("/components/schemas").and_then(Value::as_object);
        let mut schemas: Vec<(&str, Schema<'_>)> = schemas
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str(), Schema::new(self, value)))
            .collect();
        // Programs that keep the order of JSON objects have them in the server's.
        schemas.sort_by_key(|(name, _)| *name);
        schemas.into_iter()
    }

    /// The schema of a kind.
    pub fn schema(&self, kind: &GroupVersionKind) -> Option<Schema<'_>> {
        let mut schemas = self.schemas().map(|(_, schema)| schema);
        schemas.find(|schema| {
            let kinds = schema.value().get(KIND).and_then(Value::as_array);
            kinds.into_iter().flatten().any(|of| read_kind(of).as_ref() == Some(kind))
        })
    }

    /// The kind of a resource, as the operations on it say.
    pub fn kind(&self, resource: &GroupVersionResource) -> Option<GroupVersionKind> {
        let GroupVersionResource { group, version, resource } = resource;
        let root = if group.is_empty() { "/api".to_owned() } else { format!("/apis/{group}") };
        let paths = self.root.get("paths")?;
        let places = [
            format!("{root}/{version}/{resource}"),
            format!("{root}/{version}/{resource}/{{name}}"),
            format!("{root}/{version}/namespaces/{{namespace}}/{resource}"),
            format!("{root}/{version}/namespaces/{{namespace}}/{resource}/{{name}}"),
        ];
        let operations = places.iter().filter_map(|place| paths.get(place)).flat_map(|place| {
            ["get", "post", "put", "patch", "delete"].map(|method| place.get(method))
        });
        operations.flatten().find_map(|operation| read_kind(operation.get(KIND)?))
    }

    /// What `#/components/schemas/NAME` leads to.
    pub(super) fn follow(&self, reference: &str) -> Option<&Value> {
        self.root.pointer(reference.strip_prefix('#')?)
    }
}

fn read_kind(value: &Value) -> Option<GroupVersionKind> {
    let text = |name: &str| value.get(name)?.as_str();
    Some(GroupVersionKind::new(text("group")?, text("version")?, text("kind")?))
}
