//! LIST: what is in it, at which version, in which order.

use serde_json::{Value, json};

use crate::objects::{deployment, map, map_with};
use crate::server::{Reply, Server};
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!("2.7", Raw, [
    an_empty_list_has_a_version_and_items,
    items_are_sorted_by_name,
    items_of_built_in_kinds_have_no_kind,
    items_of_custom_kinds_have_their_kind,
    a_missing_namespace_has_an_empty_list,
    the_version_of_a_list_is_the_servers,
    all_namespaces_are_sorted_by_namespace,
    version_0_gives_what_there_is,
    a_version_gives_nothing_older,
    exact_gives_the_state_of_that_version,
    exact_keeps_the_deleted,
    exact_of_a_changed_object_gives_its_old_state,
    not_older_than_gives_the_newest,
    a_future_version_is_waited_for_in_vain [10],
    a_future_exact_version_is_waited_for_in_vain,
    a_version_that_is_no_number_is_refused,
    a_negative_version_is_refused,
    a_match_needs_a_version,
    exact_of_0_is_invalid,
    an_unknown_match_is_invalid,
    initial_events_are_only_for_watches,
    a_list_of_a_group_names_its_version,
    a_timeout_does_no_harm,
    a_list_with_a_body_ignores_it,
]);

fn three(s: &Server) -> Vec<String> {
    ["b", "a", "c"].iter().map(|name| s.post("configmaps", map(name)).expect(201).rv()).collect()
}

fn an_empty_list_has_a_version_and_items(s: &Server) {
    let list = s.get("configmaps").expect(200).at("/kind", json!("ConfigMapList"));
    let list = list.at("/apiVersion", json!("v1")).at("/items", json!([]));
    assert!(list.rv().parse::<u64>().is_ok());
}

fn items_are_sorted_by_name(s: &Server) {
    three(s);
    assert_eq!(s.get("configmaps").expect(200).names(), ["a", "b", "c"]);
}

fn items_of_built_in_kinds_have_no_kind(s: &Server) {
    three(s);
    s.get("configmaps").expect(200).absent("/items/0/kind").absent("/items/0/apiVersion");
}

fn items_of_custom_kinds_have_their_kind(s: &Server) {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({}))).expect(201);
    let list = s.get(WIDGETS).expect(200).at("/kind", json!("WidgetList")).at("/items/0/kind", json!("Widget"));
    list.at("/items/0/apiVersion", json!("conformance.example/v1")).at("/metadata/continue", json!(""));
}

fn a_missing_namespace_has_an_empty_list(s: &Server) {
    s.get("/api/v1/namespaces/nons/configmaps").expect(200).at("/items", json!([]));
}

fn number(version: &str) -> u64 {
    version.parse().expect("a number")
}

fn the_version_of_a_list_is_the_servers(s: &Server) {
    three(s);
    let before = s.get("configmaps").expect(200).rv();
    // A write elsewhere moves it.
    s.post("secrets", json!({"metadata": {"name": "s"}})).expect(201);
    assert!(number(&s.get("configmaps").expect(200).rv()) > number(&before));
}

fn all_namespaces_are_sorted_by_namespace(s: &Server) {
    let name = s.unique("same");
    let other = s.unique("a-first");
    let path = format!("/api/v1/namespaces/{other}");
    s.clean_up(&path);
    s.post("/api/v1/namespaces", json!({"metadata": {"name": other}})).expect(201);
    s.post("configmaps", map(&name)).expect(201);
    s.post(&format!("{path}/configmaps"), map(&name)).expect(201);
    let list = s.get(&format!("/api/v1/configmaps?fieldSelector=metadata.name%3D{name}")).expect(200).json();
    let found: Vec<_> = list["items"].as_array().into_iter().flatten().map(|item| &item["metadata"]["namespace"]).collect();
    assert_eq!(found, [&json!(other), &json!(s.namespace())]);
}

fn version_0_gives_what_there_is(s: &Server) {
    three(s);
    s.eventually("the cache has it", || {
        (s.get("configmaps?resourceVersion=0").expect(200).names().len() == 3).then_some(())
    });
    assert_eq!(s.get("configmaps?resourceVersion=0").expect(200).names(), ["a", "b", "c"]);
}

fn a_version_gives_nothing_older(s: &Server) {
    let versions = three(s);
    for version in &versions {
        let list = s.get(&format!("configmaps?resourceVersion={version}")).expect(200);
        assert!(number(&list.rv()) >= number(version));
    }
    let list = s.get(&format!("configmaps?resourceVersion={}", versions[2])).expect(200);
    assert_eq!(list.names(), ["a", "b", "c"]);
}

