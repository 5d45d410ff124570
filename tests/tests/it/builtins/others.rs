//! Kinds that are neither kept nor reviews: `Binding` and `ComponentStatus`, and those that only a
//! subresource takes, `Eviction` and `TokenRequest`.
//!
//! `ImageReview` of `imagepolicy.k8s.io` is asked of a webhook by the server and served by nobody: its golden
//! object is all there is.

use kubeclient::authentication_v1::{TokenRequest, TokenRequestSpec};
use kubeclient::core_v1::{
    Binding, ComponentStatus, ObjectReference, Pod, PodSpec, ServiceAccount,
};
use kubeclient::{Clientset, DeleteParams, ListParams, ObjectMeta};

use super::parts::{container, named, strings};
use super::plane::{Plane, ROOM, plane};
use super::trip::{Row, row, same};

pub(crate) fn rows() -> Vec<Row> {
    vec![row!(core_v1 bindings Binding), row!(core_v1 component_statuses ComponentStatus)]
}

/// The clientsets of both wires, with a name for what each makes.
fn both(plane: &Plane) -> [(&'static str, Clientset); 2] {
    [("in-json", plane.clientset.clone()), ("in-protobuf", plane.clientset.with_protobuf())]
}

fn pod(name: &str) -> Pod {
    Pod {
        metadata: named(name),
        spec: PodSpec { containers: vec![container()], ..PodSpec::default() },
        ..Pod::default()
    }
}

fn binding(name: &str) -> Binding {
    Binding {
        metadata: ObjectMeta::named(name),
        target: ObjectReference {
            kind: "Node".into(),
            name: "far".into(),
            ..ObjectReference::default()
        },
    }
}

#[test]
fn a_binding_is_obeyed() {
    let Some(plane) = plane() else { return };
    for (name, clientset) in both(plane) {
        let core = clientset.core_v1();
        let (pods, name) = (core.pods(ROOM), format!("bound-{name}"));
        pods.create(&pod(&name)).unwrap();
        assert!(pods.bind(&name, &binding(&name)).unwrap().is_success());
        let bound = pods.get(&name).unwrap();
        assert_eq!(bound.spec.node_name, "far");
        assert!(core.bindings(ROOM).create(&binding(&name)).unwrap_err().is_conflict());
        let other = format!("{name}-too");
        pods.create(&pod(&other)).unwrap();
        assert_eq!(core.bindings(ROOM).create(&binding(&other)).unwrap(), binding(&other));
        assert_eq!(pods.get(&other).unwrap().spec.node_name, "far");
        for name in [name, other] {
            pods.delete(&name, &DeleteParams::default().grace_period(0)).unwrap();
        }
    }
}

#[test]
fn component_statuses_are_the_same_in_both_wires() {
    let Some(plane) = plane() else { return };
    let [json, protobuf] = both(plane).map(|(_, clientset)| {
        let statuses = clientset.core_v1().component_statuses();
        let mut items = statuses.list(&ListParams::default()).unwrap().items;
        items.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        items.push(statuses.get("etcd-0").unwrap());
        // What is said of a component that does not run here differs from one time to the next.
        items.retain(|status| status.metadata.name.starts_with("etcd"));
        items
    });
    assert!(json.len() >= 2);
    assert_eq!(json[0].conditions[0].type_, "Healthy");
    same(&protobuf, &json, "in protobuf and in JSON");
}

#[test]
fn an_eviction_is_obeyed() {
    let Some(plane) = plane() else { return };
    for (name, clientset) in both(plane) {
        let (pods, name) = (clientset.core_v1().pods(ROOM), format!("evicted-{name}"));
        let uid = pods.create(&pod(&name)).unwrap().metadata.uid;
        assert!(pods.evict(&name, &DeleteParams::default().uid(uid)).unwrap().is_success());
        assert!(pods.get_opt(&name).unwrap().is_none());
    }
}

#[test]
fn a_token_is_made_for_an_account() {
    let Some(plane) = plane() else { return };
    let request = TokenRequest {
        spec: TokenRequestSpec {
            audiences: strings(["example.com"]),
            expiration_seconds: Some(3600),
            ..TokenRequestSpec::default()
        },
        ..TokenRequest::default()
    };
    for (name, clientset) in both(plane) {
        let accounts = clientset.core_v1().service_accounts(ROOM);
        accounts.create(&ServiceAccount { metadata: named(name), ..Default::default() }).unwrap();
        let made = accounts.create_token(name, &request).unwrap();
        assert_eq!(made.spec, request.spec);
        assert_eq!(made.status.token.split('.').count(), 3);
        assert!(made.status.expiration_timestamp.is_some());
        accounts.delete(name, &DeleteParams::default()).unwrap();
    }
}
