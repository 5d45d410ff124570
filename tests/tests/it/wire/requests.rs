//! What a call sends: method, path, query, headers, body.

use std::time::Duration;

use kubeclient::rest::ResourcePath;
use kubeclient::{
    Api, DeleteParams, DeleteResponse, FieldValidation, GetParams, ListParams, ObjectMeta, Patch,
    PatchParams, PostParams, Request, VersionMatch, WatchParams,
};
use kubeclient_tests::stub::{RecordedRequest, Reply, Stub};
use serde_json::{Value, json};

use super::{FOOS, client, client_with, foo, foos, gzip, page, script, stub, timed};
use crate::foo::{ConfigMap, Foo, Namespace};

/// Answers anything with what is asked for.
fn foo_server() -> Stub {
    stub(|request, _| match request.path.ends_with("foos") && request.method != "POST" {
        true => page([foo("a", 1)], 1, ""),
        false => Reply::json(200, foo("a", 1).to_string()),
    })
}

/// Makes a call, which is one request.
#[track_caller]
fn sent<T>(call: impl FnOnce(&Api<Foo>) -> kubeclient::Result<T>) -> RecordedRequest {
    let stub = foo_server();
    call(&foos(&client(&stub))).unwrap();
    let mut requests = stub.requests();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

#[track_caller]
fn check<T>(
    call: impl FnOnce(&Api<Foo>) -> kubeclient::Result<T>,
    line: &str,
    body: Option<(&str, Value)>,
) {
    let request = sent(call);
    let found = format!("{} {}", request.method, request.target);
    assert_eq!(found, line.replace("FOOS", FOOS));
    match body {
        Some((media_type, body)) => {
            assert_eq!(request.header("content-type"), Some(media_type));
            assert_eq!(request.json().unwrap(), body);
        }
        None => {
            assert_eq!((request.body.as_slice(), request.header("content-type")), (&[][..], None));
        }
    }
}

/// Fidelity 1.
#[test]
fn each_call_is_the_request_that_the_api_describes() {
    check(|foos| foos.get("a"), "GET FOOS/a", None);
    check(
        |foos| foos.get_with("a", &GetParams::default().any_version()),
        "GET FOOS/a?resourceVersion=0",
        None,
    );
    check(|foos| foos.get_status("a"), "GET FOOS/a/status", None);
    let params = ListParams::default().labels("a=b").fields("metadata.name=a").limit(5);
    check(
        |foos| foos.list(&params.clone().at("7", VersionMatch::NotOlderThan)),
        "GET FOOS?labelSelector=a%3Db&fieldSelector=metadata.name%3Da&limit=5&resourceVersion=7\
         &resourceVersionMatch=NotOlderThan",
        None,
    );
    check(|foos| foos.delete("a", &DeleteParams::default()), "DELETE FOOS/a", None);
    check(
        |foos| foos.delete("a", &DeleteParams::default().foreground().uid("u").dry_run()),
        "DELETE FOOS/a",
        Some((
            "application/json",
            json!({
                "kind": "DeleteOptions",
                "apiVersion": "v1",
                "propagationPolicy": "Foreground",
                "preconditions": {"uid": "u"},
                "dryRun": ["All"],
            }),
        )),
    );
    check(
        |foos| foos.delete_collection(&DeleteParams::default(), &params),
        "DELETE FOOS?labelSelector=a%3Db&fieldSelector=metadata.name%3Da&limit=5",
        None,
    );
}

/// Fidelity 42.
#[test]
fn a_written_object_carries_its_type_and_so_does_the_answer() {
    let body = json!({
        "apiVersion": "samplecontroller.k8s.io/v1alpha1",
        "kind": "Foo",
        "metadata": {"name": "a"},
        "spec": {"deploymentName": "a-deployment", "replicas": 2},
    });
    let json = "application/json";
    check(|foos| foos.create(&Foo::named("a", 2)), "POST FOOS", Some((json, body.clone())));
    let params = PostParams::default()
        .dry_run()
        .field_manager("m")
        .field_validation(FieldValidation::Strict);
    check(
        |foos| foos.create_with(&Foo::named("a", 2), &params),
        "POST FOOS?dryRun=All&fieldManager=m&fieldValidation=Strict",
        Some((json, body.clone())),
    );
    let mut old = Foo::named("a", 2);
    old.metadata.resource_version = "7".into();
    let mut versioned = body.clone();
    versioned["metadata"]["resourceVersion"] = "7".into();
    check(|foos| foos.replace(&old), "PUT FOOS/a", Some((json, versioned.clone())));
    check(|foos| foos.replace_status(&old), "PUT FOOS/a/status", Some((json, versioned)));
    let unconditional = PostParams::default().unconditional();
    check(
        |foos| foos.replace_with(&Foo::named("a", 2), &unconditional),
        "PUT FOOS/a",
        Some((json, body)),
    );

    let stub = foo_server();
    let resource = <Foo as kubeclient::Resource>::api_resource();
    let dynamic = Api::<kubeclient::DynamicObject>::dynamic(&client(&stub), &resource);
    let list = dynamic.list(&ListParams::default()).unwrap();
    assert_eq!(list.items[0].types.kind, "Foo");
}

/// Fidelity 43.
#[test]
fn each_form_of_patch_is_a_media_type() {
    let fields = json!({"spec": {"replicas": 3}});
    let typed = json!({
        "apiVersion": "samplecontroller.k8s.io/v1alpha1",
        "kind": "Foo",
        "metadata": {"name": "a"},
        "spec": {"replicas": 3},
    });
    let apply = "application/apply-patch+yaml";
    check(
        |foos| foos.apply("a", "m", &fields),
        "PATCH FOOS/a?fieldManager=m&force=false",
        Some((apply, typed.clone())),
    );
    check(
        |foos| foos.patch("a", &Patch::Apply(&fields), &PatchParams::apply("m").force().dry_run()),
        "PATCH FOOS/a?dryRun=All&fieldManager=m&force=true",
        Some((apply, typed)),
    );
    for (patch, media_type) in [
        (Patch::Merge(&fields), "application/merge-patch+json"),
        (Patch::Strategic(&fields), "application/strategic-merge-patch+json"),
        (Patch::Json(&fields), "application/json-patch+json"),
    ] {
        check(
            |foos| foos.patch("a", &patch, &PatchParams::default()),
            "PATCH FOOS/a",
            Some((media_type, fields.clone())),
        );
    }
}

/// Fidelity 44, 45.
#[test]
fn what_does_not_belong_to_a_patch_is_refused_before_it_is_sent() {
    let stub = foo_server();
    let foos = foos(&client(&stub));
    let fields = json!({});
    for (patch, params) in [
        (Patch::Apply(&fields), PatchParams::default()),
        (Patch::Merge(&fields), PatchParams::default().force()),
        (Patch::Apply(&json!({"metadata": {"name": "other"}})), PatchParams::apply("m")),
        (Patch::Apply(&json!({"kind": "Bar", "apiVersion": "v1"})), PatchParams::apply("m")),
    ] {
        let error = foos.patch("a", &patch, &params).unwrap_err();
        assert_eq!(error.kind(), kubeclient::ErrorKind::Invalid, "{error}");
    }
    assert_eq!(stub.connections(), 0);
}

/// Fidelity 2.
#[test]
fn every_path_is_below_the_servers_own() {
    let stub = foo_server();
    let client = client_with(&stub, |config| config.server.push_str("/a/prefix/"));
    foos(&client).get("a").unwrap();
    foos(&client).list(&ListParams::default()).unwrap();
    foos(&client).watch_raw(&WatchParams::default()).unwrap();
    client.send(&Request::get("/healthz?verbose")).unwrap();
    let paths: Vec<_> = stub.requests().into_iter().map(|request| request.path).collect();
    let foos = format!("/a/prefix{FOOS}");
    assert_eq!(paths, [&format!("{foos}/a"), &foos, &foos, "/a/prefix/healthz"]);
}

/// Fidelity 1.
#[test]
fn the_scope_and_the_group_make_the_path() {
    let stub = stub(|request, _| {
        let kind = if request.path.contains("namespaces/a") { "ConfigMap" } else { "Namespace" };
        let object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}});
        Reply::json(200, object.to_string())
    });
    let client = client(&stub);
    Api::<ConfigMap>::namespaced(&client, "a").get("p").unwrap();
    Api::<Namespace>::all(&client).get("n").unwrap();
    let mut map = ConfigMap::named("p");
    map.metadata = ObjectMeta { namespace: "a".into(), ..map.metadata };
    Api::<ConfigMap>::all(&client).create(&map).unwrap();
    let targets: Vec<_> = stub.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(
        targets,
        [
            "/api/v1/namespaces/a/configmaps/p",
            "/api/v1/namespaces/n",
            "/api/v1/namespaces/a/configmaps"
        ]
    );
}

