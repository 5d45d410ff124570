//! GET of one object.

use serde_json::{Value, json};

use crate::objects::{deployment, map};
use crate::server::Server;
use crate::suite::cases;

cases!("2.3", Raw, [
    a_missing_object_is_not_found [41],
    a_missing_object_of_a_group_names_its_group,
    a_missing_object_of_a_missing_namespace_is_not_found,
    a_missing_namespace_itself_is_not_found,
    any_version_up_to_now_gives_the_newest,
    a_future_version_is_waited_for_in_vain [10],
    a_version_that_is_no_number_is_a_server_error,
    watch_on_a_name_is_a_plain_get,
    a_cluster_scoped_object_has_no_namespace [1],
    the_default_namespaces_are_there,
    the_service_of_the_server_is_there,
    get_is_not_affected_by_selectors,
]);

fn a_missing_object_is_not_found(s: &Server) {
    s.get("configmaps/nope").not_found("configmaps", "nope");
    s.get("configmaps/Bad_Name!").not_found("configmaps", "Bad_Name!");
}

fn a_missing_object_of_a_group_names_its_group(s: &Server) {
    s.get("apps/v1:deployments/nope").not_found("deployments.apps", "nope");
}

fn a_missing_object_of_a_missing_namespace_is_not_found(s: &Server) {
    s.get("/api/v1/namespaces/nons/configmaps/nope").not_found("configmaps", "nope");
}

fn a_missing_namespace_itself_is_not_found(s: &Server) {
    s.get("/api/v1/namespaces/nons").not_found("namespaces", "nons");
}

fn any_version_up_to_now_gives_the_newest(s: &Server) {
    let first = s.post("configmaps", map("a")).expect(201);
    let second = s.merge("configmaps/a", json!({"data": {"k": "v"}})).expect(200);
    // The newest first: the real server answers from a cache, which has it then.
    for version in [&second.rv(), &first.rv(), "1", "0"] {
        let found = s.get(&format!("configmaps/a?resourceVersion={version}")).expect(200);
        assert_eq!(found.rv(), second.rv(), "asked for {version}");
    }
}

fn a_future_version_is_waited_for_in_vain(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let reply = s.get("configmaps/a?resourceVersion=999999999").expect(504).reason("Timeout");
    reply
        .message_has("Timeout: Too large resource version: 999999999, current: ")
        .details(json!({
            "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
            "retryAfterSeconds": 1,
        }))
        .header("Retry-After", "1");
}

fn a_version_that_is_no_number_is_a_server_error(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let reply = s.get("configmaps/a?resourceVersion=abc").expect(500).reason("").details(Value::Null);
    reply.loosely("the storage's own words");
}

fn watch_on_a_name_is_a_plain_get(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    s.get("configmaps/a?watch=1").expect(200).at("/kind", json!("ConfigMap"));
}

fn a_cluster_scoped_object_has_no_namespace(s: &Server) {
    let path = format!("/api/v1/namespaces/{}", s.namespace());
    let found = s.get(&path).expect(200).absent("/metadata/namespace");
    assert_eq!(found.name(), s.namespace());
}

fn the_default_namespaces_are_there(s: &Server) {
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        let reply = s.get(&format!("/api/v1/namespaces/{name}")).expect(200);
        let reply = reply.at("/status/phase", json!("Active")).uncompared("made at a start that the server may have had twice");
        assert_eq!(reply.name(), name);
    }
}

fn the_service_of_the_server_is_there(s: &Server) {
    let reply = s.get("/api/v1/namespaces/default/services/kubernetes").expect(200);
    reply
        .has(json!({"metadata": {"labels": {"component": "apiserver", "provider": "kubernetes"}},
            "spec": {"type": "ClusterIP", "ports": [{"name": "https", "port": 443, "protocol": "TCP"}]}}))
        .without(&["/spec/ports/0/targetPort"], "the port that the server listens on");
}

fn get_is_not_affected_by_selectors(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    s.get("apps/v1:deployments/d?labelSelector=x%3Dy&fieldSelector=metadata.name%3Dz").expect(200);
}
