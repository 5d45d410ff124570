//! Which resources there are, health, version, who may ask.

use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::suite::cases;
use crate::widgets;

cases!("2.10", Raw, [
    the_core_versions_are_listed,
    the_groups_are_listed,
    a_group_is_described,
    the_core_resources_are_listed,
    the_resources_of_a_group_are_listed,
    the_groups_resources_come_in_one_answer [76],
    the_core_resources_come_in_one_answer [76],
    one_answer_is_known_by_its_tag,
    a_custom_kind_is_in_the_one_answer,
    the_old_form_of_the_one_answer_is_gone,
    the_openapi_index_names_every_group,
    an_openapi_document_has_its_schemas,
    the_version_is_told,
    health_is_text,
    the_root_lists_paths,
    an_unknown_token_is_unauthorized,
    no_credential_is_anonymous,
    an_anonymous_may_see_health_and_version,
    a_user_without_rights_is_refused,
    a_refusal_names_the_subresource,
    a_refusal_at_cluster_scope_says_so,
    a_user_is_reviewed_as_itself,
]);

fn the_core_versions_are_listed(s: &Server) {
    let reply = s.get("/api").expect(200).at("/kind", json!("APIVersions")).at("/versions", json!(["v1"]));
    reply.without(&["/serverAddressByClientCIDRs"], "the address that the server found for itself").absent("/apiVersion");
}

fn the_groups_are_listed(s: &Server) {
    let reply = s.get("/apis").expect(200).at("/kind", json!("APIGroupList")).at("/apiVersion", json!("v1"));
    let reply = reply.uncompared("other cases' definitions are in it");
    let groups = reply.json()["groups"].as_array().cloned().unwrap_or_default();
    let names: Vec<_> = groups
        .iter()
        .map(|group| group["name"].as_str().unwrap_or_default().to_owned())
        .filter(|name| !name.ends_with(".example"))
        .collect();
    assert!(names.iter().any(|name| name == "apps") && names.iter().any(|name| name == "batch"));
    s.record("groups", names);
}

fn a_group_is_described(s: &Server) {
    let version = |name: &str| json!({"groupVersion": format!("autoscaling/{name}"), "version": name});
    let reply = s.get("/apis/autoscaling").expect(200).at("/kind", json!("APIGroup"));
    reply.at("/versions", json!([version("v2"), version("v1")])).at("/preferredVersion", version("v2"));
}

fn the_core_resources_are_listed(s: &Server) {
    let reply = s.get("/api/v1").expect(200).at("/groupVersion", json!("v1")).absent("/apiVersion");
    resources(reply);
}

fn the_resources_of_a_group_are_listed(s: &Server) {
    let reply = s.get("/apis/apps/v1").expect(200).at("/apiVersion", json!("v1"));
    resources(reply.at("/groupVersion", json!("apps/v1")));
}

fn resources(reply: Reply) {
    let reply = reply.at("/kind", json!("APIResourceList"));
    let resources = reply.json()["resources"].as_array().cloned().unwrap_or_default();
    assert!(resources.len() > 10);
    for resource in resources {
        for key in ["name", "singularName", "namespaced", "kind", "verbs"] {
            assert!(!resource[key].is_null(), "{resource}");
        }
    }
}

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

fn aggregated(s: &Server, path: &str) -> Reply {
    let reply = s.request("GET", path).accept(AGGREGATED).send().expect(200);
    let reply = reply.header("Content-Type", AGGREGATED).header("Vary", "Accept");
    reply.at("/kind", json!("APIGroupDiscoveryList")).at("/apiVersion", json!("apidiscovery.k8s.io/v2"))
}