/// Fidelity 4.
#[test]
fn a_timeout_is_told_to_the_server_when_it_is_set_and_holds_here_too() {
    let stub = stub(|request, _| match request.query_value("timeout").as_deref() {
        None | Some("7s") => Reply::json(200, foo("a", 1).to_string()),
        Some(_) => Reply::stall(),
    });
    let client = client(&stub);
    let path = ResourcePath::new("", "v1", "pods");
    client.send(&Request::get(path.clone())).unwrap();
    client.send(&Request::get(path.clone()).timeout(Duration::from_secs(7))).unwrap();
    let short = Duration::from_millis(200);
    let (outcome, took) = timed(|| client.send(&Request::post(path).timeout(short)));
    let error = outcome.unwrap_err();
    assert!(error.is_timeout() && error.is_ambiguous(), "{error}");
    assert!(took >= short && took < short * 4, "{took:?}");
    let queries: Vec<_> = stub.requests().into_iter().map(|request| request.query).collect();
    assert_eq!(queries, ["", "timeout=7s", "timeout=200ms"]);
}

/// Fidelity 6.
#[test]
fn json_is_asked_for_by_an_agent_that_can_be_named() {
    let request = sent(|foos| foos.get("a"));
    assert_eq!(request.header("accept"), Some("application/json"));
    let agent = request.header("user-agent").unwrap();
    assert!(agent.contains("kubeclient/"), "{agent}");

    let stub = foo_server();
    let client = client_with(&stub, |config| config.user_agent = "mine/1".into());
    client.send(&Request::get("/x")).unwrap();
    client.send(&Request::get("/x").header("User-Agent", "other/2").accept("text/plain")).unwrap();
    let sent: Vec<_> = stub
        .requests()
        .into_iter()
        .map(|request| {
            let agents =
                request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("user-agent"));
            (agents.count(), request.header("user-agent").unwrap().to_owned())
        })
        .collect();
    assert_eq!(sent, [(1, "mine/1".to_owned()), (1, "other/2".to_owned())]);
    assert_eq!(stub.requests()[1].header("accept"), Some("text/plain"));
}

