//! The wire: what goes over a socket, and what is made of what comes back.
//!
//! A stub server does what a real one does seldom or never; no cluster is needed. Each file is one
//! subject. What they share is here: clients of a stub, and the answers of an API server.

mod requests;
mod credentials;
#[cfg(unix)]
mod exec;
#[cfg(unix)]
mod exec_output;
#[cfg(target_os = "linux")]
mod terminal;
mod retries;
mod answers;
mod bounds;
mod slow_servers;
mod connections;
mod closes;
mod crowds;
mod names;
mod stops;
mod lists;
mod watches;
mod logs;
mod resumes;
mod injection;
mod secrets;
mod canary;
mod tls;
mod tls_table;
mod identities;
mod proxies;
#[cfg(unix)]
mod proxy_certificates;
mod rotations;
#[cfg(unix)]
mod rotated_tokens;
mod oidc;
#[cfg(unix)]
mod anonymous;
mod untrusted;

use std::time::{Duration, Instant};

use kubeclient::{Api, Config, RestClient, Stop};
use kubeclient_tests::stub::{RecordedRequest, Reply, Stub};
use serde_json::{Value, json};

use crate::foo::Foo;

/// What a stop within 50 ms may take on a loaded machine.
const SOON: Duration = Duration::from_millis(500);

/// When a test gives up waiting for the client.
const PATIENCE: Duration = Duration::from_secs(10);

/// The collection that [`foos`] asks for.
const FOOS: &str = "/apis/samplecontroller.k8s.io/v1alpha1/namespaces/ns/foos";

fn stub(handler: impl Fn(&RecordedRequest, usize) -> Reply + Send + Sync + 'static) -> Stub {
    Stub::start(handler).unwrap()
}

fn script(replies: impl IntoIterator<Item = Reply>) -> Stub {
    Stub::script(replies).unwrap()
}

fn client(stub: &Stub) -> RestClient {
    client_with(stub, |_| {})
}

/// A client whose calls end when the test has waited long enough.
fn client_with(stub: &Stub, change: impl FnOnce(&mut Config)) -> RestClient {
    let mut config = Config::new(stub.url());
    change(&mut config);
    RestClient::new(config).unwrap().with_stop(&Stop::after(PATIENCE))
}

fn foos(client: &RestClient) -> Api<Foo> {
    Api::namespaced(client, "ns")
}

/// A foo as the server gives it.
fn foo(name: &str, version: u32) -> Value {
    json!({
        "apiVersion": "samplecontroller.k8s.io/v1alpha1",
        "kind": "Foo",
        "metadata": {"name": name, "namespace": "ns", "resourceVersion": version.to_string()},
        "spec": {"replicas": 1},
    })
}

/// A foo that can't be decoded: its replicas are a word.
fn bad_foo(name: &str, version: u32) -> Value {
    let mut object = foo(name, version);
    object["spec"]["replicas"] = "many".into();
    object
}

/// A page of a list; without a token, the last one.
fn page(items: impl IntoIterator<Item = Value>, version: u32, token: &str) -> Reply {
    let list = json!({
        "apiVersion": "samplecontroller.k8s.io/v1alpha1",
        "kind": "FooList",
        "metadata": {"resourceVersion": version.to_string(), "continue": token},
        "items": items.into_iter().collect::<Vec<_>>(),
    });
    Reply::json(200, list.to_string())
}

fn status(code: u16, reason: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Status",
        "metadata": {},
        "status": "Failure",
        "message": "because",
        "reason": reason,
        "code": code,
    })
}

/// The forms in which servers of different ages say that a resource version lies in their future.
fn of_the_future() -> [(&'static str, Value); 3] {
    let with = |message: &str, cause: Value| {
        let mut status = status(504, "Timeout");
        status["message"] = message.into();
        status["details"] = json!({"causes": [cause], "retryAfterSeconds": 1});
        status
    };
    let words = "Too large resource version";
    let long = format!("Timeout: {words}: 9, current: 5");
    let mut oldest = with(&long, Value::Null);
    oldest["details"] = json!({"retryAfterSeconds": 1});
    [
        ("a cause", with(&long, json!({"reason": "ResourceVersionTooLarge", "message": words}))),
        ("a cause in words", with("because", json!({"message": words}))),
        ("a message", oldest),
    ]
}

/// The server says no.
fn refusal(code: u16, reason: &str) -> Reply {
    Reply::json(code, status(code, reason).to_string())
}

/// A line of a watch.
fn event(kind: &str, object: Value) -> String {
    json!({"type": kind, "object": object}).to_string()
}

fn bookmark(version: u32) -> String {
    event("BOOKMARK", bookmark_object(version))
}

/// The bookmark after the initial events.
fn end_of_initial_events(version: u32) -> String {
    let mut object = bookmark_object(version);
    object["metadata"]["annotations"] = json!({"k8s.io/initial-events-end": "true"});
    event("BOOKMARK", object)
}

fn bookmark_object(version: u32) -> Value {
    let mut object = foo("", version);
    object["metadata"] = json!({"resourceVersion": version.to_string()});
    object
}

/// Compresses as a server does.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;

    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Whether faults come in their full number, which may take minutes.
fn full_size() -> bool {
    std::env::var_os("KUBECLIENT_FAULT_SEEDS").is_some()
}

/// Runs a call and says how long it took.
fn timed<T>(call: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    (call(), begin.elapsed())
}
