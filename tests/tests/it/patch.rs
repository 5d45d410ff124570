//! Patches on the real server: merge, strategic, JSON and apply, and how each is refused.

use kubeclient::api::Patch;
use kubeclient::meta::resource::Metadata;
use kubeclient::{
    Api, ApiResource, DynamicObject, ErrorKind, FieldValidation, PatchParams, PostParams, Request,
    Resource, ResourcePath,
};
use serde_json::{Value, json};

use crate::common::{Sandbox, names};
use crate::foo::{ConfigMap, Foo};

#[test]
fn a_merge_patch_changes_what_it_names_and_null_removes() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let mut foo = Foo::named("a", 1);
    foo.metadata.labels = [("keep", "1"), ("drop", "1")].into();
    foos.create(&foo).unwrap();
    let patch =
        json!({"metadata": {"labels": {"drop": null, "new": "2"}}, "spec": {"replicas": 3}});
    let patched = foos.patch("a", &Patch::Merge(patch), &PatchParams::default()).unwrap();
    let labels: Vec<_> = patched.metadata.labels.iter().collect();
    assert_eq!(labels, [(&"keep".into(), &"1".into()), (&"new".into(), &"2".to_owned())]);
    assert_eq!((patched.spec.replicas, patched.spec.deployment_name.as_str()), (3, "a-deployment"));
}

#[test]
fn a_strategic_patch_merges_a_list_by_its_key() {
    let Some(sandbox) = Sandbox::new() else { return };
    let resource = ApiResource::namespaced("", "v1", "Service", "services");
    let services =
        Api::<DynamicObject>::dynamic_namespaced(&sandbox.client, &resource, &sandbox.namespace);
    let port = |name: &str, port: u16| json!({"name": name, "port": port});
    let service = DynamicObject::new("s", &resource)
        .with("spec", json!({"selector": {"a": "b"}, "ports": [port("http", 80)]}));
    services.create(&service).unwrap();
    let ports = |patched: DynamicObject| {
        let ports = patched.pointer("/spec/ports").unwrap().as_array().unwrap().clone();
        let mut ports: Vec<_> = ports.iter().map(|port| port["port"].as_u64().unwrap()).collect();
        ports.sort_unstable();
        ports
    };
    let more = json!({"spec": {"ports": [port("https", 443)]}});
    let patched = services.patch("s", &Patch::Strategic(&more), &PatchParams::default()).unwrap();
    assert_eq!(ports(patched), [80, 443]);
    // The same as a merge patch replaces the list.
    let patched = services.patch("s", &Patch::Merge(&more), &PatchParams::default()).unwrap();
    assert_eq!(ports(patched), [443]);
}

/// Fidelity 46.
#[test]
fn a_strategic_patch_of_a_custom_resource_is_an_unsupported_media_type() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("a", 1)).unwrap();
    let patch = Patch::Strategic(json!({"spec": {"replicas": 2}}));
    let error = foos.patch("a", &patch, &PatchParams::default()).unwrap_err();
    assert!(error.is_unsupported_media_type(), "{error}");
    assert_eq!(error.status().unwrap().code, 415);
}

#[test]
fn a_json_patch_does_its_operations_in_order() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("a", 1)).unwrap();
    let patch = json!([
        {"op": "test", "path": "/spec/replicas", "value": 1},
        {"op": "add", "path": "/metadata/labels", "value": {}},
        {"op": "add", "path": "/metadata/labels/a~1b", "value": "c"},
        {"op": "remove", "path": "/spec/deploymentName"},
        {"op": "replace", "path": "/spec/replicas", "value": 2},
    ]);
    let patched = foos.patch("a", &Patch::Json(patch), &PatchParams::default()).unwrap();
    assert_eq!((patched.spec.replicas, patched.spec.deployment_name.as_str()), (2, ""));
    assert_eq!(patched.metadata.labels["a/b"], "c");
}

