//! What POST makes of an object, and which objects it refuses.

use serde_json::{Value, json};

use crate::objects::{deployment, map, map_with, pod, with_meta};
use crate::server::Server;
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!("2.2", Raw, [
    a_created_object_is_returned_whole [42],
    what_the_server_owns_is_set_by_the_server,
    an_existing_name_is_a_conflict [15, 41],
    an_existing_name_of_a_group_is_a_conflict,
    a_terminating_object_still_has_its_name,
    a_generated_name_begins_with_its_prefix,
    a_name_wins_over_a_prefix,
    a_long_prefix_is_cut,
    a_missing_namespace_is_not_found,
    the_bodys_namespace_must_be_that_of_the_path,
    a_namespace_on_a_cluster_scoped_object_is_dropped,
    a_version_on_a_new_object_is_a_server_error,
    a_kind_may_be_left_out,
    a_wrong_kind_is_refused,
    a_wrong_version_is_refused,
    a_wrong_group_is_refused,
    a_custom_object_needs_its_kind,
    a_custom_object_of_another_kind_is_invalid,
    a_custom_object_of_another_version_is_refused,
    no_name_is_invalid,
    a_wrong_type_is_refused,
    every_problem_is_a_cause,
    status_is_dropped_on_create,
    status_of_a_custom_object_is_dropped_on_create,
    null_members_are_left_out,
    empty_data_is_left_out,
    a_list_in_place_of_an_object_is_refused,
    admission_comes_before_validation,
    the_namespace_is_checked_before_the_name,
    a_pod_gets_its_defaults,
    a_deployment_gets_its_defaults,
    a_service_gets_an_address,
    a_secrets_string_data_becomes_data,
    a_namespace_gets_its_label_and_phase,
    a_refused_create_leaves_nothing,
]);

fn a_created_object_is_returned_whole(s: &Server) {
    let created = s.post("configmaps", map_with("a", json!({"k": "v"}))).expect(201);
    let created = created
        .at("/kind", json!("ConfigMap"))
        .at("/apiVersion", json!("v1"))
        .at("/metadata/name", json!("a"))
        .at("/metadata/namespace", json!(s.namespace()))
        .at("/data", json!({"k": "v"}));
    assert_eq!(created.uid().len(), 36);
    assert!(created.str("/metadata/creationTimestamp").ends_with('Z'));
    s.get("configmaps/a").expect(200).at("", created.json());
}

fn what_the_server_owns_is_set_by_the_server(s: &Server) {
    let mut object = map("a");
    object["metadata"] = json!({
        "name": "a", "uid": "11111111-1111-1111-1111-111111111111", "creationTimestamp": "2001-01-01T00:00:00Z",
        "generation": 7, "selfLink": "/x", "deletionTimestamp": "2001-01-01T00:00:00Z",
        "deletionGracePeriodSeconds": 5,
    });
    let created = s.post("configmaps", object).expect(201);
    let created = created
        .absent("/metadata/deletionTimestamp")
        .absent("/metadata/deletionGracePeriodSeconds")
        .absent("/metadata/selfLink")
        .at("/metadata/generation", json!(7));
    assert_ne!(created.uid(), "11111111-1111-1111-1111-111111111111");
    assert!(!created.str("/metadata/creationTimestamp").starts_with("2001"));
}

fn an_existing_name_is_a_conflict(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let message = "configmaps \"a\" already exists";
    let details = json!({"name": "a", "kind": "configmaps"});
    s.post("configmaps", map("a")).refused(409, "AlreadyExists", message, details);
}

fn an_existing_name_of_a_group_is_a_conflict(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    let message = "deployments.apps \"d\" already exists";
    let details = json!({"name": "d", "group": "apps", "kind": "deployments"});
    s.post("apps/v1:deployments", deployment("d")).refused(409, "AlreadyExists", message, details);
}

fn a_terminating_object_still_has_its_name(s: &Server) {
    s.post("configmaps", with_meta(map("a"), "finalizers", json!(["example.com/x"]))).expect(201);
    s.delete("configmaps/a").expect(200);
    let message = "object is being deleted: configmaps \"a\" already exists";
    let details = json!({"name": "a", "kind": "configmaps"});
    s.post("configmaps", map("a")).refused(409, "AlreadyExists", message, details);
}

fn a_generated_name_begins_with_its_prefix(s: &Server) {
    let object = json!({"kind": "ConfigMap", "metadata": {"generateName": "gen-"}});
    let first = s
        .post("configmaps", object.clone())
        .expect(201)
        .at("/metadata/generateName", json!("gen-"));
    let second = s.post("configmaps", object).expect(201);
    assert_ne!(first.name(), second.name());
    for name in [first.name(), second.name()] {
        let suffix = name.strip_prefix("gen-").expect("the prefix");
        assert_eq!(suffix.len(), 5, "{name}");
        assert!(
            suffix.bytes().all(|byte| b"bcdfghjklmnpqrstvwxz2456789".contains(&byte)),
            "{name}"
        );
    }
}

