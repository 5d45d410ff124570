//! Structs of a user that hold some fields of another message, from the bytes of a whole one.

use std::collections::{BTreeMap, HashMap};

use super::{Described, Message};
use crate::meta::object_meta::{ObjectMeta, OwnerReference};
use crate::meta::protobuf::{Input, merge, write};
use crate::meta::scale::{Scale, ScaleSpec, ScaleStatus};
use crate::meta::time::Time;

#[derive(crate::Message, Debug, Default, PartialEq)]
#[message(of = "crate::Scale", crate = "crate")]
struct Size {
    status: Option<Observed>,
    metadata: Box<Meta>,
}

#[derive(crate::Message, Debug, Default, PartialEq)]
#[message(of = "ScaleStatus", crate = "crate")]
struct Observed {
    selector: Option<String>,
}

#[derive(crate::Message, serde::Deserialize, Debug, Default, PartialEq)]
#[message(of = "ObjectMeta", crate = "crate")]
#[serde(rename_all = "camelCase", default)]
struct Meta {
    owner_references: Option<Vec<Owner>>,
    labels: HashMap<String, String>,
    annotations: Option<BTreeMap<String, String>>,
    finalizers: Vec<String>,
    creation_timestamp: Option<Time>,
}

#[derive(crate::Message, serde::Deserialize, Debug, Default, PartialEq)]
#[message(of = "OwnerReference", crate = "crate")]
struct Owner {
    name: String,
    controller: bool,
}

fn whole() -> Scale {
    let owner = |name: &str| OwnerReference {
        name: name.into(),
        kind: "Deployment".into(),
        controller: Some(true),
        ..Default::default()
    };
    Scale {
        metadata: ObjectMeta {
            labels: [("app", "shop"), ("tier", "web")].into(),
            owner_references: vec![owner("a"), owner("b")],
            creation_timestamp: Some("2024-05-01T10:00:00Z".parse().unwrap()),
            ..ObjectMeta::named("web")
        },
        spec: ScaleSpec { replicas: 3 },
        status: ScaleStatus { replicas: 2, selector: "app=shop".into() },
    }
}

fn read<T: Described>(message: &dyn Message) -> T {
    let mut bytes = Vec::new();
    write(message, &mut bytes);
    let mut read = T::default();
    merge(&mut read, Input::new(&bytes)).unwrap();
    read
}

#[test]
fn a_projection_reads_its_fields_and_passes_over_the_others() {
    let size: Size = read(&whole());
    assert_eq!(size.status, Some(Observed { selector: Some("app=shop".into()) }));
    let owner = |name: &str| Owner { name: name.into(), controller: true };
    let expected = Meta {
        owner_references: Some(vec![owner("a"), owner("b")]),
        labels: [("app", "shop"), ("tier", "web")].map(|(k, v)| (k.into(), v.into())).into(),
        creation_timestamp: whole().metadata.creation_timestamp,
        ..Meta::default()
    };
    assert_eq!(*size.metadata, expected);
}

#[test]
fn a_projection_is_written_under_the_numbers_of_the_whole() {
    let size: Size = read(&whole());
    let again: Scale = read(&size);
    assert_eq!(again.status, ScaleStatus { replicas: 0, ..whole().status });
    assert_eq!(again.spec, ScaleSpec::default());
    assert_eq!(again.metadata.labels, whole().metadata.labels);
    assert_eq!(again.metadata.owner_references[1].name, "b");
    assert_eq!(again.metadata.name, "");
}

#[test]
fn what_json_leaves_out_is_absent_in_protobuf_too() {
    let status = |selector: &str| ScaleStatus { replicas: 0, selector: selector.into() };
    assert_eq!(read::<Observed>(&status("a")).selector.as_deref(), Some("a"));
    assert_eq!(read::<Observed>(&status("")).selector, None);
    // Present and false is not absent, where the built-in type can tell.
    let owner = OwnerReference { controller: Some(false), ..Default::default() };
    assert_eq!(read::<Controlled>(&owner).controller, Some(false));
}

#[derive(crate::Message, Debug, Default, PartialEq)]
#[message(of = "OwnerReference", crate = "crate")]
struct Controlled {
    controller: Option<bool>,
}

#[test]
fn both_wires_fill_the_same_fields() {
    let json = serde_json::to_vec(&whole().metadata).unwrap();
    let from_json: Meta = serde_json::from_slice(&json).unwrap();
    assert_eq!(from_json, *read::<Size>(&whole()).metadata);
}

#[cfg(feature = "core_v1")]
mod built_in {
    use super::read;
    use crate::core_v1::{Container, ContainerPort, Pod, PodSpec, PodStatus};
    use crate::{Message, Object, ObjectMeta, Resource};

    #[derive(Resource, Message, serde::Deserialize, Debug, Default, PartialEq)]
    #[resource(group = "", version = "v1", kind = "Pod", projection, protobuf, crate = "crate")]
    #[message(of = "Pod", crate = "crate")]
    struct Placed {
        metadata: ObjectMeta,
        spec: Placement,
        status: Phase,
    }

    #[derive(Message, serde::Deserialize, Debug, Default, PartialEq)]
    #[message(of = "crate::core_v1::PodSpec", crate = "crate")]
    #[serde(rename_all = "camelCase", default)]
    struct Placement {
        node_name: String,
        containers: Vec<Image>,
    }

    #[derive(Message, serde::Deserialize, Debug, Default, PartialEq)]
    #[message(of = "crate::core_v1::Container", crate = "crate")]
    #[serde(default)]
    struct Image {
        image: String,
        ports: Option<Vec<ContainerPort>>,
    }

    #[derive(Message, serde::Deserialize, Debug, Default, PartialEq)]
    #[message(of = "crate::core_v1::PodStatus", crate = "crate")]
    #[serde(rename_all = "camelCase", default)]
    struct Phase {
        phase: String,
        #[serde(rename = "podIP")]
        ip: Option<String>,
    }

    #[test]
    fn a_projection_of_a_built_in_kind_travels_as_protobuf() {
        assert!(Placed::protobuf().is_some());
        let container = |image: &str, port| Container {
            image: image.into(),
            name: image.into(),
            ports: vec![ContainerPort { container_port: port, ..Default::default() }],
            ..Default::default()
        };
        let pod = Pod {
            metadata: ObjectMeta::named("a"),
            spec: PodSpec {
                node_name: "n1".into(),
                containers: vec![container("x", 80), container("y", 81)],
                ..Default::default()
            },
            status: PodStatus { phase: "Running".into(), ..Default::default() },
        };
        let placed: Placed = read(&pod);
        let json: Placed = serde_json::from_slice(&serde_json::to_vec(&pod).unwrap()).unwrap();
        assert_eq!(placed, json);
        assert_eq!(placed.metadata.name, "a");
        assert_eq!(
            (placed.spec.node_name.as_str(), placed.status.phase.as_str()),
            ("n1", "Running")
        );
        let ports = placed.spec.containers[1].ports.as_deref().unwrap_or_default();
        assert_eq!((placed.spec.containers[1].image.as_str(), ports[0].container_port), ("y", 81));
    }
}
