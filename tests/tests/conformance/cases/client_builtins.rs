//! The built-in types through the clientset, in JSON and in protobuf. The fake has no answers in protobuf:
//! it picks JSON, which a client that prefers protobuf accepts, too.

use std::fmt::Debug;

use kubeclient::apps_v1::{Deployment, DeploymentSpec};
use kubeclient::core_v1::{
    Binding, ConfigMap, Container, Namespace, Node, ObjectReference, PodSpec, PodTemplateSpec, Service, ServicePort,
};
use kubeclient::meta_v1::LabelSelector;
use kubeclient::{
    Api, ApiResource, Clientset, Complete, DeleteParams, DynamicObject, Error, FieldValidation, ListParams, Object,
    ObjectMeta, PartialObjectMetadata, Patch, PatchParams, PostParams, Request, ResourcePath, Stop, WatchEvent,
    WatchParams,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::client::client;
use crate::objects::pod;
use crate::server::Server;
use crate::servers::Kind;
use crate::suite::cases;
use crate::widgets;

cases!("2.3", Client, [
    a_config_map_lives_in_both_wires [54],
    a_deployment_lives_in_both_wires [54],
    a_service_lives_in_both_wires [54],
    a_namespace_lives_in_both_wires [54],
    a_node_lives_in_both_wires [54],
    what_one_wire_wrote_the_other_reads [54],
    a_failure_is_the_same_in_both_wires [17, 41, 54],
    the_causes_are_the_same_in_both_wires [41, 54],
    a_watch_is_the_same_in_both_wires [54, 61],
    protobuf_comes_where_there_is_protobuf [54],
    a_custom_kind_stays_in_json [54],
    metadata_alone_is_the_same_in_both_wires [54],
    a_table_comes_in_json [54],
    a_strict_server_finds_nothing_unknown [54],
    a_binding_comes_back_as_it_was_sent [54],
]);

/// The clientset that prefers JSON, and the one that prefers protobuf, each with a word for names.
fn both(s: &Server) -> [(&'static str, Clientset); 2] {
    let clientset = Clientset::new(&client(s));
    [("json", clientset.clone()), ("proto", clientset.with_protobuf())]
}

/// Through every verb; `Namespace` lives on for a while after its delete.
fn lives<T>(api: &Api<T>, object: &T)
where
    T: Object<Metadata = ObjectMeta> + Complete + Serialize + DeserializeOwned + Clone + PartialEq + Debug,
{
    let name = &object.metadata().name;
    let created = api.create(object).unwrap();
    assert!(!created.metadata().uid.is_empty());
    assert_eq!(api.get(name).unwrap(), created);
    let only = ListParams::default().fields(format!("metadata.name={name}"));
    assert_eq!(api.list(&only).unwrap().items, std::slice::from_ref(&created));
    let mut changed = created.clone();
    changed.metadata_mut().labels.insert("l".into(), "1".into());
    let replaced = api.replace(&changed).unwrap();
    assert_eq!(replaced.metadata().labels["l"], "1");
    assert_ne!(replaced.metadata().resource_version, created.metadata().resource_version);
    let patch = Patch::Merge(json!({"metadata": {"annotations": {"a": "2"}}}));
    let patched = api.patch(name, &patch, &PatchParams::default()).unwrap();
    assert_eq!((&*patched.metadata().annotations["a"], &*patched.metadata().labels["l"]), ("2", "1"));
    assert!(api.replace(&changed).unwrap_err().is_conflict());
    let applied = json!({
        "apiVersion": api.resource().api_version(), "kind": api.resource().kind,
        "metadata": {"name": name, "labels": {"m": "3"}},
    });
    assert_eq!(api.apply(name, "me", &applied).unwrap().metadata().labels["m"], "3");
    api.delete(name, &DeleteParams::default()).unwrap();
}

fn map(name: &str) -> ConfigMap {
    ConfigMap { metadata: ObjectMeta::named(name), data: [("k", "v")].into(), ..ConfigMap::default() }
}

fn deployment(name: &str) -> Deployment {
    let container = Container { name: "c".into(), image: "i".into(), ..Container::default() };
    Deployment {
        metadata: ObjectMeta::named(name),
        spec: DeploymentSpec {
            replicas: Some(0),
            selector: Some(Box::new(LabelSelector { match_labels: [("a", "b")].into(), ..LabelSelector::default() })),
            template: PodTemplateSpec {
                metadata: ObjectMeta { labels: [("a", "b")].into(), ..ObjectMeta::default() },
                spec: PodSpec { containers: vec![container], ..PodSpec::default() },
            },
            ..DeploymentSpec::default()
        },
        ..Deployment::default()
    }
}

fn a_config_map_lives_in_both_wires(s: &Server) {
    for (wire, clientset) in both(s) {
        let maps = clientset.core_v1().config_maps(s.namespace());
        lives(&maps, &map(wire));
        assert!(maps.get_opt(wire).unwrap().is_none());
    }
}

fn a_deployment_lives_in_both_wires(s: &Server) {
    for (wire, clientset) in both(s) {
        let deployments = clientset.apps_v1().deployments(s.namespace());
        lives(&deployments, &deployment(wire));
        assert!(deployments.get(wire).unwrap_err().is_not_found());
    }
}

fn a_service_lives_in_both_wires(s: &Server) {
    for (wire, clientset) in both(s) {
        let mut service = Service { metadata: ObjectMeta::named(wire), ..Service::default() };
        service.spec.cluster_ip = "None".into();
        service.spec.selector = [("a", "b")].into();
        service.spec.ports =
            vec![ServicePort { name: "http".into(), port: 80, target_port: "http".into(), ..ServicePort::default() }];
        lives(&clientset.core_v1().services(s.namespace()), &service);
    }
}

fn a_namespace_lives_in_both_wires(s: &Server) {
    for (wire, clientset) in both(s) {
        let name = s.unique(wire);
        lives(&clientset.core_v1().namespaces(), &Namespace { metadata: ObjectMeta::named(&name), ..Namespace::default() });
    }
}

fn a_node_lives_in_both_wires(s: &Server) {
    for (wire, clientset) in both(s) {
        let mut node = Node { metadata: ObjectMeta::named(s.unique(wire)), ..Node::default() };
        node.spec.unschedulable = true;
        node.status.capacity = [("cpu", "4".parse::<kubeclient::Quantity>().unwrap())].into();
        lives(&clientset.core_v1().nodes(), &node);
    }
}

fn what_one_wire_wrote_the_other_reads(s: &Server) {
    let [(_, json), (_, proto)] = both(s).map(|(wire, set)| (wire, set.apps_v1().deployments(s.namespace())));
    for (name, writes, reads) in [("a", &json, &proto), ("b", &proto, &json)] {
        let created = writes.create(&deployment(name)).unwrap();
        assert_eq!(reads.get(name).unwrap(), created);
        let mut changed = created.clone();
        changed.spec.replicas = Some(3);
        assert_eq!(reads.replace(&changed).unwrap().metadata.generation, 2);
        assert_eq!(writes.get(name).unwrap().spec, changed.spec);
    }
    let all = ListParams::default();
    assert_eq!(json.list(&all).unwrap().items, proto.list(&all).unwrap().items);
}

/// Two failures to the same request, which must say the same.
fn same_failure<T: Debug>(s: &Server, what: &str, mut ask: impl FnMut(&Clientset) -> Result<T, Error>) -> Error {
    let [json, proto] = both(s).map(|(_, clientset)| ask(&clientset).unwrap_err());
    assert_eq!(proto.status(), json.status(), "{what}");
    assert_eq!((proto.kind(), proto.verb(), proto.path()), (json.kind(), json.verb(), json.path()), "{what}");
    s.record(what, proto.status().unwrap().message.clone());
    proto
}

fn a_failure_is_the_same_in_both_wires(s: &Server) {
    let maps = |set: &Clientset| set.core_v1().config_maps(s.namespace());
    let first = maps(&both(s)[0].1).create(&map("a")).unwrap();
    maps(&both(s)[1].1).replace(&ConfigMap { data: Default::default(), ..first.clone() }).unwrap();
    let missing = same_failure(s, "missing", |set| maps(set).get("none"));
    assert!(missing.is_not_found());
    assert_eq!(missing.status().unwrap().details.as_ref().unwrap().name, "none");
    assert!(same_failure(s, "again", |set| maps(set).create(&map("a"))).is_already_exists());
    assert!(same_failure(s, "stale", |set| maps(set).replace(&first)).is_conflict());
    let wrong = DeleteParams::default().uid("11111111-1111-1111-1111-111111111111");
    assert!(same_failure(s, "another", |set| maps(set).delete("a", &wrong)).is_conflict());
    let patch = Patch::Json(json!([{"op": "test", "path": "/data", "value": 1}]));
    let params = PatchParams::default();
    assert!(same_failure(s, "patch", |set| maps(set).patch("a", &patch, &params)).is_invalid());
}

fn the_causes_are_the_same_in_both_wires(s: &Server) {
    let mut wrong = deployment("d");
    wrong.spec.replicas = Some(-1);
    wrong.spec.template.metadata.labels.clear();
    let error = same_failure(s, "invalid", |set| set.apps_v1().deployments(s.namespace()).create(&wrong));
    assert!(error.is_invalid());
    let causes = error.status().unwrap().causes();
    let fields: Vec<_> = causes.iter().map(|cause| cause.field.as_str()).collect();
    assert_eq!(fields, ["spec.replicas", "spec.template.metadata.labels"]);
    assert!(causes.iter().all(|cause| !cause.reason.is_empty() && !cause.message.is_empty()));
}

fn a_watch_is_the_same_in_both_wires(s: &Server) {
    let stop = Stop::after(s.target().kind.patience());
    let mut watches = both(s).map(|(_, clientset)| {
        let deployments = clientset.apps_v1().deployments(s.namespace()).with_stop(&stop);
        deployments.watch(&WatchParams::default()).unwrap()
    });
    let deployments = both(s)[0].1.apps_v1().deployments(s.namespace());
    let created = deployments.create(&deployment("a")).unwrap();
    let mut changed = created.clone();
    changed.spec.paused = true;
    let changed = deployments.replace(&changed).unwrap();
    deployments.delete("a", &DeleteParams::default()).unwrap();
    for watch in &mut watches {
        let mut events = watch.map(Result::unwrap).filter(|event| !matches!(event, WatchEvent::Synced));
        match (events.next(), events.next(), events.next()) {
            (Some(WatchEvent::Added(a)), Some(WatchEvent::Modified(b)), Some(WatchEvent::Deleted(c))) => {
                assert_eq!((a, &b), (created.clone(), &changed));
                assert_eq!(c.spec, changed.spec);
            }
            other => panic!("{other:?}"),
        }
    }
}

fn protobuf_comes_where_there_is_protobuf(s: &Server) {
    widgets::install(s);
    both(s)[1].1.core_v1().config_maps(s.namespace()).create(&map("a")).unwrap();
    let preferred = "application/vnd.kubernetes.protobuf,application/json";
    let answer = |path: ResourcePath| {
        client(s).send(&Request::get(path.namespace(s.namespace())).accept(preferred)).unwrap()
    };
    let one = answer(ResourcePath::new("", "v1", "configmaps").name("a"));
    let is_protobuf = one.bytes().starts_with(b"k8s\0");
    assert_eq!(is_protobuf, s.target().kind == Kind::Real);
    // A custom kind has none on any server.
    let widgets = answer(ResourcePath::new("conformance.example", "v1", "widgets"));
    assert!(widgets.bytes().starts_with(b"{"));
}

fn widgets_resource() -> ApiResource {
    ApiResource::namespaced("conformance.example", "v1", "Widget", "widgets")
}

fn a_custom_kind_stays_in_json(s: &Server) {
    widgets::install(s);
    let client = client(s).with_protobuf();
    let widgets = Api::<DynamicObject>::dynamic_namespaced(&client, &widgets_resource(), s.namespace());
    lives(&widgets, &DynamicObject::new("w", &widgets_resource()).with("spec", json!({"size": 3})));
    let invalid = DynamicObject::new("v", &widgets_resource()).with("spec", json!({"size": 30}));
    assert!(widgets.create(&invalid).unwrap_err().is_invalid());
}

fn metadata_alone_is_the_same_in_both_wires(s: &Server) {
    widgets::install(s);
    let [json, proto] = both(s).map(|(_, clientset)| clientset);
    json.core_v1().config_maps(s.namespace()).create(&map("a")).unwrap();
    let widgets =
        |set: &Clientset| Api::<DynamicObject>::dynamic_namespaced(set.client(), &widgets_resource(), s.namespace());
    widgets(&json).create(&DynamicObject::new("w", &widgets_resource()).with("spec", json!({"size": 3}))).unwrap();
    let parts = |set: &Clientset| {
        [
            set.core_v1().config_maps(s.namespace()).read_as::<PartialObjectMetadata>(),
            widgets(set).read_as::<PartialObjectMetadata>(),
        ]
    };
    let only = ListParams::default().fields("metadata.name!=kube-root-ca.crt");
    for ((json, proto), name) in parts(&json).iter().zip(&parts(&proto)).zip(["a", "w"]) {
        let listed = proto.list(&only).unwrap().items;
        assert_eq!(listed, json.list(&only).unwrap().items);
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].metadata.name, name);
        assert!(!listed[0].metadata.uid.is_empty());
        assert_eq!(proto.get(name).unwrap(), json.get(name).unwrap());
        let stopping = proto.with_stop(&Stop::after(s.target().kind.patience()));
        let params = WatchParams::default().fields(format!("metadata.name={name}"));
        match stopping.watch(&params).unwrap().next() {
            Some(Ok(WatchEvent::Added(part))) => assert_eq!(part.metadata, listed[0].metadata),
            other => panic!("{other:?}"),
        }
        proto.delete(name, &DeleteParams::default()).unwrap();
    }
}