/// The group's entry in the one answer.
fn group(reply: &Reply, name: &str) -> Value {
    let groups = reply.json()["items"].as_array().cloned().unwrap_or_default();
    let found = groups.into_iter().find(|group| group["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("no group {name}"))
}

fn the_groups_resources_come_in_one_answer(s: &Server) {
    let reply = aggregated(s, "/apis").uncompared("other cases' definitions are in it");
    for name in ["apps", "batch", "policy", "autoscaling", "rbac.authorization.k8s.io"] {
        s.record(name, group(&reply, name));
    }
    let apps = group(&reply, "apps");
    let found = &apps["versions"][0]["resources"];
    let deployments = found.as_array().into_iter().flatten().find(|one| one["resource"] == "deployments");
    let deployments = deployments.unwrap_or_else(|| panic!("no deployments"));
    assert_eq!(deployments["responseKind"], json!({"group": "", "version": "", "kind": "Deployment"}));
    assert_eq!(deployments["scope"], "Namespaced");
}

fn the_core_resources_come_in_one_answer(s: &Server) {
    let reply = aggregated(s, "/api");
    reply.at("/items/0/metadata", json!({})).at("/items/0/versions/0/version", json!("v1"));
}

fn one_answer_is_known_by_its_tag(s: &Server) {
    let tag = aggregated(s, "/api").first("ETag").unwrap_or_default().to_owned();
    assert!(tag.starts_with('"'), "{tag}");
    let draft = s.request("GET", "/api").accept(AGGREGATED).header("If-None-Match", &tag);
    draft.send().expect(304).text("");
}

fn a_custom_kind_is_in_the_one_answer(s: &Server) {
    widgets::install(s);
    s.eventually("discovery has widgets", || {
        let reply = aggregated(s, "/apis").json();
        let groups = reply["items"].as_array()?;
        groups.iter().any(|group| group["metadata"]["name"] == "conformance.example").then_some(())
    });
    let reply = aggregated(s, "/apis").uncompared("other cases' definitions are in it");
    let found = group(&reply, "conformance.example");
    let widgets = &found["versions"][0]["resources"][0];
    let kind = json!({"group": "conformance.example", "version": "v1", "kind": "Widget"});
    assert_eq!(widgets["responseKind"], kind);
    s.record("widgets", widgets.clone());
}

fn the_old_form_of_the_one_answer_is_gone(s: &Server) {
    let accept = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
    let reply = s.request("GET", "/apis").accept(accept).send().expect(406);
    reply.uncompared("the list of formats is long");
}

fn the_openapi_index_names_every_group(s: &Server) {
    let reply = s.get("/openapi/v3").expect(200).uncompared("hashes, and other cases' definitions");
    let paths = reply.json()["paths"].as_object().cloned().unwrap_or_default();
    for path in ["api/v1", "apis/apps/v1", "apis/batch/v1", "apis/policy/v1"] {
        let url = paths[path]["serverRelativeURL"].as_str().unwrap_or_default().to_owned();
        assert!(url.starts_with(&format!("/openapi/v3/{path}?hash=")), "{url}");
    }
}

fn an_openapi_document_has_its_schemas(s: &Server) {
    let reply = s.get("/openapi/v3/apis/apps/v1").expect(200).uncompared("the fake's schemas leave out descriptions");
    let json = reply.json();
    let schema = &json["components"]["schemas"]["io.k8s.api.apps.v1.Deployment"];
    let kind = json!([{"group": "apps", "version": "v1", "kind": "Deployment"}]);
    assert_eq!(schema["x-kubernetes-group-version-kind"], kind);
    let patch = &json["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"];
    assert_eq!(patch["x-kubernetes-group-version-kind"], kind[0]);
    let types = patch["requestBody"]["content"].as_object().cloned().unwrap_or_default();
    assert!(types.contains_key("application/strategic-merge-patch+json"));
    let parameters = patch["parameters"].as_array().cloned().unwrap_or_default();
    assert!(parameters.iter().any(|parameter| parameter["name"] == "fieldValidation"));
}

fn the_version_is_told(s: &Server) {
    let reply = s.get("/version").expect(200).at("/major", json!("1")).at("/minor", json!("36"));
    let reply = reply.uncompared("each is its own build");
    assert!(reply.str("/gitVersion").starts_with('v'));
}

fn health_is_text(s: &Server) {
    for path in ["/healthz", "/livez", "/readyz"] {
        let reply = s.get(path).expect(200).text("ok");
        reply.header("Content-Type", "text/plain; charset=utf-8");
    }
    let reply = s.get("/readyz?verbose").expect(200).uncompared("each has checks of its own");
    let text = String::from_utf8_lossy(reply.bytes()).into_owned();
    assert!(text.starts_with("[+]ping ok\n") && text.ends_with("readyz check passed\n"), "{text}");
}

fn the_root_lists_paths(s: &Server) {
    let reply = s.get("/").expect(200).uncompared("each has paths of its own");
    let paths = reply.json()["paths"].as_array().cloned().unwrap_or_default();
    for path in ["/api", "/api/v1", "/apis", "/apis/apps/v1", "/healthz", "/version"] {
        assert!(paths.contains(&json!(path)), "{path}");
    }
}

fn an_unknown_token_is_unauthorized(s: &Server) {
    let draft = s.request("GET", "configmaps").header("Authorization", "Bearer nonsense");
    draft.send().refused(401, "Unauthorized", "Unauthorized", Value::Null);
}

fn no_credential_is_anonymous(s: &Server) {
    let message = "configmaps is forbidden: User \"system:anonymous\" cannot list resource \"configmaps\" in API group \"\" in the namespace";
    let draft = s.request("GET", "configmaps").without_header("Authorization");
    let reply = draft.send().expect(403).reason("Forbidden").message_has(message);
    reply.details(json!({"kind": "configmaps"})).header("X-Content-Type-Options", "nosniff");
    let draft = s.request("GET", "/api").without_header("Authorization");
    let message = "forbidden: User \"system:anonymous\" cannot get path \"/api\"";
    draft.send().refused(403, "Forbidden", message, json!({}));
}

fn an_anonymous_may_see_health_and_version(s: &Server) {
    for path in ["/healthz", "/livez", "/readyz"] {
        s.request("GET", path).without_header("Authorization").send().expect(200).text("ok");
    }
    let reply = s.request("GET", "/version").without_header("Authorization").send().expect(200);
    reply.uncompared("each is its own build");
}

fn as_user(s: &Server, method: &str, path: &str) -> Reply {
    let token = s.target().user_token.as_deref().expect("a user without rights");
    s.request(method, path).header("Authorization", &format!("Bearer {token}")).send()
}

fn a_user_without_rights_is_refused(s: &Server) {
    let ns = s.namespace();
    as_user(s, "GET", "configmaps/a").refused(
        403,
        "Forbidden",
        &format!("configmaps \"a\" is forbidden: User \"plain-user\" cannot get resource \"configmaps\" in API group \"\" in the namespace \"{ns}\""),
        json!({"name": "a", "kind": "configmaps"}),
    );
    as_user(s, "DELETE", "apps/v1:deployments/d").refused(
        403,
        "Forbidden",
        &format!("deployments.apps \"d\" is forbidden: User \"plain-user\" cannot delete resource \"deployments\" in API group \"apps\" in the namespace \"{ns}\""),
        json!({"name": "d", "group": "apps", "kind": "deployments"}),
    );
}

fn a_refusal_names_the_subresource(s: &Server) {
    let reply = as_user(s, "GET", "pods/p/log").expect(403).reason("Forbidden");
    reply.message_has("cannot get resource \"pods/log\" in API group \"\" in the namespace");
}

fn a_refusal_at_cluster_scope_says_so(s: &Server) {
    let message = "configmaps is forbidden: User \"plain-user\" cannot list resource \"configmaps\" in API group \"\" at the cluster scope";
    as_user(s, "GET", "/api/v1/configmaps").refused(403, "Forbidden", message, json!({"kind": "configmaps"}));
}

fn a_user_is_reviewed_as_itself(s: &Server) {
    let token = s.target().user_token.as_deref().expect("a user without rights");
    let draft = s.request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews").json(&json!({}));
    let reply = draft.header("Authorization", &format!("Bearer {token}")).send().expect(201);
    let reply = reply.without(&["/status/userInfo/uid", "/status/userInfo/extra"], "each server's own");
    reply.at("/status/userInfo/username", json!("plain-user")).at("/status/userInfo/groups", json!(["testers", "system:authenticated"]));
}
