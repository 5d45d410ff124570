//! DELETE of a collection.

use serde_json::json;

use crate::objects::{map, with_meta};
use crate::server::Server;
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!("2.6", Raw, [
    the_deleted_are_returned_as_they_were [49],
    a_label_selector_chooses [49],
    a_field_selector_chooses,
    no_match_is_an_empty_list,
    a_limit_leaves_the_rest,
    a_dry_run_deletes_nothing,
    a_finalizer_keeps_its_object,
    other_namespaces_are_left_alone,
    a_collection_of_services_goes,
    a_collection_of_custom_objects_goes,
    a_bad_selector_is_refused,
]);

fn three(s: &Server) {
    for (name, tier) in [("a", "x"), ("b", "y"), ("c", "x")] {
        s.post("configmaps", with_meta(map(name), "labels", json!({"tier": tier}))).expect(201);
    }
}

fn left(s: &Server) -> Vec<String> {
    s.get("configmaps").expect(200).names()
}

fn the_deleted_are_returned_as_they_were(s: &Server) {
    three(s);
    let reply = s.delete("configmaps").expect(200).at("/kind", json!("ConfigMapList"));
    assert_eq!(reply.names(), ["a", "b", "c"]);
    reply.absent("/items/0/metadata/deletionTimestamp").present("/metadata/resourceVersion");
    assert!(left(s).is_empty());
}

fn a_label_selector_chooses(s: &Server) {
    three(s);
    assert_eq!(s.delete("configmaps?labelSelector=tier%3Dx").expect(200).names(), ["a", "c"]);
    assert_eq!(left(s), ["b"]);
}

fn a_field_selector_chooses(s: &Server) {
    three(s);
    assert_eq!(s.delete("configmaps?fieldSelector=metadata.name%3Db").expect(200).names(), ["b"]);
    assert_eq!(left(s), ["a", "c"]);
}

fn no_match_is_an_empty_list(s: &Server) {
    three(s);
    let reply = s.delete("configmaps?labelSelector=tier%3Dz").expect(200);
    reply.at("/items", json!([])).at("/kind", json!("ConfigMapList"));
    assert_eq!(left(s).len(), 3);
}

fn a_limit_leaves_the_rest(s: &Server) {
    three(s);
    let reply = s.delete("configmaps?limit=2").expect(200);
    assert_eq!(reply.names(), ["a", "b"]);
    assert_eq!(left(s), ["c"]);
}

fn a_dry_run_deletes_nothing(s: &Server) {
    three(s);
    assert_eq!(s.delete("configmaps?dryRun=All").expect(200).names().len(), 3);
    assert_eq!(left(s).len(), 3);
}

fn a_finalizer_keeps_its_object(s: &Server) {
    three(s);
    s.merge("configmaps/b", json!({"metadata": {"finalizers": ["a.b/c"]}})).expect(200);
    s.delete("configmaps").expect(200);
    assert_eq!(left(s), ["b"]);
    s.get("configmaps/b").expect(200).present("/metadata/deletionTimestamp");
}

fn other_namespaces_are_left_alone(s: &Server) {
    let other = s.unique("other");
    let path = format!("/api/v1/namespaces/{other}");
    s.clean_up(&path);
    s.post("/api/v1/namespaces", json!({"metadata": {"name": other}})).expect(201);
    s.post(&format!("{path}/configmaps"), map("a")).expect(201);
    three(s);
    s.delete("configmaps").expect(200);
    s.get(&format!("{path}/configmaps/a")).expect(200);
}

fn a_collection_of_services_goes(s: &Server) {
    s.post("services", json!({"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}})).expect(201);
    let reply = s.delete("services").expect(200).at("/kind", json!("ServiceList"));
    assert_eq!(reply.names(), ["s"]);
    s.get("services/s").expect(404);
}

fn a_collection_of_custom_objects_goes(s: &Server) {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({}))).expect(201);
    let reply = s.delete(WIDGETS).expect(200).at("/kind", json!("WidgetList"));
    assert_eq!(reply.names(), ["w"]);
    s.get(&format!("{WIDGETS}/w")).expect(404);
}

fn a_bad_selector_is_refused(s: &Server) {
    three(s);
    s.delete("configmaps?labelSelector=a%20b%20c").expect(400).reason("BadRequest");
    s.delete("configmaps?fieldSelector=spec.x%3Dy").expect(400).reason("BadRequest");
    assert_eq!(left(s).len(), 3);
}