fn a_table_comes_in_json(s: &Server) {
    let maps = both(s)[1].1.core_v1().config_maps(s.namespace());
    maps.create(&map("a")).unwrap();
    assert_eq!(maps.get_table("a").unwrap().rows[0].cells[0], "a");
}

fn a_strict_server_finds_nothing_unknown(s: &Server) {
    let params = PostParams::default().field_validation(FieldValidation::Strict);
    for (wire, clientset) in both(s) {
        clientset.apps_v1().deployments(s.namespace()).create_with(&deployment(wire), &params).unwrap();
    }
}

/// The server answers only that it did so.
fn a_binding_comes_back_as_it_was_sent(s: &Server) {
    for (wire, clientset) in both(s) {
        s.post("pods", pod(wire)).expect(201);
        let node = ObjectReference { kind: "Node".into(), name: "n".into(), ..ObjectReference::default() };
        let binding = Binding { metadata: ObjectMeta::named(wire), target: node };
        let core = clientset.core_v1();
        assert_eq!(core.bindings(s.namespace()).create(&binding).unwrap(), binding);
        assert_eq!(core.pods(s.namespace()).get(wire).unwrap().spec.node_name, "n");
        assert!(core.bindings(s.namespace()).create(&binding).unwrap_err().is_conflict());
    }
}
