//! [`Plan`]: the objects of a set in the order in which they are applied, each once.

use std::collections::BTreeMap;

use super::order::{Stage, stage};
use super::origin::Origin;
use super::outcome::ObjectRef;
use super::set::{Manifested, Manifests};
use crate::error::Error;
use crate::meta::api_resource::ApiResource;
use crate::meta::dynamic::DynamicObject;
use crate::meta::gvk::GroupVersionKind;

pub(super) struct Plan<'a> {
    pub(super) steps: Vec<Step<'a>>,
}

/// An object of the set and when it is its turn.
#[derive(Clone)]
pub(super) struct Step<'a> {
    pub(super) stage: Stage,
    pub(super) kind: GroupVersionKind,
    item: &'a Manifested,
    default_namespace: &'a str,
}

impl<'a> Plan<'a> {
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid): an object stands in the set twice; both places are named.
    pub(super) fn of(set: &'a Manifests, default_namespace: &'a str) -> Result<Self, Error> {
        let mut steps = Vec::with_capacity(set.len());
        let mut seen: BTreeMap<_, &Origin> = BTreeMap::new();
        for item in set {
            let DynamicObject { types, metadata, .. } = &item.object;
            let kind = types
                .group_version_kind()
                .map_err(|error| Error::invalid(format!("{}: {error}", item.origin)))?;
            let namespace = match metadata.namespace.as_str() {
                "" => default_namespace,
                own => own,
            };
            // Of a cluster-scoped kind the namespace means nothing, but such an object says none.
            let key = (kind.group.clone(), kind.kind.clone(), namespace, metadata.name.as_str());
            if let Some(first) = seen.insert(key, &item.origin) {
                return Err(Error::invalid(format!(
                    "{} {:?} stands in the set twice: {first}; {}",
                    kind.kind, metadata.name, item.origin
                )));
            }
            let stage = stage(&kind.group, &kind.kind);
            steps.push(Step { stage, kind, item, default_namespace });
        }
        steps.sort_by_key(|step| step.stage);
        Ok(Self { steps })
    }
}

impl<'a> Step<'a> {
    pub(super) fn origin(&self) -> &'a Origin {
        &self.item.origin
    }

    pub(super) fn object(&self) -> &'a DynamicObject {
        &self.item.object
    }

    /// The namespace that the object is in, if its kind is namespaced.
    pub(super) fn namespace(&self) -> &'a str {
        match self.item.object.metadata.namespace.as_str() {
            "" => self.default_namespace,
            own => own,
        }
    }

    /// Which object it is; where the kind is not known, as if it were namespaced.
    pub(super) fn object_ref(&self, resource: Option<&ApiResource>) -> ObjectRef {
        let namespaced = resource.is_none_or(|resource| resource.namespaced);
        ObjectRef {
            kind: self.kind.clone(),
            namespace: if namespaced { self.namespace().to_owned() } else { String::new() },
            name: self.item.object.metadata.name.clone(),
        }
    }
}
