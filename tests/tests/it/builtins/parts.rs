//! What the objects of several kinds are made of.

use kubeclient::core_v1::{
    Container, ContainerPort, EnvVar, LocalObjectReference, NodeSelector, NodeSelectorRequirement,
    NodeSelectorTerm, ObjectReference, PodSpec, PodTemplateSpec,
};
use kubeclient::meta_v1::{LabelSelector, LabelSelectorRequirement};
use kubeclient::{MicroTime, ObjectMeta, Quantity};

/// The metadata of an object, with more than a name.
pub(crate) fn named(name: &str) -> ObjectMeta {
    ObjectMeta {
        labels: [("app", "round"), ("example.com/part", "trip")].into(),
        annotations: [("example.com/why", "both wires: \"the same\", \u{e9}\u{1f980}")].into(),
        ..ObjectMeta::named(name)
    }
}

/// A message behind a pointer.
pub(crate) fn some<T>(message: T) -> Option<Box<T>> {
    Some(Box::new(message))
}

/// Owned texts.
pub(crate) fn strings<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).into()
}

/// A quantity of this text.
pub(crate) fn quantity(text: &str) -> Quantity {
    text.parse().unwrap()
}

/// A moment with microseconds.
pub(crate) fn moment() -> MicroTime {
    "2026-01-02T03:04:05.000007Z".parse().unwrap()
}

/// What selects the pods of [`template`].
pub(crate) fn selector() -> LabelSelector {
    LabelSelector {
        match_labels: [("app", "round")].into(),
        match_expressions: vec![LabelSelectorRequirement {
            key: "example.com/part".into(),
            operator: "In".into(),
            values: strings(["trip", "other"]),
        }],
    }
}

/// A node of one zone or the other.
pub(crate) fn zones() -> NodeSelector {
    let either = NodeSelectorRequirement {
        key: "topology.kubernetes.io/zone".into(),
        operator: "In".into(),
        values: strings(["a", "b"]),
    };
    NodeSelector {
        node_selector_terms: vec![NodeSelectorTerm {
            match_expressions: vec![either],
            ..NodeSelectorTerm::default()
        }],
    }
}

/// Pods that every workload can have.
pub(crate) fn template(restart_policy: &str) -> PodTemplateSpec {
    PodTemplateSpec {
        metadata: named(""),
        spec: PodSpec {
            restart_policy: restart_policy.into(),
            containers: vec![container()],
            image_pull_secrets: vec![LocalObjectReference { name: "pull".into() }],
            node_selector: [("disk", "fast")].into(),
            ..PodSpec::default()
        },
    }
}

/// A container with a port, a variable and an empty list of arguments.
pub(crate) fn container() -> Container {
    Container {
        name: "main".into(),
        image: "example.invalid/image:1".into(),
        command: strings(["run", ""]),
        env: vec![EnvVar { name: "MODE".into(), value: "a=b".into(), ..EnvVar::default() }],
        ports: vec![ContainerPort {
            name: "http".into(),
            container_port: 8080,
            ..ContainerPort::default()
        }],
        ..Container::default()
    }
}

/// A reference to a pod that need not be there.
pub(crate) fn pod_reference() -> ObjectReference {
    ObjectReference {
        api_version: "v1".into(),
        kind: "Pod".into(),
        namespace: super::plane::ROOM.into(),
        name: "some".into(),
        uid: "11111111-2222-3333-4444-555555555555".into(),
        field_path: "spec.containers{main}".into(),
        ..ObjectReference::default()
    }
}
