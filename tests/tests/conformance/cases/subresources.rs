//! scale, eviction, binding, token, log and the rest.

use serde_json::{Value, json};

use crate::objects::{deployment, map, pod};
use crate::server::Server;
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!("2.5", Raw, [
    scale_is_read [51],
    scale_is_patched [51],
    scale_is_replaced [51],
    a_negative_scale_is_invalid,
    a_stale_scale_is_a_conflict_of_the_parent,
    scale_of_a_missing_object_is_not_found,
    scale_of_a_custom_object_follows_its_paths,
    scale_of_a_custom_object_is_validated,
    an_evicted_pod_is_gone,
    an_eviction_may_leave_out_its_kind,
    an_eviction_of_a_missing_pod_is_not_found,
    an_unobserved_budget_refuses_an_eviction,
    an_exhausted_budget_refuses_an_eviction [52],
    a_pod_is_bound_once,
    a_token_is_made_for_an_account,
    a_short_token_is_invalid,
    a_log_of_an_unscheduled_pod_is_empty,
    a_log_of_an_unknown_container_is_refused,
    a_bad_log_option_is_invalid,
    exec_of_an_unscheduled_pod_is_refused,
    a_log_of_a_missing_pod_is_not_found [90],
    an_access_review_allows_the_administrator,
    a_self_review_names_the_user,
    reviews_cannot_be_listed,
]);

const D: &str = "apps/v1:deployments/d";
const SCALE: &str = "apps/v1:deployments/d/scale";

fn scale_is_read(s: &Server) {
    let created = s.post("apps/v1:deployments", deployment("d")).expect(201);
    let reply = s.get(SCALE).expect(200);
    let meta = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"];
    let meta: serde_json::Map<_, _> =
        meta.iter().map(|key| ((*key).to_owned(), created.json()["metadata"][*key].clone())).collect();
    reply.at("", json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": meta,
        "spec": {"replicas": 1}, "status": {"replicas": 0, "selector": "a=b"},
    }));
}

fn scale_is_patched(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    let reply = s.merge(SCALE, json!({"spec": {"replicas": 5}})).expect(200);
    reply.at("/kind", json!("Scale")).at("/spec/replicas", json!(5));
    s.get(D).expect(200).at("/spec/replicas", json!(5));
}

fn scale(replicas: i32) -> Value {
    json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "d"}, "spec": {"replicas": replicas}})
}

fn scale_is_replaced(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    let mut object = scale(0);
    object["metadata"]["namespace"] = json!(s.namespace());
    s.put(SCALE, object).expect(200).at("/spec", json!({}));
    s.get(D).expect(200).at("/spec/replicas", json!(0));
}

fn a_negative_scale_is_invalid(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    let mut object = scale(-5);
    object["metadata"]["namespace"] = json!(s.namespace());
    let why = "Invalid value: -5: must be greater than or equal to 0";
    s.put(SCALE, object).invalid("Scale.autoscaling", "d", "spec.replicas", "FieldValueInvalid", why);
}

fn a_stale_scale_is_a_conflict_of_the_parent(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    let mut object = scale(5);
    object["metadata"]["namespace"] = json!(s.namespace());
    object["metadata"]["resourceVersion"] = json!("1");
    s.put(SCALE, object).modified("deployments.apps", "d");
}

fn scale_of_a_missing_object_is_not_found(s: &Server) {
    s.get(SCALE).not_found("deployments.apps", "d");
    s.merge(SCALE, json!({"spec": {"replicas": 1}})).not_found("deployments.apps", "d");
}

const W: &str = "conformance.example/v1:widgets/w";

fn scale_of_a_custom_object_follows_its_paths(s: &Server) {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({"replicas": 2}))).expect(201);
    s.merge(&format!("{W}/status"), json!({"status": {"replicas": 1, "selector": "x=y"}})).expect(200);
    let reply = s.get(&format!("{W}/scale")).expect(200);
    reply.at("/spec/replicas", json!(2)).at("/status", json!({"replicas": 1, "selector": "x=y"}));
    s.merge(&format!("{W}/scale"), json!({"spec": {"replicas": 7}})).expect(200);
    s.get(W).expect(200).at("/spec/replicas", json!(7)).at("/metadata/generation", json!(2));
}

fn scale_of_a_custom_object_is_validated(s: &Server) {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({"replicas": 2}))).expect(201);
    s.merge(&format!("{W}/scale"), json!({"spec": {"replicas": -1}})).expect(422).reason("Invalid");
}

fn eviction(name: &str) -> Value {
    json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}})
}

fn an_evicted_pod_is_gone(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    let reply = s.post("pods/p/eviction", eviction("p")).expect(201);
    reply.at("/status", json!("Success")).at("/code", json!(201));
    s.get("pods/p").not_found("pods", "p");
}

fn an_eviction_may_leave_out_its_kind(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    s.post("pods/p/eviction", json!({"metadata": {"name": "p"}})).expect(201);
    s.get("pods/p").expect(404);
}

fn an_eviction_of_a_missing_pod_is_not_found(s: &Server) {
    s.post("pods/p/eviction", eviction("p")).not_found("pods", "p");
}

/// A budget that keeps its one pod, and the pod, which runs.
fn guarded(s: &Server) {
    let mut object = pod("p");
    object["metadata"]["labels"] = json!({"guarded": "yes"});
    object["spec"]["nodeName"] = json!("n");
    s.post("pods", object).expect(201);
    let running = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]});
    s.merge("pods/p/status", json!({"status": running})).expect(200);
}

