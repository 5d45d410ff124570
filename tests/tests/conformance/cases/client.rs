//! The same servers through `kubeclient`, whose answers to both must be alike, too.

use std::collections::BTreeMap;

use kubeclient::api::Watch;
use kubeclient::{
    Api, ApiResource, Config, DeleteParams, DeleteResponse, DynamicObject, ErrorKind, ListParams, ObjectMeta, Patch,
    PatchParams, Resource, RestClient, Stop, WatchEvent, WatchParams, retry_on_conflict,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::objects;
use crate::server::Server;
use crate::suite::cases;
use crate::widgets;

cases!("2.3", Client, [
    an_object_lives_through_every_verb [1, 42],
    the_ways_to_fail_are_told_apart [17, 41],
    a_conflict_is_retried_with_the_newest,
    apply_creates_merges_and_conflicts [43],
    patches_of_each_kind_are_accepted [46, 47],
    a_precondition_is_a_conflict [48],
    a_finalizer_answers_with_the_object [48],
    a_collection_is_deleted_by_selector [49],
    a_dry_run_keeps_nothing [50],
    status_and_scale_are_written_apart [51],
    pages_are_followed [56],
    the_present_comes_first_then_changes [61],
    a_watch_takes_part_where_a_list_ends [63],
    a_table_is_read,
    a_custom_kind_is_used_without_a_type [42],
    an_unknown_group_is_not_found [14],
]);

#[derive(Resource, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[resource(group = "", version = "v1")]
struct ConfigMap {
    metadata: ObjectMeta,
    #[serde(default)]
    data: BTreeMap<String, String>,
}

impl ConfigMap {
    fn new(name: &str, value: &str) -> Self {
        Self { metadata: ObjectMeta::named(name), data: [("k".to_owned(), value.to_owned())].into() }
    }
}

pub(super) fn client(s: &Server) -> RestClient {
    RestClient::new(Config::from_kubeconfig_str(&s.target().kubeconfig).unwrap()).unwrap()
}

fn maps(s: &Server) -> Api<ConfigMap> {
    Api::namespaced(&client(s), s.namespace())
}

fn deployments(s: &Server) -> Api<DynamicObject> {
    let resource = ApiResource::namespaced("apps", "v1", "Deployment", "deployments");
    Api::dynamic_namespaced(&client(s), &resource, s.namespace())
}

fn an_object_lives_through_every_verb(s: &Server) {
    let maps = maps(s);
    let created = maps.create(&ConfigMap::new("a", "1")).unwrap();
    assert_eq!(maps.get("a").unwrap(), created);
    assert!(maps.get_opt("b").unwrap().is_none());
    assert_eq!(maps.list(&ListParams::default()).unwrap().items, std::slice::from_ref(&created));
    let changed = ConfigMap { data: ConfigMap::new("a", "2").data, ..created.clone() };
    let replaced = maps.replace(&changed).unwrap();
    assert_eq!(replaced.data["k"], "2");
    assert_ne!(replaced.metadata.resource_version, created.metadata.resource_version);
    let gone = maps.delete("a", &DeleteParams::default()).unwrap();
    assert!(matches!(gone, DeleteResponse::Status(status) if status.is_success()));
    assert!(maps.get("a").unwrap_err().is_not_found());
}

fn the_ways_to_fail_are_told_apart(s: &Server) {
    let maps = maps(s);
    let first = maps.create(&ConfigMap::new("a", "1")).unwrap();
    let again = maps.create(&ConfigMap::new("a", "1")).unwrap_err();
    assert!(again.is_already_exists() && !again.is_conflict());
    maps.replace(&ConfigMap { data: BTreeMap::new(), ..first.clone() }).unwrap();
    let stale = maps.replace(&first).unwrap_err();
    assert!(stale.is_conflict() && !stale.is_already_exists());
    assert!(maps.get("none").unwrap_err().is_not_found());
    let invalid = maps.create(&ConfigMap::new("Bad!", "1")).unwrap_err();
    assert_eq!(invalid.status().unwrap().code, 422);
    for error in [again, stale, invalid] {
        s.record("message", error.status().unwrap().message.clone());
    }
}

fn a_conflict_is_retried_with_the_newest(s: &Server) {
    let maps = maps(s);
    let mut stale = Some(maps.create(&ConfigMap::new("a", "1")).unwrap());
    maps.patch("a", &Patch::Merge(json!({"data": {"other": "x"}})), &PatchParams::default()).unwrap();
    let written = retry_on_conflict(|| {
        let mut object = match stale.take() {
            Some(object) => object,
            None => maps.get("a")?,
        };
        object.data.insert("k".to_owned(), "2".to_owned());
        maps.replace(&object)
    });
    let data = written.unwrap().data;
    assert_eq!((data["k"].as_str(), data["other"].as_str()), ("2", "x"));
}

fn apply_creates_merges_and_conflicts(s: &Server) {
    let maps = maps(s);
    let object = |value: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": value}});
    assert_eq!(maps.apply("a", "one", &object("1")).unwrap().data["k"], "1");
    let conflict = maps.apply("a", "two", &object("2")).unwrap_err();
    assert!(conflict.is_conflict());
    let status = conflict.status().unwrap();
    s.record("message", status.message.clone());
    assert_eq!(maps.apply("a", "one", &object("3")).unwrap().data["k"], "3");
}

fn patches_of_each_kind_are_accepted(s: &Server) {
    let maps = maps(s);
    maps.create(&ConfigMap::new("a", "1")).unwrap();
    let params = PatchParams::default();
    let merged = maps.patch("a", &Patch::Merge(json!({"data": {"l": "2"}})), &params).unwrap();
    assert_eq!(merged.data.len(), 2);
    let strategic = Patch::Strategic(json!({"data": {"$patch": "replace", "only": "3"}}));
    assert_eq!(maps.patch("a", &strategic, &params).unwrap().data.len(), 1);
    let patched = maps.patch("a", &Patch::Json(json!([{"op": "remove", "path": "/data/only"}])), &params);
    assert!(patched.unwrap().data.is_empty());
    let failing = Patch::Json(json!([{"op": "test", "path": "/data", "value": 1}]));
    assert_eq!(maps.patch("a", &failing, &params).unwrap_err().status().unwrap().reason, "Invalid");
}

fn a_precondition_is_a_conflict(s: &Server) {
    let maps = maps(s);
    maps.create(&ConfigMap::new("a", "1")).unwrap();
    let wrong = DeleteParams::default().uid("11111111-1111-1111-1111-111111111111");
    assert!(maps.delete("a", &wrong).unwrap_err().is_conflict());
    maps.get("a").unwrap();
}

fn a_finalizer_answers_with_the_object(s: &Server) {
    let maps = maps(s);
    let mut object = ConfigMap::new("a", "1");
    object.metadata.finalizers = vec!["a.b/c".to_owned()];
    maps.create(&object).unwrap();
    let kept = maps.delete("a", &DeleteParams::default()).unwrap().object().expect("the object");
    assert!(kept.metadata.deletion_timestamp.is_some());
    maps.patch("a", &Patch::Merge(json!({"metadata": {"finalizers": null}})), &PatchParams::default()).unwrap();
    assert!(maps.get_opt("a").unwrap().is_none());
}

fn labelled(name: &str, value: &str) -> ConfigMap {
    let mut object = ConfigMap::new(name, value);
    object.metadata.labels = [("l".to_owned(), value.to_owned())].into();
    object
}

fn a_collection_is_deleted_by_selector(s: &Server) {
    let maps = maps(s);
    for (name, value) in [("a", "1"), ("b", "2"), ("c", "1")] {
        maps.create(&labelled(name, value)).unwrap();
    }
    maps.delete_collection(&DeleteParams::default(), &ListParams::default().labels("l=1")).unwrap();
    let left = maps.list(&ListParams::default()).unwrap().items;
    assert_eq!(left.iter().map(|map| map.metadata.name.as_str()).collect::<Vec<_>>(), ["b"]);
}

fn a_dry_run_keeps_nothing(s: &Server) {
    let maps = maps(s);
    let params = kubeclient::PostParams::default().dry_run();
    assert!(!maps.create_with(&ConfigMap::new("a", "1"), &params).unwrap().metadata.uid.is_empty());
    assert!(maps.get_opt("a").unwrap().is_none());
}

fn status_and_scale_are_written_apart(s: &Server) {
    let deployments = deployments(s);
    let object: DynamicObject = serde_json::from_value(objects::deployment("d")).unwrap();
    deployments.create(&object).unwrap();
    let patch = Patch::Merge(json!({"status": {"replicas": 1}, "spec": {"replicas": 9}}));
    let written = deployments.patch_status("d", &patch, &PatchParams::default()).unwrap();
    assert_eq!((&written.data["spec"]["replicas"], &written.data["status"]["replicas"]), (&json!(1), &json!(1)));
    let patch = Patch::Merge(json!({"spec": {"replicas": 4}}));
    deployments.patch_scale("d", &patch, &PatchParams::default()).unwrap();
    assert_eq!(deployments.get("d").unwrap().data["spec"]["replicas"], 4);
}

fn pages_are_followed(s: &Server) {
    let maps = maps(s);
    for number in 0..7 {
        maps.create(&ConfigMap::new(&format!("m{number}"), "1")).unwrap();
    }
    let all = maps.list_all(&ListParams::default().limit(3));
    let names: Vec<_> = all.map(|map| map.unwrap().metadata.name).collect();
    assert_eq!(names, ["m0", "m1", "m2", "m3", "m4", "m5", "m6"]);
}

/// The next event in a word.
fn told(watch: &mut Watch<ConfigMap>) -> String {
    match watch.next().expect("an event").unwrap() {
        WatchEvent::Added(object) => format!("added {}", object.metadata.name),
        WatchEvent::Modified(object) => format!("modified {}", object.metadata.name),
        WatchEvent::Deleted(object) => format!("deleted {}", object.metadata.name),
        WatchEvent::Synced => "synced".to_owned(),
        _ => "something else".to_owned(),
    }
}

fn the_present_comes_first_then_changes(s: &Server) {
    let maps = maps(s);
    maps.create(&ConfigMap::new("a", "1")).unwrap();
    let mut watch = maps.with_stop(&Stop::after(s.target().kind.patience())).watch(&WatchParams::default()).unwrap();
    assert_eq!(told(&mut watch), "added a");
    assert_eq!(told(&mut watch), "synced");
    maps.create(&ConfigMap::new("b", "1")).unwrap();
    maps.patch("a", &Patch::Merge(json!({"data": {"k": "2"}})), &PatchParams::default()).unwrap();
    maps.delete("b", &DeleteParams::default()).unwrap();
    for expected in ["added b", "modified a", "deleted b"] {
        assert_eq!(told(&mut watch), expected);
    }
}

fn a_watch_takes_part_where_a_list_ends(s: &Server) {
    let maps = maps(s);
    maps.create(&ConfigMap::new("a", "1")).unwrap();
    let version = maps.list(&ListParams::default()).unwrap().metadata.resource_version;
    maps.delete("a", &DeleteParams::default()).unwrap();
    let mut params = WatchParams::default();
    params.resource_version = Some(version);
    let mut watch = maps.with_stop(&Stop::after(s.target().kind.patience())).watch(&params).unwrap();
    assert_eq!(told(&mut watch), "deleted a");
}

fn a_table_is_read(s: &Server) {
    let maps = maps(s);
    maps.create(&ConfigMap::new("a", "1")).unwrap();
    let table = maps.list_table(&ListParams::default()).unwrap();
    assert_eq!(table.rows.len(), 1);
    assert_eq!(table.rows[0].cells[0], "a");
}

fn a_custom_kind_is_used_without_a_type(s: &Server) {
    widgets::install(s);
    let resource = ApiResource::namespaced("conformance.example", "v1", "Widget", "widgets");
    let widgets = Api::<DynamicObject>::dynamic_namespaced(&client(s), &resource, s.namespace());
    let object = DynamicObject::new("w", &resource).with("spec", json!({"size": 3}));
    let created = widgets.create(&object).unwrap();
    assert_eq!(created.data["spec"], json!({"size": 3, "label": "plain"}));
    let invalid = DynamicObject::new("v", &resource).with("spec", json!({"size": 30}));
    let error = widgets.create(&invalid).unwrap_err();
    s.record("message", error.status().unwrap().message.clone());
}

fn an_unknown_group_is_not_found(s: &Server) {
    let resource = ApiResource::namespaced("nope.io", "v1", "Nope", "nopes");
    let nopes = Api::<DynamicObject>::dynamic_namespaced(&client(s), &resource, s.namespace());
    let error = nopes.get("a").unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.kind(), ErrorKind::Api);
}
