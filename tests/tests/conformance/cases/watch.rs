//! WATCH: events, replay, selectors, ends and refusals.

use std::time::Duration;

use serde_json::{Value, json};

use crate::objects::{map, map_with, with_meta};
use crate::server::{Server, Stream};
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!("2.8", Raw, [
    a_life_is_told,
    without_a_version_the_present_comes_first,
    version_0_begins_with_the_present,
    from_a_version_on_the_past_is_replayed,
    deletions_are_replayed,
    from_the_newest_version_on_nothing_is_replayed,
    a_deleted_object_has_the_version_of_its_deletion,
    leaving_the_selector_is_a_deletion,
    entering_the_selector_is_an_addition,
    what_never_matches_is_not_told,
    a_field_selector_holds_for_events,
    a_field_that_changes_moves_an_object_out,
    a_write_that_changes_nothing_is_no_event,
    a_dry_run_is_no_event,
    a_timeout_ends_it_cleanly [63],
    a_limit_is_ignored,
    any_true_value_watches,
    the_old_path_watches,
    the_old_path_of_one_object_watches,
    a_missing_namespace_can_be_watched,
    all_namespaces_can_be_watched,
    a_status_write_is_an_event,
    a_custom_object_is_watched,
    a_version_that_is_no_number_is_a_server_error,
    an_unknown_resource_is_not_found,
    partial_metadata_is_watched,
    a_table_is_watched,
    the_media_type_may_name_the_stream,
    a_collection_that_goes_is_told_object_by_object,
    two_watches_see_the_same,
    a_pods_grace_is_a_change,
]);

fn watch_from(s: &Server, version: &str) -> Stream {
    s.watch(&format!("configmaps?watch=1&resourceVersion={version}"))
}

fn now(s: &Server) -> String {
    s.get("configmaps").expect(200).rv()
}

fn label(s: &Server, name: &str, value: &str) {
    s.merge(&format!("configmaps/{name}"), json!({"metadata": {"labels": {"x": value}}})).expect(200);
}

fn labelled(s: &Server, name: &str, value: &str) {
    s.post("configmaps", with_meta(map(name), "labels", json!({"x": value}))).expect(201);
}

fn a_life_is_told(s: &Server) {
    let mut watch = watch_from(s, &now(s));
    let created = s.post("configmaps", map("a")).expect(201).json();
    let changed = s.merge("configmaps/a", json!({"data": {"k": "v"}})).expect(200).json();
    s.delete("configmaps/a").expect(200);
    assert_eq!(watch.expect("ADDED", "a")["object"], created);
    assert_eq!(watch.expect("MODIFIED", "a")["object"], changed);
    watch.expect("DELETED", "a");
}

fn without_a_version_the_present_comes_first(s: &Server) {
    s.post("configmaps", map("b")).expect(201);
    s.post("configmaps", map("a")).expect(201);
    let mut watch = s.watch("configmaps?watch=1");
    watch.expect("ADDED", "a");
    watch.expect("ADDED", "b");
    s.post("configmaps", map("c")).expect(201);
    watch.expect("ADDED", "c");
}

fn version_0_begins_with_the_present(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let mut watch = watch_from(s, "0");
    watch.expect("ADDED", "a");
    s.delete("configmaps/a").expect(200);
    watch.expect("DELETED", "a");
}

fn from_a_version_on_the_past_is_replayed(s: &Server) {
    let version = s.post("configmaps", map("a")).expect(201).rv();
    s.post("configmaps", map("b")).expect(201);
    s.merge("configmaps/a", json!({"data": {"k": "1"}})).expect(200);
    s.merge("configmaps/a", json!({"data": {"k": "2"}})).expect(200);
    let mut watch = watch_from(s, &version);
    watch.expect("ADDED", "b");
    assert_eq!(watch.expect("MODIFIED", "a")["object"]["data"]["k"], "1");
    assert_eq!(watch.expect("MODIFIED", "a")["object"]["data"]["k"], "2");
}

fn deletions_are_replayed(s: &Server) {
    let version = s.post("configmaps", map_with("a", json!({"k": "v"}))).expect(201).rv();
    s.delete("configmaps/a").expect(200);
    let event = watch_from(s, &version).expect("DELETED", "a");
    assert_eq!(event["object"]["data"]["k"], "v");
}

fn from_the_newest_version_on_nothing_is_replayed(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let mut watch = watch_from(s, &now(s));
    s.post("configmaps", map("b")).expect(201);
    watch.expect("ADDED", "b");
}

fn version(event: &Value) -> u64 {
    let text = event["object"]["metadata"]["resourceVersion"].as_str().unwrap_or_default();
    text.parse().expect("a version")
}

fn a_deleted_object_has_the_version_of_its_deletion(s: &Server) {
    let mut watch = watch_from(s, &now(s));
    s.post("configmaps", map("a")).expect(201);
    s.delete("configmaps/a").expect(200);
    let (added, deleted) = (watch.expect("ADDED", "a"), watch.expect("DELETED", "a"));
    assert!(version(&deleted) > version(&added));
    assert_eq!(deleted["object"]["metadata"]["uid"], added["object"]["metadata"]["uid"]);
}

