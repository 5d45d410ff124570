//! The subresource `status`: what passes through it, for each sort of kind.

use serde_json::{Value, json};

use crate::objects::{deployment, map, pod};
use crate::server::Server;
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!("2.5", Raw, [
    status_is_read_as_the_whole_object,
    a_replaced_status_leaves_the_spec [51],
    a_patched_status_leaves_the_spec [51],
    status_needs_the_current_version,
    labels_of_a_deployment_do_not_pass,
    annotations_and_finalizers_of_a_deployment_pass,
    no_metadata_of_a_custom_object_passes,
    an_invalid_spec_does_not_matter_for_a_custom_status,
    a_custom_status_is_validated,
    a_custom_status_needs_a_version,
    status_of_a_missing_object_is_not_found,
    status_of_a_missing_custom_object_is_not_found,
    apply_to_status_of_a_missing_object_is_not_found,
    apply_to_status_owns_status_alone,
    a_pods_status_is_written,
    a_namespaces_status_is_written,
    a_created_custom_object_gets_status_later,
    status_cannot_be_created_nor_deleted,
    the_name_must_be_that_of_the_path,
]);

const D: &str = "apps/v1:deployments/d";
const DS: &str = "apps/v1:deployments/d/status";
const W: &str = "conformance.example/v1:widgets/w";
const WS: &str = "conformance.example/v1:widgets/w/status";

fn created(s: &Server) -> Value {
    s.post("apps/v1:deployments", deployment("d")).expect(201).json()
}

fn created_widget(s: &Server) -> Value {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({"size": 1}))).expect(201).json()
}

fn status_is_read_as_the_whole_object(s: &Server) {
    let object = created(s);
    s.get(DS).expect(200).at("", object);
}

fn a_replaced_status_leaves_the_spec(s: &Server) {
    let mut object = created(s);
    object["spec"]["replicas"] = json!(9);
    object["status"] = json!({"replicas": 3, "observedGeneration": 1});
    let reply = s.put(DS, object).expect(200);
    let reply = reply.at("/spec/replicas", json!(1)).at("/status/replicas", json!(3));
    s.get(D).expect(200).at("", reply.json());
}

fn a_patched_status_leaves_the_spec(s: &Server) {
    created(s);
    let reply = s.merge(DS, json!({"status": {"replicas": 3}, "spec": {"replicas": 9}})).expect(200);
    reply.at("/spec/replicas", json!(1)).at("/status/replicas", json!(3)).at("/metadata/generation", json!(1));
}

fn status_needs_the_current_version(s: &Server) {
    let object = created(s);
    s.merge(D, json!({"spec": {"replicas": 2}})).expect(200);
    s.put(DS, object).modified("deployments.apps", "d");
}

fn labels_of_a_deployment_do_not_pass(s: &Server) {
    created(s);
    s.merge(DS, json!({"metadata": {"labels": {"x": "y"}}})).expect(200).absent("/metadata/labels");
}

fn annotations_and_finalizers_of_a_deployment_pass(s: &Server) {
    created(s);
    let patch = json!({"metadata": {"annotations": {"x": "y"}, "finalizers": ["a.b/c"]}});
    let reply = s.merge(DS, patch).expect(200).at("/metadata/annotations", json!({"x": "y"}));
    reply.at("/metadata/finalizers", json!(["a.b/c"])).at("/metadata/generation", json!(1));
}

fn no_metadata_of_a_custom_object_passes(s: &Server) {
    created_widget(s);
    let patch = json!({
        "metadata": {"labels": {"x": "y"}, "annotations": {"x": "y"}, "finalizers": ["a.b/c"]},
        "status": {"phase": "Done"},
    });
    let reply = s.merge(WS, patch).expect(200).at("/status/phase", json!("Done"));
    reply.absent("/metadata/labels").absent("/metadata/annotations").absent("/metadata/finalizers");
}

