//! The forms in which a kind is read on the real server: as any kind, in part, as metadata, as a table.

use kubeclient::meta::type_meta::TypeMeta;
use kubeclient::{
    Api, ApiResource, DeleteParams, DynamicObject, ErrorKind, ListParams, PartialObjectMetadata,
    Patch, PatchParams, Request, Resource, ResourcePath, WatchEvent, WatchParams,
};
use serde_json::{Value, json};

use crate::common::{Sandbox, names, told, watch};
use crate::foo::{ConfigMap, Foo, FooReplicas};

/// A deployment, whose pods nobody makes here.
pub(crate) fn deployment(name: &str, replicas: i32) -> DynamicObject {
    DynamicObject::new(name, &deployments()).with(
        "spec",
        json!({
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "c", "image": "example.invalid/image"}]},
            },
        }),
    )
}

fn deployments() -> ApiResource {
    ApiResource::namespaced("apps", "v1", "Deployment", "deployments")
}

/// Fidelity 1, 42.
#[test]
fn a_dynamic_object_of_a_built_in_kind_lives_through_every_verb() {
    let Some(sandbox) = Sandbox::new() else { return };
    let api = Api::<DynamicObject>::dynamic_namespaced(
        &sandbox.client,
        &deployments(),
        &sandbox.namespace,
    );
    let mut created = api.create(&deployment("d", 1)).unwrap();
    assert_eq!(created.types, TypeMeta::new("apps/v1", "Deployment"));
    // Integers are integers, written and read.
    assert_eq!(created.pointer("/spec/replicas"), Some(&json!(1)));
    assert!(created.pointer("/spec/progressDeadlineSeconds").unwrap().is_i64());
    *created.pointer_mut("/spec/replicas").unwrap() = json!(2);
    let replaced = api.replace(&created).unwrap();
    assert_eq!(replaced.pointer("/spec/replicas"), Some(&json!(2)));
    let patch = Patch::Merge(json!({"spec": {"replicas": 3}}));
    api.patch("d", &patch, &PatchParams::default()).unwrap();
    assert_eq!(api.get("d").unwrap().pointer("/spec/replicas"), Some(&json!(3)));
    api.delete("d", &DeleteParams::default()).unwrap();
    assert!(api.get_opt("d").unwrap().is_none());
}

/// A built-in kind's list items come without their type; a custom resource's with it.
#[test]
fn the_items_of_a_list_and_a_watch_know_their_kind() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    sandbox.maps().create(&ConfigMap::named("m")).unwrap();
    foos.create(&Foo::named("f", 1)).unwrap();
    let check = |resource: &ApiResource, name: &str| {
        let api =
            Api::<DynamicObject>::dynamic_namespaced(&sandbox.client, resource, &sandbox.namespace);
        let list =
            api.list(&ListParams::default().fields(format!("metadata.name={name}"))).unwrap();
        assert_eq!((list.len(), &list[0].types), (1, &resource.type_meta()));
        let params = WatchParams::default().fields(format!("metadata.name={name}"));
        let Some(Ok(WatchEvent::Added(object))) = watch(&api, &params).next() else { panic!() };
        assert_eq!(object, list[0]);
        // What a list gave can be written back.
        let mut changed = object;
        changed.metadata.labels.insert("l".into(), "1".into());
        assert_eq!(api.replace(&changed).unwrap().types, resource.type_meta());
    };
    check(&ConfigMap::api_resource(), "m");
    check(&Foo::api_resource(), "f");
}

#[test]
fn an_object_of_another_kind_is_refused_before_it_is_sent() {
    let Some(sandbox) = Sandbox::new() else { return };
    let (client, attempts) = sandbox.observed();
    let api = Api::<DynamicObject>::dynamic_namespaced(&client, &deployments(), &sandbox.namespace);
    let map = DynamicObject::new("m", &ConfigMap::api_resource());
    let error = api.create(&map).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let text = error.to_string();
    assert!(text.contains("\"ConfigMap\"") && text.contains("apps/v1 Deployment"), "{text}");
    assert_eq!(attempts.count(), 0);
    // Without a type of its own, it is of the Api's.
    let plain = DynamicObject { types: TypeMeta::default(), ..deployment("d", 1) };
    assert_eq!(api.create(&plain).unwrap().types, deployments().type_meta());
}

