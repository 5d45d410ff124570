//! The pods that the workloads read, in three types, and the tally that shows that they were read.

use std::fmt;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use kube::api::DynamicObject;
use serde::{Deserialize, Serialize};

/// Ten fields of a pod, on the metadata type that kube's `Resource` asks for.
#[derive(Resource, Serialize, Deserialize, Clone, Debug)]
#[resource(inherit = Pod)]
pub(crate) struct PodSummary {
    metadata: ObjectMeta,
    spec: Spec,
    #[serde(default)]
    status: Status,
}

#[derive(Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "camelCase")]
struct Spec {
    node_name: Option<String>,
    containers: Vec<Container>,
}

#[derive(Serialize, Deserialize, Clone, Debug)]
struct Container {
    name: String,
    image: Option<String>,
}

#[derive(Serialize, Deserialize, Clone, Debug, Default)]
struct Status {
    phase: Option<String>,
}

/// What the tally asks of a pod, whatever its type.
pub(crate) trait Read {
    /// Name, node and phase.
    fn scalars(&self) -> [&str; 3];
    /// The length of every container's name and image.
    fn containers(&self) -> usize;
}

impl Read for PodSummary {
    fn scalars(&self) -> [&str; 3] {
        [text(&self.metadata.name), text(&self.spec.node_name), text(&self.status.phase)]
    }

    fn containers(&self) -> usize {
        self.spec
            .containers
            .iter()
            .map(|container| container.name.len() + text(&container.image).len())
            .sum()
    }
}

impl Read for Pod {
    fn scalars(&self) -> [&str; 3] {
        let node = self.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
        let phase = self.status.as_ref().and_then(|status| status.phase.as_deref());
        [text(&self.metadata.name), node.unwrap_or_default(), phase.unwrap_or_default()]
    }

    fn containers(&self) -> usize {
        let containers = self.spec.iter().flat_map(|spec| &spec.containers);
        containers.map(|container| container.name.len() + text(&container.image).len()).sum()
    }
}

impl Read for DynamicObject {
    fn scalars(&self) -> [&str; 3] {
        let node = self.data["spec"]["nodeName"].as_str();
        let phase = self.data["status"]["phase"].as_str();
        [text(&self.metadata.name), node.unwrap_or_default(), phase.unwrap_or_default()]
    }

    fn containers(&self) -> usize {
        let containers = self.data["spec"]["containers"].as_array().into_iter().flatten();
        containers
            .map(|container| {
                ["name", "image"]
                    .map(|key| container[key].as_str().map_or(0, str::len))
                    .iter()
                    .sum::<usize>()
            })
            .sum()
    }
}

fn text(field: &Option<String>) -> &str {
    field.as_deref().unwrap_or_default()
}

/// How many pods were read and how long their texts are together.
#[derive(Default)]
pub(crate) struct Tally {
    pods: usize,
    length: usize,
}

impl Tally {
    /// Counts one pod.
    pub(crate) fn add(&mut self, pod: &impl Read) {
        self.pods += 1;
        self.length +=
            pod.containers() + pod.scalars().iter().map(|text| text.len()).sum::<usize>();
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} pods, {} bytes of text", self.pods, self.length)
    }
}
