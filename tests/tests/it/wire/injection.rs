//! Names that try to be more than that, on their way into paths.

// What was measured is told.
#![allow(clippy::print_stdout)]

mod values;

use kubeclient::authentication_v1::TokenRequest;
use kubeclient::core_v1::{Pod, ServiceAccount};
use kubeclient::dynamic::ScaleClient;
use kubeclient::meta::gvk::GroupVersion;
use kubeclient::rest::ResourcePath;
use kubeclient::{
    Api, DeleteParams, DiscoveryClient, DynamicObject, ListParams, LogParams, ObjectMeta, Patch,
    PatchParams, Request, Resource as _, RestClient, Scale, WatchParams,
};
use kubeclient_tests::stub::{RecordedRequest, Reply};
use serde_json::json;

use super::{FOOS, client, foo, foos, stub};
use crate::foo::Foo;

/// Names that are no names, odd ones, and good ones.
fn names() -> Vec<String> {
    let short = [
        "",
        ".",
        "..",
        "...",
        "....",
        "a/b",
        "/a",
        "a/",
        "/",
        "//",
        "../x",
        "a/../b",
        "../../nodes",
        "a%2fb",
        "%2e%2e",
        "%",
        "%00",
        "%2F",
        "a%",
        "a?x=1",
        "?watch=true",
        "a#b",
        "#",
        "a;b",
        "a\\b",
        "..\\..",
        "a b",
        " ",
        "a\nb",
        "a\r\nHost: x",
        "\r\n\r\nGET /x HTTP/1.1",
        "a\0b",
        "\t",
        "\x7f",
        "\u{202e}a",
        "a\u{ff0f}b",
        "\u{2024}\u{2024}",
        "é",
        "e\u{301}",
        "-a",
        "a-",
        "a..b",
        "A",
        "system:node",
        "*",
        "$(x)",
        "{{x}}",
        "a&b=c",
        "a=b",
        "a+b",
        "a,b",
        "a@b",
        "a:b",
        "[::1]",
        "http://x/",
        "~",
        "'",
        "\"",
        "<x>",
        "|",
        "`x`",
    ];
    let long = [63, 64, 253, 254].map(|length| "a".repeat(length));
    short.iter().map(|name| (*name).to_owned()).chain(long).collect()
}

/// The path as the server reads it: one more segment than the collection has, and that is the name.
#[track_caller]
fn check_path(request: &RecordedRequest, collection: &str, name: &str, subresource: &str) {
    let rest = request.path.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/'));
    let rest = rest.unwrap_or_else(|| panic!("{name:?} went to {}", request.target));
    let segment = rest.strip_suffix(subresource).unwrap();
    assert!(!segment.contains('/'), "{name:?} went to {}", request.target);
    let read = percent_encoding::percent_decode_str(segment).decode_utf8().unwrap();
    assert_eq!(read, name, "{}", request.target);
}

/// Where the collection of a kind of the core group stands.
const PODS: &str = "/api/v1/namespaces/ns/pods";

const ACCOUNTS: &str = "/api/v1/namespaces/ns/serviceaccounts";

/// A call whose name is the last segment behind a collection, but for a subresource.
type Named<'a> = (&'a str, &'a str, kubeclient::Result<()>);

