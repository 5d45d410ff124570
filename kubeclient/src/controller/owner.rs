//! [`Primary`]: what the primary objects are, so that references to them are known. Pure.

use crate::cache::ObjectKey;
use crate::meta::resource::{Metadata, Object};

/// What a reference must name to be one to a primary object.
#[derive(Clone, Debug)]
pub(super) struct Primary {
    pub(super) group: String,
    pub(super) kind: String,
    pub(super) namespaced: bool,
    /// The one namespace that is looked at, if it is one.
    pub(super) namespace: Option<String>,
}

impl Primary {
    /// The key of the primary object that controls this one, if one does.
    ///
    /// Any version of the group will do: who made the reference may know another one.
    pub(super) fn controls<T: Object>(&self, object: &T) -> Option<ObjectKey> {
        let metadata = object.metadata();
        let owners = metadata.owner_references()?;
        let owner = owners.iter().find(|owner| owner.is_controller)?;
        let group = owner.api_version.rsplit_once('/').map_or("", |(group, _)| group);
        if group != self.group || owner.kind != self.kind {
            return None;
        }
        let namespace = metadata.namespace();
        match (self.namespaced, &self.namespace) {
            (false, _) => Some(ObjectKey::new("", owner.name)),
            // An object outside of namespaces has no owner within one.
            (true, _) if namespace.is_empty() => None,
            (true, Some(own)) if own != namespace => None,
            (true, _) => Some(ObjectKey::new(namespace, owner.name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::object_meta::{ObjectMeta, OwnerReference};
    use crate::meta::partial::PartialObjectMetadata;

    fn owner(api_version: &str, kind: &str, controller: Option<bool>) -> OwnerReference {
        OwnerReference {
            api_version: api_version.into(),
            kind: kind.into(),
            name: "a".into(),
            uid: "u".into(),
            controller,
            block_owner_deletion: None,
        }
    }

    fn primary() -> Primary {
        let (group, kind) = ("samplecontroller.k8s.io".into(), "Foo".into());
        Primary { group, kind, namespaced: true, namespace: None }
    }

    fn controls(primary: &Primary, namespace: &str, owners: &[OwnerReference]) -> Option<String> {
        let metadata = ObjectMeta {
            namespace: namespace.into(),
            owner_references: owners.to_vec(),
            ..ObjectMeta::named("owned")
        };
        let object = PartialObjectMetadata::<crate::meta::dynamic::DynamicObject>::new(metadata);
        primary.controls(&object).map(|key| key.to_string())
    }

    #[test]
    fn the_controller_of_the_group_and_kind_is_found_in_any_version() {
        let foos = primary();
        let (v1, v2) = ("samplecontroller.k8s.io/v1alpha1", "samplecontroller.k8s.io/v2");
        for version in [v1, v2] {
            let found = controls(&foos, "n", &[owner(version, "Foo", Some(true))]);
            assert_eq!(found.as_deref(), Some("n/a"));
        }
        for other in [
            owner(v1, "Bar", Some(true)),
            owner("other.k8s.io/v1alpha1", "Foo", Some(true)),
            owner("v1", "Foo", Some(true)),
            owner(v1, "Foo", Some(false)),
            owner(v1, "Foo", None),
        ] {
            assert_eq!(controls(&foos, "n", &[other]), None);
        }
        let two = [owner(v1, "Foo", None), owner("apps/v1", "ReplicaSet", Some(true))];
        assert_eq!(controls(&foos, "n", &two), None);
        assert_eq!(controls(&foos, "n", &[]), None);
    }

    #[test]
    fn owners_stand_in_the_namespace_of_what_they_own_or_in_none() {
        let reference = [owner("samplecontroller.k8s.io/v1", "Foo", Some(true))];
        let one = Primary { namespace: Some("n".into()), ..primary() };
        assert_eq!(controls(&one, "n", &reference).as_deref(), Some("n/a"));
        assert_eq!(controls(&one, "m", &reference), None);
        assert_eq!(controls(&primary(), "", &reference), None);
        let cluster = Primary { namespaced: false, ..primary() };
        assert_eq!(controls(&cluster, "n", &reference).as_deref(), Some("a"));
        assert_eq!(controls(&cluster, "", &reference).as_deref(), Some("a"));
        let core = Primary { group: String::new(), kind: "Pod".into(), ..primary() };
        assert_eq!(controls(&core, "n", &[owner("v1", "Pod", Some(true))]).as_deref(), Some("n/a"));
    }
}