/// Fidelity 48.
#[test]
fn a_delete_answers_with_a_status_or_with_the_object() {
    let success = json!({"kind": "Status", "apiVersion": "v1", "status": "Success"});
    let stub = script([
        Reply::json(200, success.to_string()),
        Reply::json(200, foo("a", 3).to_string()),
        Reply::json(200, success.to_string()),
        page([foo("a", 3)], 4, ""),
    ]);
    let foos = foos(&client(&stub));
    let params = DeleteParams::default();
    let gone = foos.delete("a", &params).unwrap();
    assert!(matches!(gone, DeleteResponse::Status(status) if status.is_success()));
    let going = foos.delete("a", &params).unwrap().object().unwrap();
    assert_eq!(going.metadata.resource_version, "3");
    let which = ListParams::default();
    assert!(foos.delete_collection(&params, &which).unwrap().is_empty());
    assert_eq!(foos.delete_collection(&params, &which).unwrap().len(), 1);
}

/// Fidelity 25.
#[test]
fn a_compressed_list_is_read_and_compression_can_be_switched_off() {
    let answer = |request: &RecordedRequest, _| {
        let body: String = foo("a", 1).to_string();
        match request.header("accept-encoding") {
            Some("gzip") => {
                Reply::json(200, gzip(body.as_bytes())).header("Content-Encoding", "gzip")
            }
            Some(_) => Reply::text(500, "expected gzip or nothing"),
            None => Reply::json(200, body),
        }
    };
    let stub = stub(answer);
    foos(&client(&stub)).get("a").unwrap();
    foos(&client_with(&stub, |config| config.compression = false)).get("a").unwrap();
    let asked = |nth: usize| stub.requests()[nth].header("accept-encoding").map(str::to_owned);
    assert_eq!((asked(0).as_deref(), asked(1)), (Some("gzip"), None));
}

/// Events that were compressed would come late.
#[test]
fn a_watch_asks_for_events_as_they_are() {
    let request = sent(|foos| foos.watch_raw(&WatchParams::default()));
    assert_eq!(request.header("accept-encoding"), Some("identity"));
}