#[test]
fn an_answer_of_another_kind_is_a_decode_error() {
    let Some(sandbox) = Sandbox::new() else { return };
    sandbox.maps().create(&ConfigMap::named("m")).unwrap();
    let wrong = ApiResource::namespaced("", "v1", "Secret", "configmaps");
    let api = Api::<DynamicObject>::dynamic_namespaced(&sandbox.client, &wrong, &sandbox.namespace);
    let error = api.get("m").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    assert!(error.to_string().contains("Secret"), "{error}");
    // The items of a list say their kind where it is a custom resource's.
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("a", 1)).unwrap();
    let wrong = ApiResource { kind: "Fu".into(), ..Foo::api_resource() };
    let api = Api::<DynamicObject>::dynamic_namespaced(&sandbox.client, &wrong, &sandbox.namespace);
    assert_eq!(api.list(&ListParams::default()).unwrap_err().kind(), ErrorKind::Decode);
    let event = watch(&api, &WatchParams::default()).next().unwrap();
    assert_eq!(event.unwrap_err().kind(), ErrorKind::Decode);
}

#[test]
fn a_kind_that_is_not_served_is_not_found() {
    let Some(sandbox) = Sandbox::new() else { return };
    let check = |group: &str, version: &str, plural: &str| {
        let resource = ApiResource::namespaced(group, version, "Nothing", plural);
        let api = Api::<DynamicObject>::dynamic_namespaced(
            &sandbox.client,
            &resource,
            &sandbox.namespace,
        );
        assert!(api.get("a").unwrap_err().is_not_found(), "{group}/{version} {plural}");
        assert!(api.list(&ListParams::default()).unwrap_err().is_not_found());
        assert!(api.watch(&WatchParams::default()).unwrap_err().is_not_found());
    };
    check("", "v1", "nothings");
    check("nothing.example.com", "v1", "nothings");
    check("apps", "v9", "deployments");
}

/// Fidelity 1: a cluster-scoped kind has no namespace in its path.
#[test]
fn a_dynamic_api_of_a_cluster_scoped_kind_needs_no_namespace() {
    let Some(sandbox) = Sandbox::new() else { return };
    let resource = ApiResource::cluster("", "v1", "Namespace", "namespaces");
    let all = Api::<DynamicObject>::dynamic(&sandbox.client, &resource);
    let namespace = all.get(&sandbox.namespace).unwrap();
    assert_eq!(namespace.pointer("/status/phase"), Some(&json!("Active")));
    let within =
        Api::<DynamicObject>::dynamic_namespaced(&sandbox.client, &resource, "kube-system");
    assert_eq!(within.get(&sandbox.namespace).unwrap(), namespace);
}

/// A number that no `f64` holds comes back as it was sent.
#[test]
fn a_large_integer_in_a_custom_resource_is_kept() {
    const LARGE: i64 = (1 << 53) + 1;
    let Some(sandbox) = Sandbox::new() else { return };
    let resource = ApiResource::namespaced("kubeclient.example.com", "v1", "Loose", "looses");
    install(&sandbox, &resource);
    let api =
        Api::<DynamicObject>::dynamic_namespaced(&sandbox.client, &resource, &sandbox.namespace);
    let object = DynamicObject::new("a", &resource).with("spec", json!({"n": LARGE, "f": 1.5}));
    crate::common::eventually("looses can be created", || api.create(&object).ok());
    let found = api.get("a").unwrap();
    assert_eq!(found.data["spec"], json!({"n": LARGE, "f": 1.5}));
    let patch = Patch::Merge(json!({"spec": {"n": LARGE + 2}}));
    let patched = api.patch("a", &patch, &PatchParams::default()).unwrap();
    assert_eq!(patched.pointer("/spec/n"), Some(&json!(LARGE + 2)));
}