fn an_invalid_spec_does_not_matter_for_a_custom_status(s: &Server) {
    let mut object = created_widget(s);
    object["spec"]["size"] = json!(30);
    object["status"] = json!({"phase": "Done"});
    s.put(WS, object).expect(200).at("/spec/size", json!(1)).at("/status/phase", json!("Done"));
}

fn a_custom_status_is_validated(s: &Server) {
    created_widget(s);
    let reply = s.merge(WS, json!({"status": {"phase": 5}})).expect(422).reason("Invalid");
    reply.cause_fields(&["status.phase"]);
}

fn a_custom_status_needs_a_version(s: &Server) {
    created_widget(s);
    let mut object = widget("w", json!({}));
    object["status"] = json!({"phase": "Done"});
    let why = "Invalid value: 0: must be specified for an update";
    let field = "metadata.resourceVersion";
    s.put(WS, object).invalid("widgets.conformance.example", "w", field, "FieldValueInvalid", why);
}

fn status_of_a_missing_object_is_not_found(s: &Server) {
    s.get(DS).not_found("deployments.apps", "d");
    s.put(DS, deployment("d")).not_found("deployments.apps", "d");
    s.merge(DS, json!({"status": {}})).not_found("deployments.apps", "d");
}

fn status_of_a_missing_custom_object_is_not_found(s: &Server) {
    widgets::install(s);
    s.get(WS).not_found("widgets.conformance.example", "w");
}

fn apply_to_status_of_a_missing_object_is_not_found(s: &Server) {
    let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "status": {}});
    s.apply(&format!("{DS}?fieldManager=m"), object).not_found("deployments.apps", "d");
}

fn apply_to_status_owns_status_alone(s: &Server) {
    created(s);
    let object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
        "status": {"conditions": [{"type": "Available", "status": "True"}]},
    });
    let reply = s.apply(&format!("{DS}?fieldManager=ctl"), object).expect(200).json();
    let entries = reply["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let entry = entries.iter().find(|entry| entry["manager"] == "ctl").expect("an entry");
    assert_eq!(entry["subresource"], "status");
    let conditions = json!({"k:{\"type\":\"Available\"}": {".": {}, "f:status": {}, "f:type": {}}});
    assert_eq!(entry["fieldsV1"], json!({"f:status": {"f:conditions": conditions}}));
}

fn a_pods_status_is_written(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    let patch = json!({"status": {"phase": "Running", "podIP": "1.2.3.4"}, "spec": {"hostname": "x"}});
    let reply = s.strategic("pods/p/status", patch).expect(200).at("/status/phase", json!("Running"));
    reply.at("/status/podIPs", json!([{"ip": "1.2.3.4"}])).absent("/spec/hostname");
    s.merge("pods/p", json!({"status": {"phase": "Failed"}})).expect(200).at("/status/phase", json!("Running"));
}

fn a_namespaces_status_is_written(s: &Server) {
    let path = format!("/api/v1/namespaces/{}/status", s.namespace());
    let condition = json!({"type": "Example", "status": "True"});
    let reply = s.merge(&path, json!({"status": {"conditions": [condition]}})).expect(200);
    reply.has(json!({"status": {"phase": "Active", "conditions": [{"type": "Example", "status": "True"}]}}));
}

fn a_created_custom_object_gets_status_later(s: &Server) {
    created_widget(s);
    s.merge(W, json!({"status": {"phase": "Done"}})).expect(200).absent("/status");
    s.merge(WS, json!({"status": {"phase": "Done"}})).expect(200).at("/status", json!({"phase": "Done"}));
    s.merge(W, json!({"spec": {"size": 2}})).expect(200).at("/status", json!({"phase": "Done"}));
}

fn status_cannot_be_created_nor_deleted(s: &Server) {
    created(s);
    s.post(DS, deployment("d")).wrong_method();
    s.delete(DS).wrong_method();
}

fn the_name_must_be_that_of_the_path(s: &Server) {
    created(s);
    let reply = s.put(DS, deployment("e"));
    reply.bad_request("the name of the object (e) does not match the name on the URL (d)");
    s.post("configmaps", map("a")).expect(201);
}
