//! JSON merge patches, and what holds for every patch.

use serde_json::{Value, json};

use crate::objects::{deployment, map, map_with, pod, with_meta};
use crate::server::Server;
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!("2.4", Raw, [
    members_are_added_and_changed,
    null_removes_a_member,
    null_of_a_missing_member_is_nothing,
    objects_merge_deeply,
    arrays_are_replaced_whole,
    an_empty_patch_changes_nothing,
    a_missing_object_is_not_found,
    a_version_in_the_patch_is_a_precondition,
    the_current_version_in_the_patch_is_accepted,
    a_null_version_is_no_precondition,
    a_uid_cannot_be_patched,
    a_name_cannot_be_patched,
    a_namespace_cannot_be_patched,
    a_kind_cannot_be_patched,
    a_wrong_type_is_invalid,
    a_broken_patch_is_refused,
    a_patch_that_is_an_array_is_refused,
    a_patch_that_is_null_is_refused,
    force_is_only_for_apply [45],
    a_validated_field_is_refused,
    an_immutable_field_is_refused,
    a_custom_object_is_merged_and_validated,
    a_default_comes_back_when_removed,
    null_removes_all_labels,
    status_of_a_patch_is_ignored,
]);

const A: &str = "configmaps/a";

fn with_data(s: &Server) -> String {
    s.post("configmaps", map_with("a", json!({"k": "v", "l": "w"}))).expect(201).rv()
}

fn members_are_added_and_changed(s: &Server) {
    with_data(s);
    let reply = s.merge(A, json!({"data": {"k": "V", "m": "x"}})).expect(200);
    reply.at("/data", json!({"k": "V", "l": "w", "m": "x"}));
}

fn null_removes_a_member(s: &Server) {
    with_data(s);
    s.merge(A, json!({"data": {"k": null}})).expect(200).at("/data", json!({"l": "w"}));
    s.merge(A, json!({"data": null})).expect(200).absent("/data");
}

fn null_of_a_missing_member_is_nothing(s: &Server) {
    let version = with_data(s);
    let reply = s.merge(A, json!({"data": {"zzz": null}, "binaryData": {"x": null}})).expect(200);
    assert_eq!(reply.at("/data", json!({"k": "v", "l": "w"})).rv(), version);
}

fn objects_merge_deeply(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    let patch = json!({"spec": {"template": {"metadata": {"annotations": {"x": "y"}}}}});
    let reply = s.merge("apps/v1:deployments/d", patch).expect(200);
    reply.at("/spec/template/metadata", json!({"labels": {"a": "b"}, "annotations": {"x": "y"}}));
}

fn arrays_are_replaced_whole(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    let patch = json!({"spec": {"template": {"spec": {"containers": [{"name": "x", "image": "j"}]}}}});
    let reply = s.merge("apps/v1:deployments/d", patch).expect(200);
    reply.has(json!({"spec": {"template": {"spec": {"containers": [{"name": "x", "image": "j"}]}}}}));
}

fn an_empty_patch_changes_nothing(s: &Server) {
    let version = with_data(s);
    assert_eq!(s.merge(A, json!({})).expect(200).rv(), version);
}

fn a_missing_object_is_not_found(s: &Server) {
    s.merge("configmaps/nope", json!({"data": {"k": "v"}})).not_found("configmaps", "nope");
    s.json_patch("configmaps/nope", json!([])).not_found("configmaps", "nope");
    s.strategic("apps/v1:deployments/nope", json!({})).not_found("deployments.apps", "nope");
}

fn a_version_in_the_patch_is_a_precondition(s: &Server) {
    with_data(s);
    let patch = json!({"metadata": {"resourceVersion": "1"}, "data": {"k": "x"}});
    s.merge(A, patch).modified("configmaps", "a");
}

fn the_current_version_in_the_patch_is_accepted(s: &Server) {
    let version = with_data(s);
    let patch = json!({"metadata": {"resourceVersion": version}, "data": {"k": "x"}});
    s.merge(A, patch).expect(200).at("/data/k", json!("x"));
}

fn a_null_version_is_no_precondition(s: &Server) {
    with_data(s);
    let patch = json!({"metadata": {"resourceVersion": null}, "data": {"k": "x"}});
    s.merge(A, patch).expect(200).at("/data/k", json!("x"));
}

fn a_uid_cannot_be_patched(s: &Server) {
    with_data(s);
    let patch = json!({"metadata": {"uid": "11111111-1111-1111-1111-111111111111"}});
    let why = "Invalid value: \"11111111-1111-1111-1111-111111111111\": field is immutable";
    let cause = json!({"reason": "FieldValueInvalid", "message": why, "field": "metadata.uid"});
    // Once in the message, twice in the causes.
    s.merge(A, patch).refused(
        422,
        "Invalid",
        &format!("ConfigMap \"a\" is invalid: metadata.uid: {why}"),
        json!({"name": "a", "kind": "ConfigMap", "causes": [cause, cause]}),
    );
}

