//! JSON patches, with the leniency of the real server.

use serde_json::{Value, json};

use crate::objects::{deployment, map_with};
use crate::server::{Reply, Server};
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!("2.4", Raw, [
    operations_apply_in_order,
    a_failing_test_is_invalid [47],
    a_passing_test_changes_nothing,
    a_test_of_a_missing_path_passes_for_null,
    replace_of_a_missing_key_adds_it,
    remove_of_a_missing_key_is_invalid,
    a_missing_parent_is_invalid,
    an_unknown_operation_is_invalid,
    move_of_a_missing_path_is_invalid,
    copy_of_a_missing_path_is_null,
    the_root_may_be_replaced_by_an_object,
    an_operation_without_a_path_is_invalid,
    no_operations_change_nothing,
    a_patch_that_is_no_array_is_refused,
    a_broken_patch_is_refused,
    too_many_operations_are_refused,
    an_escaped_path_is_read,
    a_list_is_edited_by_index,
    a_dash_appends,
    an_index_out_of_range_is_invalid,
    a_wrong_type_is_invalid,
    all_or_nothing,
    a_custom_object_is_patched,
    a_version_may_be_tested,
]);

const A: &str = "configmaps/a";

fn with_data(s: &Server) -> String {
    s.post("configmaps", map_with("a", json!({"k": "v"}))).expect(201).rv()
}

/// 422 that says nothing more.
#[track_caller]
fn rejected(reply: Reply) {
    reply.refused(422, "Invalid", "the server rejected our request due to an error in our request", json!({}));
}

fn operations_apply_in_order(s: &Server) {
    with_data(s);
    let patch = json!([
        {"op": "add", "path": "/data/j", "value": "x"},
        {"op": "copy", "from": "/data/j", "path": "/data/j2"},
        {"op": "move", "from": "/data/j2", "path": "/data/j3"},
        {"op": "replace", "path": "/data/j", "value": "y"},
        {"op": "remove", "path": "/data/k"},
    ]);
    s.json_patch(A, patch).expect(200).at("/data", json!({"j": "y", "j3": "x"}));
}

fn a_failing_test_is_invalid(s: &Server) {
    with_data(s);
    rejected(s.json_patch(A, json!([{"op": "test", "path": "/data/k", "value": "nope"}])));
}

fn a_passing_test_changes_nothing(s: &Server) {
    let version = with_data(s);
    let reply = s.json_patch(A, json!([{"op": "test", "path": "/data", "value": {"k": "v"}}])).expect(200);
    assert_eq!(reply.rv(), version);
}

fn a_test_of_a_missing_path_passes_for_null(s: &Server) {
    with_data(s);
    s.json_patch(A, json!([{"op": "test", "path": "/data/zzz", "value": null}])).expect(200);
    rejected(s.json_patch(A, json!([{"op": "test", "path": "/data/zzz", "value": "x"}])));
}

fn replace_of_a_missing_key_adds_it(s: &Server) {
    with_data(s);
    let reply = s.json_patch(A, json!([{"op": "replace", "path": "/data/zzz", "value": "x"}]));
    reply.expect(200).at("/data", json!({"k": "v", "zzz": "x"}));
}

fn remove_of_a_missing_key_is_invalid(s: &Server) {
    with_data(s);
    rejected(s.json_patch(A, json!([{"op": "remove", "path": "/data/zzz"}])));
}

fn a_missing_parent_is_invalid(s: &Server) {
    with_data(s);
    rejected(s.json_patch(A, json!([{"op": "add", "path": "/nope/zzz", "value": "x"}])));
    rejected(s.json_patch(A, json!([{"op": "replace", "path": "/nope/zzz", "value": "x"}])));
}

fn an_unknown_operation_is_invalid(s: &Server) {
    with_data(s);
    rejected(s.json_patch(A, json!([{"op": "bogus", "path": "/data/k", "value": "x"}])));
    rejected(s.json_patch(A, json!([{"path": "/data/k", "value": "x"}])));
}

fn move_of_a_missing_path_is_invalid(s: &Server) {
    with_data(s);
    rejected(s.json_patch(A, json!([{"op": "move", "from": "/data/zzz", "path": "/data/x"}])));
}

fn copy_of_a_missing_path_is_null(s: &Server) {
    with_data(s);
    let reply = s.json_patch(A, json!([{"op": "copy", "from": "/data/zzz", "path": "/data/x"}]));
    reply.expect(200).at("/data", json!({"k": "v", "x": ""}));
}

fn the_root_may_be_replaced_by_an_object(s: &Server) {
    with_data(s);
    let patch = json!([{"op": "replace", "path": "", "value": map_with("a", json!({"new": "x"}))}]);
    s.json_patch(A, patch).expect(200).at("/data", json!({"new": "x"}));
    rejected(s.json_patch(A, json!([{"op": "remove", "path": ""}])));
}

fn an_operation_without_a_path_is_invalid(s: &Server) {
    with_data(s);
    rejected(s.json_patch(A, json!([{"op": "add", "value": "x"}])));
}

