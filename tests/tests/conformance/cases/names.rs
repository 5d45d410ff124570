//! Which names, labels, finalizers and owners an object may have: the words of 422.

use serde_json::{Value, json};

use crate::objects::{map, map_with, pod, with_meta};
use crate::server::Server;
use crate::suite::cases;

cases!(
    "2.2",
    Raw,
    [
        a_name_must_be_a_subdomain,
        a_service_name_must_be_a_label,
        a_name_of_254_bytes_is_too_long,
        a_namespace_name_must_be_a_label,
        a_name_with_a_slash_is_invalid,
        a_role_may_have_a_name_with_capitals,
        a_label_key_must_be_qualified,
        a_label_value_of_64_bytes_is_too_long,
        an_annotation_key_must_be_qualified,
        annotations_have_a_size,
        a_finalizer_must_be_qualified,
        a_finalizer_needs_a_domain,
        an_owner_needs_all_its_members,
        two_controlling_owners_are_one_too_many,
        an_event_cannot_own,
        a_bad_owner_version_is_invalid,
        a_data_key_must_be_a_file_name,
        data_and_binary_data_share_no_key,
        an_immutable_map_stays,
        a_pod_needs_a_container,
        a_pods_spec_is_immutable,
    ]
);

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
    and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

fn a_name_must_be_a_subdomain(s: &Server) {
    for name in ["Bad_Name!", "-a", "a..b"] {
        let why = format!("Invalid value: \"{name}\": {SUBDOMAIN}");
        s.post("configmaps", map(name)).invalid(
            "ConfigMap",
            name,
            "metadata.name",
            "FieldValueInvalid",
            &why,
        );
    }
    s.post("configmaps", map("a.b-c.9")).expect(201);
}

fn a_service_name_must_be_a_label(s: &Server) {
    let object = json!({"metadata": {"name": "9.x"}, "spec": {"ports": [{"port": 80}]}});
    s.post("services", object).expect(422).reason("Invalid").cause_fields(&["metadata.name"]);
}

fn a_name_of_254_bytes_is_too_long(s: &Server) {
    s.post("configmaps", map(&"a".repeat(253))).expect(201);
    let reply = s.post("configmaps", map(&"a".repeat(254))).expect(422);
    reply.message_has("must be no more than 253 characters").cause_fields(&["metadata.name"]);
}

fn a_namespace_name_must_be_a_label(s: &Server) {
    let reply = s.post("/api/v1/namespaces", json!({"metadata": {"name": "a.b"}})).expect(422);
    reply
        .message_has("metadata.name: Invalid value: \"a.b\": must not contain dots")
        .cause_fields(&["metadata.name"]);
}

fn a_name_with_a_slash_is_invalid(s: &Server) {
    let object = json!({"metadata": {"name": "a/b"}, "rules": []});
    let why = "Invalid value: \"a/b\": may not contain '/'";
    let reply = s.post("rbac.authorization.k8s.io/v1:roles", object);
    reply.invalid(
        "Role.rbac.authorization.k8s.io",
        "a/b",
        "metadata.name",
        "FieldValueInvalid",
        why,
    );
}

fn a_role_may_have_a_name_with_capitals(s: &Server) {
    let object = json!({"metadata": {"name": "Admin:Role"}, "rules": []});
    s.post("rbac.authorization.k8s.io/v1:roles", object).expect(201);
    s.get("rbac.authorization.k8s.io/v1:roles/Admin:Role").expect(200);
}

fn labels(s: &Server, labels: Value) -> crate::server::Reply {
    s.post("configmaps", with_meta(map("a"), "labels", labels)).expect(422).reason("Invalid")
}

fn a_label_key_must_be_qualified(s: &Server) {
    for key in ["a b", "a/b/c", "/b", "A.b/c"] {
        labels(s, json!({key: "v"})).cause_fields(&["metadata.labels"]);
    }
    labels(s, json!({"": "v"})).cause_fields(&["metadata.labels", "metadata.labels"]);
}

fn a_label_value_of_64_bytes_is_too_long(s: &Server) {
    let reply = labels(s, json!({"k": "v".repeat(64)}));
    reply.message_has("must be no more than 63 bytes").cause_fields(&["metadata.labels"]);
}

