//! PUT: names, versions, what stays and what it creates.

use serde_json::{Value, json};

use crate::objects::{deployment, map, map_with, pod, with_meta};
use crate::server::Server;
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!("2.3", Raw, [
    a_replace_moves_the_version,
    a_replace_drops_what_it_leaves_out,
    the_same_content_changes_nothing,
    the_current_version_is_accepted,
    a_stale_version_is_a_conflict [41],
    a_stale_version_of_a_group_is_a_conflict,
    a_version_that_is_no_number_is_a_server_error,
    another_uid_is_a_conflict,
    the_body_must_have_a_name,
    the_bodys_name_must_be_that_of_the_path,
    the_bodys_namespace_must_be_that_of_the_path,
    a_missing_object_is_not_found,
    a_missing_object_is_not_found_even_with_a_version,
    a_missing_lease_is_created,
    a_missing_service_and_role_are_created,
    a_version_of_a_missing_lease_is_ignored,
    a_custom_object_needs_a_version,
    a_lease_needs_a_version,
    a_custom_object_with_a_version_is_replaced,
    a_replaced_service_keeps_its_address,
    status_of_a_replace_is_ignored,
    what_the_server_owns_is_restored,
    a_deletion_time_cannot_be_set,
    created_managed_fields_can_be_cleared,
    labels_and_annotations_are_replaced,
    the_stored_uid_may_be_named,
    two_writers_of_one_version_have_one_winner,
]);

fn a_replace_moves_the_version(s: &Server) {
    let before = s.post("configmaps", map("a")).expect(201);
    let after = s.put("configmaps/a", map_with("a", json!({"k": "v"}))).expect(200);
    assert_eq!(after.uid(), before.uid());
    assert!(after.rv().parse::<u64>().unwrap() > before.rv().parse::<u64>().unwrap());
    s.get("configmaps/a").expect(200).at("", after.json());
}

fn a_replace_drops_what_it_leaves_out(s: &Server) {
    s.post("configmaps", map_with("a", json!({"k": "v", "l": "w"}))).expect(201);
    s.put("configmaps/a", map_with("a", json!({"l": "w"}))).expect(200).at("/data", json!({"l": "w"}));
}

fn the_same_content_changes_nothing(s: &Server) {
    let before = s.post("configmaps", map_with("a", json!({"k": "v"}))).expect(201);
    let after = s.put("configmaps/a", map_with("a", json!({"k": "v"}))).expect(200);
    assert_eq!(after.rv(), before.rv());
    s.put("configmaps/a", before.json()).expect(200).at("", before.json());
}

fn the_current_version_is_accepted(s: &Server) {
    let mut object = s.post("configmaps", map("a")).expect(201).json();
    object["data"] = json!({"k": "v"});
    s.put("configmaps/a", object).expect(200).at("/data/k", json!("v"));
}

fn a_stale_version_is_a_conflict(s: &Server) {
    let object = s.post("configmaps", map("a")).expect(201).json();
    s.merge("configmaps/a", json!({"data": {"k": "v"}})).expect(200);
    s.put("configmaps/a", object).modified("configmaps", "a");
    s.put("configmaps/a", with_meta(map("a"), "resourceVersion", json!("1"))).modified("configmaps", "a");
}

fn a_stale_version_of_a_group_is_a_conflict(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    let object = with_meta(deployment("d"), "resourceVersion", json!("1"));
    s.put("apps/v1:deployments/d", object).modified("deployments.apps", "d");
}

fn a_version_that_is_no_number_is_a_server_error(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let object = with_meta(map("a"), "resourceVersion", json!("abc"));
    let message = "strconv.ParseUint: parsing \"abc\": invalid syntax";
    s.put("configmaps/a", object).refused(500, "", message, Value::Null);
}

fn another_uid_is_a_conflict(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let object = with_meta(map("a"), "uid", json!("11111111-1111-1111-1111-111111111111"));
    let reply = s.put("configmaps/a", object).expect(409).reason("Conflict");
    reply
        .message_has("Precondition failed: UID in precondition: 11111111-1111-1111-1111-111111111111, UID in object meta: ")
        .details(json!({"name": "a", "kind": "configmaps"}));
}

fn the_body_must_have_a_name(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let reply = s.put("configmaps/a", json!({"data": {"k": "v"}}));
    reply.bad_request("the name of the object (a based on URL) was undeterminable: name must be provided");
}

fn the_bodys_name_must_be_that_of_the_path(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let reply = s.put("configmaps/a", map("b"));
    reply.bad_request("the name of the object (b) does not match the name on the URL (a)");
}

fn the_bodys_namespace_must_be_that_of_the_path(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    s.put("configmaps/a", with_meta(map("a"), "namespace", json!("x")))
        .bad_request("the namespace of the provided object does not match the namespace sent on the request");
}

fn a_missing_object_is_not_found(s: &Server) {
    s.put("configmaps/a", map("a")).not_found("configmaps", "a");
    s.put("pods/p", pod("p")).not_found("pods", "p");
    s.put("apps/v1:deployments/d", deployment("d")).not_found("deployments.apps", "d");
    s.put("secrets/s", json!({"metadata": {"name": "s"}})).not_found("secrets", "s");
}

fn a_missing_object_is_not_found_even_with_a_version(s: &Server) {
    s.put("configmaps/a", with_meta(map("a"), "resourceVersion", json!("5"))).not_found("configmaps", "a");
}

const LEASES: &str = "coordination.k8s.io/v1:leases";

fn lease(name: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {"holderIdentity": "me"}})
}