fn no_operations_change_nothing(s: &Server) {
    let version = with_data(s);
    assert_eq!(s.json_patch(A, json!([])).expect(200).rv(), version);
}

fn a_patch_that_is_no_array_is_refused(s: &Server) {
    with_data(s);
    let reply = s.json_patch(A, json!({"op": "x"}));
    reply.bad_request(
        "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    );
}

fn a_broken_patch_is_refused(s: &Server) {
    with_data(s);
    let reply = s.request("PATCH", A).body("application/json-patch+json", "[{").send();
    reply.expect(400).reason("BadRequest").loosely("the decoder's own words");
}

fn too_many_operations_are_refused(s: &Server) {
    with_data(s);
    let operations: Vec<Value> =
        (0..10_001).map(|_| json!({"op": "test", "path": "/data/k", "value": "v"})).collect();
    let message = "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001";
    s.json_patch(A, operations.into()).refused(413, "RequestEntityTooLarge", message, Value::Null);
}

fn an_escaped_path_is_read(s: &Server) {
    with_data(s);
    let patch = json!([
        {"op": "add", "path": "/metadata/annotations", "value": {}},
        {"op": "add", "path": "/metadata/annotations/example.com~1a~0b", "value": "x"},
    ]);
    let reply = s.json_patch(A, patch);
    // `~` is none of the characters of a key.
    reply.expect(422).message_has("metadata.annotations: Invalid value: \"example.com/a~b\"");
    let patch = json!([{"op": "add", "path": "/metadata/labels", "value": {"example.com/a": "1"}}]);
    s.json_patch(A, patch).expect(200);
    let patch = json!([{"op": "replace", "path": "/metadata/labels/example.com~1a", "value": "2"}]);
    s.json_patch(A, patch).expect(200).at("/metadata/labels", json!({"example.com/a": "2"}));
}

const CONTAINERS: &str = "/spec/template/spec/containers";

fn containers(reply: Reply) -> Vec<String> {
    let json = reply.expect(200).json();
    let found = json.pointer(CONTAINERS).and_then(Value::as_array).cloned().unwrap_or_default();
    found.iter().map(|container| container["name"].as_str().unwrap_or_default().to_owned()).collect()
}

fn a_list_is_edited_by_index(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    let patch = json!([
        {"op": "add", "path": format!("{CONTAINERS}/0"), "value": {"name": "first", "image": "i"}},
        {"op": "replace", "path": format!("{CONTAINERS}/1/image"), "value": "j"},
    ]);
    assert_eq!(containers(s.json_patch("apps/v1:deployments/d", patch)), ["first", "c"]);
    let patch = json!([{"op": "remove", "path": format!("{CONTAINERS}/0")}]);
    assert_eq!(containers(s.json_patch("apps/v1:deployments/d", patch)), ["c"]);
}

fn a_dash_appends(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    let patch = json!([{"op": "add", "path": format!("{CONTAINERS}/-"), "value": {"name": "last", "image": "i"}}]);
    assert_eq!(containers(s.json_patch("apps/v1:deployments/d", patch)), ["c", "last"]);
}

fn an_index_out_of_range_is_invalid(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    for operation in [
        json!({"op": "add", "path": format!("{CONTAINERS}/7"), "value": {"name": "x", "image": "i"}}),
        json!({"op": "remove", "path": format!("{CONTAINERS}/7")}),
        json!({"op": "replace", "path": format!("{CONTAINERS}/7"), "value": {}}),
        json!({"op": "add", "path": format!("{CONTAINERS}/x"), "value": {}}),
    ] {
        rejected(s.json_patch("apps/v1:deployments/d", json!([operation])));
    }
}

fn a_wrong_type_is_invalid(s: &Server) {
    with_data(s);
    let reply = s.json_patch(A, json!([{"op": "replace", "path": "/data/k", "value": 5}]));
    let reply = reply.expect(422).reason("Invalid").cause_fields(&["patch"]);
    reply.loosely("it quotes the object, bytes and all");
}

fn all_or_nothing(s: &Server) {
    let version = with_data(s);
    let patch = json!([
        {"op": "add", "path": "/data/x", "value": "x"},
        {"op": "test", "path": "/data/k", "value": "nope"},
    ]);
    rejected(s.json_patch(A, patch));
    assert_eq!(s.get(A).expect(200).at("/data", json!({"k": "v"})).rv(), version);
}

fn a_custom_object_is_patched(s: &Server) {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({"tags": ["a"]}))).expect(201);
    let patch = json!([{"op": "add", "path": "/spec/tags/-", "value": "b"}]);
    s.json_patch(&format!("{WIDGETS}/w"), patch).expect(200).at("/spec/tags", json!(["a", "b"]));
}

fn a_version_may_be_tested(s: &Server) {
    let version = with_data(s);
    let patch = |version: &str| {
        json!([
            {"op": "test", "path": "/metadata/resourceVersion", "value": version},
            {"op": "add", "path": "/data/x", "value": "x"},
        ])
    };
    s.json_patch(A, patch(&version)).expect(200);
    rejected(s.json_patch(A, patch(&version)));
}
