//! Which resources the server has now: the built-in ones, and those of the definitions that are there.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::resource::ResourceType;

/// All resources in all versions. It never changes; a change of a definition makes another.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    resources: Vec<Arc<ResourceType>>,
    /// By group, version and plural.
    places: HashMap<(String, String, String), usize>,
    groups: BTreeMap<String, Group>,
    /// The versions of custom resources in which objects are stored but not served.
    unserved: Vec<Arc<ResourceType>>,
}

/// An API group.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Group {
    /// Whether definitions made it.
    pub(crate) custom: bool,
    /// The versions, the preferred one first.
    pub(crate) versions: Vec<String>,
}

impl Registry {
    /// The built-in resources, then those of definitions.
    pub(crate) fn new(
        builtin: impl IntoIterator<Item = Arc<ResourceType>>,
        custom: impl IntoIterator<Item = Arc<ResourceType>>,
    ) -> Self {
        let mut registry = Self::default();
        for resource in builtin {
            registry.add(resource, false);
        }
        for resource in custom {
            match &resource.custom {
                Some(custom) if custom.is_unserved => registry.unserved.push(resource),
                _ => registry.add(resource, true),
            }
        }
        for group in registry.groups.values_mut() {
            group.versions.sort_by_key(|version| std::cmp::Reverse(version_rank(version)));
        }
        registry
    }

    fn add(&mut self, resource: Arc<ResourceType>, custom: bool) {
        let place = (resource.group.clone(), resource.version.clone(), resource.plural.clone());
        if self.places.contains_key(&place) {
            return;
        }
        let group = self
            .groups
            .entry(resource.group.clone())
            .or_insert_with(|| Group { custom, versions: Vec::new() });
        if !group.versions.contains(&resource.version) {
            group.versions.push(resource.version.clone());
        }
        self.places.insert(place, self.resources.len());
        self.resources.push(resource);
    }

    /// Every resource, in the order in which discovery names them.
    pub(crate) fn resources(&self) -> &[Arc<ResourceType>] {
        &self.resources
    }

    /// The groups by name; the core group's is empty.
    pub(crate) fn groups(&self) -> &BTreeMap<String, Group> {
        &self.groups
    }

    /// The group of that name.
    pub(crate) fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }

    /// Whether the group has that version.
    pub(crate) fn has_version(&self, group: &str, version: &str) -> bool {
        self.group(group).is_some_and(|group| group.versions.iter().any(|known| known == version))
    }

    /// The resource at that place.
    pub(crate) fn find(
        &self,
        group: &str,
        version: &str,
        plural: &str,
    ) -> Option<Arc<ResourceType>> {
        let place = (group.to_owned(), version.to_owned(), plural.to_owned());
        self.places.get(&place).map(|&index| Arc::clone(&self.resources[index]))
    }

    /// The resource of that kind.
    pub(crate) fn of_kind(&self, api_version: &str, kind: &str) -> Option<Arc<ResourceType>> {
        let mut resources = self.resources.iter();
        let found =
            resources.find(|known| known.kind == kind && known.api_version() == api_version);
        found.cloned()
    }

    /// The resource in the version in which objects of that storage are kept.
    pub(crate) fn stored_as(&self, storage: &str) -> Option<Arc<ResourceType>> {
        self.stored().find(|known| known.storage() == storage).cloned()
    }

    /// The resources in the versions in which objects are kept, served or not.
    pub(crate) fn stored(&self) -> impl Iterator<Item = &Arc<ResourceType>> {
        self.resources.iter().chain(&self.unserved).filter(|known| known.is_storage_version())
    }

    /// The resources of definitions, served or not.
    pub(crate) fn custom(&self) -> impl Iterator<Item = &Arc<ResourceType>> {
        self.resources.iter().filter(|known| known.is_custom()).chain(&self.unserved)
    }
}

/// Orders versions as Kubernetes prefers them: v2, v1, v2beta1, v1beta1, v1alpha1, then by name.
pub(crate) fn version_rank(version: &str) -> (u8, u64, u64, std::cmp::Reverse<String>) {
    let unknown = || (0, 0, 0, std::cmp::Reverse(version.to_owned()));
    let Some(rest) = version.strip_prefix('v') else { return unknown() };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (major, rest) = rest.split_at(digits);
    let Ok(major) = major.parse::<u64>() else { return unknown() };
    let (stage, minor) = match rest {
        "" => (3, "0"),
        rest if rest.starts_with("beta") => (2, &rest[4..]),
        rest if rest.starts_with("alpha") => (1, &rest[5..]),
        _ => return unknown(),
    };
    match minor.parse::<u64>() {
        Ok(minor) => (stage, major, minor, std::cmp::Reverse(String::new())),
        Err(_) => unknown(),
    }
}

#[cfg(test)]
mod tests {
    use super::version_rank;

    #[test]
    fn stable_versions_come_before_beta_and_alpha() {
        let mut versions = vec!["v1alpha1", "v1", "foo", "v2beta1", "v2", "v1beta2", "v10"];
        versions.sort_by_key(|version| std::cmp::Reverse(version_rank(version)));
        assert_eq!(versions, ["v10", "v2", "v1", "v2beta1", "v1beta2", "v1alpha1", "foo"]);
    }
}
