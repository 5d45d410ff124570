//! Answers that hold the canary, of the server, of issuers, programs and files, by what was asked for.

use std::fs;
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kubeclient::authentication_v1::{TokenRequest, TokenReview};
use kubeclient::cache::Reflector;
use kubeclient::config::{Auth, Kubeconfig, KubeconfigOptions, Oidc};
use kubeclient::core_v1::{Secret, ServiceAccount};
use kubeclient::discovery::{CachedDiscovery as _, DiskCache};
use kubeclient::manifests::Outcome;
use kubeclient::{
    Api, ApiResource, Applier, Config, DynamicObject, ListParams, Manifests, Patch, PatchParams,
    Request, RestClient, Stop, WatchParams, wait,
};
use kubeclient_fake::FakeServer;
use kubeclient_tests::stub::{Reply, Stub};
use serde_json::{Value, json};

use super::super::oidc::{metadata, token};
use super::super::secrets::{BODY, TOKEN};
use super::super::{PATIENCE, client, client_with, event, script, stub, watches};
use super::{MET, Printed, THREADLESS, WITHOUT_THREADS, secret, with_body};

/// Asks for something that holds a body, and prints what came.
pub(super) type Asks = fn(&mut Printed);

/// What a server gives that holds a body; by what it was asked for.
pub(super) fn answers() -> Vec<(&'static str, Asks)> {
    fn server(body: Value) -> (Stub, RestClient) {
        let stub = stub(move |_, _| Reply::json(200, body.to_string()));
        let client = client(&stub);
        (stub, client)
    }
    fn given(kind: &str, more: Value) -> Value {
        let applied = json!({"kubectl.kubernetes.io/last-applied-configuration": BODY});
        let mut object = json!({"kind": kind, "apiVersion": "v1",
            "metadata": {"name": "a", "annotations": applied}});
        object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        object
    }
    vec![
        ("a Secret that is created", |printed| {
            let (_stub, client) =
                server(json!({"kind": "Secret", "apiVersion": "v1", "data": BODY}));
            let mut new = secret();
            new.metadata.resource_version.clear();
            printed.debug(&new);
            printed.outcome(Api::<Secret>::namespaced(&client, "ns").create(&new));
        }),
        ("a Secret that is patched", |printed| {
            let (_stub, client) = server(json!({"data": BODY}));
            let secrets = Api::<Secret>::namespaced(&client, "ns");
            let patch = json!({"stringData": {"a": TOKEN}});
            printed.outcome(secrets.patch("a", &Patch::Merge(&patch), &PatchParams::default()));
            printed.outcome(secrets.patch("a", &Patch::Apply(&patch), &PatchParams::default()));
            printed.outcome(secrets.apply("a", "m", &secret()));
        }),
        ("a Secret that is read", |printed| {
            let data = STANDARD.encode(BODY);
            let (_stub, client) =
                server(given("Secret", json!({"data": {"a": data}, "stringData": {"a": BODY}})));
            printed.outcome(Api::<Secret>::namespaced(&client, "ns").get("a"));
            let secrets = ApiResource::namespaced("", "v1", "Secret", "secrets");
            let dynamic: Api<DynamicObject> = Api::dynamic_namespaced(&client, &secrets, "ns");
            printed.outcome(dynamic.get("a"));
            printed.outcome(client.send(&Request::get("/x")));
        }),
        ("a Secret in a list that can't be read", |printed| {
            let bad = given("Secret", json!({"data": {"a": BODY, "b": [BODY]}}));
            let list =
                json!({"kind": "SecretList", "apiVersion": "v1", "metadata": {}, "items": [bad]});
            let (_stub, client) = server(list);
            let secrets = Api::<Secret>::namespaced(&client, "ns");
            printed.outcome(secrets.list(&ListParams::default()));
            secrets.list_all(&ListParams::default()).for_each(|item| printed.outcome(item));
        }),
        ("a Secret in a watch", |printed| {
            let data = STANDARD.encode(BODY);
            let good = given("Secret", json!({"data": {"a": data}}));
            let lines = [
                event("ADDED", good),
                event("MODIFIED", given("Secret", json!({"data": [BODY]}))),
                event(BODY, given("Secret", json!({}))),
                BODY.to_owned(),
            ];
            let stub = script([watches::lines(&lines)]);
            let secrets = Api::<Secret>::namespaced(&client(&stub), "ns");
            let watch = secrets.watch_raw(&WatchParams::default()).unwrap();
            printed.debug(&watch);
            watch.for_each(|event| printed.outcome(event));
        }),
        ("a token that was asked for", |printed| {
            let mut answer = given("TokenRequest", json!({"status": {"token": BODY}}));
            answer["apiVersion"] = "authentication.k8s.io/v1".into();
            let (_stub, client) = server(answer.clone());
            let accounts = Api::<ServiceAccount>::namespaced(&client, "ns");
            let request = TokenRequest::default();
            printed.outcome(accounts.create_token("a", &request));
            let object: DynamicObject = serde_json::from_value(answer).unwrap();
            printed.debug(&object);
        }),
        ("a token that is looked at", |printed| {
            let mut review = TokenReview::default();
            review.spec.token = TOKEN.into();
            printed.debug(&review);
            let (_stub, client) = server(given("TokenReview", json!({"spec": {"token": [BODY]}})));
            printed.outcome(Api::<TokenReview>::all(&client).create(&review));
        }),
        ("a Secret in a manifest", |printed| {
            for text in [
                format!(
                    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  a: {TOKEN}\n  b: [{TOKEN}\n"
                ),
                format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: '{TOKEN} x'}}\n{TOKEN}\n"),
                format!(
                    "apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData: {{a: {TOKEN}}}\n"
                ),
            ] {
                match Manifests::from_text(&text) {
                    Ok(set) => printed.debug(&set),
                    Err(error) => {
                        printed.debug(&error);
                        printed.text(&error.to_string());
                        printed.error(&error.into());
                    }
                }
            }
        }),
        ("the text of a kubeconfig", |printed| {
            for text in [
                format!("users:\n- name: u\n  user:\n    token: {TOKEN}\n   broken: {TOKEN}\n"),
                format!("users: [{{name: u, user: {{token: [{TOKEN}]}}}}]"),
                format!("users: [{{name: u, user: {{client-key-data: '{TOKEN}'}}}}]"),
                format!(
                    "users: [{{name: u, user: {{password: {TOKEN}, exec: {{command: x, env: [{{name: a, value: {TOKEN}}}]}}}}}}]"
                ),
            ] {
                printed.outcome(Kubeconfig::from_yaml(&text));
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("config");
                fs::write(&path, text).unwrap();
                let options = KubeconfigOptions::default().path(&path);
                printed.debug(&options);
                printed.outcome(options.describe());
                let config = Config::from_kubeconfig(&options);
                if let Ok(config) = &config {
                    printed.text(&config.describe().to_string());
                    printed.debug(&config.describe());
                }
                printed.outcome(config);
            }
        }),
        ("what an issuer gives", |printed| {
            let claims = URL_SAFE_NO_PAD.encode(BODY);
            for answer in [
                json!({"id_token": token(3600, BODY), "refresh_token": BODY, "access_token": BODY}),
                json!({"id_token": token(-3600, BODY), "refresh_token": BODY}),
                json!({"id_token": format!("e30.{claims}.{BODY}")}),
                json!({"id_token": BODY}),
                json!({"id_token": [BODY]}),
                json!({"access_token": BODY}),
                json!(BODY),
            ] {
                let issuer = stub(move |request, _| match request.method.as_str() {
                    "GET" => metadata(&format!("http://{}", request.header("host").unwrap())),
                    _ => Reply::json(200, answer.to_string()),
                });
                let server = stub(|_, _| Reply::status(401));
                let client = client_with(&server, |config| {
                    let mut oidc = Oidc::new(issuer.url(), "k");
                    oidc.refresh_token = Some("r".into());
                    config.auth = Auth::Oidc(oidc);
                });
                printed.error(&client.send(&Request::get("/x")).unwrap_err());
                printed.debug(&client);
                assert_eq!(issuer.requests().last().unwrap().method, "POST", "it was answered");
            }
        }),
        ("a Secret that is waited for", |printed| {
            let server = FakeServer::start().unwrap();
            let client = RestClient::new(Config::new(server.url())).unwrap();
            let secrets = Api::<Secret>::namespaced(&client, "default");
            secrets.create(&with_body()).unwrap();
            let soon = Stop::after(Duration::from_millis(300));
            for outcome in [
                wait::until(&secrets, "a", wait::rolled_out(), &Stop::after(PATIENCE)),
                wait::until(&secrets, "a", wait::json_pointer("/data/b", "x"), &soon),
            ] {
                let error = outcome.unwrap_err();
                printed.debug(&error.last_object());
                printed.debug(&error);
                printed.error(&error.into());
            }
        }),
        ("Secrets that are applied", |printed| {
            let server = FakeServer::start().unwrap();
            let client = RestClient::new(Config::new(server.url())).unwrap();
            let objects =
                [("Secret", "nowhere"), ("NoKind", "default")].map(|(kind, namespace)| {
                    json!({"apiVersion": "v1", "kind": kind, "stringData": {"a": TOKEN},
                    "metadata": {"name": "a", "namespace": namespace}})
                });
            let set = Manifests::from_text(&format!("{}\n---\n{}\n", objects[0], objects[1]));
            let told = |outcome: &Outcome| printed.debug(outcome);
            let summary = Applier::new(&client, "m").apply(&set.unwrap(), told).unwrap();
            let error = summary.into_result().unwrap_err();
            printed.debug(&error);
            printed.text(&error.to_string());
            printed.error(&error.into());
        }),
        ("a Secret whose transformation panics", |printed| {
            let server = FakeServer::start().unwrap();
            let client = RestClient::new(Config::new(server.url())).unwrap();
            let secrets = Api::<Secret>::namespaced(&client, "default");
            secrets.create(&with_body()).unwrap();
            let (sender, told) = channel();
            let reflector = Reflector::builder(&secrets)
                .transform(|secret| panic!("{secret:?}"))
                .on_error(move |error| {
                    let text = format!("{error} {error:?} {error:#?}");
                    sender.send((error.kind(), text)).unwrap();
                })
                .start()
                .unwrap();
            let (kind, text) = told.recv_timeout(PATIENCE).unwrap();
            printed.kinds.insert(format!("{kind:?}"));
            printed.text(&text);
            drop(reflector);
        }),
        ("a system that has no thread to give", |printed| {
            let output = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", THREADLESS, "--nocapture", "--test-threads=1"])
                // No system has room for such a stack.
                .env(WITHOUT_THREADS, "1")
                .env("RUST_MIN_STACK", (1_u64 << 50).to_string())
                .output()
                .unwrap();
            let told = [output.stdout, output.stderr].concat();
            let told = String::from_utf8_lossy(&told);
            printed.text(&told);
            assert!(output.status.success() && told.contains(MET), "{told}");
            printed.kinds.insert("System".into());
        }),
        ("a file of the cache", |printed| {
            let folder = tempfile::tempdir().unwrap();
            let stub = stub(|_, _| Reply::status(503));
            let cache = DiskCache::at(&client(&stub), folder.path());
            fs::write(folder.path().join("servergroups.json"), format!("{{\"{BODY}\": {BODY}"))
                .unwrap();
            printed.debug(&cache);
            printed.outcome(cache.server_groups_and_resources().map(drop));
        }),
    ]
}
