//! [`Kinds`]: the resource of each kind of a set. Custom resources are known by the definitions of the same
//! set, which may not be installed yet; all others the server is asked for.

use std::collections::BTreeMap;

use serde_json::Value;

use super::set::Manifests;
use crate::discovery::RestMapper;
use crate::error::Error;
use crate::meta::api_resource::ApiResource;
use crate::meta::dynamic::DynamicObject;
use crate::meta::gvk::GroupVersionKind;

#[derive(Debug)]
pub(super) struct Kinds {
    mapper: RestMapper,
    defined: BTreeMap<GroupVersionKind, Defined>,
}

/// A kind that the set defines.
#[derive(Clone, Debug)]
pub(super) struct Defined {
    pub(super) resource: ApiResource,
    /// The name of the definition.
    pub(super) definition: String,
}

impl Kinds {
    pub(super) fn of(set: &Manifests, mapper: &RestMapper) -> Self {
        let defined = set
            .iter()
            .flat_map(|item| defined(&item.object))
            .map(|defined| (defined.resource.group_version_kind(), defined))
            .collect();
        Self { mapper: mapper.clone(), defined }
    }

    /// The resource of an object.
    ///
    /// # Errors
    /// As [`RestMapper::kind`].
    pub(super) fn resource(&self, kind: &GroupVersionKind) -> Result<ApiResource, Error> {
        match self.defined.get(kind) {
            Some(defined) => Ok(defined.resource.clone()),
            None => self.mapper.kind(kind),
        }
    }

    /// The name of the definition in the set that a kind has.
    pub(super) fn definition(&self, kind: &GroupVersionKind) -> Option<&str> {
        self.defined.get(kind).map(|defined| defined.definition.as_str())
    }
}

/// Whether an object is a definition.
pub(super) fn is_definition(object: &DynamicObject) -> bool {
    object.types.kind == "CustomResourceDefinition"
        && object.types.api_version.starts_with("apiextensions.k8s.io/")
}

/// The kinds that a definition serves.
fn defined(object: &DynamicObject) -> Vec<Defined> {
    if !is_definition(object) {
        return Vec::new();
    }
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let (Some(group), Some(kind), Some(plural), Some(scope)) = (
        text("/spec/group"),
        text("/spec/names/kind"),
        text("/spec/names/plural"),
        text("/spec/scope"),
    ) else {
        return Vec::new();
    };
    let versions = object.pointer("/spec/versions").and_then(Value::as_array);
    let served = |version: &&Value| version["served"] != Value::Bool(false);
    let versions = versions.into_iter().flatten().filter(served);
    versions
        .filter_map(|version| version["name"].as_str())
        .map(|version| Defined {
            resource: ApiResource {
                group: group.to_owned(),
                version: version.to_owned(),
                kind: kind.to_owned(),
                plural: plural.to_owned(),
                namespaced: scope == "Namespaced",
            },
            definition: object.metadata.name.clone(),
        })
        .collect()
}