/// All verbs, by each door, with a name.
fn named_calls<'a>(client: &RestClient, name: &str) -> Vec<Named<'a>> {
    let (api, fields) = (foos(client), json!({}));
    let mut named = Foo::named(name, 1);
    named.metadata.resource_version = "1".into();
    let merge = Patch::Merge(&fields);
    let (how, away) = (PatchParams::default(), DeleteParams::default());
    let dynamic: Api<DynamicObject> = Api::dynamic_namespaced(client, &Foo::api_resource(), "ns");
    let (pods, accounts) =
        (Api::<Pod>::namespaced(client, "ns"), Api::<ServiceAccount>::namespaced(client, "ns"));
    let pod = Pod { metadata: named.metadata.clone(), ..Pod::default() };
    let scale = Scale { metadata: in_ns(&named), ..Scale::default() };
    let scales = ScaleClient::new(client);
    vec![
        (FOOS, "", api.get(name).map(drop)),
        (FOOS, "", api.get_opt(name).map(drop)),
        (FOOS, "", api.get_table(name).map(drop)),
        (FOOS, "", api.replace(&named).map(drop)),
        (FOOS, "", api.patch(name, &merge, &how).map(drop)),
        (FOOS, "", api.patch(name, &Patch::Json(json!([])), &how).map(drop)),
        (FOOS, "", api.apply(name, "m", &fields).map(drop)),
        (FOOS, "", api.delete(name, &away).map(drop)),
        (FOOS, "/status", api.get_status(name).map(drop)),
        (FOOS, "/status", api.replace_status(&named).map(drop)),
        (FOOS, "/status", api.patch_status(name, &merge, &how).map(drop)),
        (FOOS, "", dynamic.get(name).map(drop)),
        (FOOS, "", dynamic.patch(name, &merge, &how).map(drop)),
        (FOOS, "", dynamic.delete(name, &away).map(drop)),
        (FOOS, "/scale", dynamic.get_scale(name).map(drop)),
        (FOOS, "/scale", dynamic.replace_scale(name, &scale).map(drop)),
        (FOOS, "/scale", dynamic.patch_scale(name, &merge, &how).map(drop)),
        (FOOS, "/scale", scales.get(FOO, "ns", name).map(drop)),
        (FOOS, "/scale", scales.replace(FOO, &scale).map(drop)),
        (FOOS, "/scale", scales.set_replicas(FOO, "ns", name, 1).map(drop)),
        (PODS, "", pods.get(name).map(drop)),
        (PODS, "/log", pods.log_bytes(name, &LogParams::default()).map(drop)),
        (PODS, "/log", pods.log_stream(name, &LogParams::default()).map(drop)),
        (PODS, "/eviction", pods.evict(name, &away).map(drop)),
        (PODS, "/resize", pods.get_resize(name).map(drop)),
        (PODS, "/ephemeralcontainers", pods.replace_ephemeral_containers(&pod).map(drop)),
        (ACCOUNTS, "/token", accounts.create_token(name, &TokenRequest::default()).map(drop)),
    ]
}

/// What [`ScaleClient`] finds by the mapper.
const FOO: &str = "foos.v1alpha1.samplecontroller.k8s.io";

fn in_ns(named: &Foo) -> ObjectMeta {
    ObjectMeta { namespace: "ns".into(), ..named.metadata.clone() }
}

/// The same with a namespace, which is the segment before the collection's and what follows.
fn calls_in<'a>(client: &RestClient, namespace: &str) -> Vec<(&'a str, kubeclient::Result<()>)> {
    let api: Api<Foo> = Api::namespaced(client, namespace);
    let dynamic: Api<DynamicObject> =
        Api::dynamic_namespaced(client, &Foo::api_resource(), namespace);
    let mut named = Foo::named("a", 1);
    named.metadata.resource_version = "1".into();
    let fields = json!({});
    let (all, away) = (ListParams::default(), DeleteParams::default());
    vec![
        ("/foos", api.list(&all).map(drop)),
        ("/foos", api.list_all(&all).next().unwrap_or_else(|| panic!("an answer")).map(drop)),
        ("/foos", api.list_table(&all).map(drop)),
        ("/foos", api.watch_raw(&WatchParams::default()).map(drop)),
        ("/foos", api.create(&Foo::named("a", 1)).map(drop)),
        ("/foos", api.delete_collection(&away, &all).map(drop)),
        ("/foos/a", api.get("a").map(drop)),
        ("/foos/a", api.replace(&named).map(drop)),
        ("/foos/a", api.patch("a", &Patch::Merge(&fields), &PatchParams::default()).map(drop)),
        ("/foos/a", api.delete("a", &away).map(drop)),
        ("/foos/a/status", api.get_status("a").map(drop)),
        ("/foos", dynamic.list(&all).map(drop)),
        ("/foos", dynamic.watch_raw(&WatchParams::default()).map(drop)),
        ("/foos/a", dynamic.get("a").map(drop)),
        ("/foos/a/scale", dynamic.get_scale("a").map(drop)),
    ]
}

