//! Reviews and tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{named, pod};
use crate::api::testing::{Answer, World, world};

const AUTHORIZATION: &str = "/apis/authorization.k8s.io/v1";
const AUTHENTICATION: &str = "/apis/authentication.k8s.io/v1";
const ACCOUNTS: &str = "/api/v1/namespaces/default/serviceaccounts";

#[test]
fn who_asks_is_told_who_they_are() {
    let world = world();
    let review = world.create(&format!("{AUTHENTICATION}/selfsubjectreviews"), &named("zz"));
    assert!(review["metadata"]["creationTimestamp"].is_string());
    assert_eq!(review["metadata"].get("name"), None);
    let user =
        json!({"username": "system:admin", "groups": ["system:masters", "system:authenticated"]});
    assert_eq!(review["status"], json!({"userInfo": user}));
}

#[test]
fn who_asks_is_told_what_they_may() {
    let world = world();
    let spec = json!({"resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "s"}});
    let path = format!("{AUTHORIZATION}/selfsubjectaccessreviews");
    let review = world.create(&path, &json!({"spec": spec}));
    assert_eq!((&review["spec"], &review["status"]), (&spec, &json!({"allowed": true})));
    let entry = &review["metadata"]["managedFields"][0];
    let fields = json!({".": {}, "f:namespace": {}, "f:resource": {}, "f:verb": {}});
    assert_eq!(entry["fieldsV1"], json!({"f:spec": {"f:resourceAttributes": fields}}));
    let spec = json!({"nonResourceAttributes": {"verb": "get", "path": "/healthz"}});
    let review = world.create(&path, &json!({"spec": spec}));
    assert_eq!(review["status"]["allowed"], true);
}

#[test]
fn somebody_else_is_asked_about() {
    let world = world();
    let path = format!("{AUTHORIZATION}/subjectaccessreviews");
    let spec = json!({"user": "bob", "resourceAttributes": {"verb": "get", "resource": "pods"}});
    let review = world.create(&path, &json!({"spec": spec}));
    assert_eq!(review["status"], json!({"allowed": false}));
    let spec = json!({
        "user": "bob", "groups": ["system:authenticated"],
        "nonResourceAttributes": {"verb": "get", "path": "/version"},
    });
    let review = world.create(&path, &json!({"spec": spec}));
    assert_eq!(
        review["status"]["reason"],
        "RBAC: allowed by ClusterRoleBinding \"system:discovery\" of ClusterRole \"system:discovery\" to Group \
         \"system:authenticated\""
    );
}

#[test]
fn a_question_that_is_none_is_refused() {
    let world = world();
    let ask =
        |plural: &str, body: Value| world.ask("POST", &format!("{AUTHORIZATION}/{plural}"), &body);
    let one = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    let one = format!("spec.resourceAttributes: Invalid value: null: {one}");
    let all = |what: &str| format!(".authorization.k8s.io \"\" is invalid: {what}");
    ask("selfsubjectaccessreviews", json!({})).refuses(422, &all(&one));
    let nobody = "spec.user: Invalid value: \"\": at least one of user or group must be specified";
    ask("subjectaccessreviews", json!({})).refuses(422, &all(&format!("[{one}, {nobody}]")));
    let both = json!({"spec": {
        "nonResourceAttributes": {"verb": "get", "path": "/x"}, "resourceAttributes": {"verb": "get"},
    }});
    ask("selfsubjectaccessreviews", both).refuses(
        422,
        &all(
            "spec.nonResourceAttributes: Invalid value: {\"Path\":\"/x\",\"Verb\":\"get\"}: cannot be specified \
             in combination with resourceAttributes",
        ),
    );
    let named = json!({"metadata": {"name": "x"}, "spec": {"resourceAttributes": {"verb": "get"}}});
    let answer = ask("selfsubjectaccessreviews", named);
    assert_eq!(answer.body["details"]["causes"][0]["field"], "metadata");
    let other = json!({"spec": {"user": "bob", "resourceAttributes": {"namespace": "t"}}});
    ask("namespaces/default/localsubjectaccessreviews", other).refuses(
        422,
        &all("spec.resourceAttributes.namespace: Invalid value: \"t\": must match metadata.namespace"),
    );
    ask("selfsubjectrulesreviews", json!({})).refuses(400, "no namespace on request");
}

#[test]
fn an_administrator_has_the_rules_of_one() {
    let world = world();
    let path = format!("{AUTHORIZATION}/selfsubjectrulesreviews");
    let review = world.create(&path, &json!({"spec": {"namespace": "default"}}));
    assert_eq!((&review["metadata"], &review["spec"]), (&json!({}), &json!({})));
    let status = &review["status"];
    assert_eq!(status["incomplete"], false);
    let has = |list: &str, rule: Value| status[list].as_array().unwrap().contains(&rule);
    assert!(has("resourceRules", json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]})));
    let own = json!({
        "verbs": ["create"], "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    });
    assert!(has("resourceRules", own));
    assert_eq!(status["resourceRules"].as_array().unwrap().len(), 3);
    assert!(has("nonResourceRules", json!({"verbs": ["*"], "nonResourceURLs": ["*"]})));
    assert_eq!(status["nonResourceRules"].as_array().unwrap().len(), 3);
}

fn token(world: &World, body: &Value) -> Answer {
    world.ask("POST", &format!("{ACCOUNTS}/sa/token"), body)
}

fn account() -> World {
    let world = world();
    world.create(ACCOUNTS, &named("sa"));
    world
}

#[test]
fn a_service_accounts_token_says_whose_it_is() {
    let world = account();
    let account = world.get(&format!("{ACCOUNTS}/sa")).body;
    let answer = token(&world, &json!({}));
    assert_eq!(answer.status, 201, "{}", answer.body);
    let request = answer.body;
    assert_eq!(request["metadata"]["uid"], account["metadata"]["uid"]);
    assert_eq!(
        (&request["spec"]["expirationSeconds"], &request["spec"]["boundObjectRef"]),
        (&json!(3600), &Value::Null)
    );
    let entry = &request["metadata"]["managedFields"][0];
    assert_eq!(entry["fieldsV1"], json!({"f:spec": {"f:expirationSeconds": {}}}));
    assert_eq!(entry["subresource"], "token");
    let text = request["status"]["token"].as_str().unwrap();
    let parts: Vec<Vec<u8>> =
        text.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
    let claims: Value = serde_json::from_slice(&parts[1]).unwrap();
    assert_eq!(claims["sub"], "system:serviceaccount:default:sa");
    assert_eq!(claims["kubernetes.io"]["serviceaccount"]["uid"], account["metadata"]["uid"]);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    assert_eq!(parts[2].len(), 64);
    let user = world.cluster.tokens.user(text).unwrap();
    assert_eq!(user.name, "system:serviceaccount:default:sa");
    assert_eq!(user.groups[1], "system:serviceaccounts:default");
}

#[test]
fn a_token_for_somebody_else_is_none_for_the_server() {
    let world = account();
    let request = token(&world, &json!({"spec": {"audiences": ["a", "b"]}})).body;
    let text = request["status"]["token"].as_str().unwrap();
    assert_eq!(world.cluster.tokens.user(text), None);
    let review = |spec: Value| {
        world.create(&format!("{AUTHENTICATION}/tokenreviews"), &json!({"spec": spec}))["status"]
            .clone()
    };
    let status = review(json!({"token": text, "audiences": ["b", "c"]}));
    assert_eq!((&status["authenticated"], &status["audiences"]), (&json!(true), &json!(["b"])));
    let invalid = json!({"user": {}, "error": "invalid bearer token"});
    assert_eq!(review(json!({"token": text})), invalid);
    assert_eq!(review(json!({"token": "bad"})), invalid);
    world
        .ask("POST", &format!("{AUTHENTICATION}/tokenreviews"), &json!({"spec": {}}))
        .refuses(400, "token is required for TokenReview in authentication");
}

#[test]
fn a_token_ends_with_its_time() {
    let world = account();
    let text = token(&world, &json!({})).body["status"]["token"].as_str().unwrap().to_owned();
    world.cluster.clock.advance(std::time::Duration::from_secs(3601));
    assert_eq!(world.cluster.tokens.user(&text), None);
}

#[test]
fn a_request_for_a_token_that_does_not_fit_is_refused() {
    let world = account();
    token(&world, &json!({"spec": {"expirationSeconds": 599}})).refuses(
        422,
        "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: 599: may not \
         specify a duration less than 10 minutes",
    );
    token(&world, &named("zz")).refuses(
        422,
        "TokenRequest.authentication.k8s.io \"sa\" is invalid: metadata.name: Invalid value: \"zz\": must match \
         the service account name if specified",
    );
    world
        .ask("POST", &format!("{ACCOUNTS}/nope/token"), &json!({}))
        .refuses(404, "serviceaccounts \"nope\" not found");
    pod(&world, "p", &["c"]);
    let bound = |kind: &str, name: &str| {
        let reference = json!({"kind": kind, "apiVersion": "v1", "name": name});
        token(&world, &json!({"spec": {"boundObjectRef": reference}}))
    };
    bound("Pod", "nope").refuses(404, "pods \"nope\" not found");
    bound("Foo", "x").refuses(400, "cannot bind token to object of type /v1, Kind=Foo");
    bound("Pod", "p").refuses(
        400,
        "cannot bind token for serviceaccount \"sa\" to pod running with different serviceaccount name.",
    );
}
