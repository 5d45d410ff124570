//! What one resource of one version is: its names, its scope, its schema, its ways.

use std::sync::Arc;

use crate::kinds::Ways;
use crate::schema::SchemaRef;

/// A resource in one version, as discovery tells of it.
#[derive(Clone, Debug)]
pub(crate) struct ResourceType {
    /// The API group; empty for the core group.
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) plural: String,
    pub(crate) singular: String,
    pub(crate) kind: String,
    /// `PodList`.
    pub(crate) list_kind: String,
    pub(crate) namespaced: bool,
    pub(crate) short_names: Vec<String>,
    pub(crate) categories: Vec<String>,
    /// `create`, `delete`, `deletecollection`, `get`, `list`, `patch`, `update`, `watch`.
    pub(crate) verbs: Vec<String>,
    pub(crate) subresources: Vec<Subresource>,
    /// The schema of the object, `apiVersion`, `kind` and `metadata` included.
    pub(crate) schema: SchemaRef,
    /// How the server treats its objects.
    pub(crate) ways: Ways,
    /// What a custom resource has besides.
    pub(crate) custom: Option<Arc<Custom>>,
}

/// A subresource, as discovery tells of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Subresource {
    /// `status`, `scale`, `log`.
    pub(crate) name: String,
    /// The kind that it speaks, with its group and version where they differ from the parent's.
    pub(crate) kind: String,
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) verbs: Vec<String>,
}

/// What a custom resource's definition says besides names and schema.
#[derive(Clone, Debug, Default)]
pub(crate) struct Custom {
    /// The name of the definition.
    pub(crate) definition: String,
    /// `additionalPrinterColumns` as they stand in the definition.
    pub(crate) columns: Vec<serde_json::Value>,
    /// The JSON paths of `selectableFields`, as `.spec.color`.
    pub(crate) selectable_fields: Vec<String>,
    /// `subresources.scale` as it stands in the definition.
    pub(crate) scale: Option<serde_json::Value>,
    /// The text of the warning when the version is deprecated.
    pub(crate) deprecation: Option<String>,
    /// The version that is stored.
    pub(crate) storage_version: String,
    /// Objects are stored in this version, but it is not served.
    pub(crate) is_unserved: bool,
    /// The definition is being deleted: there are no new objects.
    pub(crate) is_terminating: bool,
    /// Other versions come by way of a webhook, which this server does not call.
    pub(crate) converts_by_webhook: bool,
}

impl ResourceType {
    /// `configmaps`, `deployments.apps`.
    pub(crate) fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.plural.clone()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// The name of its storage, which two resources can share: events are the same in both their groups.
    pub(crate) fn storage(&self) -> String {
        if self.plural == "events" && self.group == "events.k8s.io" {
            self.plural.clone()
        } else {
            self.qualified()
        }
    }

    /// `v1`, `apps/v1`.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Whether objects are stored in this version of the resource.
    pub(crate) fn is_storage_version(&self) -> bool {
        match &self.custom {
            Some(custom) => custom.storage_version == self.version,
            None => match (self.group.as_str(), self.plural.as_str()) {
                ("events.k8s.io", "events") => false,
                ("autoscaling", "horizontalpodautoscalers") => self.version == "v2",
                _ => true,
            },
        }
    }

    /// Whether objects of it come from a CustomResourceDefinition.
    pub(crate) fn is_custom(&self) -> bool {
        self.custom.is_some()
    }

    /// The subresource of that name.
    pub(crate) fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.subresources.iter().find(|subresource| subresource.name == name)
    }
}

#[cfg(test)]
impl ResourceType {
    /// A namespaced resource of version `v1` with no verbs and an empty schema.
    pub(crate) fn sample(group: &str, kind: &str) -> Self {
        Self {
            group: group.into(),
            version: "v1".into(),
            plural: format!("{}s", kind.to_lowercase()),
            singular: kind.to_lowercase(),
            kind: kind.into(),
            list_kind: format!("{kind}List"),
            namespaced: true,
            short_names: Vec::new(),
            categories: Vec::new(),
            verbs: Vec::new(),
            subresources: Vec::new(),
            schema: SchemaRef::Own(Box::default()),
            ways: Ways {
                has_status: false,
                counts_generation: false,
                unconditional_update: true,
                create_on_update: false,
                delete_returns_object: false,
                orphans_by_default: false,
            },
            custom: None,
        }
    }
}
