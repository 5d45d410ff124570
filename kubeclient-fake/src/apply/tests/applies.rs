//! Server-side apply. The expected results are what the real server answered.

use super::*;

fn config(data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data})
}

fn custom(spec: Value) -> Value {
    json!({"apiVersion": "ex.io/v1", "kind": "W", "metadata": {"name": "a"}, "spec": spec})
}

fn deployment(containers: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "e"},
        "spec": {"template": {"spec": {"containers": containers}}}})
}

#[test]
fn a_field_dropped_by_its_last_owner_is_removed() {
    Story::of_config_map()
        .apply("a1", config(json!({"a": "1", "b": "2"})))
        .owners(&[("a1 Apply", r#"{"f:data":{"f:a":{},"f:b":{}}}"#)])
        .apply("a2", config(json!({"b": "2"})))
        .apply("a1", config(json!({"a": "1"})))
        .is("/data", json!({"a": "1", "b": "2"}))
        .apply("a2", json!({"metadata": {"name": "a"}}))
        .is("/data", json!({"a": "1"}))
        .owners(&[("a1 Apply", r#"{"f:data":{"f:a":{}}}"#)])
        .apply("a1", json!({"metadata": {"name": "a"}}))
        .is("/data", Value::Null)
        .is("/metadata/managedFields", Value::Null);
}

#[test]
fn applying_the_same_again_changes_nothing() {
    let mut story = Story::of_config_map();
    story.apply("a1", config(json!({"a": "1"})));
    let before = story.object.clone();
    story.apply("a1", config(json!({"a": "1"})));
    assert_eq!(story.object, before);
}

#[test]
fn who_applies_what_is_there_already_has_an_entry_without_a_time() {
    Story::of_config_map()
        .apply("z", config(json!({"a": "1"})))
        .apply("same", config(json!({"a": "1"})))
        .owners(&[
            ("same Apply", r#"{"f:data":{"f:a":{}}}"#),
            ("z Apply", r#"{"f:data":{"f:a":{}}}"#),
        ])
        .is("/metadata/managedFields/0/time", Value::Null)
        .is("/metadata/managedFields/1/time", json!("2026-01-01T00:00:00Z"));
}

#[test]
fn force_takes_the_fields_from_the_others() {
    Story::of_config_map()
        .apply("a1", config(json!({"a": "1", "b": "1"})))
        .force("a2", config(json!({"a": "2"})))
        .is("/data", json!({"a": "2", "b": "1"}))
        .owners(&[
            ("a1 Apply", r#"{"f:data":{"f:b":{}}}"#),
            ("a2 Apply", r#"{"f:data":{"f:a":{}}}"#),
        ]);
}

#[test]
fn what_an_update_wrote_stays_when_the_applier_drops_it() {
    Story::of_config_map()
        .apply("a1", config(json!({"a": "1", "b": "1"})))
        .change("u", |object| object["data"]["a"] = json!("2"))
        .apply("a1", json!({"metadata": {}}))
        .is("/data", json!({"a": "2"}))
        .owners(&[("u Update", r#"{"f:data":{"f:a":{}}}"#)]);
}

#[test]
fn an_object_made_untracked_gets_a_manager_of_what_was_before() {
    let mut story = Story::of_config_map();
    story.object = Some(config(json!({"a": "1", "b": "2"})));
    story.apply("a1", config(json!({"c": "3"}))).owners(&[
        ("a1 Apply", r#"{"f:data":{"f:c":{}}}"#),
        ("before-first-apply Update", r#"{"f:data":{".":{},"f:a":{},"f:b":{}}}"#),
    ]);
    let refusal = story.refused("a1", config(json!({"a": "3"})));
    assert_eq!(
        refusal,
        "Apply failed with 1 conflict: conflict with \"before-first-apply\" using v1: .data.a"
    );
}

#[test]
fn empty_maps_and_nulls_are_owned_as_they_stand() {
    Story::of_custom()
        .apply("a1", custom(json!({"labels": {}, "map": null, "set": [], "list": []})))
        .owners(&[("a1 Apply", r#"{"f:spec":{"f:labels":{},"f:list":{},"f:map":{}}}"#)]);
}

#[test]
fn finalizers_and_owners_are_owned_item_by_item() {
    let finalizers = |names: &[&str]| json!({"metadata": {"finalizers": names}});
    Story::of_config_map()
        .apply("a1", finalizers(&["a.io/b", "a.io/a"]))
        .apply("a2", finalizers(&["a.io/c", "a.io/a"]))
        .is("/metadata/finalizers", json!(["a.io/b", "a.io/c", "a.io/a"]))
        .apply("a1", finalizers(&["a.io/c"]))
        .is("/metadata/finalizers", json!(["a.io/c", "a.io/a"]))
        .apply("a2", json!({"metadata": {"ownerReferences": [{"uid": "1", "name": "n"}]}}))
        .owners(&[
            ("a1 Apply", r#"{"f:metadata":{"f:finalizers":{"v:\"a.io/c\"":{}}}}"#),
            ("a2 Apply", r#"{"f:metadata":{"f:ownerReferences":{"k:{\"uid\":\"1\"}":{}}}}"#),
        ]);
}

#[test]
fn lists_keep_the_applied_order_and_the_live_places_of_the_rest() {
    let set = |items: &[&str]| custom(json!({"set": items}));
    Story::of_custom()
        .apply("a1", set(&["a", "b", "c", "d"]))
        .apply("a2", set(&["d", "x", "b"]))
        .is("/spec/set", json!(["a", "c", "d", "x", "b"]))
        .apply("a3", set(&["y", "a", "b", "c", "d", "z"]))
        .is("/spec/set", json!(["y", "a", "x", "b", "c", "d", "z"]))
        .apply("a1", set(&["c", "b"]))
        .is("/spec/set", json!(["y", "a", "x", "c", "d", "z", "b"]))
        .change("u", |object| object["spec"]["set"] = json!(["1", "2", "d", "3", "b"]))
        .apply("a4", set(&["b", "9", "d"]))
        .is("/spec/set", json!(["1", "2", "3", "b", "9", "d"]));
}

#[test]
fn an_item_with_a_key_written_twice_is_replaced_by_the_applied_one() {
    let item = |name: &str| json!({"port": 1, "proto": "TCP", "name": name});
    let other = json!({"port": 2, "proto": "TCP"});
    let mut story = Story::of_custom();
    story.write("m", custom(json!({"map": [item("1"), item("2"), other]})));
    let refusal = story.refused("a", custom(json!({"map": [item("1")]})));
    assert_eq!(
        refusal,
        "Apply failed with 1 conflict: conflict with \"m\" using ex.io/v1: .spec.map[port=1,proto=\"TCP\"]"
    );
    story.apply("b", custom(json!({"map": [{"port": 3, "proto": "TCP"}]})));
    story.is("/spec/map", json!([item("1"), item("2"), other, {"port": 3, "proto": "TCP"}]));
    story.force("a", custom(json!({"map": [item("1")]})));
    story.is("/spec/map", json!([item("1"), other, {"port": 3, "proto": "TCP"}]));
}

#[test]
fn a_key_left_out_is_its_default() {
    let ports = |ports: Value| deployment(json!([{"name": "a", "ports": ports}]));
    Story::of_deployment()
        .apply("a", ports(json!([{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}])))
        .owners(&[(
            "a Apply",
            concat!(
                r#"{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"a\"}":{".":{},"f:name":{},"#,
                r#""f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}},"#,
                r#""k:{\"containerPort\":80,\"protocol\":\"UDP\"}":{".":{},"f:containerPort":{},"#,
                r#""f:protocol":{}}}}}}}}}"#
            ),
        )])
        .apply("a", ports(json!([{"containerPort": 80, "protocol": "TCP"}])))
        .is("/spec/template/spec/containers/0/ports", json!([{"containerPort": 80, "protocol": "TCP"}]));
}

#[test]
fn containers_go_with_their_last_owner() {
    let names = |names: &[&str]| {
        deployment(names.iter().map(|name| json!({"name": name, "image": "i"})).collect())
    };
    let mut story = Story::of_deployment();
    story.apply("a1", names(&["a", "b", "c"])).apply("a2", names(&["d", "c", "a", "x"]));
    story.apply("a1", names(&["b", "a"]));
    let object = story.object.clone().unwrap();
    let left: Vec<&str> = object["spec"]["template"]["spec"]["containers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|container| container["name"].as_str().unwrap())
        .collect();
    assert_eq!(left, ["b", "d", "c", "a", "x"]);
}

#[test]
fn a_status_applied_at_the_main_endpoint_is_nobodys() {
    let mut story = Story::of_custom();
    let mut applied = custom(json!({"name": "n"}));
    applied["status"] = json!({"phase": "z"});
    story.apply("a1", applied).owners(&[("a1 Apply", r#"{"f:spec":{"f:name":{}}}"#)]);
}

#[test]
fn one_applier_has_one_entry_whatever_the_version() {
    let mut story = Story::of_custom();
    story.apply("a", custom(json!({"set": ["x"], "map": [{"port": 443}], "name": "n"})));
    story.api_version = "ex.io/v2".into();
    story.apply("a", custom(json!({"set": ["z"]})));
    story.is("/spec", json!({"set": ["z"]}));
    story.owners(&[("a Apply", r#"{"f:spec":{"f:set":{"v:\"z\"":{}}}}"#)]);
    story.is("/metadata/managedFields/0/apiVersion", json!("ex.io/v2"));
}

#[test]
fn maps_without_a_schema_are_owned_field_by_field_and_lists_as_wholes() {
    Story::of_custom()
        .apply("a1", custom(json!({"free": {"a": [1, {"b": 2}], "m": {"x": {}}}})))
        .owners(&[("a1 Apply", r#"{"f:spec":{"f:free":{"f:a":{},"f:m":{".":{},"f:x":{}}}}}"#)])
        .force("a2", custom(json!({"free": {"a": [1], "m": {"x": {"y": 1}}}})))
        .is("/spec/free", json!({"a": [1], "m": {"x": {"y": 1}}}))
        .owners(&[
            ("a1 Apply", r#"{"f:spec":{"f:free":{"f:m":{".":{},"f:x":{}}}}}"#),
            (
                "a2 Apply",
                r#"{"f:spec":{"f:free":{"f:a":{},"f:m":{".":{},"f:x":{".":{},"f:y":{}}}}}}"#,
            ),
        ])
        .change("u", |object| object["spec"]["free"]["m"] = json!(5))
        .owners(&[
            ("a2 Apply", r#"{"f:spec":{"f:free":{"f:a":{}}}}"#),
            ("u Update", r#"{"f:spec":{"f:free":{"f:m":{}}}}"#),
        ]);
}

#[test]
fn kubectl_takes_over_what_it_applied_before_on_the_client_side() {
    let annotation = "kubectl.kubernetes.io/last-applied-configuration";
    let last = config(json!({"a": "1", "b": "2"})).to_string();
    let mut made = config(json!({"a": "1", "b": "2"}));
    made["metadata"]["annotations"] = json!({annotation: last});
    let mut story = Story::of_config_map();
    story.write("kubectl-client-side-apply", made);
    story.change("other", |object| object["data"]["b"] = json!("7"));
    assert_eq!(
        story.refused("kubectl", config(json!({"a": "5", "b": "8"}))),
        "Apply failed with 1 conflict: conflict with \"other\" using v1: .data.b"
    );
    assert_eq!(
        story.refused("notkubectl", config(json!({"a": "5"}))),
        "Apply failed with 1 conflict: conflict with \"kubectl-client-side-apply\" using v1: .data.a"
    );
    story.apply("kubectl", config(json!({"a": "5<"}))).is("/data", json!({"a": "5<", "b": "7"}));
    let written = "{\"apiVersion\":\"v1\",\"data\":{\"a\":\"5\\u003c\"},\"kind\":\"ConfigMap\",\
                   \"metadata\":{\"name\":\"a\"}}\n";
    story.is(&format!("/metadata/annotations/{}", annotation.replace('/', "~1")), json!(written));
}
