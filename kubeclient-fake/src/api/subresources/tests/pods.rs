//! Evictions, bindings, parts of pods, namespaces and certificate requests.

use serde_json::{Value, json};

use super::{PODS, named, path, pod, run};
use crate::api::testing::{World, world};

const BUDGETS: &str = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
const REFUSED: &str = "Cannot evict pod as it would violate the pod's disruption budget.";

fn success() -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201})
}

#[track_caller]
fn evict(world: &World, name: &str) -> (u16, Value) {
    let answer = world.ask("POST", &path(name, "eviction"), &named(name));
    (answer.status, answer.body)
}

/// A budget over all pods, with this status and no controller that would count it.
fn budget(status: &Value) -> World {
    let world = World::new(false);
    let spec = json!({"minAvailable": 1, "selector": {"matchLabels": {"app": "x"}}});
    world.create(BUDGETS, &json!({"metadata": {"name": "pdb"}, "spec": spec}));
    let answer = world.ask("PATCH", &format!("{BUDGETS}/pdb/status"), &json!({"status": status}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    pod(&world, "p", &["c"]);
    run(&world, "p", "True");
    world
}

#[track_caller]
fn refused(world: &World, why: &str, retry: Option<u32>) {
    let (code, body) = evict(world, "p");
    assert_eq!((code, &body["message"]), (429, &json!(REFUSED)));
    assert_eq!(body["details"]["causes"], json!([{"reason": "DisruptionBudget", "message": why}]));
    assert_eq!(body["details"].get("retryAfterSeconds"), retry.map(Value::from).as_ref());
}

#[test]
fn an_evicted_pod_goes_as_a_deleted_one_does() {
    let world = world();
    pod(&world, "p", &["c"]);
    assert_eq!(evict(&world, "p"), (201, success()));
    assert_eq!(world.get(&format!("{PODS}/p")).status, 404);
    pod(&world, "p", &["c"]);
    world.ask(
        "POST",
        &path("p", "binding"),
        &json!({"metadata": {"name": "p"}, "target": {"name": "n"}}),
    );
    let beta =
        json!({"kind": "Eviction", "apiVersion": "policy/v1beta1", "metadata": {"name": "p"}});
    assert_eq!(world.ask("POST", &path("p", "eviction"), &beta).status, 201);
    let pod = world.get(&format!("{PODS}/p")).body;
    assert_eq!(pod["metadata"]["deletionGracePeriodSeconds"], 30);
    assert_eq!(pod["metadata"]["generation"], 2);
    let condition = &pod["status"]["conditions"][1];
    assert_eq!(condition["type"], "DisruptionTarget");
    assert_eq!(condition["reason"], "EvictionByEvictionAPI");
}

#[test]
fn an_eviction_in_a_dry_run_leaves_the_pod() {
    let world = world();
    pod(&world, "p", &["c"]);
    let version = world.get(&format!("{PODS}/p")).body["metadata"]["resourceVersion"].clone();
    let dry = world.ask("POST", &format!("{}?dryRun=All", path("p", "eviction")), &named("p"));
    assert_eq!(dry.status, 201);
    let body = json!({"metadata": {"name": "p"}, "deleteOptions": {"dryRun": ["All"]}});
    assert_eq!(world.ask("POST", &path("p", "eviction"), &body).status, 201);
    assert_eq!(world.get(&format!("{PODS}/p")).body["metadata"]["resourceVersion"], version);
}

#[test]
fn an_eviction_that_does_not_fit_is_refused() {
    let world = world();
    pod(&world, "p", &["c"]);
    let ask = |name: &str, body: Value| world.ask("POST", &path(name, "eviction"), &body);
    ask("nope", named("nope")).refuses(404, "pods \"nope\" not found");
    let why = "name in URL does not match name in Eviction object";
    ask("p", named("q")).refuses(400, why);
    ask("p", json!({})).refuses(400, why);
    ask("p", json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p"}})).refuses(
        400,
        "Pod in version \"v1\" cannot be handled as a Eviction: converting (v1.Pod) to (policy.Eviction): \
         unknown conversion",
    );
    let body =
        json!({"metadata": {"name": "p"}, "deleteOptions": {"preconditions": {"uid": "abc"}}});
    let answer = ask("p", body);
    assert_eq!((answer.status, &answer.body["details"]["kind"]), (409, &json!("Pod")));
    let body = json!({"metadata": {"name": "p"}, "deleteOptions": {"propagationPolicy": "Bogus"}});
    assert_eq!(ask("p", body).body["details"]["kind"], "DeleteOptions");
}

#[test]
fn a_budget_that_is_not_counted_yet_lets_nobody_go() {
    let why = "The disruption budget pdb is still being processed by the server.";
    refused(&budget(&json!({"disruptionsAllowed": 5})), why, Some(10));
}

#[test]
fn a_budget_says_why_it_lets_nobody_go() {
    let status = |current: i64, desired: i64| {
        json!({
            "observedGeneration": 1, "disruptionsAllowed": 0, "currentHealthy": current,
            "desiredHealthy": desired, "expectedPods": 2,
        })
    };
    let why = "The disruption budget pdb needs 1 healthy pods and has 1 currently";
    refused(&budget(&status(1, 1)), why, None);
    let why = "The disruption budget pdb does not allow evicting pods currently";
    refused(&budget(&status(2, 1)), why, None);
}

#[test]
fn an_eviction_takes_from_the_budget() {
    let world = budget(&json!({
        "observedGeneration": 1, "disruptionsAllowed": 1, "currentHealthy": 2, "desiredHealthy": 1,
        "expectedPods": 2,
    }));
    assert_eq!(evict(&world, "p").0, 201);
    let budget = world.get(&format!("{BUDGETS}/pdb")).body;
    let status = &budget["status"];
    assert_eq!(status["disruptionsAllowed"], 0);
    assert!(status["disruptedPods"]["p"].is_string());
    assert_eq!(status["conditions"][0]["reason"], "InsufficientPods");
    let managers = budget["metadata"]["managedFields"].as_array().unwrap();
    let own = managers.iter().find(|entry| entry["manager"] == "kube-apiserver").unwrap();
    assert_eq!((&own["subresource"], &own["operation"]), (&json!("status"), &json!("Update")));
    assert_eq!(own["fieldsV1"]["f:status"]["f:disruptedPods"], json!({".": {}, "f:p": {}}));
}

#[test]
fn two_budgets_over_one_pod_are_one_too_many() {
    let world = budget(&json!({"observedGeneration": 1, "disruptionsAllowed": 1}));
    let spec = json!({"minAvailable": 1, "selector": {}});
    world.create(BUDGETS, &json!({"metadata": {"name": "other"}, "spec": spec}));
    let (code, body) = evict(&world, "p");
    assert_eq!((code, body.get("reason")), (500, None));
    let why = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    assert_eq!(body["message"], why);
}

#[test]
fn a_pod_that_is_not_ready_may_go_while_enough_are() {
    let status = json!({
        "observedGeneration": 1, "disruptionsAllowed": 0, "currentHealthy": 2, "desiredHealthy": 1,
    });
    let world = budget(&status);
    run(&world, "p", "False");
    assert_eq!(evict(&world, "p").0, 201);
}

#[test]
fn a_binding_gives_a_pod_its_node() {
    let world = world();
    pod(&world, "p", &["c"]);
    let binding = json!({
        "metadata": {"name": "p", "annotations": {"a": "b"}, "labels": {"l": "m"}},
        "target": {"kind": "Node", "name": "n1"},
    });
    let answer = world.ask("POST", &path("p", "binding"), &binding);
    assert_eq!((answer.status, answer.body), (201, success()));
    let pod = world.get(&format!("{PODS}/p")).body;
    assert_eq!(pod["spec"]["nodeName"], "n1");
    assert_eq!(pod["metadata"]["labels"], json!({"app": "x", "l": "m"}));
    assert_eq!(pod["metadata"]["generation"], 1);
    let condition = &pod["status"]["conditions"][0];
    assert_eq!(
        (&condition["type"], &condition["status"]),
        (&json!("PodScheduled"), &json!("True"))
    );
    let again = world.ask("POST", &path("p", "binding"), &binding);
    assert_eq!(again.body["details"], json!({"name": "p", "kind": "pods/binding"}));
    again.refuses(
        409,
        "Operation cannot be fulfilled on pods/binding \"p\": pod p is already assigned to node \"n1\"",
    );
}

#[test]
fn a_binding_by_name_is_the_same() {
    let world = world();
    pod(&world, "p", &["c"]);
    let bindings = "/api/v1/namespaces/default/bindings";
    let binding = json!({"metadata": {"name": "p"}, "target": {"name": "n1"}});
    let dry = world.ask("POST", &format!("{bindings}?dryRun=All"), &binding);
    assert_eq!(dry.status, 201);
    assert_eq!(world.ask("POST", bindings, &binding).status, 201);
    let nameless = json!({"target": {"name": "n1"}});
    world.ask("POST", bindings, &nameless).refuses(400, "Name parameter required.");
}

#[test]
fn a_binding_that_does_not_fit_is_refused() {
    let world = world();
    pod(&world, "p", &["c"]);
    let ask = |body: Value| world.ask("POST", &path("p", "binding"), &body);
    ask(json!({"metadata": {"name": "p"}})).refuses(500, "target.name: Required value");
    ask(json!({"metadata": {"name": "p"}, "target": {"kind": "Foo"}})).refuses(
        500,
        "[target.kind: Unsupported value: \"Foo\": supported values: \"Node\", \"<empty>\", target.name: \
         Required value]",
    );
    let why = "name in URL does not match name in Binding object";
    ask(json!({"target": {"name": "n"}})).refuses(400, why);
    let uid = json!({"metadata": {"name": "p", "uid": "abc"}, "target": {"name": "n"}});
    let answer = ask(uid);
    let message = answer.body["message"].as_str().unwrap();
    assert_eq!(answer.status, 409);
    assert!(message.contains("Key: /registry/pods/default/p, ResourceVersion: 0"), "{message}");
}

#[test]
fn an_ephemeral_container_is_added_and_nothing_else() {
    let world = world();
    pod(&world, "p", &["c"]);
    let ask = |body: Value| {
        let kind = "application/strategic-merge-patch+json";
        world.ask_as("PATCH", &path("p", "ephemeralcontainers"), &body, kind)
    };
    let container = json!({"name": "dbg", "image": "b", "targetContainerName": "c"});
    let answer = ask(json!({
        "metadata": {"labels": {"a": "b"}}, "spec": {"ephemeralContainers": [container], "priority": 5},
    }));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let pod = answer.body;
    assert_eq!(pod["spec"]["ephemeralContainers"][0]["imagePullPolicy"], "Always");
    assert_eq!(pod["metadata"]["labels"], json!({"app": "x"}));
    assert_eq!(pod["metadata"]["generation"], 2);
    assert_eq!(pod["spec"]["priority"], 0);
    let managers = pod["metadata"]["managedFields"].as_array().unwrap();
    assert_eq!(managers.last().unwrap()["subresource"], "ephemeralcontainers");
    ask(json!({"spec": {"ephemeralContainers": [{"name": "c", "image": "b"}]}})).refuses(
        422,
        "Pod \"p\" is invalid: spec.ephemeralContainers[0].name: Duplicate value: \"c\"",
    );
    ask(json!({"spec": {"ephemeralContainers": [{"name": "d"}]}}))
        .refuses(422, "Pod \"p\" is invalid: spec.ephemeralContainers[0].image: Required value");
    let gone = json!({"spec": {"ephemeralContainers": []}});
    world.ask("PATCH", &path("p", "ephemeralcontainers"), &gone).refuses(
        422,
        "Pod \"p\" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers \"dbg\" may \
         not be removed\n",
    );
}

#[test]
fn a_resize_changes_resources_only() {
    let world = world();
    pod(&world, "p", &["c"]);
    let kind = "application/strategic-merge-patch+json";
    let body = json!({"spec": {"containers": [
        {"name": "c", "image": "other", "resources": {"requests": {"cpu": "1500m"}}},
    ]}});
    let answer = world.ask_as("PATCH", &path("p", "resize"), &body, kind);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let container = &answer.body["spec"]["containers"][0];
    assert_eq!(container["image"], "i");
    assert_eq!(container["resources"]["requests"]["cpu"], "1500m");
    assert_eq!(answer.body["metadata"]["generation"], 2);
    let body = json!({"spec": {"containers": [
        {"name": "c", "resources": {"requests": {"ephemeral-storage": "5"}}},
    ]}});
    world.ask_as("PATCH", &path("p", "resize"), &body, kind).refuses(
        422,
        "Pod \"p\" is invalid: spec: Forbidden: only cpu and memory resources are mutable",
    );
}

#[test]
fn a_namespace_goes_when_it_is_finalized() {
    let world = World::new(false);
    let namespaces = "/api/v1/namespaces";
    world.create(namespaces, &named("f"));
    let put = |finalizers: Value| {
        let body = json!({
            "metadata": {"name": "f", "labels": {"a": "b"}}, "spec": {"finalizers": finalizers},
        });
        world.ask("PUT", &format!("{namespaces}/f/finalize"), &body)
    };
    let answer = put(json!(["kubernetes", "x/y"]));
    assert_eq!(answer.body["spec"]["finalizers"], json!(["kubernetes", "x/y"]));
    let labels = json!({"a": "b", "kubernetes.io/metadata.name": "f"});
    assert_eq!(answer.body["metadata"]["labels"], labels);
    put(json!(["bad"])).refuses(
        422,
        "Namespace \"f\" is invalid: spec.finalizers[0]: Invalid value: \"bad\": name is neither a standard \
         finalizer name nor is it fully qualified",
    );
    world.delete(&format!("{namespaces}/f"));
    let answer = put(json!([]));
    assert_eq!((answer.status, &answer.body["spec"]), (200, &json!({})));
    assert_eq!(world.get(&format!("{namespaces}/f")).status, 404);
}

#[test]
fn an_approval_changes_the_conditions_of_a_request() {
    let world = world();
    let requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    let spec = json!({"request": "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==", "signerName": "ex.io/s", "usages": ["client auth"]});
    world.create(requests, &json!({"metadata": {"name": "r"}, "spec": spec}));
    let put = |conditions: Value| {
        let body = json!({
            "metadata": {"name": "r"}, "spec": {"signerName": "other/x"},
            "status": {"certificate": "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==", "conditions": conditions},
        });
        world.ask("PUT", &format!("{requests}/r/approval"), &body)
    };
    let answer = put(json!([{"type": "Approved", "status": "True", "reason": "R"}]));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["spec"]["signerName"], "ex.io/s");
    assert_eq!(answer.body["status"].get("certificate"), None);
    let condition = &answer.body["status"]["conditions"][0];
    assert!(condition["lastUpdateTime"].is_string() && condition["lastTransitionTime"].is_string());
    put(json!([])).refuses(
        422,
        "CertificateSigningRequest.certificates.k8s.io \"r\" is invalid: status.conditions: Forbidden: updates \
         may not remove a condition of type \"Approved\"",
    );
    let both =
        json!([{"type": "Approved", "status": "True"}, {"type": "Denied", "status": "True"}]);
    put(both).refuses(
        422,
        "CertificateSigningRequest.certificates.k8s.io \"r\" is invalid: status.conditions: Invalid value: \
         \"Denied\": Approved and Denied conditions are mutually exclusive",
    );
}

#[test]
fn what_connects_to_a_pod_wants_a_node_first_and_is_not_done_then() {
    let world = world();
    pod(&world, "p", &["c"]);
    pod(&world, "two", &["c", "d"]);
    for subresource in ["exec", "attach", "portforward"] {
        let answer = world.get(&path("p", subresource));
        answer.refuses(400, "pod p does not have a host assigned");
    }
    world.get(&path("nope", "exec")).refuses(404, "pods \"nope\" not found");
    world
        .get(&path("two", "exec"))
        .refuses(400, "a container name must be specified for pod two, choose one of: [c d]");
    let wrong = format!("{}?container=zz", path("p", "exec"));
    world.get(&wrong).refuses(400, "container zz is not valid for pod p");
    world.ask(
        "POST",
        &path("p", "binding"),
        &json!({"metadata": {"name": "p"}, "target": {"name": "n"}}),
    );
    assert_eq!(world.get(&path("p", "exec")).status, 501);
    assert_eq!(world.get(&path("p", "proxy")).status, 501);
}
