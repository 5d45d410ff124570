//! The two forms of discovery, and answers that are partly missing or wrong.

use kubeclient::discovery::{CachedDiscovery, DiscoveryClient, DiskCache};
use kubeclient::meta::gvk::GroupVersion;
use kubeclient::{Config, ErrorKind, RestClient};
use kubeclient_tests::stub::{RecordedRequest, Reply, Stub};

const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// A server that has the core group's pods and the group `a` with `bees`, in both forms.
fn stub(form: fn(&RecordedRequest) -> Form) -> (Stub, DiscoveryClient) {
    let stub = Stub::start(move |request, _| answer(request, form(request))).unwrap();
    let client = RestClient::new(Config::new(stub.url())).unwrap();
    (stub, DiscoveryClient::new(&client))
}

/// How a request is answered.
enum Form {
    /// With this media type.
    Aggregated(&'static str),
    Legacy,
    /// With this body.
    Other(u16, &'static str),
}

fn answer(request: &RecordedRequest, form: Form) -> Reply {
    let (media_type, is_aggregated) = match form {
        Form::Aggregated(media_type) => (media_type, true),
        Form::Legacy => ("application/json", false),
        Form::Other(code, body) => return Reply::json(code, body),
    };
    let body = match (request.path.as_str(), is_aggregated) {
        ("/api", true) => {
            r#"{"items":[{"metadata":{},"versions":[{"version":"v1","resources":[
                {"resource":"pods","responseKind":{"group":"","version":"","kind":"Pod"},"scope":"Namespaced",
                 "verbs":["get"]}]}]}]}"#
        }
        ("/apis", true) => {
            r#"{"items":[{"metadata":{"name":"a"},"versions":[{"version":"v1","resources":[
                {"resource":"bees","responseKind":{"group":"a","version":"v1","kind":"Bee"},"scope":"Cluster",
                 "verbs":["get"]}]}]}]}"#
        }
        ("/api", false) => r#"{"kind":"APIVersions","versions":["v1"]}"#,
        ("/apis", false) => {
            r#"{"kind":"APIGroupList","groups":[{"name":"a","versions":[{"groupVersion":"a/v1","version":"v1"}],
                "preferredVersion":{"groupVersion":"a/v1","version":"v1"}}]}"#
        }
        ("/api/v1", _) => {
            r#"{"kind":"APIResourceList","groupVersion":"v1","resources":[
                {"name":"pods","singularName":"","namespaced":true,"kind":"Pod","verbs":["get"]}]}"#
        }
        ("/apis/a/v1", _) => {
            r#"{"kind":"APIResourceList","groupVersion":"a/v1","resources":[
                {"name":"bees","singularName":"","namespaced":false,"kind":"Bee","verbs":["get"]}]}"#
        }
        _ => return Reply::text(404, "404 page not found"),
    };
    Reply::status(200).header("Content-Type", media_type).body(body)
}

/// Any order of the parameters is as good.
const AGGREGATED: Form =
    Form::Aggregated("application/json; as=APIGroupDiscoveryList; v=v2beta1;g=apidiscovery.k8s.io");

fn paths(stub: &Stub) -> Vec<String> {
    stub.requests().into_iter().map(|request| request.path).collect()
}

#[track_caller]
fn check_all_is_found(discovery: &DiscoveryClient) {
    let discovered = discovery.server_groups_and_resources().unwrap();
    let found: Vec<String> = discovered
        .resources()
        .map(|found| format!("{} {}", found.resource.api_version(), found.resource.plural))
        .collect();
    assert_eq!(found, ["v1 pods", "a/v1 bees"]);
    let namespaced: Vec<bool> =
        discovered.resources().map(|found| found.resource.namespaced).collect();
    assert_eq!(namespaced, [true, false]);
    assert!(discovered.failures.is_empty());
}

