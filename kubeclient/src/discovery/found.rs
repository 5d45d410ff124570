//! [`Discovered`]: the groups, versions and resources of a server, whichever form told of them. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::Error;
use crate::meta::api_resource::ApiResource;
use crate::meta::gvk::{GroupVersion, GroupVersionKind, GroupVersionResource};

/// An API group of the server: its name and the versions in which it is served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiGroup {
    /// The name; empty for the core group.
    pub name: String,
    /// The versions, in the server's order.
    pub versions: Vec<String>,
    /// The version that the server prefers.
    pub preferred_version: String,
}

/// Everything that the server has, as far as it could be found out.
///
/// A server whose extensions are partly broken is a usual sight: the groups that could not be found out
/// stand in [`Discovered::failures`], beside the others.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Discovered {
    /// The groups: the core group first, then in the server's order.
    pub groups: Vec<DiscoveredGroup>,
    /// What could not be found out.
    pub failures: Vec<DiscoveryFailure>,
}

/// An API group and what it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiscoveredGroup {
    /// The name; empty for the core group.
    pub name: String,
    /// The versions that could be found out, in the server's order; empty when none could.
    pub versions: Vec<DiscoveredVersion>,
    /// The version that the server prefers, of those; empty when there is none.
    pub preferred_version: String,
}

/// A version of an API group and what it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiscoveredVersion {
    /// The version, such as `v1`.
    pub version: String,
    /// The resources, in the server's order.
    pub resources: Vec<DiscoveredResource>,
    /// Subresources of resources that are not served in this version themselves.
    pub orphans: Vec<DiscoveredSubresource>,
}

/// A resource that the server has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiscoveredResource {
    /// What an [`Api`](crate::Api) needs of it.
    pub resource: ApiResource,
    /// The name of one object, such as `deployment`; empty on servers that don't say.
    pub singular: String,
    /// Abbreviations, such as `deploy`.
    pub short_names: Vec<String>,
    /// The sets of resources that it belongs to, such as `all`.
    pub categories: Vec<String>,
    /// What can be done with it: `get`, `list`, `watch` and so on.
    pub verbs: Vec<String>,
    /// What its objects have below them.
    pub subresources: Vec<DiscoveredSubresource>,
}

/// A subresource that the server has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiscoveredSubresource {
    /// The name that stands in URLs, such as `scale`.
    pub name: String,
    /// The name that access rules use, such as `deployments/scale`.
    pub full_name: String,
    /// Whether it stands below objects of a namespace.
    pub namespaced: bool,
    /// The kind of what it takes and answers, such as `autoscaling/v1, Kind=Scale`.
    pub kind: GroupVersionKind,
    /// What can be done with it.
    pub verbs: Vec<String>,
}

/// A version of a group that could not be found out, and why.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DiscoveryFailure {
    /// The version of a group.
    pub group_version: GroupVersion,
    /// Why; shared, so that a [`Discovered`] can be cloned.
    pub error: Arc<Error>,
}

impl Discovered {
    /// All resources: groups in the server's order, and in each the preferred version first.
    pub fn resources(&self) -> impl Iterator<Item = &DiscoveredResource> {
        self.groups
            .iter()
            .flat_map(DiscoveredGroup::by_preference)
            .flat_map(|version| &version.resources)
    }

    /// A group, by name; the core group's is empty.
    pub fn group(&self, name: &str) -> Option<&DiscoveredGroup> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// A version of a group.
    pub fn version(&self, version: &GroupVersion) -> Option<&DiscoveredVersion> {
        self.group(&version.group)?.version(&version.version)
    }

    /// The resource of a kind.
    pub fn by_kind(&self, kind: &GroupVersionKind) -> Option<&DiscoveredResource> {
        let version = self.version(&kind.group_version())?;
        version.resources.iter().find(|resource| resource.resource.kind == kind.kind)
    }

    /// A resource, by its plural name.
    pub fn by_resource(&self, resource: &GroupVersionResource) -> Option<&DiscoveredResource> {
        let version = self.version(&resource.group_version())?;
        version.resources.iter().find(|found| found.resource.plural == resource.resource)
    }

    /// The same, with each resource in one version only: the preferred one where it is served there,
    /// else the first one that has it.
    #[must_use]
    pub fn into_preferred(mut self) -> Self {
        for group in &mut self.groups {
            let mut taken: BTreeSet<String> = group
                .preferred()
                .into_iter()
                .flat_map(|version| &version.resources)
                .map(|resource| resource.resource.plural.clone())
                .collect();
            for version in &mut group.versions {
                if version.version != group.preferred_version {
                    version.resources.retain(|found| taken.insert(found.resource.plural.clone()));
                }
            }
        }
        self
    }