fn a_name_cannot_be_patched(s: &Server) {
    with_data(s);
    let reply = s.merge(A, json!({"metadata": {"name": "b"}}));
    reply.bad_request("the name of the object (b) does not match the name on the URL (a)");
}

fn a_namespace_cannot_be_patched(s: &Server) {
    with_data(s);
    let reply = s.merge(A, json!({"metadata": {"namespace": "other"}}));
    reply.bad_request("the namespace of the provided object does not match the namespace sent on the request");
}

const QUOTED: &str = "it quotes the object, bytes and all";

fn a_kind_cannot_be_patched(s: &Server) {
    with_data(s);
    s.merge(A, json!({"kind": "Secret"})).expect(422).reason("Invalid").cause_fields(&["patch"]).loosely(QUOTED);
    let reply = s.merge(A, json!({"apiVersion": "v2"})).expect(422).reason("Invalid");
    reply.cause_fields(&["patch"]).loosely(QUOTED);
}

fn a_wrong_type_is_invalid(s: &Server) {
    with_data(s);
    let reply = s.merge(A, json!({"data": {"k": 5}})).expect(422).reason("Invalid");
    reply.message_has(" \"\" is invalid: patch: Invalid value: \"{").cause_fields(&["patch"]).loosely(QUOTED);
}

fn broken(s: &Server, body: &str) -> crate::server::Reply {
    with_data(s);
    let reply = s.request("PATCH", A).body("application/merge-patch+json", body).send();
    reply.expect(400).reason("BadRequest")
}

fn a_broken_patch_is_refused(s: &Server) {
    broken(s, "{bad").message_has("error decoding patch: ").loosely("the decoder's own words");
}

fn a_patch_that_is_an_array_is_refused(s: &Server) {
    broken(s, "[]").message_has("error decoding patch: ").loosely("the decoder's own words");
}

fn a_patch_that_is_null_is_refused(s: &Server) {
    broken(s, "null").message("Invalid JSON Patch");
}

fn force_is_only_for_apply(s: &Server) {
    with_data(s);
    let why = "Forbidden: may not be specified for non-apply patch";
    let causes = json!([{"reason": "FieldValueForbidden", "message": why, "field": "force"}]);
    let reply = s.merge(&format!("{A}?force=true"), json!({}));
    let message = format!("PatchOptions.meta.k8s.io \"\" is invalid: force: {why}");
    let details = json!({"group": "meta.k8s.io", "kind": "PatchOptions", "causes": causes});
    reply.refused(422, "Invalid", &message, details);
}

fn a_validated_field_is_refused(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    let reply = s.merge("apps/v1:deployments/d", json!({"spec": {"replicas": -1}}));
    let why = "Invalid value: -1: must be greater than or equal to 0";
    reply.invalid("Deployment.apps", "d", "spec.replicas", "FieldValueInvalid", why);
}

fn an_immutable_field_is_refused(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    let reply = s.merge("pods/p", json!({"spec": {"containers": [{"name": "other", "image": "i"}]}}));
    reply.expect(422).reason("Invalid").loosely("a diff of Go structs");
    s.merge("pods/p", json!({"spec": {"activeDeadlineSeconds": 5}})).expect(200);
}

fn a_custom_object_is_merged_and_validated(s: &Server) {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({"size": 1, "strings": {"a": "b"}}))).expect(201);
    let path = format!("{WIDGETS}/w");
    let reply = s.merge(&path, json!({"spec": {"size": 2, "strings": {"c": "d"}}})).expect(200);
    reply.at("/spec/strings", json!({"a": "b", "c": "d"})).at("/spec/size", json!(2));
    let why = "Invalid value: 30: spec.size in body should be less than or equal to 10";
    let reply = s.merge(&path, json!({"spec": {"size": 30}}));
    reply.invalid("Widget.conformance.example", "w", "spec.size", "FieldValueInvalid", why);
}

fn a_default_comes_back_when_removed(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    let reply = s.merge("apps/v1:deployments/d", json!({"spec": {"replicas": null, "revisionHistoryLimit": null}}));
    reply.expect(200).at("/spec/replicas", json!(1)).at("/spec/revisionHistoryLimit", json!(10));
}

fn null_removes_all_labels(s: &Server) {
    s.post("configmaps", with_meta(map("a"), "labels", json!({"x": "y"}))).expect(201);
    s.merge(A, json!({"metadata": {"labels": null}})).expect(200).absent("/metadata/labels");
}

fn status_of_a_patch_is_ignored(s: &Server) {
    let version = s.post("apps/v1:deployments", deployment("d")).expect(201).rv();
    let reply = s.merge("apps/v1:deployments/d", json!({"status": {"replicas": 7}})).expect(200);
    assert_eq!(reply.at("/status", json!({})).rv(), version);
    let absent: Value = s.get("apps/v1:deployments/d").expect(200).json()["status"]["replicas"].clone();
    assert!(absent.is_null());
}