/// Fidelity 47.
#[test]
fn a_json_patch_whose_test_fails_is_invalid_and_changes_nothing() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let created = foos.create(&Foo::named("a", 1)).unwrap();
    let patch = json!([
        {"op": "replace", "path": "/spec/replicas", "value": 2},
        {"op": "test", "path": "/spec/deploymentName", "value": "other"},
    ]);
    let error = foos.patch("a", &Patch::Json(patch), &PatchParams::default()).unwrap_err();
    assert!(error.is_invalid() && error.kind() == ErrorKind::Api, "{error}");
    assert_eq!(foos.get("a").unwrap(), created);
}

/// Fidelity 43.
#[test]
fn an_apply_creates_then_updates_then_meets_another_manager_and_is_forced() {
    let Some((sandbox, _)) = Sandbox::with_foo() else { return };
    let (client, attempts) = sandbox.observed();
    let foos: Api<Foo> = Api::namespaced(&client, &sandbox.namespace);
    let replicas = |replicas: i32| json!({"spec": {"replicas": replicas}});
    foos.apply("a", "one", &replicas(1)).unwrap();
    foos.apply("a", "one", &replicas(2)).unwrap();
    assert_eq!(attempts.codes(), [201, 200]);

    let conflict = foos.apply("a", "two", &replicas(3)).unwrap_err();
    assert!(conflict.is_conflict() && !conflict.is_already_exists(), "{conflict}");
    let causes = conflict.status().unwrap().causes();
    assert_eq!(causes.len(), 1);
    assert_eq!(
        (causes[0].reason.as_str(), causes[0].field.as_str()),
        ("FieldManagerConflict", ".spec.replicas")
    );
    assert!(causes[0].message.contains("\"one\""), "{}", causes[0].message);

    let forced = PatchParams::apply("two").force();
    let taken = foos.patch("a", &Patch::Apply(replicas(3)), &forced).unwrap();
    assert_eq!(taken.spec.replicas, 3);
    let managers: Vec<_> = taken.metadata.managed_fields.iter().map(|m| &m.manager).collect();
    assert!(managers.contains(&&"two".to_owned()), "{managers:?}");
    assert_eq!(attempts.codes(), [201, 200, 409, 200]);
}

#[test]
fn an_apply_removes_the_fields_that_its_manager_wants_no_more() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.apply("a", "one", &json!({"spec": {"replicas": 1, "deploymentName": "x"}})).unwrap();
    foos.apply("a", "two", &json!({"metadata": {"labels": {"of": "two"}}})).unwrap();
    let applied = foos.apply("a", "one", &json!({"spec": {"replicas": 1}})).unwrap();
    assert_eq!(applied.spec.deployment_name, "");
    assert_eq!(applied.metadata.labels["of"], "two");
}

#[test]
fn an_apply_takes_a_whole_struct_and_a_dynamic_object_as_well() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    assert_eq!(foos.apply("a", "one", &Foo::named("a", 4)).unwrap().spec.replicas, 4);
    let resource = Foo::api_resource();
    let dynamic =
        Api::<DynamicObject>::dynamic_namespaced(&sandbox.client, &resource, &sandbox.namespace);
    let fields = DynamicObject::new("b", &resource).with("spec", json!({"replicas": 5}));
    assert_eq!(dynamic.apply("b", "one", &fields).unwrap().types, resource.type_meta());
    assert_eq!(names(&foos.list(&Default::default()).unwrap()), ["a", "b"]);
}

/// Fidelity 44, 45: refused here, since the server would refuse it.
#[test]
fn an_apply_without_a_manager_and_a_forced_merge_are_never_sent() {
    let Some((sandbox, _)) = Sandbox::with_foo() else { return };
    let (client, attempts) = sandbox.observed();
    let foos: Api<Foo> = Api::namespaced(&client, &sandbox.namespace);
    let fields = || json!({"metadata": {"name": "a"}, "spec": {"replicas": 1}});
    let refuse = |patch: Patch<Value>, params: PatchParams| {
        let error = foos.patch("a", &patch, &params).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    };
    refuse(Patch::Apply(fields()), PatchParams::default());
    refuse(Patch::Merge(fields()), PatchParams::default().force());
    refuse(Patch::Json(json!([])), PatchParams::default().force());
    let owned = json!({"metadata": {"managedFields": [{"manager": "x"}]}});
    refuse(Patch::Apply(owned), PatchParams::apply("m"));
    refuse(Patch::Apply(json!({"metadata": {"name": "b"}})), PatchParams::apply("m"));
    refuse(Patch::Apply(json!({"apiVersion": "v1", "kind": "Pod"})), PatchParams::apply("m"));
    assert_eq!(attempts.count(), 0);
}