fn budget() -> Value {
    json!({
        "metadata": {"name": "b"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"guarded": "yes"}}},
    })
}

const TOO_MANY: &str = "Cannot evict pod as it would violate the pod's disruption budget.";

fn an_unobserved_budget_refuses_an_eviction(s: &Server) {
    guarded(s);
    // A generation that the controller never reaches.
    s.post("policy/v1:poddisruptionbudgets", budget()).expect(201).uncompared("the controller may be first");
    let status = json!({"status": {"observedGeneration": 0, "currentHealthy": 1, "desiredHealthy": 1}});
    s.quietly(|| s.merge("policy/v1:poddisruptionbudgets/b/status", status).any_code());
    let reply = s.post("pods/p/eviction", eviction("p")).expect(429).reason("TooManyRequests");
    reply.message(TOO_MANY).uncompared("the controller may be first");
}

/// A budget that is used up: its one pod runs, and the controller knows.
pub(super) fn exhausted(s: &Server) {
    guarded(s);
    s.quietly(|| s.post("policy/v1:poddisruptionbudgets", budget()).expect(201));
    s.eventually("the budget is observed", || {
        let found = s.get("policy/v1:poddisruptionbudgets/b").expect(200).json();
        (found["status"]["currentHealthy"] == 1 && found["status"]["observedGeneration"] == 1).then_some(())
    });
}

fn an_exhausted_budget_refuses_an_eviction(s: &Server) {
    exhausted(s);
    let message = "The disruption budget b needs 1 healthy pods and has 1 currently";
    let causes = json!([{"reason": "DisruptionBudget", "message": message}]);
    let reply = s.post("pods/p/eviction", eviction("p"));
    reply.refused(429, "TooManyRequests", TOO_MANY, json!({"causes": causes}));
    s.get("pods/p").expect(200).absent("/metadata/deletionTimestamp");
}

fn a_pod_is_bound_once(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    let binding = json!({"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n"}});
    let reply = s.post("pods/p/binding", binding.clone()).expect(201);
    reply.at("/status", json!("Success")).at("/code", json!(201));
    let reply = s.get("pods/p").expect(200).at("/spec/nodeName", json!("n"));
    reply.has(json!({"status": {"conditions": [{"type": "PodScheduled", "status": "True"}]}}));
    let reply = s.post("pods/p/binding", binding).expect(409).reason("Conflict");
    reply.message_has("Operation cannot be fulfilled on pods/binding \"p\": ");
}

fn token(seconds: i64) -> Value {
    json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": seconds}})
}

fn a_token_is_made_for_an_account(s: &Server) {
    s.post("serviceaccounts", json!({"metadata": {"name": "sa"}})).expect(201);
    let reply = s.post("serviceaccounts/sa/token", token(3600)).expect(201);
    let reply = reply.without(&["/status/token"], "each is new").at("/kind", json!("TokenRequest"));
    let parts = reply.str("/status/token").matches('.').count();
    assert_eq!(parts, 2, "a JWT has three parts");
    assert!(reply.str("/status/expirationTimestamp").ends_with('Z'));
}

fn a_short_token_is_invalid(s: &Server) {
    s.post("serviceaccounts", json!({"metadata": {"name": "sa"}})).expect(201);
    let reply = s.post("serviceaccounts/sa/token", token(5)).expect(422).reason("Invalid");
    reply.message_has("may not specify a duration less than 10 minutes");
}

fn a_log_of_an_unscheduled_pod_is_empty(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    s.get("pods/p/log").expect(204).text("");
}

fn a_log_of_an_unknown_container_is_refused(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    s.get("pods/p/log?container=zz").bad_request("container zz is not valid for pod p");
}

fn a_bad_log_option_is_invalid(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    let reply = s.get("pods/p/log?tailLines=-1").expect(422).reason("Invalid");
    reply.message_has("PodLogOptions \"p\" is invalid: ").cause_fields(&["tailLines"]);
}

fn exec_of_an_unscheduled_pod_is_refused(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    for part in ["exec?command=true&stdout=true", "attach?stdout=true", "portforward?ports=80"] {
        let draft = s.request("GET", &format!("pods/p/{part}"));
        let draft = draft.header("Connection", "Upgrade").header("Upgrade", "websocket");
        let draft = draft.header("Sec-WebSocket-Version", "13").header("Sec-WebSocket-Key", "MDEyMzQ1Njc4OWFiY2RlZg==");
        let reply = draft.header("Sec-WebSocket-Protocol", "v4.channel.k8s.io").send();
        reply.bad_request("pod p does not have a host assigned");
    }
}

fn a_log_of_a_missing_pod_is_not_found(s: &Server) {
    s.get("pods/p/log").not_found("pods", "p");
    s.get("pods/p/exec?command=true&stdout=true").not_found("pods", "p");
}

fn an_access_review_allows_the_administrator(s: &Server) {
    let attributes = json!({"verb": "create", "resource": "pods", "namespace": s.namespace()});
    let review = json!({"spec": {"resourceAttributes": attributes}});
    let reply = s.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review).expect(201);
    reply.at("/status/allowed", json!(true)).at("/kind", json!("SelfSubjectAccessReview"));
}

fn a_self_review_names_the_user(s: &Server) {
    let reply = s.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", json!({})).expect(201);
    let reply = reply.without(&["/status/userInfo"], "each server has its own administrator");
    assert!(!reply.str("/status/userInfo/username").is_empty());
}

fn reviews_cannot_be_listed(s: &Server) {
    s.get("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews").wrong_method();
    s.post("configmaps", map("a")).expect(201);
}
