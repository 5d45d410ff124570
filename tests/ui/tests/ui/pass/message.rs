//! A struct with some fields of a built-in type, in every form that a field may have.

use std::collections::{BTreeMap, HashMap};

use kubeclient::meta::map::Map;
use kubeclient::meta::message::Described;
use kubeclient::{Message, Object, ObjectMeta, Resource, Time};
use serde::Deserialize;

#[derive(Resource, Message, Deserialize, Default)]
#[resource(group = "autoscaling", version = "v1", projection, protobuf)]
#[message(of = "kubeclient::Scale")]
struct Scale {
    metadata: ObjectMeta,
    #[serde(default)]
    status: Option<Observed>,
    #[serde(rename = "spec", default)]
    wanted: Box<Wanted>,
    #[serde(skip)]
    #[allow(dead_code)]
    seen: u64,
}

#[derive(Message, Deserialize, Default)]
#[message(of = "kubeclient::meta::scale::ScaleStatus")]
#[serde(default)]
struct Observed {
    selector: Option<String>,
    replicas: Option<i32>,
}

#[derive(Message, Deserialize, Default)]
#[message(of = "kubeclient::meta::scale::ScaleSpec")]
struct Wanted {
    replicas: i32,
}

#[derive(Message, Default)]
#[message(of = "kubeclient::ObjectMeta")]
#[allow(non_snake_case)]
struct Meta {
    labels: BTreeMap<String, String>,
    annotations: Option<HashMap<String, String>>,
    finalizers: Option<Vec<String>>,
    ownerReferences: Vec<Owner>,
    creationTimestamp: Time,
}

#[derive(Message, Default)]
#[message(of = "kubeclient::OwnerReference", crate = "::kubeclient")]
struct Owner {
    r#kind: String,
    controller: Option<bool>,
}

/// Of a struct that is itself a message of another; and of none of its fields.
#[derive(Message, Default)]
#[message(of = "Meta")]
struct Less {
    annotations: Map<String, String>,
}

#[derive(Message, Default)]
#[message(of = "kubeclient::OwnerReference")]
struct Nothing {}

fn fields<T: Described>() -> Vec<(u32, &'static str)> {
    T::DESCRIPTOR.fields.iter().map(|field| (field.number, field.json)).collect()
}

fn main() {
    assert!(Scale::protobuf().is_some());
    assert_eq!(fields::<Scale>(), [(1, "metadata"), (3, "status"), (2, "spec")]);
    assert_eq!(fields::<Observed>(), [(2, "selector"), (1, "replicas")]);
    assert_eq!(
        fields::<Meta>(),
        [
            (11, "labels"),
            (12, "annotations"),
            (14, "finalizers"),
            (13, "ownerReferences"),
            (8, "creationTimestamp"),
        ]
    );
    assert_eq!(fields::<Less>(), [(12, "annotations")]);
    assert_eq!(fields::<Owner>(), [(1, "kind"), (6, "controller")]);
    assert_eq!(fields::<Nothing>(), []);
    let descriptor = Owner::default().descriptor();
    assert_eq!((descriptor.group_version, descriptor.name), ("meta/v1", "OwnerReference"));
    let scale = Scale::default();
    assert_eq!(scale.wanted.replicas, 0);
    assert!(scale.status.is_none_or(|status| status.replicas == status.selector.map(|_| 0)));
}
