//! Strategic merge patches: lists by key, and the directives.

use serde_json::{Value, json};

use crate::objects::{deployment, map, map_with, pod, with_meta};
use crate::server::{Reply, Server};
use crate::suite::cases;

cases!("2.4", Raw, [
    an_item_of_a_list_is_merged_by_its_key,
    new_items_come_first,
    an_item_is_deleted_by_its_key,
    a_list_is_replaced_when_asked,
    a_map_is_replaced_when_asked,
    a_map_is_deleted_when_asked,
    an_order_is_kept_when_asked,
    an_item_without_its_key_is_a_server_error,
    an_unknown_directive_is_a_server_error,
    ports_merge_by_their_number,
    finalizers_are_a_set,
    a_primitive_is_removed_from_a_list,
    an_atomic_list_is_replaced,
    retained_keys_drop_the_others,
    retained_keys_of_a_new_element_are_no_field,
    odd_retained_keys_are_refused,
    null_removes_a_member,
    conditions_merge_by_type,
    volumes_merge_by_name,
    env_merges_by_name_within_a_container,
    a_map_without_schema_merges,
    an_empty_patch_changes_nothing,
    an_unknown_field_draws_a_warning,
    owners_merge_by_uid,
]);

const D: &str = "apps/v1:deployments/d";

fn created(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
}

fn containers(patch: Value) -> Value {
    json!({"spec": {"template": {"spec": {"containers": patch}}}})
}

fn images(reply: Reply) -> Vec<String> {
    let json = reply.expect(200).json();
    let found = json.pointer("/spec/template/spec/containers").and_then(Value::as_array).cloned();
    let text = |container: &Value, key: &str| container[key].as_str().unwrap_or_default().to_owned();
    found.unwrap_or_default().iter().map(|c| format!("{}={}", text(c, "name"), text(c, "image"))).collect()
}

fn an_item_of_a_list_is_merged_by_its_key(s: &Server) {
    created(s);
    let reply = s.strategic(D, containers(json!([{"name": "c", "image": "j"}]))).expect(200);
    let reply = reply.at("/spec/template/spec/containers/0/ports/0/containerPort", json!(80));
    assert_eq!(images(reply), ["c=j"]);
}

fn new_items_come_first(s: &Server) {
    created(s);
    let patch = containers(json!([{"name": "x", "image": "j"}, {"name": "c", "env": [{"name": "A", "value": "1"}]}]));
    assert_eq!(images(s.strategic(D, patch)), ["x=j", "c=i"]);
    let patch = containers(json!([{"name": "y", "image": "k"}]));
    assert_eq!(images(s.strategic(D, patch)), ["y=k", "x=j", "c=i"]);
}

fn an_item_is_deleted_by_its_key(s: &Server) {
    created(s);
    s.strategic(D, containers(json!([{"name": "x", "image": "j"}]))).expect(200);
    let patch = containers(json!([{"$patch": "delete", "name": "x"}]));
    assert_eq!(images(s.strategic(D, patch)), ["c=i"]);
    let patch = containers(json!([{"$patch": "delete", "name": "nope"}]));
    assert_eq!(images(s.strategic(D, patch)), ["c=i"]);
}

fn a_list_is_replaced_when_asked(s: &Server) {
    created(s);
    let patch = containers(json!([{"name": "x", "image": "j"}, {"$patch": "replace"}]));
    assert_eq!(images(s.strategic(D, patch)), ["x=j"]);
}

fn a_map_is_replaced_when_asked(s: &Server) {
    s.post("configmaps", map_with("a", json!({"k": "v"}))).expect(201);
    let reply = s.strategic("configmaps/a", json!({"data": {"$patch": "replace", "only": "x"}}));
    reply.expect(200).at("/data", json!({"only": "x"}));
}

