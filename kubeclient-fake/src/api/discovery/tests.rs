//! Discovery of a few resources, as the real server would tell of them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::answer;
use crate::api::Cluster;
use crate::clock::Clock;
use crate::http::{Reply, Request, Response};
use crate::kinds::Ways;
use crate::registry::Registry;
use crate::resource::{Custom, ResourceType, Subresource};

const AGGREGATED: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

fn resource(
    group: &str,
    version: &str,
    plural: &str,
    kind: &str,
    custom: bool,
) -> Arc<ResourceType> {
    let sub = |name: &str, group: &str, version: &str, kind: &str| Subresource {
        name: name.into(),
        kind: kind.into(),
        group: group.into(),
        version: version.into(),
        verbs: vec!["get".into()],
    };
    let sample = ResourceType::sample(group, kind);
    Arc::new(ResourceType {
        version: version.into(),
        plural: plural.into(),
        namespaced: kind != "Node",
        short_names: vec!["x".into()],
        verbs: vec!["get".into(), "list".into()],
        subresources: vec![sub("status", "", "", kind), sub("scale", "autoscaling", "v1", "Scale")],
        ways: Ways { has_status: true, ..sample.ways },
        custom: custom.then(|| Arc::new(Custom::default())),
        ..sample
    })
}

fn cluster() -> Cluster {
    let registry = Registry::new(
        [
            resource("", "v1", "nodes", "Node", false),
            resource("", "v1", "pods", "Pod", false),
            resource("batch", "v1", "jobs", "Job", false),
            resource("apps", "v1", "deployments", "Deployment", false),
        ],
        [
            resource("zz.io", "v1alpha1", "zings", "Zing", true),
            resource("ex.io", "v1beta1", "widgets", "Widget", true),
            resource("ex.io", "v1", "widgets", "Widget", true),
            resource("ex.io", "v1beta1", "gadgets", "Gadget", true),
        ],
    );
    Cluster::new(Clock::wall(), registry)
}

fn get(path: &str, headers: &[(&str, &str)]) -> Result<Response, (u16, String)> {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let request = Request { headers: headers.collect(), ..Request::default() };
    let segments: Vec<String> =
        path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
    match answer(&cluster(), &request, &segments) {
        Ok(Reply::Full(response)) => Ok(response),
        Ok(Reply::Stream(..)) => panic!("a stream"),
        Err(failure) => {
            Err((failure.code, failure.status()["message"].as_str().unwrap_or_default().to_owned()))
        }
    }
}

fn value(path: &str, accept: &str) -> Value {
    let response = get(path, &[("Accept", accept), ("Host", "127.0.0.1:1")]).expect("an answer");
    serde_json::from_slice(&response.body).expect("JSON")
}

#[test]
fn groups_come_in_their_order_with_the_preferred_version_first() {
    let groups = value("/apis", "application/json");
    assert_eq!(groups["kind"], "APIGroupList");
    let names: Vec<&str> = groups["groups"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|group| group["name"].as_str())
        .collect();
    assert_eq!(names, ["batch", "apps", "ex.io", "zz.io"]);
    assert_eq!(
        value("/apis/ex.io", "*/*"),
        json!({
            "kind": "APIGroup", "apiVersion": "v1", "name": "ex.io",
            "versions": [
                {"groupVersion": "ex.io/v1", "version": "v1"},
                {"groupVersion": "ex.io/v1beta1", "version": "v1beta1"},
            ],
            "preferredVersion": {"groupVersion": "ex.io/v1", "version": "v1"},
        })
    );
}

#[test]
fn the_core_group_has_its_own_shapes() {
    assert_eq!(
        value("/api", "application/json"),
        json!({
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1:1"}],
        })
    );
    let list = value("/api/v1", "application/json");
    assert_eq!(list.get("apiVersion"), None);
    assert_eq!(list["groupVersion"], "v1");
}

