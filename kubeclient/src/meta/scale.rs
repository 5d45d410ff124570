//! [`Scale`]: the one shape in which every scalable kind shows its number of replicas.

use serde::{Deserialize, Serialize};

use super::object_meta::ObjectMeta;
use super::resource::Object;

/// `autoscaling/v1` `Scale`: desired and observed replicas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scale {
    /// The metadata of the scaled object.
    pub metadata: ObjectMeta,
    /// What is wanted.
    pub spec: ScaleSpec,
    /// What is there.
    pub status: ScaleStatus,
}

/// The wanted number of replicas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScaleSpec {
    /// How many replicas are wanted.
    pub replicas: i32,
}

/// The observed number of replicas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScaleStatus {
    /// How many replicas there are.
    pub replicas: i32,
    /// The selector of the replicas, in text form; empty when absent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub selector: String,
}

impl Object for Scale {
    type Metadata = ObjectMeta;

    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}
