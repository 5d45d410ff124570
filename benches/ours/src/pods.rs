//! Ten fields of a pod, and the tally that shows that pods were read.

use std::fmt;

use kubeclient::core_v1::Pod;
use kubeclient::meta::map::Map;
use kubeclient::meta::resource::Pairs;
use kubeclient::{DynamicObject, Message, Metadata, Resource};
use serde::Deserialize;

/// Ten fields of a pod: what is not named here is skipped while the answer is read.
#[derive(Resource, Message, Deserialize, Clone, Debug, Default)]
#[resource(group = "", version = "v1", kind = "Pod", projection, protobuf)]
#[message(of = "kubeclient::core_v1::Pod")]
pub(crate) struct PodSummary {
    metadata: Summary,
    spec: Spec,
    #[serde(default)]
    status: Status,
}

/// The part of the metadata that the program reads.
#[derive(Message, Deserialize, Clone, Debug, Default)]
#[message(of = "kubeclient::ObjectMeta")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Summary {
    name: String,
    namespace: String,
    resource_version: String,
    labels: Map<String, String>,
}

impl Metadata for Summary {
    fn name(&self) -> &str {
        &self.name
    }

    fn namespace(&self) -> &str {
        &self.namespace
    }

    fn resource_version(&self) -> &str {
        &self.resource_version
    }

    fn labels(&self) -> Option<Pairs<'_>> {
        Some((&self.labels).into())
    }
}

#[derive(Message, Deserialize, Clone, Debug, Default)]
#[message(of = "kubeclient::core_v1::PodSpec")]
#[serde(rename_all = "camelCase")]
struct Spec {
    #[serde(default)]
    node_name: String,
    containers: Vec<Container>,
}

#[derive(Message, Deserialize, Clone, Debug, Default)]
#[message(of = "kubeclient::core_v1::Container")]
struct Container {
    name: String,
    #[serde(default)]
    image: String,
}

#[derive(Message, Deserialize, Clone, Debug, Default)]
#[message(of = "kubeclient::core_v1::PodStatus")]
struct Status {
    #[serde(default)]
    phase: String,
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
        [&self.metadata.name, &self.spec.node_name, &self.status.phase]
    }

    fn containers(&self) -> usize {
        self.spec
            .containers
            .iter()
            .map(|container| container.name.len() + container.image.len())
            .sum()
    }
}

impl Read for Pod {
    fn scalars(&self) -> [&str; 3] {
        [&self.metadata.name, &self.spec.node_name, &self.status.phase]
    }

    fn containers(&self) -> usize {
        self.spec
            .containers
            .iter()
            .map(|container| container.name.len() + container.image.len())
            .sum()
    }
}

impl Read for DynamicObject {
    fn scalars(&self) -> [&str; 3] {
        let text = |pointer: &str| {
            self.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_default()
        };
        [&self.metadata.name, text("/spec/nodeName"), text("/status/phase")]
    }

    fn containers(&self) -> usize {
        let containers = self
            .pointer("/spec/containers")
            .and_then(|value| value.as_array())
            .into_iter()
            .flatten();
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