fn a_missing_lease_is_created(s: &Server) {
    let path = format!("{LEASES}/l");
    s.put(&path, lease("l")).expect(201).at("/spec/holderIdentity", json!("me"));
    s.get(&path).expect(200);
}

fn a_missing_service_and_role_are_created(s: &Server) {
    let service = json!({"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}});
    s.put("services/s", service).expect(201);
    let role = json!({"metadata": {"name": "r"}});
    s.put("rbac.authorization.k8s.io/v1:roles/r", role).expect(201).at("/rules", Value::Null);
}

fn a_version_of_a_missing_lease_is_ignored(s: &Server) {
    let object = with_meta(lease("l"), "resourceVersion", json!("5"));
    s.put(&format!("{LEASES}/l"), object).expect(201);
}

const VERSION_NEEDED: &str = "Invalid value: 0: must be specified for an update";

fn a_custom_object_needs_a_version(s: &Server) {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({"size": 1}))).expect(201);
    let reply = s.put(&format!("{WIDGETS}/w"), widget("w", json!({"size": 2})));
    reply.invalid(
        "widgets.conformance.example",
        "w",
        "metadata.resourceVersion",
        "FieldValueInvalid",
        VERSION_NEEDED,
    );
}

fn a_lease_needs_a_version(s: &Server) {
    let path = format!("{LEASES}/l");
    s.post(LEASES, lease("l")).expect(201);
    let reply = s.put(&path, lease("l"));
    let field = "metadata.resourceVersion";
    reply.invalid("leases.coordination.k8s.io", "l", field, "FieldValueInvalid", VERSION_NEEDED);
}

fn a_custom_object_with_a_version_is_replaced(s: &Server) {
    widgets::install(s);
    let mut object = s.post(WIDGETS, widget("w", json!({"size": 1}))).expect(201).json();
    object["spec"]["size"] = json!(2);
    let path = format!("{WIDGETS}/w");
    s.put(&path, object.clone()).expect(200).at("/spec/size", json!(2)).at("/metadata/generation", json!(2));
    s.put(&path, object).modified("widgets.conformance.example", "w");
}

fn a_replaced_service_keeps_its_address(s: &Server) {
    let service = json!({"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}});
    let created = s.post("services", service.clone()).expect(201);
    let replaced = s.put("services/s", service).expect(200);
    assert_eq!(replaced.str("/spec/clusterIP"), created.str("/spec/clusterIP"));
}

fn status_of_a_replace_is_ignored(s: &Server) {
    let before = s.post("apps/v1:deployments", deployment("d")).expect(201);
    let mut object = before.json();
    object["status"] = json!({"replicas": 9});
    let after = s.put("apps/v1:deployments/d", object).expect(200).at("/status", json!({}));
    assert_eq!(after.rv(), before.rv());
}

fn what_the_server_owns_is_restored(s: &Server) {
    let before = s.post("apps/v1:deployments", deployment("d")).expect(201);
    let mut object = before.json();
    object["metadata"]["creationTimestamp"] = json!("2001-01-01T00:00:00Z");
    object["metadata"]["generation"] = json!(99);
    object["metadata"]["selfLink"] = json!("/x");
    let after = s.put("apps/v1:deployments/d", object).expect(200);
    let after = after.at("/metadata/generation", json!(1)).absent("/metadata/selfLink");
    assert_eq!(after.str("/metadata/creationTimestamp"), before.str("/metadata/creationTimestamp"));
}

fn a_deletion_time_cannot_be_set(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let object = with_meta(map("a"), "deletionTimestamp", json!("2001-01-01T00:00:00Z"));
    let reply = s.put("configmaps/a", object).expect(422).reason("Invalid");
    reply.message_has("metadata.deletionTimestamp: Invalid value: ").message_has("field is immutable");
    let object = with_meta(map("a"), "deletionGracePeriodSeconds", json!(5));
    s.put("configmaps/a", object).expect(422).message_has("metadata.deletionGracePeriodSeconds: ");
}

fn created_managed_fields_can_be_cleared(s: &Server) {
    let mut object = s.post("configmaps", map_with("a", json!({"k": "v"}))).expect(201).json();
    object["metadata"]["managedFields"] = json!([{}]);
    s.put("configmaps/a", object).expect(200).absent("/metadata/managedFields");
}

fn labels_and_annotations_are_replaced(s: &Server) {
    let object = with_meta(map("a"), "labels", json!({"a": "b"}));
    s.post("configmaps", with_meta(object, "annotations", json!({"c": "d"}))).expect(201);
    let object = with_meta(map("a"), "labels", json!({"x": "y"}));
    let reply = s.put("configmaps/a", object).expect(200);
    reply.at("/metadata/labels", json!({"x": "y"})).absent("/metadata/annotations");
}

fn the_stored_uid_may_be_named(s: &Server) {
    let uid = s.post("configmaps", map("a")).expect(201).uid();
    let object = with_meta(map_with("a", json!({"k": "v"})), "uid", json!(uid));
    s.put("configmaps/a", object).expect(200).at("/data/k", json!("v"));
}

fn two_writers_of_one_version_have_one_winner(s: &Server) {
    let mut first = s.post("configmaps", map("a")).expect(201).json();
    let mut second = first.clone();
    first["data"] = json!({"k": "first"});
    second["data"] = json!({"k": "second"});
    s.put("configmaps/a", first).expect(200);
    s.put("configmaps/a", second).modified("configmaps", "a");
    s.get("configmaps/a").expect(200).at("/data/k", json!("first"));
}