    /// The same, with those resources alone that are wanted; of the versions, all are kept.
    ///
    /// ```
    /// # use kubeclient::RestClient;
    /// use kubeclient::discovery::DiscoveryClient;
    ///
    /// # let server = kubeclient_fake::FakeServer::start().unwrap();
    /// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
    /// // What a garbage collector or a backup goes through.
    /// let preferred = DiscoveryClient::new(&client).server_preferred_resources()?;
    /// let wanted = preferred.filtered(|found| found.supports_all(&["list", "watch", "delete"]));
    /// assert!(wanted.resources().any(|found| found.resource.plural == "pods"));
    /// assert!(wanted.resources().all(|found| found.resource.plural != "bindings"));
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    #[must_use]
    pub fn filtered(mut self, wanted: impl Fn(&DiscoveredResource) -> bool) -> Self {
        for version in self.groups.iter_mut().flat_map(|group| &mut group.versions) {
            version.resources.retain(&wanted);
        }
        self
    }

    /// Whether the server has a version of a group, also where it could not be found out what is in it.
    pub fn supports_version(&self, version: &GroupVersion) -> bool {
        self.version(version).is_some()
            || self.failure(&version.group, Some(&version.version)).is_some()
    }

    /// The resources of a category, such as `all`, in the versions that the server prefers.
    pub fn category(&self, name: &str) -> impl Iterator<Item = &DiscoveredResource> {
        let mut taken = BTreeSet::new();
        self.resources().filter(move |found| {
            let resource = &found.resource;
            found.categories.iter().any(|category| category == name)
                && taken.insert((&resource.group, &resource.plural))
        })
    }

    /// The groups with their versions, also those that could not be found out.
    pub(super) fn groups(&self) -> Vec<ApiGroup> {
        let group = |group: &DiscoveredGroup| {
            let failed = self.failures.iter().map(|failure| &failure.group_version);
            let failed = failed
                .filter(|failed| failed.group == group.name)
                .map(|failed| failed.version.clone());
            let found = group.versions.iter().map(|version| version.version.clone());
            let versions: Vec<String> = found.chain(failed).collect();
            let preferred = Some(group.preferred_version.clone()).filter(|name| !name.is_empty());
            ApiGroup {
                name: group.name.clone(),
                preferred_version: preferred
                    .or_else(|| versions.first().cloned())
                    .unwrap_or_default(),
                versions,
            }
        };
        self.groups.iter().map(group).collect()
    }

    /// Why a group, or one version of it, could not be found out.
    pub fn failure(&self, group: &str, version: Option<&str>) -> Option<&DiscoveryFailure> {
        self.failures.iter().find(|failure| {
            let failed = &failure.group_version;
            failed.group == group && version.is_none_or(|version| failed.version == version)
        })
    }
}

impl ApiGroup {
    /// Whether this is one of the group's versions.
    pub fn supports_version(&self, version: &GroupVersion) -> bool {
        self.name == version.group && self.versions.contains(&version.version)
    }
}

impl DiscoveredGroup {
    /// A version, by name.
    pub fn version(&self, version: &str) -> Option<&DiscoveredVersion> {
        self.versions.iter().find(|found| found.version == version)
    }

    /// The version that the server prefers.
    pub fn preferred(&self) -> Option<&DiscoveredVersion> {
        self.version(&self.preferred_version)
    }

    /// The versions: the preferred one first, then the others in the server's order.
    pub fn by_preference(&self) -> impl Iterator<Item = &DiscoveredVersion> {
        let others = |version: &&DiscoveredVersion| version.version != self.preferred_version;
        self.preferred().into_iter().chain(self.versions.iter().filter(others))
    }
}

impl DiscoveredResource {
    /// Whether this can be done with it, such as `list`.
    pub fn supports(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }

    /// Whether all of this can be done with it, such as `["list", "watch"]`.
    pub fn supports_all(&self, verbs: &[&str]) -> bool {
        verbs.iter().all(|verb| self.supports(verb))
    }

    /// A subresource, by the name that stands in URLs.
    pub fn subresource(&self, name: &str) -> Option<&DiscoveredSubresource> {
        self.subresources.iter().find(|subresource| subresource.name == name)
    }
}

impl DiscoveredSubresource {
    /// Whether this can be done with it, such as `patch`.
    pub fn supports(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }
}

/// A kind as discovery spells it: what it leaves out is that of the version that it stands in.
pub(super) fn response_kind(
    container: &GroupVersion,
    group: String,
    version: String,
    kind: String,
) -> GroupVersionKind {
    let or = |own: String, container: &str| if own.is_empty() { container.to_owned() } else { own };
    GroupVersionKind::new(or(group, &container.group), or(version, &container.version), kind)
}