/// Fidelity 44, 45: what the server says to those who send it all the same.
#[test]
fn the_server_refuses_an_apply_without_a_manager_and_a_forced_merge() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("a", 1)).unwrap();
    let path = || ResourcePath::of(foos.resource()).namespace(&sandbox.namespace).name("a");
    let body = json!({
        "apiVersion": Foo::API_VERSION, "kind": Foo::KIND, "metadata": {"name": "a"},
    })
    .to_string();
    let send = |media_type: &str, request: Request| {
        sandbox.client.send(&request.body(media_type, body.clone())).unwrap_err()
    };
    let error = send("application/apply-patch+yaml", Request::patch(path()));
    assert!(error.is_invalid(), "{error}");
    assert_eq!(error.status().unwrap().causes()[0].field, "fieldManager");
    let forced = Request::patch(path()).query("force", "true");
    let error = send("application/merge-patch+json", forced);
    assert!(error.is_invalid(), "{error}");
    assert_eq!(error.status().unwrap().causes()[0].field, "force");
}

#[test]
fn a_patch_may_name_the_version_that_it_changes() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let first = foos.create(&Foo::named("a", 1)).unwrap();
    let patch = |replicas: i32| {
        let version = first.metadata.resource_version();
        Patch::Merge(
            json!({"metadata": {"resourceVersion": version}, "spec": {"replicas": replicas}}),
        )
    };
    foos.patch("a", &patch(2), &PatchParams::default()).unwrap();
    assert!(foos.patch("a", &patch(3), &PatchParams::default()).unwrap_err().is_conflict());
    assert_eq!(foos.get("a").unwrap().spec.replicas, 2);
}

#[test]
fn a_patch_says_who_wrote() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create_with(&Foo::named("a", 1), &PostParams::default().field_manager("maker")).unwrap();
    let params = PatchParams::default().field_manager("changer");
    let patch = Patch::Merge(json!({"spec": {"replicas": 2}}));
    let patched = foos.patch("a", &patch, &params).unwrap();
    let mut entries: Vec<_> = patched
        .metadata
        .managed_fields
        .iter()
        .map(|entry| (entry.manager.as_str(), entry.operation.as_str()))
        .collect();
    // They stand in the order of the seconds in which they wrote.
    entries.sort_unstable();
    assert_eq!(entries, [("changer", "Update"), ("maker", "Update")]);
}

/// Fidelity 13, for patches: the server's answer to a strict merge patch is 422, not 400.
#[test]
fn a_strict_patch_with_an_unknown_field_is_refused() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let created = foos.create(&Foo::named("a", 1)).unwrap();
    let params = PatchParams::default().field_validation(FieldValidation::Strict);
    let patch = Patch::Merge(json!({"spec": {"colour": "red"}}));
    let error = foos.patch("a", &patch, &params).unwrap_err();
    assert!(error.is_invalid(), "{error}");
    assert!(error.status().unwrap().message.contains("spec.colour"), "{error}");
    assert_eq!(foos.get("a").unwrap(), created);
}

#[test]
fn a_patch_of_what_is_not_there_is_not_found() {
    let Some(sandbox) = Sandbox::new() else { return };
    let maps: Api<ConfigMap> = sandbox.maps();
    let patch = Patch::Merge(json!({"data": {"a": "b"}}));
    let error = maps.patch("none", &patch, &PatchParams::default()).unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(error.verb(), Some("PATCH"));
}
