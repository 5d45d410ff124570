//! [`VersionInfo`]: what `/version` answers.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::meta::object_meta::null_is_default;
use crate::meta::status::Printable;

/// The version of the server, as it says it itself. What it does not say is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct VersionInfo {
    /// The major version, such as `1`.
    #[serde(deserialize_with = "null_is_default")]
    pub major: String,
    /// The minor version, such as `36`; some vendors write `36+`.
    #[serde(deserialize_with = "null_is_default")]
    pub minor: String,
    /// The major version that the server behaves as.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "null_is_default")]
    pub emulation_major: String,
    /// The minor version that the server behaves as.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "null_is_default")]
    pub emulation_minor: String,
    /// The oldest major version that can work on the same data.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "null_is_default")]
    pub min_compatibility_major: String,
    /// The oldest minor version that can work on the same data.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "null_is_default")]
    pub min_compatibility_minor: String,
    /// The whole version, such as `v1.36.3`.
    #[serde(deserialize_with = "null_is_default")]
    pub git_version: String,
    /// The commit that it was built from.
    #[serde(deserialize_with = "null_is_default")]
    pub git_commit: String,
    /// Whether the sources were changed since that commit: `clean` or `dirty`.
    #[serde(deserialize_with = "null_is_default")]
    pub git_tree_state: String,
    /// When it was built.
    #[serde(deserialize_with = "null_is_default")]
    pub build_date: String,
    /// The version of Go that built it.
    #[serde(deserialize_with = "null_is_default")]
    pub go_version: String,
    /// The compiler that built it.
    #[serde(deserialize_with = "null_is_default")]
    pub compiler: String,
    /// What it runs on, such as `linux/amd64`.
    #[serde(deserialize_with = "null_is_default")]
    pub platform: String,
}

impl fmt::Display for VersionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Printable(&self.git_version))
    }
}