/// Fidelity 76.
#[test]
fn the_aggregated_form_takes_two_requests() {
    let (stub, discovery) = stub(|_| AGGREGATED);
    check_all_is_found(&discovery);
    assert_eq!(paths(&stub), ["/api", "/apis"]);
    for request in stub.requests() {
        assert_eq!(request.header("accept"), Some(ACCEPT));
    }
}

/// Fidelity 76.
#[test]
fn the_legacy_form_takes_one_request_more_for_each_version() {
    let (stub, discovery) = stub(|_| Form::Legacy);
    check_all_is_found(&discovery);
    assert_eq!(paths(&stub), ["/api", "/apis", "/api/v1", "/apis/a/v1"]);
}

/// Fidelity 76.
#[test]
fn where_only_one_half_is_aggregated_all_versions_are_asked_for() {
    for path in ["/api", "/apis"] {
        let aggregated = Stub::start(move |request, _| {
            let form = if request.path == path { AGGREGATED } else { Form::Legacy };
            answer(request, form)
        });
        let stub = aggregated.unwrap();
        let client = RestClient::new(Config::new(stub.url())).unwrap();
        check_all_is_found(&DiscoveryClient::new(&client));
        assert_eq!(paths(&stub), ["/api", "/apis", "/api/v1", "/apis/a/v1"], "{path} aggregated");
    }
}

