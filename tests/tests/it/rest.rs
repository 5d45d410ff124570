//! [`RestClient`] as a door of its own on the real server: any path, any verb, streams, compression.

use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use kubeclient::meta::status::reason;
use kubeclient::{Api, ErrorKind, ListParams, Request, ResourcePath, RestClient, Stop};
use serde_json::{Value, json};

use crate::common::{Disturbed, Sandbox, observed};
use crate::foo::ConfigMap;

fn map_path(sandbox: &Sandbox) -> ResourcePath {
    ResourcePath::new("", "v1", "configmaps").namespace(&sandbox.namespace)
}

#[test]
fn paths_that_are_no_resource_are_read_as_text_and_as_json() {
    let Some(sandbox) = Sandbox::new() else { return };
    let text = |path: &str| sandbox.client.send(&Request::get(path)).unwrap().into_text().unwrap();
    assert_eq!(text("/healthz"), "ok");
    assert!(text("/readyz?verbose").contains("[+]etcd ok"));
    assert!(text("/metrics").contains("\napiserver_request_total"));
    let version: Value = sandbox.client.send(&Request::get("/version")).unwrap().json().unwrap();
    assert_eq!(version["major"], "1");
    let response = sandbox.client.send(&Request::get("/healthz")).unwrap();
    assert_eq!(response.code(), 200);
    assert!(response.header("content-type").unwrap().starts_with("text/plain"));
    assert!(response.json::<Value>().is_err() && response.status().is_err());
}

/// Fidelity 14.
#[test]
fn an_unknown_path_is_not_found_with_the_text_as_message() {
    let Some(sandbox) = Sandbox::new() else { return };
    for path in ["/nope", "/apis/nope.example.com/v1/things"] {
        let error = sandbox.client.send(&Request::get(path)).unwrap_err();
        assert!(error.is_not_found(), "{error}");
        assert!(error.status().unwrap().message.contains("404 page not found"), "{error}");
        assert_eq!((error.verb(), error.path()), (Some("GET"), Some(path)));
    }
}

/// Fidelity 5, 4.
#[test]
fn a_timeout_without_a_unit_is_refused_and_ours_is_taken() {
    let Some(sandbox) = Sandbox::new() else { return };
    let path = "/api/v1/namespaces/default";
    let error = sandbox.client.send(&Request::get(path).query("timeout", "10")).unwrap_err();
    assert!(error.is_bad_request(), "{error}");
    sandbox.client.send(&Request::get(path).timeout(Duration::from_secs(10))).unwrap();
    sandbox.client.send(&Request::get(path).timeout(Duration::from_millis(9500))).unwrap();
}

/// Fidelity 17.
#[test]
fn each_failure_has_its_reason_and_its_code() {
    let Some(sandbox) = Sandbox::new() else { return };
    let check = |request: Request, code: i32, reason: &str| {
        let error = sandbox.client.send(&request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Api, "{error}");
        let status = error.status().unwrap();
        assert_eq!((status.code, status.reason.as_str()), (code, reason), "{error}");
        assert!(!error.is_expired());
    };
    let path = map_path(&sandbox);
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
    check(Request::get(path.clone().name("none")), 404, reason::NOT_FOUND);
    check(Request::post(path.clone().name("a")).json(&map), 405, reason::METHOD_NOT_ALLOWED);
    check(Request::get(path.clone()).accept("text/csv"), 406, reason::NOT_ACCEPTABLE);
    check(Request::post(path.clone()).body("text/csv", "a,b"), 415, reason::UNSUPPORTED_MEDIA_TYPE);
    check(Request::post(path.clone()).json(&json!([])), 400, reason::BAD_REQUEST);
    check(Request::get(path.clone()).query("limit", "abc"), 400, reason::BAD_REQUEST);
    check(Request::get(path.clone()).query("continue", "abc"), 400, reason::BAD_REQUEST);
    let large = json!({"data": {"a": "x".repeat(3 << 20)}});
    check(Request::post(path.clone()).json(&large), 413, reason::REQUEST_ENTITY_TOO_LARGE);
    let nameless = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}});
    check(Request::post(path.clone()).json(&nameless), 422, reason::INVALID);
    // Here the server gives no reason at all.
    let versioned = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "resourceVersion": "1"},
    });
    check(Request::post(path).json(&versioned), 500, "");
}

