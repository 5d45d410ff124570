//! Server-side apply: what it creates, what it refuses, who owns and who conflicts.

use serde_json::{Value, json};

use crate::objects::{deployment, map, map_with, with_meta};
use crate::server::{Reply, Server};
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!("2.4", Raw, [
    apply_creates_what_is_missing [43],
    apply_again_answers_200 [43],
    apply_of_the_same_changes_nothing,
    apply_needs_a_manager [44],
    a_conflict_names_manager_and_field [43],
    every_conflict_is_a_cause,
    conflicts_with_several_managers_are_sorted,
    force_takes_the_field [43],
    the_same_value_is_shared,
    a_field_that_its_owner_drops_is_removed,
    a_field_that_another_owns_too_stays,
    an_update_owns_what_it_changes,
    a_conflict_with_an_update_names_the_version,
    a_conflict_with_a_subresource_names_it,
    defaults_are_owned_by_nobody,
    a_body_without_kind_is_refused,
    managed_fields_must_be_left_out,
    a_stale_version_is_a_conflict,
    a_version_of_a_missing_object_is_ignored,
    a_uid_of_a_missing_object_is_a_conflict,
    the_bodys_name_must_be_that_of_the_path,
    the_body_must_have_a_name,
    a_missing_namespace_is_not_found,
    an_undeclared_field_is_a_server_error,
    a_wrong_type_is_a_server_error,
    a_duplicate_key_of_a_list_is_a_server_error,
    a_missing_key_of_a_list_is_invalid,
    a_yaml_body_is_applied,
    a_duplicate_yaml_key_is_refused,
    a_broken_body_is_refused,
    a_dry_run_keeps_nothing,
    a_validated_field_is_refused,
    an_item_of_a_list_is_owned_by_its_key,
    an_item_is_removed_when_dropped,
    an_item_with_another_owners_field_stays,
    a_port_is_keyed_by_number_and_protocol,
    an_atomic_list_is_owned_whole,
    labels_of_two_managers_live_together,
    after_a_replace_the_applier_loses_what_was_changed,
    null_in_an_apply_is_owned,
]);

const A: &str = "configmaps/a";
const D: &str = "apps/v1:deployments/d";

fn apply_as(s: &Server, manager: &str, data: Value) -> Reply {
    s.apply(&format!("{A}?fieldManager={manager}"), map_with("a", data))
}

/// A refusal with these conflicts, as (manager, field).
#[track_caller]
fn conflicts(reply: Reply, message: &str, causes: &[(&str, &str)]) {
    // Those of one manager stand together; which manager comes first is left to chance.
    let mut reply = reply;
    reply.sort_causes();
    let causes: Vec<_> = causes
        .iter()
        .map(|(who, field)| {
            json!({"reason": "FieldManagerConflict", "message": format!("conflict with {who}"), "field": field})
        })
        .collect();
    reply.refused(409, "Conflict", message, json!({"causes": causes}));
}

/// What a manager owns by apply.
fn owned(reply: &Reply, manager: &str) -> Value {
    let json = reply.json();
    let entries = json["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let entry = entries.iter().find(|entry| entry["manager"] == manager);
    entry.map(|entry| entry["fieldsV1"].clone()).unwrap_or_default()
}

fn apply_creates_what_is_missing(s: &Server) {
    let reply = apply_as(s, "m1", json!({"k": "v"})).expect(201).at("/data", json!({"k": "v"}));
    let reply = reply.has(json!({"metadata": {"managedFields": [{
        "manager": "m1", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {"f:k": {}}},
    }]}}));
    s.get(A).expect(200).at("", reply.json());
}

fn apply_again_answers_200(s: &Server) {
    apply_as(s, "m1", json!({"k": "v"})).expect(201);
    apply_as(s, "m1", json!({"k": "w"})).expect(200).at("/data", json!({"k": "w"}));
}

fn apply_of_the_same_changes_nothing(s: &Server) {
    let before = apply_as(s, "m1", json!({"k": "v"})).expect(201);
    apply_as(s, "m1", json!({"k": "v"})).expect(200).at("", before.json());
}