fn a_map_is_deleted_when_asked(s: &Server) {
    s.post("configmaps", map_with("a", json!({"k": "v"}))).expect(201);
    s.strategic("configmaps/a", json!({"data": {"$patch": "delete"}})).expect(200).absent("/data");
}

fn an_order_is_kept_when_asked(s: &Server) {
    created(s);
    let patch = json!({"spec": {"template": {"spec": {
        "$setElementOrder/containers": [{"name": "c"}, {"name": "x"}],
        "containers": [{"name": "x", "image": "j"}],
    }}}});
    assert_eq!(images(s.strategic(D, patch)), ["c=i", "x=j"]);
    let patch = json!({"spec": {"template": {"spec": {
        "$setElementOrder/containers": [{"name": "x"}, {"name": "c"}],
    }}}});
    assert_eq!(images(s.strategic(D, patch)), ["x=j", "c=i"]);
}

fn an_item_without_its_key_is_a_server_error(s: &Server) {
    created(s);
    let message = "map: map[image:nokey] does not contain declared merge key: name";
    let reply = s.strategic(D, containers(json!([{"image": "nokey"}])));
    reply.refused(500, "", message, Value::Null);
}

fn an_unknown_directive_is_a_server_error(s: &Server) {
    created(s);
    let reply = s.strategic(D, containers(json!([{"$patch": "bogus", "name": "c"}]))).expect(500).reason("");
    reply.message_has("unknown patch type: bogus in map: ");
}

fn ports_merge_by_their_number(s: &Server) {
    created(s);
    let patch = |ports: Value| containers(json!([{"name": "c", "ports": ports}]));
    let reply = s.strategic(D, patch(json!([{"containerPort": 80, "name": "web"}]))).expect(200);
    let ports = "/spec/template/spec/containers/0/ports";
    reply.at(ports, json!([{"containerPort": 80, "name": "web", "protocol": "TCP"}]));
    let reply = s.strategic(D, patch(json!([{"containerPort": 81}]))).expect(200);
    let reply = reply.at(&format!("{ports}/0/containerPort"), json!(81));
    reply.at(&format!("{ports}/1/containerPort"), json!(80));
}

fn finalizers_are_a_set(s: &Server) {
    s.post("configmaps", with_meta(map("a"), "finalizers", json!(["a.b/1", "a.b/2"]))).expect(201);
    let reply = s.strategic("configmaps/a", json!({"metadata": {"finalizers": ["a.b/3", "a.b/2"]}})).expect(200);
    reply.at("/metadata/finalizers", json!(["a.b/3", "a.b/1", "a.b/2"]));
}

fn a_primitive_is_removed_from_a_list(s: &Server) {
    s.post("configmaps", with_meta(map("a"), "finalizers", json!(["a.b/1", "a.b/2"]))).expect(201);
    let patch = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a.b/1"]}});
    s.strategic("configmaps/a", patch).expect(200).at("/metadata/finalizers", json!(["a.b/2"]));
}

fn an_atomic_list_is_replaced(s: &Server) {
    created(s);
    s.strategic(D, containers(json!([{"name": "c", "args": ["a", "b"]}]))).expect(200);
    let reply = s.strategic(D, containers(json!([{"name": "c", "args": ["c"]}]))).expect(200);
    reply.at("/spec/template/spec/containers/0/args", json!(["c"]));
}

fn retained_keys_drop_the_others(s: &Server) {
    created(s);
    let patch = json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}});
    s.strategic(D, patch).expect(200).at("/spec/strategy", json!({"type": "Recreate"}));
}

fn retained_keys_of_a_new_element_are_no_field(s: &Server) {
    created(s);
    let volume = json!({"$retainKeys": ["name", "emptyDir"], "name": "v", "emptyDir": {}});
    let patch = json!({"spec": {"template": {"spec": {"volumes": [volume]}}}});
    for strictly in ["", "?fieldValidation=Strict"] {
        let reply = s.strategic(&format!("{D}{strictly}"), patch.clone()).expect(200);
        reply.at("/spec/template/spec/volumes", json!([{"name": "v", "emptyDir": {}}]));
    }
}