/// What a server has of its own, with managed fields, owners and odd names, is written as it was read.
#[test]
fn a_dynamic_object_loses_nothing_of_what_the_server_has() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("a", 1)).unwrap();
    let check = |group: &str, version: &str, kind: &str, plural: &str| {
        let resource = ApiResource::cluster(group, version, kind, plural);
        let request = Request::get(ResourcePath::of(&resource)).query("resourceVersion", "0");
        let raw: Value = sandbox.client.send(&request).unwrap().json().unwrap();
        let raw: Vec<Value> = serde_json::from_value(raw["items"].clone()).unwrap();
        assert!(!raw.is_empty(), "no {plural}");
        for expected in raw {
            let object: DynamicObject = serde_json::from_value(expected.clone()).unwrap();
            assert_eq!(serde_json::to_value(&object).unwrap(), expected);
        }
    };
    check("", "v1", "Namespace", "namespaces");
    check("", "v1", "Service", "services");
    check("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles");
    check("apiregistration.k8s.io", "v1", "APIService", "apiservices");
    check("flowcontrol.apiserver.k8s.io", "v1", "FlowSchema", "flowschemas");
    check("coordination.k8s.io", "v1", "Lease", "leases");
    check("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions");
    check(Foo::GROUP, Foo::VERSION, Foo::KIND, Foo::PLURAL);
}

#[test]
fn a_name_may_hold_what_a_url_treats_as_special() {
    let Some(sandbox) = Sandbox::new() else { return };
    let resource =
        ApiResource::cluster("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles");
    let roles = Api::<DynamicObject>::dynamic(&sandbox.client, &resource);
    let name = format!("{}:a b+c@d,e;f=g", sandbox.namespace);
    let role = DynamicObject::new(&name, &resource).with("rules", json!([]));
    let created = roles.create(&role).unwrap();
    assert_eq!(roles.get(&name).unwrap(), created);
    assert_eq!(created.metadata.name, name);
    roles.delete(&name, &DeleteParams::default()).unwrap();
    assert!(roles.get_opt(&name).unwrap().is_none());
}

/// Installs a kind of which any object is valid.
fn install(sandbox: &Sandbox, resource: &ApiResource) {
    let definitions = ApiResource::cluster(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
    );
    let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let fields = json!({"spec": {
        "group": resource.group,
        "scope": "Namespaced",
        "names": {"plural": resource.plural, "kind": resource.kind},
        "versions": [{
            "name": resource.version, "served": true, "storage": true,
            "schema": {"openAPIV3Schema": schema},
        }],
    }});
    let name = format!("{}.{}", resource.plural, resource.group);
    let definitions = Api::<DynamicObject>::dynamic(&sandbox.client, &definitions);
    definitions.apply(&name, "kubeclient-tests", &fields).unwrap();
}

#[test]
fn a_projection_is_read_watched_and_patched() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("a", 1)).unwrap();
    let replicas: Api<FooReplicas> = foos.read_as();
    assert_eq!(replicas.get("a").unwrap().spec.replicas, 1);
    let list = replicas.list(&ListParams::default()).unwrap();
    assert_eq!((names(&list), list[0].spec.replicas), (vec!["a"], 1));
    let mut events = watch(&replicas, &WatchParams::default());
    assert_eq!((told(&mut events), told(&mut events)), ("added a".into(), "synced".into()));
    let patch = Patch::Merge(json!({"spec": {"replicas": 2}}));
    let patched = replicas.patch("a", &patch, &PatchParams::default()).unwrap();
    assert_eq!(patched.spec.replicas, 2);
    let Some(Ok(WatchEvent::Modified(seen))) = events.next() else { panic!() };
    assert_eq!(seen.spec.replicas, 2);
    // What the projection does not hold is still there.
    assert_eq!(foos.get("a").unwrap().spec.deployment_name, "a-deployment");
    replicas.delete("a", &DeleteParams::default()).unwrap();
    assert_eq!(told(&mut events), "deleted a");
}