#[test]
fn an_object_lives_through_raw_requests() {
    let Some(sandbox) = Sandbox::new() else { return };
    let path = map_path(&sandbox);
    let send = |request: Request| sandbox.client.send(&request).unwrap();
    let mut map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
    let created = send(Request::post(path.clone()).query("fieldManager", "raw").json(&map));
    assert_eq!(created.code(), 201);
    assert!(created.header("audit-id").is_some());
    let created: ConfigMap = created.json().unwrap();
    assert_eq!(created.metadata.managed_fields.len(), 0);

    map["data"] = json!({"k": "1"});
    let replaced: ConfigMap = send(Request::put(path.clone().name("a")).json(&map)).json().unwrap();
    assert_eq!(replaced.data["k"], "1");
    let patch = Request::patch(path.clone().name("a"))
        .body("application/merge-patch+json", r#"{"data":{"k":"2"}}"#);
    assert_eq!(send(patch).json::<ConfigMap>().unwrap().data["k"], "2");
    // YAML is a form that the server reads and writes, too.
    let yaml = send(Request::get(path.clone().name("a")).accept("application/yaml"));
    assert!(yaml.into_text().unwrap().contains("data:\n  k: \"2\"\n"));
    let deleted = send(Request::delete(path.name("a"))).status().unwrap();
    assert!(deleted.is_success());
    assert_eq!(deleted.details.unwrap().uid, created.metadata.uid);
}

/// Fidelity 42: what the server answers and stores says what it is.
#[test]
fn what_a_typed_client_creates_has_its_kind_on_the_wire() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&crate::foo::Foo::named("a", 1)).unwrap();
    let path = ResourcePath::of(foos.resource()).namespace(&sandbox.namespace).name("a");
    let stored: Value = sandbox.client.send(&Request::get(path)).unwrap().json().unwrap();
    assert_eq!(stored["apiVersion"], "samplecontroller.k8s.io/v1alpha1");
    assert_eq!(stored["kind"], "Foo");
    assert_eq!(stored["metadata"]["managedFields"].as_array().unwrap().len(), 1);
}

/// The server calls a writer who names no field manager after the first word of its `User-Agent`.
#[test]
fn a_writer_without_a_manager_is_called_after_its_program() {
    let Some(sandbox) = Sandbox::new() else { return };
    let manager = |config: kubeclient::Config, name: &str| {
        let client = RestClient::new(config).unwrap();
        let maps = Api::<ConfigMap>::namespaced(&client, &sandbox.namespace);
        let data = [("k".to_owned(), "v".to_owned())].into();
        let map = maps.create(&ConfigMap { data, ..ConfigMap::named(name) }).unwrap();
        map.metadata.managed_fields[0].manager.clone()
    };
    let program = std::env::current_exe().unwrap();
    let program = program.file_name().unwrap().to_str().unwrap();
    assert_eq!(manager(sandbox.config.clone(), "a"), program);
    assert_eq!(manager(sandbox.config.clone().with_user_agent("me/1.0 (x)"), "b"), "me");
}

#[test]
fn a_watch_is_read_as_bytes_and_stopped() {
    let Some(sandbox) = Sandbox::new() else { return };
    let maps = sandbox.maps();
    let version = maps.list(&ListParams::default()).unwrap().metadata.resource_version;
    let request = Request::get(map_path(&sandbox))
        .query("watch", "1")
        .query("resourceVersion", &version)
        .query("timeoutSeconds", "50");
    let stream = sandbox.client.stream(&request).unwrap();
    let stopper = stream.stopper();
    let mut lines = BufReader::new(stream).lines();
    for name in ["a", "b"] {
        maps.create(&ConfigMap::named(name)).unwrap();
        let event: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(
            (&event["type"], &event["object"]["metadata"]["name"]),
            (&json!("ADDED"), &json!(name))
        );
    }
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || lines.next().unwrap().unwrap_err());
        stopper.stop();
        let error = reader.join().unwrap();
        let inner = error.get_ref().unwrap().downcast_ref::<kubeclient::Error>().unwrap();
        assert!(inner.is_stopped(), "{inner}");
    });
}

#[test]
fn a_stream_that_the_server_ends_is_read_to_its_end() {
    let Some(sandbox) = Sandbox::new() else { return };
    let stream = sandbox.client.stream(&Request::get("/metrics")).unwrap();
    let lines: Vec<String> = BufReader::new(stream).lines().map(|line| line.unwrap()).collect();
    assert!(lines.iter().any(|line| line.starts_with("apiserver_request_total")));
    let error = sandbox.client.stream(&Request::get("/nope")).unwrap_err();
    assert!(error.is_not_found(), "{error}");
}

