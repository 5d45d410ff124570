//! Tables against what a real server printed.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Include, Tables};
use crate::resource::{Custom, ResourceType};

fn now() -> Timestamp {
    "2026-01-02T00:00:00Z".parse().expect("a time")
}

/// Objects of a real server with the cells and conditions that it printed of them, one a line.
#[test]
fn cells_are_those_that_a_real_server_printed() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("rows.json")).expect("the cases");
    assert!(cases.len() > 100);
    for case in cases {
        let text = |key: &str| case[key].as_str().unwrap_or_default();
        let resource = ResourceType::sample(text("group"), text("kind"));
        let now = text("now").parse().expect("a time");
        let tables = Tables { resource: &resource, include: Include::Nothing, now };
        let row = tables.row(&case["object"]);
        assert_eq!(row["cells"], case["cells"], "{} {}", resource.kind, case["object"]);
        assert_eq!(row.get("conditions"), case.get("conditions"), "{}", case["object"]);
    }
}

fn widgets(columns: Value) -> ResourceType {
    let columns = columns.as_array().cloned().unwrap_or_default();
    let custom = Custom { columns, ..Custom::default() };
    ResourceType { custom: Some(Arc::new(custom)), ..ResourceType::sample("ex.io", "Widget") }
}

fn made(resource: &ResourceType, include: Include, items: &[Value], with_columns: bool) -> Value {
    let metadata = Map::from_iter([("resourceVersion".to_owned(), json!("7"))]);
    Tables { resource, include, now: now() }.of(metadata, items, with_columns).expect("a table")
}

#[test]
fn columns_of_custom_resources_come_from_their_definition() {
    let column =
        |name: &str, kind: &str, path: &str| json!({"name": name, "type": kind, "jsonPath": path});
    let resource = widgets(json!([
        column("Size", "integer", ".spec.size"),
        column("Half", "integer", ".spec.half"),
        column("Share", "number", ".spec.half"),
        column("On", "boolean", ".spec.on"),
        column("Color", "string", ".spec.color"),
        column("Number", "string", ".spec.size"),
        column("Tags", "string", ".spec.tags"),
        column("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status"),
        column("Made", "date", ".metadata.creationTimestamp"),
        column("Bad", "date", ".spec.color"),
        column("Wrong", "integer", ".spec.color"),
        column("Nope", "string", ".spec.nope"),
    ]));
    let widget = json!({
        "metadata": {"name": "w", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"size": 3, "half": 2.5, "on": true, "color": "red", "tags": ["a", "b"]},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    });
    let table = made(&resource, Include::Nothing, &[widget], true);
    let cells = json!([
        "w",
        3,
        2,
        2.5,
        true,
        "red",
        "3",
        "[\"a\",\"b\"]",
        "True",
        "24h",
        "<invalid>",
        null,
        null
    ]);
    assert_eq!(table["rows"], json!([{"cells": cells, "object": null}]));
    assert_eq!(
        table["columnDefinitions"][1],
        json!({
            "name": "Size", "type": "integer", "format": "", "priority": 0,
            "description": "Custom resource definition column (in JSONPath format): .spec.size",
        })
    );
}

#[test]
fn a_definition_without_columns_has_the_age() {
    let widget = json!({"metadata": {"name": "w", "creationTimestamp": "2026-01-01T23:59:00Z"}});
    let table = made(&widgets(json!([])), Include::Nothing, &[widget], true);
    assert_eq!(table["columnDefinitions"][1]["name"], "Age");
    assert_eq!(table["rows"][0]["cells"], json!(["w", "60s"]));
}

#[test]
fn a_row_carries_what_was_asked_for() {
    let map = json!({"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}});
    let row = |include| {
        made(&widgets(json!([])), include, std::slice::from_ref(&map), true)["rows"][0].clone()
    };
    assert_eq!(row(Include::Nothing)["object"], json!(null));
    assert_eq!(row(Include::Object)["object"], map);
    let partial = json!({
        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": {"name": "a"},
    });
    assert_eq!(row(Include::Metadata)["object"], partial);
    let message = "Unable to convert to Table as requested: includeObject: Invalid value: \"Bogus\": must be 'Metadata', 'Object', 'None', or empty";
    assert_eq!(Include::parse(Some("Bogus")).expect_err("is refused").status()["message"], message);
}

#[test]
fn a_table_without_rows_is_empty_and_later_events_name_no_columns() {
    let table = made(&widgets(json!([])), Include::Metadata, &[], true);
    assert_eq!(table["kind"], "Table");
    assert_eq!(table["apiVersion"], "meta.k8s.io/v1");
    assert_eq!(table["metadata"], json!({"resourceVersion": "7"}));
    assert_eq!(table["rows"], json!([]));
    let later = made(&widgets(json!([])), Include::Metadata, &[json!({})], false);
    assert_eq!(later["columnDefinitions"], json!(null));
    assert_eq!(later["rows"][0]["cells"], json!(["", null]));
}

#[test]
fn the_object_of_a_bookmark_has_empty_cells() {
    let resource = ResourceType::sample("", "ConfigMap");
    let tables = Tables { resource: &resource, include: Include::Nothing, now: now() };
    assert_eq!(tables.row(&json!({}))["cells"], json!(["", 0, "<unknown>"]));
}

#[test]
fn flow_schemas_are_printed_in_the_order_in_which_they_match() {
    let resource = ResourceType {
        plural: "flowschemas".into(),
        ..ResourceType::sample("flowcontrol.apiserver.k8s.io", "FlowSchema")
    };
    let schema = |name: &str, precedence: u32| json!({"metadata": {"name": name}, "spec": {"matchingPrecedence": precedence}});
    let items = [schema("a", 9), schema("b", 1), schema("c", 9)];
    let table = made(&resource, Include::Nothing, &items, true);
    let names: Vec<&Value> =
        table["rows"].as_array().expect("rows").iter().map(|row| &row["cells"][0]).collect();
    assert_eq!(names, ["b", "a", "c"]);
}