fn an_annotation_key_must_be_qualified(s: &Server) {
    let object = with_meta(
        map("a"),
        "annotations",
        json!({"a b": "v", "A.example/x": "any text, \n\u{e9}"}),
    );
    let reply = s.post("configmaps", object).expect(422);
    reply.cause_fields(&["metadata.annotations"]);
}

fn annotations_have_a_size(s: &Server) {
    let object = with_meta(map("a"), "annotations", json!({"k": "v".repeat(256 * 1024)}));
    let reply = s.post("configmaps", object).expect(422);
    reply.message_has("may not be more than 262144 bytes").cause_fields(&["metadata.annotations"]);
}

fn a_finalizer_must_be_qualified(s: &Server) {
    let reply = s.post("configmaps", with_meta(map("a"), "finalizers", json!(["a b"]))).expect(422);
    reply.cause_fields(&["metadata.finalizers", "metadata.finalizers[0]"]);
}

fn a_finalizer_needs_a_domain(s: &Server) {
    let reply =
        s.post("configmaps", with_meta(map("a"), "finalizers", json!(["plain"]))).expect(422);
    reply.cause_fields(&["metadata.finalizers[0]"]);
}

fn owned(s: &Server, owners: Value) -> crate::server::Reply {
    s.post("configmaps", with_meta(map("a"), "ownerReferences", owners))
        .expect(422)
        .reason("Invalid")
}

fn an_owner_needs_all_its_members(s: &Server) {
    owned(s, json!([{}])).cause_fields(&[
        "metadata.ownerReferences.apiVersion",
        "metadata.ownerReferences.kind",
        "metadata.ownerReferences.name",
        "metadata.ownerReferences.uid",
    ]);
}

fn two_controlling_owners_are_one_too_many(s: &Server) {
    let owner = |name: &str| json!({"apiVersion": "v1", "kind": "Pod", "name": name, "uid": name, "controller": true});
    let reply =
        owned(s, json!([owner("a"), owner("b")])).cause_fields(&["metadata.ownerReferences"]);
    reply.message_has("Only one reference can have Controller set to true");
}

fn an_event_cannot_own(s: &Server) {
    let owner = json!([{"apiVersion": "v1", "kind": "Event", "name": "e", "uid": "u"}]);
    owned(s, owner).message_has("is disallowed from being an owner");
}

fn a_bad_owner_version_is_invalid(s: &Server) {
    let owner = json!([{"apiVersion": "a/b/c", "kind": "Pod", "name": "e", "uid": "u"}]);
    owned(s, owner);
}

fn a_data_key_must_be_a_file_name(s: &Server) {
    let why = "Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' \
               (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
    let reply = s.post("configmaps", map_with("a", json!({"a b": "1"})));
    reply.invalid("ConfigMap", "a", "data[a b]", "FieldValueInvalid", why);
}

fn data_and_binary_data_share_no_key(s: &Server) {
    let mut object = map_with("a", json!({"k": "1"}));
    object["binaryData"] = json!({"k": "MQ=="});
    let reply = s.post("configmaps", object).expect(422);
    reply.message_has("duplicate of key present in binaryData").cause_fields(&["data[k]"]);
}

fn an_immutable_map_stays(s: &Server) {
    let mut object = map_with("a", json!({"k": "1"}));
    object["immutable"] = json!(true);
    s.post("configmaps", object).expect(201);
    let reply = s.merge("configmaps/a", json!({"data": {"k": "2"}})).expect(422);
    reply.message_has("field is immutable when `immutable` is set").cause_fields(&["data"]);
    s.merge("configmaps/a", json!({"metadata": {"labels": {"a": "b"}}})).expect(200);
}

fn a_pod_needs_a_container(s: &Server) {
    let mut object = pod("p");
    object["spec"]["containers"] = json!([]);
    let reply = s.post("pods", object).expect(422).reason("Invalid");
    reply.message_has("spec.containers: Required value");
}

fn a_pods_spec_is_immutable(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    let reply =
        s.merge("pods/p", json!({"spec": {"hostname": "other"}})).expect(422).reason("Invalid");
    reply
        .message_has("pod updates may not change fields other than")
        .loosely("a diff of Go structs");
}