#[test]
fn a_server_without_the_core_group_has_the_others() {
    fn without_core(request: &RecordedRequest, form: Form) -> Form {
        if request.path == "/api" { Form::Other(404, "404 page not found") } else { form }
    }
    for form in
        [(|request| without_core(request, AGGREGATED)) as fn(&RecordedRequest) -> Form, |request| {
            without_core(request, Form::Legacy)
        }]
    {
        let (_stub, discovery) = stub(form);
        let discovered = discovery.server_groups_and_resources().unwrap();
        assert_eq!(discovered.groups.len(), 1);
        assert_eq!(discovered.resources().next().unwrap().resource.plural, "bees");
    }
    let (_stub, discovery) = stub(|request| without_core(request, Form::Legacy));
    let groups = discovery.server_groups().unwrap();
    assert_eq!(groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn who_may_not_ask_is_told_so() {
    let (stub, discovery) = stub(|request| match request.path.as_str() {
        "/api" => Form::Other(403, r#"{"kind":"Status","reason":"Forbidden","code":403}"#),
        _ => AGGREGATED,
    });
    let error = discovery.server_groups_and_resources().unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    assert_eq!(error.path(), Some("/api"));
    assert_eq!(paths(&stub), ["/api"]);
}

/// Fidelity 77.
#[test]
fn a_version_that_can_not_be_had_is_a_failure_beside_the_others() {
    let (stub, discovery) = stub(|request| match request.path.as_str() {
        "/apis" => Form::Other(
            200,
            r#"{"groups":[{"name":"dead","versions":[{"version":"v1"}]},
                {"name":"odd","versions":[{"version":"v1"}]},
                {"name":"../../api","versions":[{"version":"v1"}]},
                {"name":"a","versions":[{"version":"v2"},{"version":"v1"}],
                 "preferredVersion":{"version":"v2"}}]}"#,
        ),
        "/apis/dead/v1" => {
            Form::Other(503, r#"{"kind":"Status","reason":"ServiceUnavailable","code":503}"#)
        }
        "/apis/odd/v1" => Form::Other(200, "<html>"),
        _ => Form::Legacy,
    });
    let discovered = discovery.server_groups_and_resources().unwrap();
    let failed: Vec<String> = discovered
        .failures
        .iter()
        .map(|failure| format!("{} {:?}", failure.group_version, failure.error.kind()))
        .collect();
    assert_eq!(failed, ["dead/v1 Api", "odd/v1 Decode", "../../api/v1 Invalid", "a/v2 Api"]);
    assert!(discovered.failures[0].error.is_service_unavailable());
    // What the server prefers is not there, so what is there goes first.
    assert_eq!(discovered.group("a").unwrap().preferred_version, "v1");
    assert_eq!(discovered.resources().count(), 2);
    // What is no group was never asked for.
    let asked =
        ["/api", "/apis", "/api/v1", "/apis/dead/v1", "/apis/odd/v1", "/apis/a/v2", "/apis/a/v1"];
    assert_eq!(paths(&stub), asked);
}

#[test]
fn an_answer_of_another_shape_is_a_decode_error_that_names_the_request() {
    let (_stub, discovery) = stub(|request| match request.path.as_str() {
        "/apis" => Form::Other(200, r#"{"groups":[{"name":7}]}"#),
        _ => Form::Legacy,
    });
    let error = discovery.server_groups_and_resources().unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Decode, Some("/apis")));
    assert!(format!("{error:?}").contains("groups[0].name"), "{error:?}");
}

#[test]
fn one_version_takes_one_request() {
    let (stub, discovery) = stub(|_| AGGREGATED);
    let version = GroupVersion::new("a", "v1");
    let found = discovery.server_resources_for_group_version(&version).unwrap();
    assert_eq!(found.resources[0].resource.kind, "Bee");
    assert_eq!(paths(&stub), ["/apis/a/v1"]);
    let climbing = GroupVersion::new("a", "..");
    let error = discovery.server_resources_for_group_version(&climbing).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

/// Fidelity 77: one of thirty groups does not answer; the others are served, the failure is never kept.
#[test]
fn one_broken_group_of_thirty_leaves_twenty_nine() {
    let is_mended = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mended = std::sync::Arc::clone(&is_mended);
    let stub = Stub::start(move |request, _| {
        let path = request.path.split('?').next().unwrap_or_default();
        let group = path.strip_prefix("/apis/").and_then(|rest| rest.strip_suffix("/v1"));
        let is_mended = mended.load(std::sync::atomic::Ordering::SeqCst);
        match (path, group) {
            ("/apis", _) => {
                let version = |i| format!(r#"{{"groupVersion":"g{i}/v1","version":"v1"}}"#);
                let group = |i| {
                    let version = version(i);
                    format!(r#"{{"name":"g{i}","versions":[{version}],"preferredVersion":{version}}}"#)
                };
                let groups: Vec<String> = (0..30).map(group).collect();
                Reply::json(200, format!(r#"{{"kind":"APIGroupList","groups":[{}]}}"#, groups.join(",")))
            }
            (_, Some("g7")) if !is_mended => Reply::text(503, "no"),
            (_, Some(group)) => Reply::json(
                200,
                format!(
                    r#"{{"kind":"APIResourceList","groupVersion":"{group}/v1","resources":[
                    {{"name":"bees","singularName":"bee","namespaced":true,"kind":"Bee","verbs":["get"]}}]}}"#
                ),
            ),
            _ => Reply::text(404, "404 page not found"),
        }
    })
    .unwrap();
    let client = RestClient::new(Config::new(stub.url())).unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let served = |cache: &DiskCache| {
        let discovered = cache.server_groups_and_resources().unwrap();
        let failed: Vec<String> =
            discovered.failures.iter().map(|failure| failure.group_version.to_string()).collect();
        (discovered.resources().count(), failed)
    };
    for _ in 0..2 {
        let cache = DiskCache::at(&client, folder.path());
        assert_eq!(served(&cache), (29, vec!["g7/v1".to_owned()]));
    }
    // The names of the groups are not written while one fails: kubectl would take it for known.
    let host = stub.url().replace("http://", "").replace(':', "_");
    let groups = folder.path().join("discovery").join(host).join("servergroups.json");
    assert!(!groups.exists());
    is_mended.store(true, std::sync::atomic::Ordering::SeqCst);
    let cache = DiskCache::at(&client, folder.path());
    assert_eq!(served(&cache), (30, vec![]));
    assert!(groups.exists());
    let before = stub.requests().len();
    assert_eq!(served(&DiskCache::at(&client, folder.path())), (30, vec![]));
    assert_eq!(stub.requests().len(), before);
}