fn leaving_the_selector_is_a_deletion(s: &Server) {
    labelled(s, "a", "1");
    let mut watch = s.watch("configmaps?watch=1&labelSelector=x%3D1");
    let added = watch.expect("ADDED", "a");
    label(s, "a", "2");
    let deleted = watch.expect("DELETED", "a");
    // The old labels at the new version.
    assert_eq!(deleted["object"]["metadata"]["labels"], json!({"x": "1"}));
    assert!(version(&deleted) > version(&added));
}

fn entering_the_selector_is_an_addition(s: &Server) {
    labelled(s, "a", "2");
    let mut watch = s.watch(&format!("configmaps?watch=1&labelSelector=x%3D1&resourceVersion={}", now(s)));
    label(s, "a", "1");
    assert_eq!(watch.expect("ADDED", "a")["object"]["metadata"]["labels"], json!({"x": "1"}));
    s.merge("configmaps/a", json!({"data": {"k": "v"}})).expect(200);
    watch.expect("MODIFIED", "a");
}

fn what_never_matches_is_not_told(s: &Server) {
    let mut watch = s.watch(&format!("configmaps?watch=1&labelSelector=x%3D1&resourceVersion={}", now(s)));
    labelled(s, "a", "2");
    s.delete("configmaps/a").expect(200);
    labelled(s, "b", "1");
    watch.expect("ADDED", "b");
}

fn a_field_selector_holds_for_events(s: &Server) {
    let path = format!("configmaps?watch=1&fieldSelector=metadata.name%3Db&resourceVersion={}", now(s));
    let mut watch = s.watch(&path);
    s.post("configmaps", map("a")).expect(201);
    s.post("configmaps", map("b")).expect(201);
    watch.expect("ADDED", "b");
}

fn a_field_that_changes_moves_an_object_out(s: &Server) {
    s.post("pods", crate::objects::pod("p")).expect(201);
    let mut watch = s.watch("pods?watch=1&fieldSelector=status.phase%3DPending");
    watch.expect("ADDED", "p");
    s.merge("pods/p/status", json!({"status": {"phase": "Running"}})).expect(200);
    assert_eq!(watch.expect("DELETED", "p")["object"]["status"]["phase"], "Pending");
}

fn a_write_that_changes_nothing_is_no_event(s: &Server) {
    s.post("configmaps", map_with("a", json!({"k": "v"}))).expect(201);
    let mut watch = watch_from(s, &now(s));
    s.merge("configmaps/a", json!({"data": {"k": "v"}})).expect(200);
    s.post("configmaps", map("b")).expect(201);
    watch.expect("ADDED", "b");
}

fn a_dry_run_is_no_event(s: &Server) {
    let mut watch = watch_from(s, &now(s));
    s.post("configmaps?dryRun=All", map("a")).expect(201);
    s.post("configmaps", map("b")).expect(201);
    watch.expect("ADDED", "b");
}

fn a_timeout_ends_it_cleanly(s: &Server) {
    let mut watch = s.watch(&format!("configmaps?watch=1&timeoutSeconds=1&resourceVersion={}", now(s)));
    watch.ends();
}

fn a_limit_is_ignored(s: &Server) {
    for name in ["a", "b", "c"] {
        s.post("configmaps", map(name)).expect(201);
    }
    let mut watch = s.watch("configmaps?watch=1&limit=1");
    for name in ["a", "b", "c"] {
        watch.expect("ADDED", name);
    }
}

fn any_true_value_watches(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    for value in ["1", "true", "banana", ""] {
        s.watch(&format!("configmaps?watch={value}")).expect("ADDED", "a");
    }
    for value in ["0", "false"] {
        s.get(&format!("configmaps?watch={value}")).expect(200).at("/kind", json!("ConfigMapList"));
    }
}

fn the_old_path_watches(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    s.watch(&format!("/api/v1/watch/namespaces/{}/configmaps", s.namespace())).expect("ADDED", "a");
}

fn the_old_path_of_one_object_watches(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    s.post("configmaps", map("b")).expect(201);
    s.watch(&format!("/api/v1/watch/namespaces/{}/configmaps/b", s.namespace())).expect("ADDED", "b");
}

fn a_missing_namespace_can_be_watched(s: &Server) {
    let name = s.unique("later");
    let path = format!("/api/v1/namespaces/{name}");
    s.clean_up(&path);
    let mut watch = s.watch(&format!("{path}/configmaps?watch=1&resourceVersion={}", now(s)));
    s.post("/api/v1/namespaces", json!({"metadata": {"name": name}})).expect(201);
    s.post(&format!("{path}/configmaps"), map("a")).expect(201);
    watch.expect("ADDED", "a");
}