#[test]
fn resources_are_listed_with_their_subresources() {
    let list = value("/apis/apps/v1", "application/json");
    assert_eq!(list["apiVersion"], "v1");
    assert_eq!(
        list["resources"],
        json!([
            {"name": "deployments", "singularName": "deployment", "namespaced": true, "kind": "Deployment",
             "verbs": ["get", "list"], "shortNames": ["x"]},
            {"name": "deployments/scale", "singularName": "", "namespaced": true, "group": "autoscaling",
             "version": "v1", "kind": "Scale", "verbs": ["get"]},
            {"name": "deployments/status", "singularName": "", "namespaced": true, "kind": "Deployment",
             "verbs": ["get"]},
        ])
    );
}

#[test]
fn one_answer_has_all_groups_when_asked_for() {
    let core = value("/api", AGGREGATED);
    assert_eq!(core["items"][0]["metadata"], json!({}));
    let all = value("/apis", AGGREGATED);
    assert_eq!(all["apiVersion"], "apidiscovery.k8s.io/v2");
    let apps = &all["items"][1];
    assert_eq!(apps["metadata"], json!({"name": "apps"}));
    assert_eq!(
        apps["versions"],
        json!([{"version": "v1", "freshness": "Current", "resources": [{
            "resource": "deployments", "scope": "Namespaced", "singularResource": "deployment",
            "responseKind": {"group": "", "version": "", "kind": "Deployment"},
            "verbs": ["get", "list"], "shortNames": ["x"],
            "subresources": [
                {"subresource": "status", "verbs": ["get"],
                 "responseKind": {"group": "", "version": "", "kind": "Deployment"}},
                {"subresource": "scale", "verbs": ["get"],
                 "responseKind": {"group": "autoscaling", "version": "v1", "kind": "Scale"}},
            ],
        }]}])
    );
    let custom = &all["items"][2]["versions"];
    assert_eq!(custom[0]["version"], "v1");
    assert_eq!(custom[1]["resources"][0]["resource"], "gadgets");
    let kind = json!({"group": "ex.io", "version": "v1beta1", "kind": "Gadget"});
    assert_eq!(custom[1]["resources"][0]["responseKind"], kind);
    assert_eq!(custom[1]["resources"][0]["subresources"][0]["responseKind"], kind);
}

#[test]
fn who_has_the_answer_gets_304() {
    let first = get("/apis", &[("Accept", AGGREGATED)]).expect("an answer");
    let header = |response: &Response, name: &str| {
        let mut headers = response.headers.iter();
        headers.find(|(key, _)| key == name).map(|(_, value)| value.clone())
    };
    let tag = header(&first, "Etag").expect("a tag");
    assert_eq!(header(&first, "Vary").as_deref(), Some("Accept"));
    assert_eq!(
        header(&first, "Content-Type").as_deref(),
        Some("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
    );
    let again =
        get("/apis", &[("Accept", AGGREGATED), ("If-None-Match", &tag)]).expect("an answer");
    assert_eq!((again.status, again.body.len()), (304, 0));
    let other = get("/api", &[("Accept", AGGREGATED), ("If-None-Match", &tag)]).expect("an answer");
    assert_eq!(other.status, 200);
}

#[test]
fn what_is_accepted_decides_the_form() {
    let v2beta1 = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
    assert_eq!(get("/api", &[("Accept", v2beta1)]).expect_err("is refused").0, 406);
    let fallback = format!("{v2beta1},application/json");
    assert_eq!(value("/api", &fallback)["kind"], "APIVersions");
    let plain_first =
        "application/json,application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    assert_eq!(value("/api", plain_first)["kind"], "APIVersions");
    let table = "application/json;as=Table;g=meta.k8s.io;v=v1";
    let (code, message) = get("/api", &[("Accept", table)]).expect_err("is refused");
    assert_eq!(code, 406);
    assert!(message.starts_with("only the following media types are accepted: application/json, "));
    let alone = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    assert_eq!(get("/apis/apps", &[("Accept", alone)]).expect_err("is refused").0, 406);
    let yaml = get("/api", &[("Accept", "application/yaml")]).expect("an answer");
    assert!(yaml.body.starts_with(b"kind: APIVersions"));
}

#[test]
fn the_root_lists_the_paths() {
    let paths = value("/", "*/*");
    let has = |path: &str| paths["paths"].as_array().unwrap().iter().any(|known| known == path);
    for path in ["/api/v1", "/apis/ex.io/v1beta1", "/healthz/ping", "/openapi/v3", "/version"] {
        assert!(has(path), "{path}");
    }
}
