//! Writes that are no apply. The expected entries are what the real server answered.

use super::*;

fn config(data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "u"}, "data": data})
}

#[test]
fn a_creator_owns_what_it_set_and_the_maps_that_it_made() {
    let mut object = config(json!({"a": "1", "b": "2"}));
    object["metadata"]["labels"] = json!({"x": "y"});
    Story::of_config_map().write("m1", object).owners(&[(
        "m1 Update",
        r#"{"f:data":{".":{},"f:a":{},"f:b":{}},"f:metadata":{"f:labels":{".":{},"f:x":{}}}}"#,
    )]);
}

#[test]
fn a_writer_takes_what_it_changes_and_all_lose_what_is_removed() {
    Story::of_config_map()
        .write("m1", config(json!({"a": "1", "b": "2", "z": "0"})))
        .change("m2", |object| object["data"] = json!({"a": "1", "b": "3", "c": "4"}))
        .owners(&[
            ("m1 Update", r#"{"f:data":{".":{},"f:a":{}}}"#),
            ("m2 Update", r#"{"f:data":{"f:b":{},"f:c":{}}}"#),
        ])
        .change("m2", |object| object["data"]["a"] = json!("9"))
        .owners(&[
            ("m1 Update", r#"{"f:data":{}}"#),
            ("m2 Update", r#"{"f:data":{"f:a":{},"f:b":{},"f:c":{}}}"#),
        ])
        .change("m3", |object| {
            object.as_object_mut().unwrap().remove("data");
        })
        .is("/metadata/managedFields", Value::Null);
}

#[test]
fn the_time_changes_only_with_what_is_written() {
    Story::of_config_map()
        .write("m1", config(json!({"a": "1"})))
        .change("m1", |object| object["metadata"]["resourceVersion"] = json!("7"))
        .is("/metadata/managedFields/0/time", json!("2026-01-01T00:00:00Z"))
        .change("m1", |object| object["data"]["b"] = json!("2"))
        .is("/metadata/managedFields/0/time", json!("2026-01-01T00:02:00Z"));
}

#[test]
fn what_was_there_before_creation_is_nobodys() {
    let made = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {
        "replicas": 1,
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [
            {"name": "c", "image": "i", "resources": {}, "ports": [{"containerPort": 80, "protocol": "TCP"}]},
        ]}},
    }, "status": {"replicas": 1}});
    Story::of_deployment().write("m", made).owners(&[(
        "m Update",
        concat!(
            r#"{"f:spec":{"f:replicas":{},"f:template":{"f:metadata":{"f:labels":{".":{},"f:a":{}}},"#,
            r#""f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:image":{},"f:name":{},"#,
            r#""f:ports":{".":{},"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"#,
            r#""f:containerPort":{},"f:protocol":{}}},"f:resources":{}}}}}}}"#
        ),
    )]);
}

#[test]
fn the_creator_of_a_custom_resource_owns_its_spec() {
    let made = json!({"apiVersion": "ex.io/v1", "kind": "W", "metadata": {"name": "u"}, "spec": {
        "whole": {"a": "1"}, "set": ["x"], "nums": [10, 9], "list": ["q"], "map": [{"port": 80}],
        "free": {"a": {"b": [1]}, "c": null}, "mixed": {"known": {"x": "1"}, "unk": {"z": [{"a": 1}]}},
        "any": 5,
    }});
    Story::of_custom().write("m", made).owners(&[(
        "m Update",
        concat!(
            r#"{"f:spec":{".":{},"f:any":{},"f:free":{".":{},"f:a":{".":{},"f:b":{}},"f:c":{}},"f:list":{},"#,
            r#""f:map":{".":{},"k:{\"port\":80,\"proto\":\"TCP\"}":{".":{},"f:port":{}}},"#,
            r#""f:mixed":{".":{},"f:known":{".":{},"f:x":{}},"f:unk":{".":{},"f:z":{}}},"#,
            r#""f:nums":{".":{},"v:10":{},"v:9":{}},"f:set":{".":{},"v:\"x\"":{}},"f:whole":{}}}"#
        ),
    )]);
}

