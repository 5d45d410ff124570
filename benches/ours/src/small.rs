//! The small kinds that `cold` and `crud` use, as a program would derive them.

use std::collections::BTreeMap;

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

/// A namespace.
#[derive(Resource, Serialize, Deserialize, Clone, Debug)]
#[resource(group = "", version = "v1", scope = "Cluster")]
pub(crate) struct Namespace {
    pub(crate) metadata: ObjectMeta,
    #[serde(default)]
    status: NamespaceStatus,
}

#[derive(Serialize, Deserialize, Clone, Debug, Default)]
struct NamespaceStatus {
    #[serde(default)]
    phase: String,
}

/// A config map.
#[derive(Resource, Serialize, Deserialize, Clone, Debug)]
#[resource(group = "", version = "v1")]
pub(crate) struct ConfigMap {
    pub(crate) metadata: ObjectMeta,
    #[serde(default)]
    pub(crate) data: BTreeMap<String, String>,
}
