//! What moves `metadata.generation`, and which kinds have it.

use serde_json::{Value, json};

use crate::objects::{deployment, map, pod};
use crate::server::Server;
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!("2.3", Raw, [
    a_change_of_the_spec_moves_it,
    a_change_of_metadata_leaves_it,
    a_deployments_annotations_move_it,
    a_change_of_status_leaves_it,
    a_change_of_scale_moves_it,
    a_write_that_changes_nothing_leaves_it,
    a_custom_object_has_it_from_the_start,
    a_custom_objects_status_leaves_it,
    a_custom_objects_metadata_leaves_it,
    a_configmap_has_none,
    a_service_and_a_secret_have_none,
    many_kinds_begin_with_one,
    a_deletion_moves_it_where_a_finalizer_waits,
]);

const D: &str = "apps/v1:deployments/d";

fn created(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201).at("/metadata/generation", json!(1));
}

fn a_change_of_the_spec_moves_it(s: &Server) {
    created(s);
    s.merge(D, json!({"spec": {"replicas": 3}})).expect(200).at("/metadata/generation", json!(2));
    s.merge(D, json!({"spec": {"paused": true}})).expect(200).at("/metadata/generation", json!(3));
}

fn a_change_of_metadata_leaves_it(s: &Server) {
    created(s);
    let patch = json!({"metadata": {"labels": {"x": "y"}, "finalizers": ["a.b/c"]}});
    s.merge(D, patch).expect(200).at("/metadata/generation", json!(1));
}

fn a_deployments_annotations_move_it(s: &Server) {
    created(s);
    let patch = json!({"metadata": {"annotations": {"x": "y"}}});
    s.merge(D, patch.clone()).expect(200).at("/metadata/generation", json!(2));
    s.post("pods", pod("p")).expect(201);
    s.merge("pods/p", patch).expect(200).at("/metadata/generation", json!(1));
}

fn a_change_of_status_leaves_it(s: &Server) {
    created(s);
    let path = format!("{D}/status");
    s.merge(&path, json!({"status": {"replicas": 3}})).expect(200).at("/metadata/generation", json!(1));
}

fn a_change_of_scale_moves_it(s: &Server) {
    created(s);
    s.merge(&format!("{D}/scale"), json!({"spec": {"replicas": 3}})).expect(200);
    s.get(D).expect(200).at("/metadata/generation", json!(2));
}

fn a_write_that_changes_nothing_leaves_it(s: &Server) {
    created(s);
    let version = s.get(D).expect(200).rv();
    for patch in [json!({"spec": {"replicas": 1}}), json!({"status": {"replicas": 7}}), json!({})] {
        let reply = s.merge(D, patch).expect(200).at("/metadata/generation", json!(1));
        assert_eq!(reply.rv(), version);
    }
}

const W: &str = "conformance.example/v1:widgets/w";

fn a_custom_object_has_it_from_the_start(s: &Server) {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({"size": 1}))).expect(201).at("/metadata/generation", json!(1));
    s.merge(W, json!({"spec": {"size": 2}})).expect(200).at("/metadata/generation", json!(2));
}

fn a_custom_objects_status_leaves_it(s: &Server) {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({"size": 1}))).expect(201);
    let reply = s.merge(&format!("{W}/status"), json!({"status": {"phase": "x"}, "spec": {"size": 2}})).expect(200);
    reply.at("/metadata/generation", json!(1)).at("/spec/size", json!(1));
}

fn a_custom_objects_metadata_leaves_it(s: &Server) {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({"size": 1}))).expect(201);
    let patch = json!({"metadata": {"labels": {"x": "y"}}});
    s.merge(W, patch).expect(200).at("/metadata/generation", json!(1));
}

fn a_configmap_has_none(s: &Server) {
    s.post("configmaps", map("a")).expect(201).absent("/metadata/generation");
    s.merge("configmaps/a", json!({"data": {"k": "v"}})).expect(200).absent("/metadata/generation");
}

fn a_service_and_a_secret_have_none(s: &Server) {
    let service = json!({"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}});
    s.post("services", service).expect(201).absent("/metadata/generation");
    s.post("secrets", json!({"metadata": {"name": "s"}})).expect(201).absent("/metadata/generation");
    s.post("serviceaccounts", json!({"metadata": {"name": "s"}})).expect(201).absent("/metadata/generation");
}

fn many_kinds_begin_with_one(s: &Server) {
    let one = |path: &str, object: Value| {
        s.post(path, object).expect(201).at("/metadata/generation", json!(1));
    };
    one("pods", pod("p"));
    let workload = |selector: bool| {
        let mut spec = deployment("x")["spec"].clone();
        if !selector {
            spec["selector"] = json!({"a": "b"});
        }
        json!({"metadata": {"name": "x"}, "spec": spec})
    };
    one("replicationcontrollers", workload(false));
    one("apps/v1:replicasets", workload(true));
    let mut set = workload(true);
    set["spec"].as_object_mut().unwrap().remove("replicas");
    one("apps/v1:daemonsets", set);
    one("apps/v1:statefulsets", workload(true));
    let template = json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}});
    one("batch/v1:jobs", json!({"metadata": {"name": "x"}, "spec": {"template": template}}));
    one("policy/v1:poddisruptionbudgets", json!({"metadata": {"name": "x"}, "spec": {"minAvailable": 1}}));
    one("networking.k8s.io/v1:networkpolicies", json!({"metadata": {"name": "x"}, "spec": {"podSelector": {}}}));
}

fn a_deletion_moves_it_where_a_finalizer_waits(s: &Server) {
    created(s);
    s.merge(D, json!({"metadata": {"finalizers": ["a.b/c"]}})).expect(200);
    s.delete(D).expect(200).at("/metadata/generation", json!(2));
}