fn a_name_wins_over_a_prefix(s: &Server) {
    let object = with_meta(map("a"), "generateName", json!("gen-"));
    s.post("configmaps", object).expect(201).at("/metadata/name", json!("a"));
}

fn a_long_prefix_is_cut(s: &Server) {
    let prefix = "p".repeat(70);
    let object = json!({"metadata": {"generateName": prefix}});
    let created = s.post("configmaps", object).expect(201).without(&["/metadata/name"], "made up");
    assert_eq!(created.name().len(), 63);
    assert!(created.name().starts_with(&prefix[..58]));
}

fn a_missing_namespace_is_not_found(s: &Server) {
    s.post("/api/v1/namespaces/nons/configmaps", map("a")).not_found("namespaces", "nons");
}

const OTHER_NAMESPACE: &str =
    "the namespace of the provided object does not match the namespace sent on the request";

fn the_bodys_namespace_must_be_that_of_the_path(s: &Server) {
    let object = with_meta(map("a"), "namespace", json!("other"));
    s.post("configmaps", object).bad_request(OTHER_NAMESPACE);
}

fn a_namespace_on_a_cluster_scoped_object_is_dropped(s: &Server) {
    let name = s.unique("ns");
    let path = format!("/api/v1/namespaces/{name}");
    s.clean_up(&path);
    let object = json!({"metadata": {"name": name, "namespace": "other"}});
    s.post("/api/v1/namespaces", object).expect(201).absent("/metadata/namespace");
}

fn a_version_on_a_new_object_is_a_server_error(s: &Server) {
    let object = with_meta(map("a"), "resourceVersion", json!("5"));
    let message = "resourceVersion should not be set on objects to be created";
    s.post("configmaps", object).refused(500, "", message, Value::Null);
}

fn a_kind_may_be_left_out(s: &Server) {
    let reply = s.post("configmaps", json!({"metadata": {"name": "a"}})).expect(201);
    reply.at("/kind", json!("ConfigMap")).at("/apiVersion", json!("v1"));
    s.post("configmaps", json!({"kind": "ConfigMap", "metadata": {"name": "b"}})).expect(201);
    s.post("configmaps", json!({"apiVersion": "v1", "metadata": {"name": "c"}})).expect(201);
}

fn a_wrong_kind_is_refused(s: &Server) {
    let object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}});
    let reply = s.post("configmaps", object).expect(400).reason("BadRequest");
    reply
        .message_has("Secret in version \"v1\" cannot be handled as a ConfigMap: ")
        .loosely("the decoder's own words");
}

fn a_wrong_version_is_refused(s: &Server) {
    let object = json!({"apiVersion": "v2", "kind": "ConfigMap", "metadata": {"name": "a"}});
    let reply = s.post("configmaps", object).expect(400).reason("BadRequest");
    reply
        .message_has("ConfigMap in version \"v2\" cannot be handled as a ConfigMap: ")
        .loosely("the decoder's own words");
}