fn exactly(s: &Server, version: &str) -> Reply {
    let list = s.get(&format!("configmaps?resourceVersion={version}&resourceVersionMatch=Exact")).expect(200);
    assert_eq!(list.rv(), version);
    list
}

fn exact_gives_the_state_of_that_version(s: &Server) {
    let versions = three(s);
    assert_eq!(exactly(s, &versions[0]).names(), ["b"]);
    assert_eq!(exactly(s, &versions[1]).names(), ["a", "b"]);
}

fn exact_keeps_the_deleted(s: &Server) {
    let versions = three(s);
    s.delete("configmaps/a").expect(200);
    assert_eq!(s.get("configmaps").expect(200).names(), ["b", "c"]);
    assert_eq!(exactly(s, &versions[2]).names(), ["a", "b", "c"]);
}

fn exact_of_a_changed_object_gives_its_old_state(s: &Server) {
    let version = s.post("configmaps", map_with("a", json!({"k": "old"}))).expect(201).rv();
    s.merge("configmaps/a", json!({"data": {"k": "new"}})).expect(200);
    exactly(s, &version).at("/items/0/data/k", json!("old"));
}

fn not_older_than_gives_the_newest(s: &Server) {
    let versions = three(s);
    let path = format!("configmaps?resourceVersion={}&resourceVersionMatch=NotOlderThan", versions[2]);
    assert_eq!(s.get(&path).expect(200).names(), ["a", "b", "c"]);
}

fn too_large(reply: Reply) {
    let causes = json!([{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]);
    let reply = reply.expect(504).reason("Timeout").header("Retry-After", "1");
    reply
        .message_has("Timeout: Too large resource version: 999999999, current: ")
        .details(json!({"causes": causes, "retryAfterSeconds": 1}));
}

fn a_future_version_is_waited_for_in_vain(s: &Server) {
    too_large(s.get("configmaps?resourceVersion=999999999"));
}

fn a_future_exact_version_is_waited_for_in_vain(s: &Server) {
    too_large(s.get("configmaps?resourceVersion=999999999&resourceVersionMatch=Exact"));
}

fn no_number(s: &Server, version: &str) {
    s.get(&format!("configmaps?resourceVersion={version}")).bad_request(&format!(
        "invalid resource version: resourceVersion: Invalid value: \"{version}\": \
         strconv.ParseUint: parsing \"{version}\": invalid syntax"
    ));
}

fn a_version_that_is_no_number_is_refused(s: &Server) {
    no_number(s, "abc");
}

fn a_negative_version_is_refused(s: &Server) {
    no_number(s, "-1");
}

#[track_caller]
fn invalid_option(reply: Reply, field: &str, cause: &str, why: &str) {
    let message = format!("ListOptions.meta.k8s.io \"\" is invalid: {field}: {why}");
    let causes = json!([{"reason": cause, "message": why, "field": field}]);
    let details = json!({"group": "meta.k8s.io", "kind": "ListOptions", "causes": causes});
    reply.refused(422, "Invalid", &message, details);
}

fn a_match_needs_a_version(s: &Server) {
    let why = "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided";
    for which in ["Exact", "NotOlderThan"] {
        let reply = s.get(&format!("configmaps?resourceVersionMatch={which}"));
        invalid_option(reply, "resourceVersionMatch", "FieldValueForbidden", why);
    }
}

fn exact_of_0_is_invalid(s: &Server) {
    let why = "Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
    let reply = s.get("configmaps?resourceVersion=0&resourceVersionMatch=Exact");
    invalid_option(reply, "resourceVersionMatch", "FieldValueForbidden", why);
}

fn an_unknown_match_is_invalid(s: &Server) {
    let why = "Unsupported value: \"Bogus\": supported values: \"Exact\", \"NotOlderThan\", \"\"";
    let reply = s.get("configmaps?resourceVersion=1&resourceVersionMatch=Bogus");
    invalid_option(reply, "resourceVersionMatch", "FieldValueNotSupported", why);
}

fn initial_events_are_only_for_watches(s: &Server) {
    let reply = s.get("configmaps?sendInitialEvents=true").expect(422).reason("Invalid");
    reply.cause_fields(&["sendInitialEvents"]);
}

fn a_list_of_a_group_names_its_version(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    let list = s.get("apps/v1:deployments").expect(200).at("/apiVersion", json!("apps/v1"));
    list.at("/kind", json!("DeploymentList"));
}

fn a_timeout_does_no_harm(s: &Server) {
    three(s);
    assert_eq!(s.get("configmaps?timeoutSeconds=1").expect(200).names().len(), 3);
}

fn a_list_with_a_body_ignores_it(s: &Server) {
    three(s);
    let body: Value = json!({"limit": 1});
    assert_eq!(s.request("GET", "configmaps").json(&body).send().expect(200).names().len(), 3);
}
