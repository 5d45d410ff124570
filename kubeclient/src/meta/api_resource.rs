//! [`ApiResource`]: what must be known of a kind to build its URLs and to recognize its objects.

use super::gvk::{GroupVersionKind, GroupVersionResource, api_version};
use super::type_meta::TypeMeta;

/// A kind as an API server serves it.
///
/// A derived type has one ([`Resource::api_resource`](super::resource::Resource::api_resource)); for a
/// kind that nobody compiled in, discovery finds it, or it is written by hand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ApiResource {
    /// The group; empty for the core group.
    pub group: String,
    /// The version, such as `v1`.
    pub version: String,
    /// The kind, such as `Deployment`.
    pub kind: String,
    /// The plural name that stands in URLs, such as `deployments`.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

impl ApiResource {
    /// Names a namespaced kind.
    pub fn namespaced(
        group: impl Into<String>,
        version: impl Into<String>,
        kind: impl Into<String>,
        plural: impl Into<String>,
    ) -> Self {
        Self {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
            plural: plural.into(),
            namespaced: true,
        }
    }

    /// Names a cluster-scoped kind.
    pub fn cluster(
        group: impl Into<String>,
        version: impl Into<String>,
        kind: impl Into<String>,
        plural: impl Into<String>,
    ) -> Self {
        Self { namespaced: false, ..Self::namespaced(group, version, kind, plural) }
    }

    /// Whether its objects are questions that the server answers and does not keep, such as a
    /// `SubjectAccessReview`: they can only be created, and need no name.
    pub fn is_review(&self) -> bool {
        // These two groups hold nothing else.
        matches!(self.group.as_str(), "authentication.k8s.io" | "authorization.k8s.io")
    }

    /// The group and version, as `apiVersion` spells them.
    pub fn api_version(&self) -> String {
        api_version(&self.group, &self.version)
    }

    /// What an object of this kind says of itself.
    pub fn type_meta(&self) -> TypeMeta {
        TypeMeta { api_version: self.api_version(), kind: self.kind.clone() }
    }

    /// The kind, named in full.
    pub fn group_version_kind(&self) -> GroupVersionKind {
        GroupVersionKind::new(&self.group, &self.version, &self.kind)
    }

    /// The resource, named in full.
    pub fn group_version_resource(&self) -> GroupVersionResource {
        GroupVersionResource::new(&self.group, &self.version, &self.plural)
    }
}