fn apply_needs_a_manager(s: &Server) {
    let why = "Required value: is required for apply patch";
    let causes = json!([{"reason": "FieldValueRequired", "message": why, "field": "fieldManager"}]);
    let message = format!("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: {why}");
    let details = json!({"group": "meta.k8s.io", "kind": "PatchOptions", "causes": causes});
    s.apply(A, map("a")).refused(422, "Invalid", &message, details);
}

fn a_conflict_names_manager_and_field(s: &Server) {
    apply_as(s, "m1", json!({"k": "v"})).expect(201);
    let message = "Apply failed with 1 conflict: conflict with \"m1\": .data.k";
    conflicts(apply_as(s, "m2", json!({"k": "w"})), message, &[("\"m1\"", ".data.k")]);
}

fn every_conflict_is_a_cause(s: &Server) {
    s.apply(&format!("{D}?fieldManager=m1"), deployment("d")).expect(201);
    let mut object = deployment("d");
    object["spec"]["replicas"] = json!(2);
    object["spec"]["template"]["spec"]["containers"][0]["image"] = json!("j");
    let image = ".spec.template.spec.containers[name=\"c\"].image";
    let message = format!("Apply failed with 2 conflicts: conflicts with \"m1\":\n- .spec.replicas\n- {image}");
    let reply = s.apply(&format!("{D}?fieldManager=m2"), object);
    conflicts(reply, &message, &[("\"m1\"", ".spec.replicas"), ("\"m1\"", image)]);
}

fn conflicts_with_several_managers_are_sorted(s: &Server) {
    apply_as(s, "m2", json!({"b": "1"})).expect(201);
    apply_as(s, "m1", json!({"a": "1"})).expect(200);
    let message = "Apply failed with 2 conflicts: conflicts with \"m1\":\n- .data.a\nconflicts with \"m2\":\n- .data.b";
    let reply = apply_as(s, "m3", json!({"a": "2", "b": "2"}));
    conflicts(reply, message, &[("\"m1\"", ".data.a"), ("\"m2\"", ".data.b")]);
}

fn force_takes_the_field(s: &Server) {
    apply_as(s, "m1", json!({"k": "v", "l": "v"})).expect(201);
    let reply = s.apply(&format!("{A}?fieldManager=m2&force=true"), map_with("a", json!({"k": "w"}))).expect(200);
    let reply = reply.at("/data", json!({"k": "w", "l": "v"}));
    assert_eq!(owned(&reply, "m1"), json!({"f:data": {"f:l": {}}}));
    assert_eq!(owned(&reply, "m2"), json!({"f:data": {"f:k": {}}}));
}

fn the_same_value_is_shared(s: &Server) {
    apply_as(s, "m1", json!({"k": "v"})).expect(201);
    let reply = apply_as(s, "m2", json!({"k": "v"})).expect(200);
    assert_eq!(owned(&reply, "m1"), owned(&reply, "m2"));
    let message = "Apply failed with 1 conflict: conflict with \"m2\": .data.k";
    conflicts(apply_as(s, "m1", json!({"k": "w"})), message, &[("\"m2\"", ".data.k")]);
}

fn a_field_that_its_owner_drops_is_removed(s: &Server) {
    apply_as(s, "m1", json!({"k": "v", "l": "v"})).expect(201);
    let reply = apply_as(s, "m1", json!({"l": "v"})).expect(200).at("/data", json!({"l": "v"}));
    assert_eq!(owned(&reply, "m1"), json!({"f:data": {"f:l": {}}}));
    apply_as(s, "m1", json!({})).expect(200).absent("/data");
}

fn a_field_that_another_owns_too_stays(s: &Server) {
    apply_as(s, "m1", json!({"k": "v"})).expect(201);
    apply_as(s, "m2", json!({"k": "v"})).expect(200);
    let reply = s.apply(&format!("{A}?fieldManager=m1"), map("a")).expect(200).at("/data", json!({"k": "v"}));
    assert_eq!(owned(&reply, "m1"), Value::Null);
}

fn an_update_owns_what_it_changes(s: &Server) {
    apply_as(s, "m1", json!({"k": "v", "l": "v"})).expect(201);
    let reply = s.merge(&format!("{A}?fieldManager=m2"), json!({"data": {"k": "w", "m": "x"}})).expect(200);
    assert_eq!(owned(&reply, "m1"), json!({"f:data": {"f:l": {}}}));
    assert_eq!(owned(&reply, "m2"), json!({"f:data": {"f:k": {}, "f:m": {}}}));
}