fn odd_retained_keys_are_refused(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let reply = s.strategic("configmaps/a", json!({"$retainKeys": ["x"], "data": {"q": "x"}}));
    reply.bad_request("invalid patch format of retainKeys");
}

fn null_removes_a_member(s: &Server) {
    created(s);
    let reply = s.strategic(D, containers(json!([{"name": "c", "ports": null}]))).expect(200);
    reply.absent("/spec/template/spec/containers/0/ports");
}

fn conditions_merge_by_type(s: &Server) {
    created(s);
    let path = format!("{D}/status");
    let condition = |kind: &str, status: &str| {
        json!({"status": {"conditions": [{"type": kind, "status": status}]}})
    };
    s.strategic(&path, condition("Available", "True")).expect(200);
    s.strategic(&path, condition("Progressing", "True")).expect(200);
    let reply = s.strategic(&path, condition("Available", "False")).expect(200);
    reply.has(json!({"status": {"conditions": [
        {"type": "Progressing", "status": "True"}, {"type": "Available", "status": "False"},
    ]}}));
}

fn volumes_merge_by_name(s: &Server) {
    created(s);
    let patch = |volume: Value| json!({"spec": {"template": {"spec": {"volumes": [volume]}}}});
    s.strategic(D, patch(json!({"name": "v", "emptyDir": {}}))).expect(200);
    // Another source is merged beside the first one: two are one too many.
    let reply = s.strategic(D, patch(json!({"name": "v", "configMap": {"name": "a"}}))).expect(422);
    reply.message_has("may not specify more than 1 volume type");
    let volume = json!({"$retainKeys": ["name", "configMap"], "name": "v", "configMap": {"name": "a"}});
    let reply = s.strategic(D, patch(volume)).expect(200);
    reply.absent("/spec/template/spec/volumes/0/emptyDir");
}

fn env_merges_by_name_within_a_container(s: &Server) {
    created(s);
    let env = |env: Value| containers(json!([{"name": "c", "env": env}]));
    s.strategic(D, env(json!([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]))).expect(200);
    let reply = s.strategic(D, env(json!([{"name": "B", "value": "3"}, {"name": "A", "$patch": "delete"}])));
    reply.expect(200).at("/spec/template/spec/containers/0/env", json!([{"name": "B", "value": "3"}]));
}

fn a_map_without_schema_merges(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    s.strategic("pods/p", json!({"metadata": {"annotations": {"x": "y", "z": "1"}}})).expect(200);
    let reply = s.strategic("pods/p", json!({"metadata": {"annotations": {"x": null, "w": "2"}}}));
    reply.expect(200).at("/metadata/annotations", json!({"z": "1", "w": "2"}));
}

fn an_empty_patch_changes_nothing(s: &Server) {
    created(s);
    let version = s.get(D).expect(200).rv();
    assert_eq!(s.strategic(D, json!({})).expect(200).rv(), version);
}

fn an_unknown_field_draws_a_warning(s: &Server) {
    created(s);
    s.strategic(D, json!({"spec": {"bogus": 1}})).expect(200).warnings(&["unknown field \"spec.bogus\""]);
}

fn owners_merge_by_uid(s: &Server) {
    let uid = s.post("configmaps", map("owner")).expect(201).uid();
    s.post("configmaps", map("a")).expect(201);
    let owner = |controller: Value| {
        let owner = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid, "controller": controller});
        json!({"metadata": {"ownerReferences": [owner]}})
    };
    s.strategic("configmaps/a", owner(json!(null))).expect(200);
    let reply = s.strategic("configmaps/a", owner(json!(true))).expect(200);
    reply.at("/metadata/ownerReferences/0/controller", json!(true)).absent("/metadata/ownerReferences/1");
}
