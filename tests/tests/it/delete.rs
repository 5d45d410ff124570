//! Deletes on the real server: preconditions, finalizers, and what becomes of owned objects.

use kubeclient::meta::object_meta::OwnerReference;
use kubeclient::{
    Api, ApiResource, DeleteParams, DeleteResponse, DynamicObject, ObjectMeta, Patch, PatchParams,
    Resource,
};
use serde_json::json;

use crate::common::{Sandbox, eventually};
use crate::foo::{ConfigMap, Foo, Namespace};

/// The finalizer of a foreground deletion.
const FOREGROUND: &str = "foregroundDeletion";

/// Fidelity 48.
#[test]
fn a_delete_with_a_wrong_precondition_is_a_conflict() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let old = foos.create(&Foo::named("a", 1)).unwrap().metadata;
    foos.delete("a", &DeleteParams::default().uid(&old.uid)).unwrap();
    let new = foos.create(&Foo::named("a", 1)).unwrap().metadata;
    let refuse = |params: DeleteParams| {
        let error = foos.delete("a", &params).unwrap_err();
        assert!(error.is_conflict(), "{error}");
    };
    refuse(DeleteParams::default().uid(&old.uid));
    refuse(DeleteParams::default().resource_version(&old.resource_version));
    refuse(DeleteParams::default().uid(&new.uid).resource_version(&old.resource_version));
    let right = DeleteParams::default().uid(&new.uid).resource_version(&new.resource_version);
    let DeleteResponse::Status(status) = foos.delete("a", &right).unwrap() else { panic!() };
    assert_eq!((status.is_success(), status.details.unwrap().uid), (true, new.uid));
}

/// Fidelity 48.
#[test]
fn an_object_with_a_finalizer_is_given_back_and_stays_until_that_is_gone() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let mut foo = Foo::named("a", 1);
    foo.metadata.finalizers = ["example.com/wait".into()].into();
    foos.create(&foo).unwrap();
    let waiting = foos.delete("a", &DeleteParams::default()).unwrap().object().unwrap();
    assert!(waiting.metadata.deletion_timestamp.is_some());
    assert_eq!(waiting, foos.get("a").unwrap());
    let again = foos.create(&foo).unwrap_err();
    assert!(again.is_already_exists(), "{again}");

    let mut released = waiting;
    released.metadata.finalizers.clear();
    foos.replace(&released).unwrap();
    assert!(foos.get_opt("a").unwrap().is_none());
}

#[test]
fn a_pod_on_a_node_is_given_its_time_unless_the_delete_says_otherwise() {
    let Some(sandbox) = Sandbox::new() else { return };
    let resource = ApiResource::namespaced("", "v1", "Pod", "pods");
    let pods =
        Api::<DynamicObject>::dynamic_namespaced(&sandbox.client, &resource, &sandbox.namespace);
    let containers = json!([{"name": "c", "image": "example.invalid/image"}]);
    let spec = json!({"nodeName": "nowhere", "containers": containers});
    pods.create(&DynamicObject::new("p", &resource).with("spec", spec)).unwrap();
    let seconds = |params: DeleteParams| {
        let pod = pods.delete("p", &params).unwrap().object().unwrap();
        assert!(pod.metadata.deletion_timestamp.is_some());
        pod.metadata.deletion_grace_period_seconds
    };
    assert_eq!(seconds(DeleteParams::default()), Some(30));
    assert_eq!(seconds(DeleteParams::default().grace_period(7)), Some(7));
    pods.delete("p", &DeleteParams::default().grace_period(0)).unwrap();
    assert!(pods.get_opt("p").unwrap().is_none());
}

/// A namespace is given back, since its content goes first.
#[test]
fn a_deleted_namespace_is_given_back_and_takes_its_content_along() {
    let Some(sandbox) = Sandbox::new() else { return };
    let namespaces = Api::<Namespace>::all(&sandbox.client);
    let name = format!("{}-doomed", sandbox.namespace);
    namespaces.create(&Namespace { metadata: ObjectMeta::named(&name) }).unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(&sandbox.client, &name);
    maps.create(&ConfigMap::named("inside")).unwrap();
    let going = namespaces.delete(&name, &DeleteParams::default()).unwrap().object().unwrap();
    assert!(going.metadata.deletion_timestamp.is_some());
    let error = maps.create(&ConfigMap::named("late")).unwrap_err();
    assert!(error.is_forbidden() || error.is_not_found(), "{error}");
    eventually("the namespace is gone", || {
        namespaces.get_opt(&name).unwrap().is_none().then_some(())
    });
    assert!(maps.get_opt("inside").unwrap().is_none());
}

#[test]
fn a_background_delete_collects_owned_objects_afterwards() {
    let Some(family) = Family::new() else { return };
    let gone = family.maps.delete("owner", &DeleteParams::default().background()).unwrap();
    assert!(matches!(gone, DeleteResponse::Status(status) if status.is_success()));
    family.wait_until_gone("owned");
}

#[test]
fn a_foreground_delete_collects_owned_objects_first() {
    let Some(family) = Family::new() else { return };
    // What keeps the owned object keeps its owner.
    let finalizer = |list: serde_json::Value| {
        let patch = Patch::Merge(json!({"metadata": {"finalizers": list}}));
        family.maps.patch("owned", &patch, &PatchParams::default()).unwrap();
    };
    finalizer(json!(["example.com/wait"]));
    let owner = family
        .maps
        .delete("owner", &DeleteParams::default().foreground())
        .unwrap()
        .object()
        .unwrap();
    assert_eq!(owner.metadata.finalizers, [FOREGROUND]);
    eventually("the owned object is being deleted", || {
        family.maps.get("owned").unwrap().metadata.deletion_timestamp
    });
    assert!(family.maps.get_opt("owner").unwrap().is_some());
    finalizer(json!(null));
    family.wait_until_gone("owner");
    assert!(family.maps.get_opt("owned").unwrap().is_none());
}

#[test]
fn an_orphaning_delete_leaves_owned_objects_without_an_owner() {
    let Some(family) = Family::new() else { return };
    family.maps.delete("owner", &DeleteParams::default().orphan()).unwrap();
    family.wait_until_gone("owner");
    assert_eq!(family.maps.get("owned").unwrap().metadata.owner_references, []);
}

/// A configmap that owns another one.
struct Family {
    maps: Api<ConfigMap>,
    // Dropped last: with it goes the namespace.
    _sandbox: Sandbox,
}

impl Family {
    fn new() -> Option<Self> {
        let sandbox = Sandbox::new()?;
        let maps = sandbox.maps();
        let owner = maps.create(&ConfigMap::named("owner")).unwrap();
        let mut owned = ConfigMap::named("owned");
        owned.metadata.owner_references = vec![OwnerReference {
            api_version: ConfigMap::API_VERSION.into(),
            kind: ConfigMap::KIND.into(),
            name: owner.metadata.name,
            uid: owner.metadata.uid,
            controller: Some(true),
            block_owner_deletion: Some(true),
        }];
        let owned = maps.create(&owned).unwrap();
        assert_eq!(owned.metadata.controller().unwrap().name, "owner");
        Some(Self { maps, _sandbox: sandbox })
    }

    #[track_caller]
    fn wait_until_gone(&self, name: &str) {
        eventually(&format!("{name} is gone"), || {
            self.maps.get_opt(name).unwrap().is_none().then_some(())
        });
    }
}