fn a_wrong_group_is_refused(s: &Server) {
    let object = json!({"apiVersion": "apps/v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
    let reply = s.post("configmaps", object).expect(400).reason("BadRequest");
    reply.message_has("cannot be handled as a ConfigMap: ").loosely("the decoder's own words");
}

fn a_custom_object_needs_its_kind(s: &Server) {
    widgets::install(s);
    let reply =
        s.post(WIDGETS, json!({"metadata": {"name": "w"}})).expect(400).reason("BadRequest");
    reply
        .message_has("the object provided is unrecognized (must be of type Widget): Object 'Kind' is missing in ")
        .loosely("the decoder's own words");
}

fn a_custom_object_of_another_kind_is_invalid(s: &Server) {
    widgets::install(s);
    let mut object = widget("w", json!({}));
    object["kind"] = json!("Gadget");
    let why = "Invalid value: \"Gadget\": must be Widget";
    let reply = s.post(WIDGETS, object);
    reply.invalid("Gadget.conformance.example", "w", "kind", "FieldValueInvalid", why);
}

fn a_custom_object_of_another_version_is_refused(s: &Server) {
    widgets::install(s);
    let mut object = widget("w", json!({}));
    object["apiVersion"] = json!("conformance.example/v2");
    s.post(WIDGETS, object).bad_request(
        "the API version in the data (conformance.example/v2) does not match the expected API version \
         (conformance.example/v1)",
    );
}

fn no_name_is_invalid(s: &Server) {
    let why = "Required value: name or generateName is required";
    let reply = s.post("configmaps", json!({"metadata": {}}));
    reply.invalid("ConfigMap", "", "metadata.name", "FieldValueRequired", why);
}

fn a_wrong_type_is_refused(s: &Server) {
    let reply =
        s.post("configmaps", map_with("a", json!({"k": 1}))).expect(400).reason("BadRequest");
    reply
        .message_has("ConfigMap in version \"v1\" cannot be handled as a ConfigMap: ")
        .loosely("the decoder's own words");
    let mut object = deployment("d");
    object["spec"]["replicas"] = json!("three");
    let reply = s.post("apps/v1:deployments", object).expect(400).reason("BadRequest");
    reply.loosely("the decoder's own words");
}

fn every_problem_is_a_cause(s: &Server) {
    let object = with_meta(map("b"), "labels", json!({"a b": "c d"}));
    let reply = s.post("configmaps", object).expect(422).reason("Invalid");
    reply
        .message_has("ConfigMap \"b\" is invalid: [metadata.labels: Invalid value: \"a b\": ")
        .cause_fields(&["metadata.labels", "metadata.labels"]);
}

fn status_is_dropped_on_create(s: &Server) {
    let mut object = deployment("d");
    object["status"] = json!({"replicas": 5});
    s.post("apps/v1:deployments", object).expect(201).at("/status", json!({}));
}

fn status_of_a_custom_object_is_dropped_on_create(s: &Server) {
    widgets::install(s);
    let mut object = widget("w", json!({"size": 1}));
    object["status"] = json!({"phase": "Done"});
    s.post(WIDGETS, object).expect(201).absent("/status");
}

fn null_members_are_left_out(s: &Server) {
    let object =
        json!({"metadata": {"name": "a", "labels": null}, "data": null, "immutable": null});
    let reply = s.post("configmaps", object).expect(201);
    reply.absent("/metadata/labels").absent("/data").absent("/immutable");
}

fn empty_data_is_left_out(s: &Server) {
    let object = json!({"metadata": {"name": "a", "labels": {}, "finalizers": []}, "data": {}});
    let reply = s.post("configmaps", object).expect(201);
    reply.absent("/metadata/labels").absent("/metadata/finalizers").absent("/data");
}

fn a_list_in_place_of_an_object_is_refused(s: &Server) {
    let list = json!({"apiVersion": "v1", "kind": "ConfigMapList", "items": []});
    s.post("configmaps", list).expect(400).reason("BadRequest").loosely("the decoder's own words");
}

fn admission_comes_before_validation(s: &Server) {
    let object = json!({"metadata": {"name": "Bad_Name!"}});
    s.post("/api/v1/namespaces/nons/configmaps", object).not_found("namespaces", "nons");
}

fn the_namespace_is_checked_before_the_name(s: &Server) {
    let object = json!({"metadata": {"namespace": "other"}});
    s.post("configmaps", object).bad_request(OTHER_NAMESPACE);
}

fn a_pod_gets_its_defaults(s: &Server) {
    let created = s.post("pods", pod("p")).expect(201);
    created.at("/metadata/generation", json!(1)).at("/status/phase", json!("Pending")).has(json!({
        "spec": {
            "restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
            "terminationGracePeriodSeconds": 30, "securityContext": {},
            "containers": [{"imagePullPolicy": "Always", "terminationMessagePath": "/dev/termination-log"}],
        },
    }));
}

fn a_deployment_gets_its_defaults(s: &Server) {
    let created = s.post("apps/v1:deployments", deployment("d")).expect(201);
    created.at("/metadata/generation", json!(1)).has(json!({
        "spec": {
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
            "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
            "template": {"spec": {"containers": [{"ports": [{"containerPort": 80, "protocol": "TCP"}]}]}},
        },
    }));
}

fn a_service_gets_an_address(s: &Server) {
    let object = json!({"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}});
    let created = s.post("services", object).expect(201).has(json!({
        "spec": {
            "type": "ClusterIP", "sessionAffinity": "None", "ipFamilies": ["IPv4"],
            "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
        },
    }));
    assert_eq!(created.str("/spec/clusterIP"), created.str("/spec/clusterIPs/0"));
    assert!(created.str("/spec/clusterIP").parse::<std::net::Ipv4Addr>().is_ok());
}

fn a_secrets_string_data_becomes_data(s: &Server) {
    let object = json!({"metadata": {"name": "s"}, "data": {"a": "MQ==", "b": "Mg=="}, "stringData": {"b": "two"}});
    let created = s.post("secrets", object).expect(201);
    created
        .at("/data", json!({"a": "MQ==", "b": "dHdv"}))
        .absent("/stringData")
        .at("/type", json!("Opaque"));
}

fn a_namespace_gets_its_label_and_phase(s: &Server) {
    let name = s.unique("ns");
    s.clean_up(&format!("/api/v1/namespaces/{name}"));
    let created = s.post("/api/v1/namespaces", json!({"metadata": {"name": name}})).expect(201);
    created.has(json!({
        "metadata": {"labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
    }));
}

fn a_refused_create_leaves_nothing(s: &Server) {
    s.post("configmaps", map_with("a", json!({"a b": "1"}))).expect(422);
    s.get("configmaps/a").not_found("configmaps", "a");
    assert!(s.get("configmaps").expect(200).names().is_empty());
}