#[test]
fn a_status_written_at_its_endpoint_is_an_entry_of_its_own() {
    let mut story = Story::of_custom();
    let made = json!({"metadata": {"name": "u"}, "spec": {"name": "n"}, "status": {"phase": "x"}});
    story.write("m1", made);
    story.subresource = "status".into();
    story.ignored = &[&["metadata"], &["spec"]];
    story.change("m1", |object| {
        object["status"]["phase"] = json!("Ready");
        object["spec"]["name"] = json!("other");
    });
    story.owners(&[
        ("m1 Update", r#"{"f:spec":{".":{},"f:name":{}}}"#),
        ("m1 Update", r#"{"f:status":{"f:phase":{}}}"#),
    ]);
    story.is("/metadata/managedFields/1/subresource", json!("status"));
}

#[test]
fn the_same_manager_in_another_version_is_an_entry_of_its_own() {
    let mut story = Story::of_custom();
    story.write("m", json!({"metadata": {}, "spec": {"name": "n", "list": ["a"]}}));
    story.api_version = "ex.io/v2".into();
    story.change("m", |object| object["spec"]["name"] = json!("n2"));
    story.owners(&[
        ("m Update", r#"{"f:spec":{".":{},"f:list":{}}}"#),
        ("m Update", r#"{"f:spec":{"f:name":{}}}"#),
    ]);
    story.is("/metadata/managedFields/1/apiVersion", json!("ex.io/v2"));
}

#[test]
fn an_empty_list_of_managers_resets_and_what_was_reset_stays_untracked() {
    for reset in [json!([]), json!([{}]), json!([{"manager": "", "time": null}])] {
        Story::of_config_map()
            .write("m1", config(json!({"a": "1"})))
            .change("m2", |object| object["metadata"]["managedFields"] = reset)
            .is("/metadata/managedFields", Value::Null)
            .change("m2", |object| object["data"]["b"] = json!("2"))
            .is("/metadata/managedFields", Value::Null);
    }
}

#[test]
fn managers_that_a_request_names_well_replace_those_that_are() {
    let entry = |operation: &str, fields: Value| {
        json!({"manager": "x", "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1",
            "fieldsV1": fields})
    };
    let mut story = Story::of_config_map();
    story.write("m1", config(json!({"a": "1"})));
    for bad in [
        entry("Bogus", json!({"f:data": {}})),
        entry("Update", json!({"bad": {}})),
        json!({"manager": "x", "operation": "Update", "apiVersion": "v1"}),
    ] {
        story.change("m1", |object| object["metadata"]["managedFields"] = json!([bad]));
        story.owners(&[("m1 Update", r#"{"f:data":{".":{},"f:a":{}}}"#)]);
    }
    let good = entry("Apply", json!({"f:data": {"f:a": {}, "q:b": {}}, "f:nosuch": {"f:x": {}}}));
    story.change("m3", |object| {
        object["metadata"]["managedFields"] = json!([good]);
        object["data"]["q"] = json!("2");
    });
    story.owners(&[
        ("x Apply", r#"{"f:data":{"f:a":{}},"f:nosuch":{"f:x":{}}}"#),
        ("m3 Update", r#"{"f:data":{"f:q":{}}}"#),
    ]);
}

#[test]
fn the_oldest_updaters_are_merged_when_there_are_more_than_ten() {
    let mut story = Story::of_config_map();
    story.write("u0", config(json!({"k0": "1"})));
    for place in 1..12 {
        story.change(&format!("u{place}"), |object| {
            object["data"][format!("k{place}")] = json!("1")
        });
    }
    let entries = story.object.as_ref().unwrap()["metadata"]["managedFields"].as_array().unwrap();
    assert_eq!(entries.len(), 10);
    assert_eq!(entries[0]["manager"], "ancient-changes");
    assert_eq!(
        entries[0]["fieldsV1"],
        json!({"f:data": {".": {}, "f:k0": {}, "f:k1": {}, "f:k2": {}}})
    );
    assert_eq!(entries[0]["time"], "2026-01-01T00:02:00Z");
}

#[test]
fn items_with_the_same_key_are_owned_together() {
    let tags = |names: &[&str]| {
        let items: Vec<Value> =
            names.iter().map(|name| json!({"port": 1, "proto": "TCP", "name": name})).collect();
        json!({"metadata": {}, "spec": {"map": items}})
    };
    let key = r#"k:{\"port\":1,\"proto\":\"TCP\"}"#;
    let owned = |inner: &str| format!(r#"{{"f:spec":{{"f:map":{{"{key}":{inner}}}}}}}"#);
    let made = format!(r#"{{"f:spec":{{".":{{}},"f:map":{{".":{{}},"{key}":{{}}}}}}}}"#);
    let bare = r#"{"f:spec":{".":{},"f:map":{".":{}}}}"#.replace(r#"{".":{}}}}"#, "{}}}");
    let all = owned(r#"{".":{},"f:name":{},"f:port":{},"f:proto":{}}"#);
    Story::of_custom()
        .write("m1", tags(&["1", "2"]))
        .owners(&[("m1 Update", &made)])
        .change("m2", |object| object["spec"] = tags(&["1", "3"])["spec"].clone())
        .owners(&[("m1 Update", &bare), ("m2 Update", &owned("{}"))])
        .change("m3", |object| object["spec"] = tags(&["1"])["spec"].clone())
        .owners(&[("m1 Update", &bare), ("m3 Update", &all)]);
}

#[test]
fn a_write_of_nothing_keeps_the_times() {
    let mut story = Story::of_config_map();
    story.write("m1", config(json!({"a": "1"})));
    let live = story.object.clone().unwrap();
    let mut new = live.clone();
    new["metadata"]["managedFields"][0]["time"] = json!("2027-01-01T00:00:00Z");
    let mut changed = new.clone();
    keep_times(&live, &mut new);
    assert_eq!(new, live);
    changed["data"]["a"] = json!("2");
    keep_times(&live, &mut changed);
    assert_eq!(changed["metadata"]["managedFields"][0]["time"], "2027-01-01T00:00:00Z");
}

#[test]
fn a_field_that_the_schema_now_owns_as_a_whole_is_one_member() {
    let mut story = Story::of_custom();
    let entry = json!({"manager": "x", "operation": "Apply", "apiVersion": "ex.io/v1",
        "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:whole": {"f:a": {}}, "f:name": {}}}});
    story.object = Some(json!({"metadata": {"managedFields": [entry]},
        "spec": {"name": "n", "whole": {"a": "1"}}}));
    story.change("m", |object| object["spec"]["name"] = json!("n2"));
    story.owners(&[
        ("x Apply", r#"{"f:spec":{"f:whole":{}}}"#),
        ("m Update", r#"{"f:spec":{"f:name":{}}}"#),
    ]);
}