/// What a stub says of the kinds that there are.
fn discovered() -> Reply {
    let list = json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": "samplecontroller.k8s.io/v1alpha1",
        "resources": [
            {"name": "foos", "namespaced": true, "kind": "Foo", "verbs": ["get", "list"]},
            {"name": "foos/scale", "namespaced": true, "kind": "Scale", "group": "autoscaling",
                "version": "v1", "verbs": ["get"]},
        ],
    });
    Reply::json(200, list.to_string())
}

/// Fidelity 3: by each call and as a path that is written out; and as a group and a version.
#[test]
fn no_name_leads_anywhere_else() {
    let stub = stub(|request, _| match request.path.as_str() {
        "/apis/samplecontroller.k8s.io/v1alpha1" => discovered(),
        "/apis" | "/api" => {
            let version = json!({"groupVersion": "samplecontroller.k8s.io/v1alpha1",
                "version": "v1alpha1"});
            let group = json!({"name": "samplecontroller.k8s.io", "versions": [version],
                "preferredVersion": version});
            let kind = if request.path == "/api" { "APIVersions" } else { "APIGroupList" };
            Reply::json(
                200,
                json!({"kind": kind, "apiVersion": "v1", "versions": [],
                "groups": [group]})
                .to_string(),
            )
        }
        _ => Reply::json(200, foo("a", 1).to_string()),
    });
    let client = client(&stub);
    let names = names();
    assert!(names.len() >= 64);
    let (mut calls, mut refused) = (0, 0);
    for name in &names {
        let before = stub.requests().len();
        let named = named_calls(&client, name);
        let inside = calls_in(&client, name);
        if name == "system:node" {
            let kind =
                |outcome: &kubeclient::Result<()>| outcome.as_ref().err().map(|it| it.kind());
            let is_sent = |outcome| kind(outcome) != Some(kubeclient::ErrorKind::Invalid);
            assert!(named.iter().all(|(_, _, outcome)| is_sent(outcome)), "{named:?}");
        }
        let written = client.send(&Request::get(format!("{FOOS}/{name}"))).map(drop);
        calls += named.len() + inside.len() + 1;
        // What the mapper asks for stands elsewhere.
        let is_discovery = |request: &RecordedRequest| {
            matches!(
                request.path.as_str(),
                "/api" | "/apis" | "/apis/samplecontroller.k8s.io/v1alpha1"
            )
        };
        let mut sent = stub.requests().split_off(before);
        sent.retain(|request| !is_discovery(request));
        let mut sent = sent.into_iter();
        let mut is_sent = |outcome: &kubeclient::Result<()>| match outcome {
            Err(error) if error.kind() == kubeclient::ErrorKind::Invalid => {
                refused += 1;
                None
            }
            _ => Some(sent.next().expect("what is not refused is sent")),
        };
        for (collection, subresource, outcome) in &named {
            if let Some(request) = is_sent(outcome) {
                check_path(&request, collection, name, subresource);
            }
        }
        for (place, outcome) in &inside {
            if let Some(request) = is_sent(outcome) {
                check_path(&request, FOOS.trim_end_matches("/ns/foos"), name, place);
            }
        }
        // What is written as a path is one, as long as it does not climb.
        if let Some(request) = is_sent(&written) {
            assert!(request.target.starts_with(FOOS), "{}", request.target);
        }
        assert!(sent.next().is_none());
    }
    println!("{} names, {calls} calls, {refused} refused", names.len());
    assert!(calls >= 64 * 9 && refused > 0 && refused < calls);
    assert!(stub.errors().is_empty(), "{:?}", stub.errors());
    let api = foos(&client);
    let refused = ["", ".", "..", "a/b", "a%b", "a\nb", "a\0b"];
    for name in refused {
        assert!(api.get(name).is_err_and(|error| error.verb().is_none()), "{name:?}");
    }
    api.get("system:node").unwrap();
}