fn all_namespaces_can_be_watched(s: &Server) {
    let name = s.unique("map");
    let path = format!("/api/v1/configmaps?watch=1&fieldSelector=metadata.name%3D{name}&resourceVersion={}", now(s));
    let mut watch = s.watch(&path);
    s.post("configmaps", map(&name)).expect(201);
    watch.expect("ADDED", &name);
}

fn a_status_write_is_an_event(s: &Server) {
    s.post("apps/v1:deployments", crate::objects::deployment("d")).expect(201);
    let version = s.get("apps/v1:deployments").expect(200).rv();
    let mut watch = s.watch(&format!("apps/v1:deployments?watch=1&resourceVersion={version}"));
    s.merge("apps/v1:deployments/d/status", json!({"status": {"replicas": 1}})).expect(200);
    assert_eq!(watch.expect("MODIFIED", "d")["object"]["status"]["replicas"], 1);
}

fn a_custom_object_is_watched(s: &Server) {
    widgets::install(s);
    let version = s.get(WIDGETS).expect(200).rv();
    let mut watch = s.watch(&format!("{WIDGETS}?watch=1&resourceVersion={version}"));
    s.post(WIDGETS, widget("w", json!({"size": 1}))).expect(201);
    assert_eq!(watch.expect("ADDED", "w")["object"]["kind"], "Widget");
    s.delete(&format!("{WIDGETS}/w")).expect(200);
    watch.expect("DELETED", "w");
}

fn a_version_that_is_no_number_is_a_server_error(s: &Server) {
    let message = "resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": invalid syntax";
    s.get("configmaps?watch=1&resourceVersion=abc").refused(500, "", message, Value::Null);
}

fn an_unknown_resource_is_not_found(s: &Server) {
    s.get("apps/v1:nopes?watch=1").no_such_resource();
}

fn partial_metadata_is_watched(s: &Server) {
    s.post("configmaps", map_with("a", json!({"k": "v"}))).expect(201);
    let accept = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
    let event = s.request("GET", "configmaps?watch=1").accept(accept).open().expect("ADDED", "a");
    assert_eq!(event["object"]["kind"], "PartialObjectMetadata");
    assert!(event["object"]["data"].is_null());
}

fn a_table_is_watched(s: &Server) {
    s.post("configmaps", map_with("a", json!({"k": "v"}))).expect(201);
    let accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    let path = "configmaps?watch=1&fieldSelector=metadata.name%3Da";
    let mut watch = s.request("GET", path).accept(accept).open();
    let first = watch.next();
    assert_eq!(first["object"]["kind"], "Table");
    assert_eq!(first["object"]["columnDefinitions"][0]["name"], "Name");
    assert_eq!(first["object"]["rows"][0]["cells"][0], "a");
    s.merge("configmaps/a", json!({"data": {"l": "v"}})).expect(200);
    let second = watch.next();
    assert_eq!(second["type"], "MODIFIED");
    assert_eq!(second["object"]["rows"][0]["cells"][1], 2);
    assert!(second["object"]["columnDefinitions"].is_null());
}

fn the_media_type_may_name_the_stream(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let draft = s.request("GET", "configmaps?watch=1").accept("application/json;stream=watch");
    let mut watch = draft.open();
    assert_eq!(watch.first("Content-Type"), Some("application/json"));
    watch.expect("ADDED", "a");
}

fn a_collection_that_goes_is_told_object_by_object(s: &Server) {
    for name in ["a", "b"] {
        s.post("configmaps", map(name)).expect(201);
    }
    let mut watch = watch_from(s, &now(s));
    s.delete("configmaps").expect(200);
    let mut gone = [watch.next(), watch.next()].map(|event| {
        assert_eq!(event["type"], "DELETED");
        event["object"]["metadata"]["name"].as_str().unwrap_or_default().to_owned()
    });
    gone.sort();
    assert_eq!(gone, ["a", "b"]);
}

fn two_watches_see_the_same(s: &Server) {
    let from = now(s);
    let (mut one, mut two) = (watch_from(s, &from), watch_from(s, &from));
    s.post("configmaps", map("a")).expect(201);
    s.delete("configmaps/a").expect(200);
    for kind in ["ADDED", "DELETED"] {
        assert_eq!(one.expect(kind, "a"), two.expect(kind, "a"));
    }
}

fn a_pods_grace_is_a_change(s: &Server) {
    let mut object = crate::objects::pod("p");
    object["spec"]["nodeName"] = json!("n");
    let version = s.post("pods", object).expect(201).rv();
    let mut watch = s.watch(&format!("pods?watch=1&resourceVersion={version}"));
    s.delete("pods/p").expect(200);
    let event = watch.expect("MODIFIED", "p");
    assert_eq!(event["object"]["metadata"]["deletionGracePeriodSeconds"], 30);
    s.delete_with("pods/p", json!({"gracePeriodSeconds": 0})).expect(200);
    let event = watch.expect("MODIFIED", "p");
    assert_eq!(event["object"]["metadata"]["deletionGracePeriodSeconds"], 0);
    watch.expect("DELETED", "p");
    watch.is_silent(Duration::from_millis(50));
}
