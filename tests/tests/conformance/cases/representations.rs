//! Table and PartialObjectMetadata: other forms of the same objects.

use serde_json::json;

use crate::objects::{deployment, map_with, pod};
use crate::server::{Reply, Server};
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!("2.10", Raw, [
    a_list_as_a_table,
    an_object_as_a_table,
    an_empty_table,
    rows_without_objects,
    rows_with_whole_objects,
    an_unknown_row_object_is_refused,
    a_table_is_paged,
    a_table_of_pods,
    a_table_of_deployments,
    a_table_of_many_kinds,
    a_table_of_custom_objects,
    a_missing_object_is_not_found_as_a_table,
    a_table_may_fall_back_to_json,
    a_list_as_partial_metadata,
    an_object_as_partial_metadata,
    a_created_object_as_partial_metadata,
    a_list_form_of_one_object_is_refused,
    a_deleted_collection_as_partial_metadata,
    custom_objects_as_partial_metadata,
]);

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io";
const PARTIAL: &str = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
const PARTIALS: &str = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";

fn form(s: &Server, accept: &str, path: &str) -> Reply {
    s.request("GET", path).accept(accept).send()
}

fn table(s: &Server, path: &str) -> Reply {
    let reply = form(s, TABLE, path).expect(200).at("/kind", json!("Table"));
    reply.at("/apiVersion", json!("meta.k8s.io/v1"))
}

fn columns(reply: &Reply) -> Vec<String> {
    let json = reply.json();
    let columns = json["columnDefinitions"].as_array().cloned().unwrap_or_default();
    columns.iter().map(|column| column["name"].as_str().unwrap_or_default().to_owned()).collect()
}

fn two(s: &Server) {
    s.post("configmaps", map_with("a", json!({"k": "v", "l": "w"}))).expect(201);
    s.post("configmaps", map_with("b", json!({}))).expect(201);
}

fn a_list_as_a_table(s: &Server) {
    two(s);
    let reply = table(s, "configmaps").present("/metadata/resourceVersion");
    assert_eq!(columns(&reply), ["Name", "Data", "Age"]);
    let reply = reply.at("/rows/0/cells/0", json!("a")).at("/rows/0/cells/1", json!(2));
    reply.at("/rows/1/cells/1", json!(0)).at("/rows/0/object/kind", json!("PartialObjectMetadata"));
}

fn an_object_as_a_table(s: &Server) {
    two(s);
    table(s, "configmaps/a").at("/rows/0/cells/0", json!("a")).absent("/rows/1");
}

fn an_empty_table(s: &Server) {
    assert_eq!(columns(&table(s, "configmaps").at("/rows", json!([]))), ["Name", "Data", "Age"]);
}

fn rows_without_objects(s: &Server) {
    two(s);
    table(s, "configmaps?includeObject=None").at("/rows/0/object", json!(null));
}

fn rows_with_whole_objects(s: &Server) {
    two(s);
    let reply = table(s, "configmaps?includeObject=Object");
    reply.at("/rows/0/object/kind", json!("ConfigMap")).at("/rows/0/object/data/k", json!("v"));
}

fn an_unknown_row_object_is_refused(s: &Server) {
    form(s, TABLE, "configmaps?includeObject=Bogus").expect(400).reason("BadRequest");
}

fn a_table_is_paged(s: &Server) {
    two(s);
    let reply = table(s, "configmaps?limit=1").at("/metadata/remainingItemCount", json!(1)).absent("/rows/1");
    let token = reply.str("/metadata/continue");
    table(s, &format!("configmaps?limit=1&continue={token}")).at("/rows/0/cells/0", json!("b"));
}

fn a_table_of_pods(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    let reply = table(s, "pods").at("/rows/0/cells/2", json!("Pending"));
    let expected = ["Name", "Ready", "Status", "Restarts", "Age", "IP", "Node", "Nominated Node", "Readiness Gates"];
    assert_eq!(columns(&reply), expected);
    s.merge("pods/p/status", json!({"status": {"phase": "Running"}})).expect(200);
    table(s, "pods").at("/rows/0/cells/2", json!("Running")).at("/rows/0/cells/1", json!("0/1"));
}