fn a_conflict_with_an_update_names_the_version(s: &Server) {
    s.post("configmaps?fieldManager=kubectl", map_with("a", json!({"k": "v"}))).expect(201);
    let message = "Apply failed with 1 conflict: conflict with \"kubectl\" using v1: .data.k";
    conflicts(apply_as(s, "m1", json!({"k": "w"})), message, &[("\"kubectl\" using v1", ".data.k")]);
}

fn a_conflict_with_a_subresource_names_it(s: &Server) {
    s.apply(&format!("{D}?fieldManager=m1"), deployment("d")).expect(201);
    s.merge(&format!("{D}/scale?fieldManager=hpa"), json!({"spec": {"replicas": 5}})).expect(200);
    let who = "\"hpa\" with subresource \"scale\" using apps/v1";
    let message = format!("Apply failed with 1 conflict: conflict with {who}: .spec.replicas");
    let reply = s.apply(&format!("{D}?fieldManager=m1"), deployment("d"));
    conflicts(reply, &message, &[(who, ".spec.replicas")]);
}

fn defaults_are_owned_by_nobody(s: &Server) {
    let reply = s.apply(&format!("{D}?fieldManager=m1"), deployment("d")).expect(201);
    let reply = reply.at("/spec/revisionHistoryLimit", json!(10));
    assert_eq!(owned(&reply, "m1").pointer("/f:spec/f:revisionHistoryLimit"), None);
    let mut object = deployment("d");
    object["spec"]["revisionHistoryLimit"] = json!(3);
    s.apply(&format!("{D}?fieldManager=m2"), object).expect(200).at("/spec/revisionHistoryLimit", json!(3));
}

fn a_body_without_kind_is_refused(s: &Server) {
    let reply = s.apply(&format!("{A}?fieldManager=m"), json!({"metadata": {"name": "a"}}));
    reply.bad_request("invalid object type: /, Kind=");
}

fn managed_fields_must_be_left_out(s: &Server) {
    apply_as(s, "m", json!({"k": "v"})).expect(201);
    let object = with_meta(map("a"), "managedFields", json!([{}]));
    s.apply(&format!("{A}?fieldManager=m"), object).bad_request("metadata.managedFields must be nil");
}

fn a_stale_version_is_a_conflict(s: &Server) {
    apply_as(s, "m", json!({"k": "v"})).expect(201);
    let object = with_meta(map("a"), "resourceVersion", json!("1"));
    s.apply(&format!("{A}?fieldManager=m"), object).modified("configmaps", "a");
}

fn a_version_of_a_missing_object_is_ignored(s: &Server) {
    let object = with_meta(map("a"), "resourceVersion", json!("5"));
    s.apply(&format!("{A}?fieldManager=m"), object).expect(201);
}

fn a_uid_of_a_missing_object_is_a_conflict(s: &Server) {
    let object = with_meta(map("a"), "uid", json!("11111111-1111-1111-1111-111111111111"));
    s.apply(&format!("{A}?fieldManager=m"), object).refused(
        409,
        "Conflict",
        "Operation cannot be fulfilled on configmaps \"a\": uid mismatch: the provided object specified uid \
         11111111-1111-1111-1111-111111111111, and no existing object was found",
        json!({"name": "a", "kind": "configmaps"}),
    );
}

fn the_bodys_name_must_be_that_of_the_path(s: &Server) {
    let reply = s.apply(&format!("{A}?fieldManager=m"), map("b"));
    reply.bad_request("the name of the object (b) does not match the name on the URL (a)");
}

fn the_body_must_have_a_name(s: &Server) {
    let reply = s.apply(&format!("{A}?fieldManager=m"), json!({"apiVersion": "v1", "kind": "ConfigMap"}));
    reply.bad_request("the name of the object (a based on URL) was undeterminable: name must be provided");
}

fn a_missing_namespace_is_not_found(s: &Server) {
    let path = "/api/v1/namespaces/nons/configmaps/a?fieldManager=m";
    s.apply(path, map("a")).not_found("namespaces", "nons");
}

/// 500 without a reason and details.
#[track_caller]
fn untyped(reply: Reply, message: &str) {
    reply.refused(500, "", &format!("failed to create typed patch object {message}"), Value::Null);
}

