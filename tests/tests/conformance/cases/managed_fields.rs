//! `metadata.managedFields`: one entry a manager, and what each owns.

use serde_json::{Value, json};

use crate::objects::{deployment, map, map_with, with_meta};
use crate::server::{Reply, Server};
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!("2.4", Raw, [
    an_object_without_fields_has_no_entry,
    a_create_owns_the_maps_themselves,
    a_second_manager_gets_its_own_entry,
    the_same_manager_keeps_one_entry,
    a_removed_field_is_owned_by_nobody,
    an_emptied_entry_goes,
    the_status_subresource_has_its_own_entry,
    the_scale_subresource_has_its_own_entry,
    a_list_of_empty_entries_clears_all,
    an_entry_with_an_unknown_operation_is_ignored,
    sets_are_owned_by_value,
    atomic_lists_are_owned_whole_by_updates,
    a_free_map_is_owned_by_its_keys,
    a_deletion_is_no_field,
    labels_and_annotations_are_owned_by_key,
    owners_are_owned_by_uid,
    the_time_of_a_write_that_changes_nothing_stays,
]);

fn entries(reply: &Reply) -> Vec<(String, String, String, Value)> {
    let json = reply.json();
    let entries = json["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let mut found: Vec<_> = entries
        .iter()
        .map(|entry| {
            let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
            (text("manager"), text("operation"), text("subresource"), entry["fieldsV1"].clone())
        })
        .collect();
    found.sort_by(|a, b| (&a.0, &a.1, &a.2).cmp(&(&b.0, &b.1, &b.2)));
    found
}

/// Manager, operation and subresource of each entry.
fn who(reply: &Reply) -> Vec<String> {
    entries(reply).iter().map(|(who, how, part, _)| format!("{who} {how} {part}").trim_end().to_owned()).collect()
}

/// What a manager owns.
fn owned(reply: &Reply, manager: &str) -> Value {
    let found = entries(reply).into_iter().find(|entry| entry.0 == manager);
    found.map(|entry| entry.3).unwrap_or_default()
}

fn an_object_without_fields_has_no_entry(s: &Server) {
    s.post("configmaps", map("a")).expect(201).absent("/metadata/managedFields");
}

fn a_create_owns_the_maps_themselves(s: &Server) {
    let reply = s.post("configmaps?fieldManager=m", map_with("a", json!({"k": "v"}))).expect(201);
    assert_eq!(owned(&reply, "m"), json!({"f:data": {".": {}, "f:k": {}}}));
}

fn a_second_manager_gets_its_own_entry(s: &Server) {
    s.post("configmaps?fieldManager=m1", map_with("a", json!({"k": "v"}))).expect(201);
    let reply = s.merge("configmaps/a?fieldManager=m2", json!({"data": {"l": "v"}})).expect(200);
    assert_eq!(who(&reply), ["m1 Update", "m2 Update"]);
    assert_eq!(owned(&reply, "m2"), json!({"f:data": {"f:l": {}}}));
}

fn the_same_manager_keeps_one_entry(s: &Server) {
    s.post("configmaps?fieldManager=m1", map_with("a", json!({"k": "v"}))).expect(201);
    let reply = s.merge("configmaps/a?fieldManager=m1", json!({"data": {"l": "v"}})).expect(200);
    assert_eq!(who(&reply), ["m1 Update"]);
    assert_eq!(owned(&reply, "m1"), json!({"f:data": {".": {}, "f:k": {}, "f:l": {}}}));
}

fn a_removed_field_is_owned_by_nobody(s: &Server) {
    s.post("configmaps?fieldManager=m1", map_with("a", json!({"k": "v", "l": "v"}))).expect(201);
    let reply = s.merge("configmaps/a?fieldManager=m2", json!({"data": {"l": null}})).expect(200);
    assert_eq!(who(&reply), ["m1 Update"]);
    assert_eq!(owned(&reply, "m1"), json!({"f:data": {".": {}, "f:k": {}}}));
}

fn an_emptied_entry_goes(s: &Server) {
    s.post("configmaps?fieldManager=m1", map_with("a", json!({"k": "v"}))).expect(201);
    s.merge("configmaps/a?fieldManager=m2", json!({"data": {"l": "v"}})).expect(200);
    let reply = s.merge("configmaps/a?fieldManager=m1", json!({"data": {"l": "w"}})).expect(200);
    assert_eq!(who(&reply), ["m1 Update"]);
}

fn the_status_subresource_has_its_own_entry(s: &Server) {
    s.post("apps/v1:deployments?fieldManager=m", deployment("d")).expect(201);
    let patch = json!({"status": {"replicas": 1}});
    let reply = s.merge("apps/v1:deployments/d/status?fieldManager=m", patch).expect(200);
    assert_eq!(who(&reply), ["m Update", "m Update status"]);
    assert_eq!(entries(&reply)[1].3, json!({"f:status": {"f:replicas": {}}}));
}

fn the_scale_subresource_has_its_own_entry(s: &Server) {
    s.post("apps/v1:deployments?fieldManager=m", deployment("d")).expect(201);
    let patch = json!({"spec": {"replicas": 4}});
    s.merge("apps/v1:deployments/d/scale?fieldManager=hpa", patch).expect(200);
    let reply = s.get("apps/v1:deployments/d").expect(200);
    assert_eq!(who(&reply), ["hpa Update scale", "m Update"]);
    assert_eq!(owned(&reply, "hpa"), json!({"f:spec": {"f:replicas": {}}}));
    assert_eq!(owned(&reply, "m").pointer("/f:spec/f:replicas"), None);
}

fn a_list_of_empty_entries_clears_all(s: &Server) {
    s.post("configmaps", map_with("a", json!({"k": "v"}))).expect(201);
    let reply = s.merge("configmaps/a", json!({"metadata": {"managedFields": [{}]}})).expect(200);
    reply.absent("/metadata/managedFields").at("/data", json!({"k": "v"}));
}

fn an_entry_with_an_unknown_operation_is_ignored(s: &Server) {
    let bad = json!([{"manager": "m", "operation": "Bogus", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {}}]);
    s.post("configmaps", map("a")).expect(201);
    let reply = s.put("configmaps/a", with_meta(map("a"), "managedFields", bad)).expect(200);
    reply.absent("/metadata/managedFields");
}

fn sets_are_owned_by_value(s: &Server) {
    let object = with_meta(map("a"), "finalizers", json!(["a.b/1", "a.b/2"]));
    let reply = s.post("configmaps?fieldManager=m", object).expect(201);
    let expected = json!({"f:metadata": {"f:finalizers": {".": {}, "v:\"a.b/1\"": {}, "v:\"a.b/2\"": {}}}});
    assert_eq!(owned(&reply, "m"), expected);
}

fn atomic_lists_are_owned_whole_by_updates(s: &Server) {
    widgets::install(s);
    let object = widget("w", json!({"whole": ["a"], "unit": {"a": "1"}, "tags": ["x"], "entries": [{"name": "n"}]}));
    let reply = s.post(&format!("{WIDGETS}?fieldManager=m"), object).expect(201);
    let spec = owned(&reply, "m")["f:spec"].clone();
    assert_eq!(spec["f:whole"], json!({}));
    assert_eq!(spec["f:unit"], json!({}));
    assert_eq!(spec["f:tags"], json!({".": {}, "v:\"x\"": {}}));
    assert_eq!(spec["f:entries"]["k:{\"name\":\"n\"}"], json!({".": {}, "f:name": {}, "f:protocol": {}}));
}

fn a_free_map_is_owned_by_its_keys(s: &Server) {
    widgets::install(s);
    let object = widget("w", json!({"free": {"any": {"deep": [1]}}}));
    let reply = s.post(&format!("{WIDGETS}?fieldManager=m"), object).expect(201);
    assert_eq!(owned(&reply, "m")["f:spec"]["f:free"]["f:any"], json!({".": {}, "f:deep": {}}));
}

fn a_deletion_is_no_field(s: &Server) {
    let object = with_meta(map("a"), "finalizers", json!(["a.b/c"]));
    let before = s.post("configmaps?fieldManager=m", object).expect(201);
    let after = s.delete("configmaps/a").expect(200).present("/metadata/deletionTimestamp");
    assert_eq!(entries(&after), entries(&before));
}

fn labels_and_annotations_are_owned_by_key(s: &Server) {
    let object = with_meta(map("a"), "labels", json!({"a.b/c": "d"}));
    let object = with_meta(object, "annotations", json!({"e": "f"}));
    let reply = s.post("configmaps?fieldManager=m", object).expect(201);
    let expected = json!({"f:metadata": {
        "f:annotations": {".": {}, "f:e": {}}, "f:labels": {".": {}, "f:a.b/c": {}},
    }});
    assert_eq!(owned(&reply, "m"), expected);
}

fn owners_are_owned_by_uid(s: &Server) {
    let uid = s.post("configmaps", map("owner")).expect(201).uid();
    let owner = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid}]);
    let reply = s.post("configmaps?fieldManager=m", with_meta(map("a"), "ownerReferences", owner)).expect(201);
    let key = format!("k:{{\"uid\":\"{uid}\"}}");
    let owned = owned(&reply, "m");
    let keys = owned["f:metadata"]["f:ownerReferences"].as_object().cloned().unwrap_or_default();
    assert!(keys.contains_key(&key), "{owned}");
}

fn the_time_of_a_write_that_changes_nothing_stays(s: &Server) {
    let before = s.post("configmaps?fieldManager=m", map_with("a", json!({"k": "v"}))).expect(201);
    let after = s.put("configmaps/a?fieldManager=m", map_with("a", json!({"k": "v"}))).expect(200);
    after.at("", before.json());
}