#[test]
fn metadata_is_read_without_the_rest() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    let foo = foos.create(&Foo::named("a", 1)).unwrap();
    let metas: Api<PartialObjectMetadata<Foo>> =
        Api::namespaced(&sandbox.client, &sandbox.namespace);
    assert_eq!(metas.get("a").unwrap().metadata, foo.metadata);
    let list = metas.list(&ListParams::default()).unwrap();
    assert_eq!(list.items, [PartialObjectMetadata::new(foo.metadata.clone())]);
    let all: Vec<_> = metas.list_all(&ListParams::default()).map(|meta| meta.unwrap()).collect();
    assert_eq!(all, list.items);
}

#[test]
fn metadata_is_watched_patched_and_deleted() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("a", 1)).unwrap();
    // A kind known at run time, and a kind of the program.
    let metas: Api<PartialObjectMetadata> = foos.read_as();
    let mut events = watch(&metas, &WatchParams::default());
    assert_eq!((told(&mut events), told(&mut events)), ("added a".into(), "synced".into()));
    let patch = Patch::Merge(json!({"metadata": {"labels": {"l": "1"}}}));
    let patched = metas.patch("a", &patch, &PatchParams::default()).unwrap();
    assert_eq!(patched.metadata.labels["l"], "1");
    let Some(Ok(WatchEvent::Modified(seen))) = events.next() else { panic!() };
    assert_eq!(seen.metadata, patched.metadata);
    metas.delete("a", &DeleteParams::default()).unwrap();
    assert_eq!(told(&mut events), "deleted a");

    let mut foo = Foo::named("b", 1);
    foo.metadata.finalizers = ["example.com/wait".into()].into();
    foos.create(&foo).unwrap();
    let waiting = metas.delete("b", &DeleteParams::default()).unwrap().object().unwrap();
    assert!(waiting.metadata.deletion_timestamp.is_some());
    assert_eq!(
        names(&metas.delete_collection(&Default::default(), &Default::default()).unwrap()),
        ["b"]
    );
    let done = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    metas.patch("b", &done, &PatchParams::default()).unwrap();
    assert!(foos.get_opt("b").unwrap().is_none(), "{}", sandbox.namespace);
}

#[test]
fn a_table_has_the_columns_that_kubectl_prints() {
    let Some(sandbox) = Sandbox::new() else { return };
    let maps = sandbox.maps();
    let data = [("k".to_owned(), "v".to_owned())].into();
    maps.create(&ConfigMap { data, ..ConfigMap::named("a") }).unwrap();
    let table = maps.get_table("a").unwrap();
    let columns: Vec<_> =
        table.column_definitions.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(columns, ["Name", "Data", "Age"]);
    assert_eq!(table.column_definitions[0].format, "name");
    assert_eq!(table.rows[0].cells[..2], [json!("a"), json!(1)]);

    maps.create(&ConfigMap::named("b")).unwrap();
    let params = ListParams::default().fields("metadata.name!=kube-root-ca.crt").limit(1);
    let page = maps.list_table(&params).unwrap();
    let row = |table: &kubeclient::meta::table::Table| {
        table.rows[0].object.as_ref().unwrap().metadata.name.clone()
    };
    assert_eq!((page.rows.len(), row(&page)), (1, "a".into()));
    let rest = maps.list_table(&params.continue_token(&page.metadata.continue_token)).unwrap();
    assert_eq!((row(&rest), rest.metadata.continue_token.as_str()), ("b".into(), ""));
    assert!(maps.get_table("none").unwrap_err().is_not_found());
}