fn an_undeclared_field_is_a_server_error(s: &Server) {
    let mut object = map("a");
    object["foo"] = json!("bar");
    let message = "(/a; /v1, Kind=ConfigMap): .foo: field not declared in schema";
    untyped(s.apply(&format!("{A}?fieldManager=m"), object), message);
    widgets::install(s);
    let message = "(/w; conformance.example/v1, Kind=Widget): .spec.junk: field not declared in schema";
    let reply = s.apply(&format!("{WIDGETS}/w?fieldManager=m"), widget("w", json!({"junk": 1})));
    untyped(reply, message);
}

fn a_wrong_type_is_a_server_error(s: &Server) {
    let why = ".data.k: expected string, got &value.valueUnstructured{Value:5}";
    let reply = apply_as(s, "m", json!({"k": 5}));
    untyped(reply, &format!("(/a; /v1, Kind=ConfigMap): {why}"));
    // The namespace is the body's, not the path's.
    let ns = s.namespace();
    let object = with_meta(map_with("a", json!({"k": 5})), "namespace", json!(ns));
    let reply = s.apply(&format!("{A}?fieldManager=m"), object);
    untyped(reply, &format!("({ns}/a; /v1, Kind=ConfigMap): {why}"));
}

fn a_duplicate_key_of_a_list_is_a_server_error(s: &Server) {
    let mut object = deployment("d");
    object["spec"]["template"]["spec"]["containers"] =
        json!([{"name": "c", "image": "i"}, {"name": "c", "image": "j"}]);
    let reply = s.apply(&format!("{D}?fieldManager=m"), object);
    untyped(
        reply,
        "(/d; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name=\"c\"]",
    );
}

fn a_missing_key_of_a_list_is_invalid(s: &Server) {
    let mut object = deployment("d");
    object["spec"]["template"]["spec"]["containers"] = json!([{"image": "nokey"}]);
    s.apply(&format!("{D}?fieldManager=m"), object).invalid(
        "Deployment.apps",
        "d",
        "spec.template.spec.containers[0].name",
        "FieldValueRequired",
        "Required value",
    );
}

fn apply_text(s: &Server, query: &str, body: &str) -> Reply {
    s.request("PATCH", &format!("{A}?{query}")).body("application/apply-patch+yaml", body).send()
}

fn a_yaml_body_is_applied(s: &Server) {
    let body = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v # a comment\n";
    apply_text(s, "fieldManager=m", body).expect(201).at("/data", json!({"k": "v"}));
}

fn a_duplicate_yaml_key_is_refused(s: &Server) {
    let body = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v\n  k: w\n";
    let reply = apply_text(s, "fieldManager=m&fieldValidation=Strict", body).expect(400).reason("BadRequest");
    reply.message_has("error strict decoding YAML: ").loosely("the decoder's own words");
}

fn a_broken_body_is_refused(s: &Server) {
    let reply = apply_text(s, "fieldManager=m", "metadata: [").expect(400).reason("BadRequest");
    reply.message_has("error decoding YAML: ").loosely("the decoder's own words");
}

fn a_dry_run_keeps_nothing(s: &Server) {
    let before = apply_as(s, "m", json!({"k": "v"})).expect(201);
    let reply = s.apply(&format!("{A}?fieldManager=m&dryRun=All"), map_with("a", json!({"dry": "1"})));
    assert_eq!(reply.expect(200).at("/data", json!({"dry": "1"})).rv(), before.rv());
    s.get(A).expect(200).at("", before.json());
}

fn a_validated_field_is_refused(s: &Server) {
    let mut object = deployment("d");
    object["spec"]["replicas"] = json!(-1);
    let why = "Invalid value: -1: must be greater than or equal to 0";
    let reply = s.apply(&format!("{D}?fieldManager=m"), object);
    reply.invalid("Deployment.apps", "d", "spec.replicas", "FieldValueInvalid", why);
}

const W: &str = "conformance.example/v1:widgets/w";

fn apply_widget(s: &Server, manager: &str, spec: Value) -> Reply {
    widgets::install(s);
    s.apply(&format!("{W}?fieldManager={manager}"), widget("w", spec))
}

