//! Status and scale on the real server.

use kubeclient::meta::scale::Scale;
use kubeclient::{Api, ApiResource, DynamicObject, ErrorKind, Patch, PatchParams, PostParams};
use serde_json::json;

use crate::common::Sandbox;
use crate::foo::{ConfigMap, Foo, FooStatus};

/// Fidelity 51.
#[test]
fn a_status_update_leaves_the_spec_and_a_spec_update_leaves_the_status() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let mut foo = foos.create(&Foo::named("a", 1)).unwrap();
    foo.spec.replicas = 5;
    foo.status = Some(FooStatus { available_replicas: 3 });
    let updated = foos.replace_status(&foo).unwrap();
    assert_eq!((updated.spec.replicas, updated.status), (1, foo.status.clone()));
    assert_eq!(updated.metadata.generation, 1);

    foo = foos.get_status("a").unwrap();
    foo.spec.replicas = 5;
    foo.status = Some(FooStatus { available_replicas: 4 });
    let replaced = foos.replace(&foo).unwrap();
    assert_eq!((replaced.spec.replicas, replaced.status.unwrap().available_replicas), (5, 3));
    assert_eq!(replaced.metadata.generation, 2);
}

#[test]
fn the_status_of_a_new_object_is_dropped() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let status = Some(FooStatus { available_replicas: 3 });
    assert_eq!(foos.create(&Foo { status, ..Foo::named("a", 1) }).unwrap().status, None);
}

#[test]
fn a_status_is_patched_and_applied() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("a", 1)).unwrap();
    let both = json!({"spec": {"replicas": 9}, "status": {"availableReplicas": 2}});
    let patched = foos.patch_status("a", &Patch::Merge(both), &PatchParams::default()).unwrap();
    assert_eq!((patched.spec.replicas, patched.status.unwrap().available_replicas), (1, 2));

    let fields = json!({"status": {"availableReplicas": 7}});
    let by = PatchParams::apply("observer").force();
    let applied = foos.patch_status("a", &Patch::Apply(fields), &by).unwrap();
    assert_eq!(applied.status.unwrap().available_replicas, 7);
    let entry = applied.metadata.managed_fields.iter().find(|m| m.manager == "observer").unwrap();
    assert_eq!((entry.operation.as_str(), entry.subresource.as_str()), ("Apply", "status"));
}

#[test]
fn a_status_update_needs_the_version_that_was_read() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let first = foos.create(&Foo::named("a", 1)).unwrap();
    let status = |n| Some(FooStatus { available_replicas: n });
    foos.replace_status(&Foo { status: status(1), ..first.clone() }).unwrap();
    let stale = foos.replace_status(&Foo { status: status(2), ..first }).unwrap_err();
    assert!(stale.is_conflict(), "{stale}");
    let without = foos.replace_status(&Foo::named("a", 1)).unwrap_err();
    assert_eq!(without.kind(), ErrorKind::Invalid);
    let dry = PostParams::default().dry_run();
    let current = foos.get("a").unwrap();
    let shown = foos.replace_status_with(&Foo { status: status(3), ..current.clone() }, &dry);
    assert_eq!(shown.unwrap().status, status(3));
    assert_eq!(foos.get("a").unwrap(), current);
}

/// Fidelity 51.
#[test]
fn a_scale_is_read_replaced_and_patched() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("a", 2)).unwrap();
    let mut scale = foos.get_scale("a").unwrap();
    assert_eq!((scale.spec.replicas, scale.metadata.name.as_str()), (2, "a"));
    let stale = scale.clone();
    scale.spec.replicas = 3;
    assert_eq!(foos.replace_scale("a", &scale).unwrap().spec.replicas, 3);
    assert_eq!(foos.get("a").unwrap().spec.replicas, 3);
    assert!(foos.replace_scale("a", &stale).unwrap_err().is_conflict());

    let patch = Patch::Merge(json!({"spec": {"replicas": 4}}));
    let patched = foos.patch_scale("a", &patch, &PatchParams::default()).unwrap();
    assert_eq!(patched.spec.replicas, 4);
    let shown = foos.patch_scale("a", &patch, &PatchParams::default().dry_run()).unwrap();
    assert_eq!(shown.spec.replicas, 4);
    assert_eq!(foos.get("a").unwrap().spec.replicas, 4);
}

#[test]
fn a_scale_out_of_bounds_is_invalid_and_one_of_nothing_is_not_found() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("a", 2)).unwrap();
    let mut scale = foos.get_scale("a").unwrap();
    scale.spec.replicas = 11;
    let error = foos.replace_scale("a", &scale).unwrap_err();
    assert!(error.is_invalid() && error.kind() == ErrorKind::Api, "{error}");
    assert!(foos.get_scale("none").unwrap_err().is_not_found());
    let without = foos.replace_scale("a", &Scale::default()).unwrap_err();
    assert_eq!(without.kind(), ErrorKind::Invalid);
}

#[test]
fn a_built_in_is_scaled_through_a_dynamic_api() {
    let Some(sandbox) = Sandbox::new() else { return };
    let resource = ApiResource::namespaced("apps", "v1", "Deployment", "deployments");
    let deployments =
        Api::<DynamicObject>::dynamic_namespaced(&sandbox.client, &resource, &sandbox.namespace);
    deployments.create(&crate::kinds::deployment("d", 1)).unwrap();
    let mut scale = deployments.get_scale("d").unwrap();
    assert_eq!((scale.spec.replicas, scale.status.selector.as_str()), (1, "app=d"));
    scale.spec.replicas = 2;
    deployments.replace_scale("d", &scale).unwrap();
    let deployment = deployments.get("d").unwrap();
    assert_eq!(deployment.pointer("/spec/replicas"), Some(&json!(2)));
}

#[test]
fn a_subresource_that_the_kind_does_not_serve_is_not_found() {
    let Some(sandbox) = Sandbox::new() else { return };
    sandbox.maps().create(&ConfigMap::named("a")).unwrap();
    let maps: Api<DynamicObject> = sandbox.maps().read_as();
    assert!(maps.get_status("a").unwrap_err().is_not_found());
    assert!(maps.get_scale("a").unwrap_err().is_not_found());
}
