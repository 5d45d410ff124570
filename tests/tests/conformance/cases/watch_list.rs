//! Watches that begin with the list: sendInitialEvents and its bookmark.

use serde_json::json;

use crate::objects::{map, with_meta};
use crate::server::Server;
use crate::suite::cases;

cases!("2.8", Raw, [
    a_match_without_initial_events_is_invalid,
    an_exact_match_is_invalid,
    initial_events_need_a_match,
    initial_events_begin_with_the_present [61],
    initial_events_end_with_a_bookmark [61],
    initial_events_honour_selectors,
    initial_events_without_bookmarks_have_no_end,
    initial_events_of_a_future_version_are_an_error [10],
    no_initial_events_begin_with_the_next,
    the_present_ends_with_a_bookmark_when_asked,
    after_the_bookmark_events_follow,
]);

fn labelled(s: &Server, name: &str, value: &str) {
    s.post("configmaps", with_meta(map(name), "labels", json!({"x": value}))).expect(201);
}

fn version(event: &serde_json::Value) -> u64 {
    let text = event["object"]["metadata"]["resourceVersion"].as_str().unwrap_or_default();
    text.parse().expect("a version")
}

fn invalid(s: &Server, query: &str, whys: &[&str]) {
    let reply = s.get(&format!("configmaps?watch=1&{query}")).expect(422).reason("Invalid");
    let json = reply.at("/details/kind", json!("ListOptions")).json();
    let causes = json["details"]["causes"].as_array().cloned().unwrap_or_default();
    let found: Vec<_> = causes.iter().map(|cause| cause["message"].clone()).collect();
    assert_eq!(found, whys);
}

const NEEDS_MATCH: &str = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
const NO_MATCH: &str = "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
const ONLY: &str = "Unsupported value: \"Exact\": supported values: \"NotOlderThan\"";

fn a_match_without_initial_events_is_invalid(s: &Server) {
    invalid(s, "resourceVersion=5&resourceVersionMatch=NotOlderThan", &[NO_MATCH]);
}

fn an_exact_match_is_invalid(s: &Server) {
    invalid(s, "resourceVersion=5&resourceVersionMatch=Exact", &[NO_MATCH, ONLY]);
    invalid(s, "sendInitialEvents=true&resourceVersionMatch=Exact", &[NEEDS_MATCH, ONLY]);
}

fn initial_events_need_a_match(s: &Server) {
    invalid(s, "sendInitialEvents=true", &[NEEDS_MATCH]);
}

const INITIAL: &str = "configmaps?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan";

fn initial_events_begin_with_the_present(s: &Server) {
    s.post("configmaps", map("b")).expect(201);
    let version = s.post("configmaps", map("a")).expect(201).rv();
    for from in ["", "&resourceVersion=0", &format!("&resourceVersion={version}")] {
        let mut watch = s.watch(&format!("{INITIAL}{from}&allowWatchBookmarks=true"));
        watch.expect("ADDED", "a");
        watch.expect("ADDED", "b");
        watch.bookmark();
    }
}

fn initial_events_end_with_a_bookmark(s: &Server) {
    let created = s.post("configmaps", map("a")).expect(201).rv();
    let mut watch = s.watch(&format!("{INITIAL}&allowWatchBookmarks=true"));
    watch.expect("ADDED", "a");
    let bookmark = watch.bookmark();
    let object = &bookmark["object"];
    assert_eq!((&object["kind"], &object["apiVersion"]), (&json!("ConfigMap"), &json!("v1")));
    assert_eq!(object["metadata"]["annotations"], json!({"k8s.io/initial-events-end": "true"}));
    assert!(version(&bookmark) >= created.parse().expect("a version"));
    assert!(object["metadata"]["name"].is_null());
}

fn initial_events_honour_selectors(s: &Server) {
    labelled(s, "a", "1");
    labelled(s, "b", "2");
    let mut watch = s.watch(&format!("{INITIAL}&allowWatchBookmarks=true&labelSelector=x%3D2"));
    watch.expect("ADDED", "b");
    watch.bookmark();
}

fn initial_events_without_bookmarks_have_no_end(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let mut watch = s.watch(INITIAL);
    watch.expect("ADDED", "a");
    s.post("configmaps", map("b")).expect(201);
    watch.expect("ADDED", "b");
}

fn initial_events_of_a_future_version_are_an_error(s: &Server) {
    let mut watch = s.watch(&format!("{INITIAL}&allowWatchBookmarks=true&resourceVersion=999999999"));
    let event = watch.error(504, "Timeout");
    assert_eq!(event["object"]["details"]["causes"][0]["reason"], "ResourceVersionTooLarge");
}

fn no_initial_events_begin_with_the_next(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let path = "configmaps?watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let mut watch = s.watch(path);
    s.post("configmaps", map("b")).expect(201);
    watch.expect("ADDED", "b");
}

fn the_present_ends_with_a_bookmark_when_asked(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    for version in ["", "&resourceVersion=0"] {
        let mut watch = s.watch(&format!("configmaps?watch=1&allowWatchBookmarks=true{version}"));
        watch.expect("ADDED", "a");
        let bookmark = watch.bookmark();
        assert_eq!(bookmark["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
    }
}

fn after_the_bookmark_events_follow(s: &Server) {
    let mut watch = s.watch(&format!("{INITIAL}&allowWatchBookmarks=true"));
    let bookmark = version(&watch.bookmark());
    s.post("configmaps", map("a")).expect(201);
    assert!(version(&watch.expect("ADDED", "a")) > bookmark);
}