/// The name of an object that is created stands in its body alone.
#[test]
fn a_name_that_is_created_is_no_part_of_the_path() {
    let stub = stub(|_, _| Reply::json(201, foo("a", 1).to_string()));
    let api = foos(&client(&stub));
    for name in names() {
        let before = stub.requests().len();
        let outcome = api.create(&Foo::named(&name, 1));
        let sent = stub.requests().split_off(before);
        let Some(request) = sent.first() else {
            assert!(outcome.is_err());
            continue;
        };
        assert_eq!((request.path.as_str(), request.query.as_str()), (FOOS, ""));
        let body: serde_json::Value = serde_json::from_str(&request.text()).unwrap();
        assert_eq!(body["metadata"]["name"], name.as_str());
    }
}

/// Names that the server gives become paths of discovery: they are taken for names, too.
#[test]
fn no_name_of_the_servers_leads_anywhere_else() {
    for name in names() {
        let given = name.clone();
        let stub = stub(move |request, _| {
            let version = json!({"groupVersion": format!("{given}/v1"), "version": "v1"});
            let other = json!({"groupVersion": format!("g/{given}"), "version": given});
            let groups = json!([
                {"name": given, "versions": [version], "preferredVersion": version},
                {"name": "g", "versions": [other], "preferredVersion": other},
            ]);
            let body = match request.path.as_str() {
                "/api" => json!({"kind": "APIVersions", "versions": [given]}),
                "/apis" => json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}),
                _ => json!({"kind": "APIResourceList", "groupVersion": "x/v1", "resources": []}),
            };
            Reply::json(200, body.to_string())
        });
        let client = client(&stub);
        let discovery = DiscoveryClient::new(&client);
        drop(discovery.server_groups_and_resources());
        for group_version in [GroupVersion::new(&name, "v1"), GroupVersion::new("g", &name)] {
            drop(discovery.server_resources_for_group_version(&group_version));
        }
        for request in stub.requests() {
            let segments: Vec<_> = request.path.split('/').skip(1).collect();
            let depth = if segments[0] == "api" { 2 } else { 3 };
            assert!(segments.len() <= depth && request.query.is_empty(), "{}", request.target);
            let climbs = segments.iter().any(|segment| {
                let plain = percent_encoding::percent_decode_str(segment).decode_utf8_lossy();
                matches!(&*plain, "" | "." | "..") || plain.contains('/')
            });
            assert!(!climbs, "{name:?} went to {}", request.target);
        }
        assert!(stub.errors().is_empty(), "{:?}", stub.errors());
    }
}

/// Fidelity 3.
#[test]
fn no_part_of_a_path_leads_anywhere_else() {
    let stub = stub(|_, _| Reply::text(200, "ok"));
    let client = client(&stub);
    for part in names() {
        let paths = [
            ResourcePath::new(part.as_str(), "v1", "pods"),
            ResourcePath::new("g", part.as_str(), "pods"),
            ResourcePath::new("g", "v1", part.as_str()),
            ResourcePath::new("g", "v1", "pods").name("p").subresource(part.as_str()),
        ];
        for path in paths {
            let before = stub.requests().len();
            let outcome = client.send(&Request::get(path));
            let sent = stub.requests().split_off(before);
            let Some(request) = sent.first() else {
                assert!(outcome.is_err());
                continue;
            };
            assert_eq!(request.query, "", "{part:?} went to {}", request.target);
            let climbs = request.path.split('/').skip(1).any(|segment| {
                let plain = percent_encoding::percent_decode_str(segment).decode_utf8_lossy();
                matches!(&*plain, "" | "." | "..") || plain.contains('/')
            });
            assert!(!climbs, "{part:?} went to {}", request.target);
        }
    }
    assert!(stub.errors().is_empty(), "{:?}", stub.errors());
}