fn an_item_of_a_list_is_owned_by_its_key(s: &Server) {
    apply_widget(s, "m1", json!({"entries": [{"name": "a", "value": 1}]})).expect(201);
    let reply = apply_widget(s, "m2", json!({"entries": [{"name": "b", "value": 2}]})).expect(200);
    let reply = reply.has(json!({"spec": {"entries": [{"name": "a", "value": 1}, {"name": "b", "value": 2}]}}));
    let expected = json!({"f:spec": {"f:entries": {"k:{\"name\":\"b\"}": {".": {}, "f:name": {}, "f:value": {}}}}});
    assert_eq!(owned(&reply, "m2"), expected);
}

fn an_item_is_removed_when_dropped(s: &Server) {
    apply_widget(s, "m1", json!({"entries": [{"name": "a", "value": 1}, {"name": "b"}], "tags": ["x", "y"]})).expect(201);
    let reply = apply_widget(s, "m1", json!({"entries": [{"name": "b"}], "tags": ["y"]})).expect(200);
    reply.has(json!({"spec": {"entries": [{"name": "b"}], "tags": ["y"]}}));
}

fn an_item_with_another_owners_field_stays(s: &Server) {
    apply_widget(s, "m1", json!({"entries": [{"name": "a"}]})).expect(201);
    apply_widget(s, "m2", json!({"entries": [{"name": "a", "value": 2}]})).expect(200);
    let reply = apply_widget(s, "m1", json!({})).expect(200);
    reply.has(json!({"spec": {"entries": [{"name": "a", "value": 2}]}}));
}

fn a_port_is_keyed_by_number_and_protocol(s: &Server) {
    let reply = s.apply(&format!("{D}?fieldManager=m1"), deployment("d")).expect(201);
    let container = &owned(&reply, "m1")["f:spec"]["f:template"]["f:spec"]["f:containers"]["k:{\"name\":\"c\"}"];
    let port = &container["f:ports"]["k:{\"containerPort\":80,\"protocol\":\"TCP\"}"];
    assert_eq!(*port, json!({".": {}, "f:containerPort": {}}));
}

fn an_atomic_list_is_owned_whole(s: &Server) {
    let reply = apply_widget(s, "m1", json!({"whole": ["a"], "unit": {"a": "1"}})).expect(201);
    assert_eq!(owned(&reply, "m1"), json!({"f:spec": {"f:whole": {}, "f:unit": {}}}));
    let message = "Apply failed with 2 conflicts: conflicts with \"m1\":\n- .spec.unit\n- .spec.whole";
    let reply = apply_widget(s, "m2", json!({"whole": ["b"], "unit": {"b": "1"}}));
    conflicts(reply, message, &[("\"m1\"", ".spec.unit"), ("\"m1\"", ".spec.whole")]);
}

fn labels_of_two_managers_live_together(s: &Server) {
    let labelled = |key: &str| with_meta(map("a"), "labels", json!({key: "x"}));
    s.apply(&format!("{A}?fieldManager=m1"), labelled("one")).expect(201);
    let reply = s.apply(&format!("{A}?fieldManager=m2"), labelled("two")).expect(200);
    reply.at("/metadata/labels", json!({"one": "x", "two": "x"}));
    s.apply(&format!("{A}?fieldManager=m1"), map("a")).expect(200).at("/metadata/labels", json!({"two": "x"}));
}

fn after_a_replace_the_applier_loses_what_was_changed(s: &Server) {
    apply_as(s, "m1", json!({"k": "v", "l": "v"})).expect(201);
    let reply = s.put(&format!("{A}?fieldManager=m2"), map_with("a", json!({"k": "w"}))).expect(200);
    assert_eq!(owned(&reply, "m1"), Value::Null);
    assert_eq!(owned(&reply, "m2"), json!({"f:data": {"f:k": {}}}));
}

fn null_in_an_apply_is_owned(s: &Server) {
    let reply = apply_as(s, "m1", json!({"k": null, "l": "v"})).expect(201);
    let reply = reply.at("/data", json!({"k": "", "l": "v"}));
    assert_eq!(owned(&reply, "m1"), json!({"f:data": {"f:k": {}, "f:l": {}}}));
    let mut object = map("a");
    object["data"] = Value::Null;
    let reply = s.apply(&format!("{A}?fieldManager=m2"), object).expect(200);
    assert_eq!(owned(&reply, "m2"), json!({"f:data": {}}));
}