fn a_table_of_deployments(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    let reply = table(s, "apps/v1:deployments").at("/rows/0/cells/1", json!("0/1"));
    let expected = ["Name", "Ready", "Up-to-date", "Available", "Age", "Containers", "Images", "Selector"];
    assert_eq!(columns(&reply), expected);
}

fn a_table_of_many_kinds(s: &Server) {
    for path in [
        "services", "secrets", "serviceaccounts", "persistentvolumeclaims", "resourcequotas", "events", "endpoints",
        "replicationcontrollers", "apps/v1:replicasets", "apps/v1:statefulsets", "apps/v1:daemonsets",
        "batch/v1:jobs", "batch/v1:cronjobs", "networking.k8s.io/v1:ingresses", "policy/v1:poddisruptionbudgets",
        "autoscaling/v2:horizontalpodautoscalers", "coordination.k8s.io/v1:leases", "discovery.k8s.io/v1:endpointslices",
        "rbac.authorization.k8s.io/v1:roles", "rbac.authorization.k8s.io/v1:rolebindings",
    ] {
        // A name that is not there, so that controllers' objects make no difference.
        let reply = table(s, &format!("{path}?fieldSelector=metadata.name%3Dnope"));
        assert_eq!(columns(&reply)[0], if path == "events" { "Last Seen" } else { "Name" }, "{path}");
    }
}

fn a_table_of_custom_objects(s: &Server) {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({}))).expect(201);
    let reply = table(s, WIDGETS).at("/rows/0/cells/0", json!("w"));
    assert_eq!(columns(&reply), ["Name", "Age"]);
}

fn a_missing_object_is_not_found_as_a_table(s: &Server) {
    form(s, TABLE, "configmaps/nope").not_found("configmaps", "nope");
}

fn a_table_may_fall_back_to_json(s: &Server) {
    two(s);
    let accept = "application/json;as=Table;v=v9;g=meta.k8s.io,application/json";
    form(s, accept, "configmaps").expect(200).at("/kind", json!("ConfigMapList"));
}

fn a_list_as_partial_metadata(s: &Server) {
    two(s);
    let reply = form(s, PARTIALS, "configmaps").expect(200).at("/kind", json!("PartialObjectMetadataList"));
    let reply = reply.at("/items/0/kind", json!("PartialObjectMetadata")).absent("/items/0/data");
    assert_eq!(reply.names(), ["a", "b"]);
}

fn an_object_as_partial_metadata(s: &Server) {
    two(s);
    let reply = form(s, PARTIAL, "configmaps/a").expect(200).at("/kind", json!("PartialObjectMetadata"));
    assert_eq!(reply.absent("/data").name(), "a");
}

fn a_created_object_as_partial_metadata(s: &Server) {
    let draft = s.request("POST", "configmaps").accept(PARTIAL).json(&map_with("a", json!({"k": "v"})));
    let reply = draft.send().expect(201).at("/kind", json!("PartialObjectMetadata"));
    reply.absent("/data");
}

fn a_list_form_of_one_object_is_refused(s: &Server) {
    two(s);
    let message = "you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)";
    form(s, PARTIALS, "configmaps/a").refused(406, "NotAcceptable", message, json!(null));
}

fn a_deleted_collection_as_partial_metadata(s: &Server) {
    two(s);
    let reply = s.request("DELETE", "configmaps").accept(PARTIALS).send().expect(200);
    assert_eq!(reply.at("/kind", json!("PartialObjectMetadataList")).names(), ["a", "b"]);
}

fn custom_objects_as_partial_metadata(s: &Server) {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({"size": 1}))).expect(201);
    let reply = form(s, PARTIALS, WIDGETS).expect(200).absent("/items/0/spec");
    assert_eq!(reply.names(), ["w"]);
}