/// Fidelity 25.
#[test]
fn a_large_list_comes_compressed_unless_that_is_turned_off() {
    let Some(sandbox) = Sandbox::new() else { return };
    let maps = sandbox.maps();
    for number in 0..20 {
        let data = [("text".to_owned(), "kubeclient ".repeat(1000))].into();
        maps.create(&ConfigMap { data, ..ConfigMap::named(&format!("m{number}")) }).unwrap();
    }
    let list = |compression: bool| {
        let mut config = sandbox.config.clone();
        config.compression = compression;
        let (client, attempts) = observed(config);
        // The connection is made by another request, so that its bytes don't count.
        client.send(&Request::get("/healthz")).unwrap();
        let response = client.send(&Request::get(map_path(&sandbox))).unwrap();
        let list: Value = response.json().unwrap();
        (list["items"].clone(), response.bytes().len(), attempts.all().pop().unwrap().received)
    };
    let (plain, length, plain_received) = list(false);
    let (unpacked, _, packed_received) = list(true);
    let length = u64::try_from(length).unwrap();
    assert!(length > 220_000, "{length}");
    // Without the items in the message: they are long.
    assert!(unpacked == plain, "the two lists differ");
    assert!(plain_received >= length, "{plain_received} {length}");
    assert!(packed_received < length / 10, "{packed_received} {length}");
}

/// On a connection that is open, and while one is being opened.
#[test]
fn a_call_to_a_silent_server_is_stopped_from_another_thread_or_by_its_time() {
    let Some(disturbed) = Disturbed::new() else { return };
    let (open, namespace) = (&disturbed.sandbox.client, &disturbed.sandbox.namespace);
    let fresh = RestClient::new(disturbed.sandbox.config.clone()).unwrap();
    open.send(&Request::get("/healthz")).unwrap();
    let paused = disturbed.plane.pause_api_server().unwrap();
    for client in [open, &fresh] {
        let stop = Stop::new();
        let maps = Api::<ConfigMap>::namespaced(client, namespace).with_stop(&stop);
        let (error, took) = std::thread::scope(|scope| {
            let call = scope.spawn(|| (maps.get("a").unwrap_err(), Instant::now()));
            stop.wait_timeout(Duration::from_millis(100));
            let asked = Instant::now();
            stop.stop();
            let (error, ended) = call.join().unwrap();
            (error, ended - asked)
        });
        assert!(error.is_stopped() && !error.is_ambiguous(), "{error}");
        // 50 ms are promised; other tests keep the machine busy.
        assert!(took < Duration::from_millis(500), "{took:?}");
    }
    let start = Instant::now();
    let request = Request::post("/api/v1/namespaces").json(&json!({}));
    let error = fresh.send(&request.timeout(Duration::from_millis(200))).unwrap_err();
    assert!(error.is_timeout() && error.status().is_none(), "{error}");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    paused.resume();
    assert_eq!(fresh.send(&Request::get("/healthz")).unwrap().into_text().unwrap(), "ok");
}

/// Fidelity 3.
#[test]
fn a_name_can_not_lead_anywhere_else() {
    let Some(sandbox) = Sandbox::new() else { return };
    let (client, attempts) = sandbox.observed();
    let maps = Api::<ConfigMap>::namespaced(&client, &sandbox.namespace);
    for name in ["", ".", "..", "a/b", "a%b", "../../nodes", "a?b=c\n"] {
        assert_eq!(maps.get(name).unwrap_err().kind(), ErrorKind::Invalid, "{name:?}");
    }
    assert_eq!(attempts.count(), 0);
    // What is only odd arrives as a name.
    assert!(maps.get("a?watch=1#x").unwrap_err().is_not_found());
}

/// Fidelity 1.
#[test]
fn attempts_are_counted_by_the_path_without_names() {
    let Some(sandbox) = Sandbox::new() else { return };
    let (client, attempts) = sandbox.observed();
    let maps = Api::<ConfigMap>::namespaced(&client, &sandbox.namespace);
    maps.create(&ConfigMap::named("a")).unwrap();
    maps.get("a").unwrap();
    let deployments = crate::kinds::deployment("d", 0);
    let resource = kubeclient::ApiResource::namespaced("apps", "v1", "Deployment", "deployments");
    Api::dynamic_namespaced(&client, &resource, &sandbox.namespace).create(&deployments).unwrap();
    Api::<crate::foo::Namespace>::all(&client).get(&sandbox.namespace).unwrap();
    let seen: Vec<_> = attempts.all().into_iter().map(|seen| (seen.verb, seen.template)).collect();
    let expected = [
        ("POST", "/api/v1/namespaces/{namespace}/configmaps"),
        ("GET", "/api/v1/namespaces/{namespace}/configmaps/{name}"),
        ("POST", "/apis/apps/v1/namespaces/{namespace}/deployments"),
        ("GET", "/api/v1/namespaces/{name}"),
    ];
    assert_eq!(seen, expected.map(|(verb, path)| (verb.to_owned(), path.to_owned())));
}

#[test]
fn a_client_of_a_server_that_is_not_there_can_not_connect() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = kubeclient::Config::new(format!("https://127.0.0.1:{port}"));
    let client = RestClient::new(config).unwrap();
    let request = Request::post("/api/v1/namespaces").json(&json!({}));
    let error = client.send(&request).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
}
