//! [`TypeMeta`]: the two keys by which an object says what it is.

use serde::{Deserialize, Serialize};

use super::gvk::{GroupVersion, GroupVersionKind, ParseGroupVersionError};

/// The `apiVersion` and `kind` of an object.
///
/// Derived types don't have it as a field: theirs is written and checked from the type's constants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TypeMeta {
    /// The group and version, such as `apps/v1`.
    #[serde(rename = "apiVersion", default, skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// The kind, such as `Deployment`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
}

impl TypeMeta {
    /// Names a kind.
    pub fn new(api_version: impl Into<String>, kind: impl Into<String>) -> Self {
        Self { api_version: api_version.into(), kind: kind.into() }
    }

    /// Takes the group apart from the version.
    ///
    /// # Errors
    /// The `apiVersion` is neither `version` nor `group/version`.
    pub fn group_version_kind(&self) -> Result<GroupVersionKind, ParseGroupVersionError> {
        let group_version: GroupVersion = self.api_version.parse()?;
        Ok(group_version.with_kind(&self.kind))
    }
}
