//! One canary in every place where a credential or a body stands, and all that such a program may print: the
//! `Debug` of what it holds, every kind of error, the log at level trace.

// What was measured is told.
#![allow(clippy::print_stdout)]

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kubeclient::authentication_v1::{TokenRequest, TokenReview};
use kubeclient::cache::Reflector;
use kubeclient::config::{
    Auth, Exec, Impersonate, Kubeconfig, KubeconfigOptions, Oidc, Pem, SecretPem,
};
use kubeclient::core_v1::{Secret, ServiceAccount};
use kubeclient::discovery::{CachedDiscovery as _, DiskCache};
use kubeclient::events::EventRecorder;
use kubeclient::manifests::Outcome;
use kubeclient::{
    Api, ApiResource, Applier, Config, DynamicObject, Error, ListParams, Manifests, Patch,
    PatchParams, Request, RestClient, Stop, WatchParams, wait,
};
use kubeclient_fake::FakeServer;
use kubeclient_tests::pki::Pki;
use kubeclient_tests::stub::{Reply, Stub};
use serde_json::{Value, json};

use super::oidc::{metadata, token};
use super::secrets::{BODY, TOKEN, check, logged};
use super::{PATIENCE, client, client_with, script, status, stub};

/// All that was printed.
struct Printed {
    place: &'static str,
    kinds: BTreeSet<String>,
    texts: usize,
}

impl Printed {
    fn text(&mut self, text: &str) {
        check(self.place, text);
        self.texts += 1;
    }

    fn debug(&mut self, value: &impl std::fmt::Debug) {
        self.text(&format!("{value:?}"));
        self.text(&format!("{value:#?}"));
    }

    fn error(&mut self, error: &Error) {
        self.kinds.insert(format!("{:?}", error.kind()));
        self.debug(error);
        self.text(&format!("{error} {error:#} {:?}", error.status()));
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            self.text(&format!("{cause} {cause:?}"));
            source = cause.source();
        }
    }

    fn outcome<T: std::fmt::Debug>(&mut self, outcome: Result<T, Error>) {
        match outcome {
            Ok(value) => self.debug(&value),
            Err(error) => self.error(&error),
        }
    }
}

/// Every way in which a server may not do what it was asked, and one in which it does.
const ANSWERS: [fn() -> Reply; 12] = [
    || Reply::text(200, "{}"),
    || Reply::status(401),
    || Reply::json(403, status(403, "Forbidden").to_string()),
    || Reply::json(500, status(500, "InternalError").to_string()),
    || Reply::status(307).header("Location", "https://127.0.0.1:1/"),
    Reply::disconnect,
    || Reply::raw("nonsense\r\n\r\n"),
    || Reply::json(200, format!(r#"{{"kind":"Secret","apiVersion":"v1","data":"{BODY}"}}"#)),
    || Reply::json(200, format!(r#"{{"data":{{"a":{BODY}"#)),
    || Reply::json(200, format!("\"{}\"", BODY.repeat(1_000))),
    || Reply::text(200, gone_wrong()).header("Content-Encoding", "gzip"),
    Reply::stall,
];

fn gone_wrong() -> String {
    format!("{BODY} that is no gzip")
}

fn secret() -> Secret {
    let metadata = kubeclient::ObjectMeta::named("a");
    let mut secret = Secret { metadata, ..Secret::default() };
    secret.metadata.resource_version = "1".into();
    secret.string_data = [("a", TOKEN)].into();
    secret.data = [("b", TOKEN.as_bytes().to_vec())].into();
    let applied = "kubectl.kubernetes.io/last-applied-configuration";
    secret.metadata.annotations.insert(applied.into(), TOKEN.into());
    secret
}

/// The places that stand in the configuration's server, and are gone where the test gives it another.
const IN_SERVER: [&str; 2] = ["a user in a server's URL", "a query in a server's URL"];

/// What a server gives of a Secret.
fn with_body() -> Secret {
    let metadata = kubeclient::ObjectMeta::named("a");
    let mut secret = Secret { metadata, ..Secret::default() };
    secret.data = [("b", BODY.as_bytes().to_vec())].into();
    let applied = "kubectl.kubernetes.io/last-applied-configuration";
    secret.metadata.annotations.insert(applied.into(), BODY.into());
    secret
}

/// Asks with a configuration, of which all is printed.
fn ask(printed: &mut Printed, config: Config) {
    printed.debug(&config);
    printed.debug(&config.anonymous());
    let made = RestClient::new(config.clone());
    assert!(made.is_err() || !IN_SERVER.contains(&printed.place), "{made:?}");
    printed.outcome(made);
    for answer in ANSWERS {
        let stub = stub(move |_, _| answer());
        ask_at(printed, config.clone(), &stub.url());
    }
    // Nobody there; somebody who speaks no TLS; a stop.
    ask_at(printed, config.clone(), "http://127.0.0.1:1");
    let plain = stub(|_, _| Reply::text(200, "x"));
    ask_at(printed, config.clone(), &plain.url().replace("http:", "https:"));
}

fn ask_at(printed: &mut Printed, mut config: Config, server: &str) {
    config.server = server.into();
    config.limits.object = 10_000;
    config.timeouts.request = Some(Duration::from_millis(150));
    config.timeouts.connect = Duration::from_secs(1);
    let client = match RestClient::new(config.allow_plaintext_credentials()) {
        Ok(client) => client,
        Err(error) => return printed.error(&error),
    };
    printed.debug(&client);
    let secrets: Api<Secret> = Api::namespaced(&client, "ns");
    printed.debug(&secrets);
    let own = Request::post("/x").json(TOKEN).header("Authorization", format!("Bearer {TOKEN}"));
    printed.debug(&own);
    printed.outcome(client.send(&own));
    printed.outcome(secrets.replace(&secret()));
    let stop = Stop::new();
    stop.stop();
    printed.outcome(client.with_stop(&stop).send(&own));
}

/// A configuration that holds the canary in one place.
fn configurations(folder: &std::path::Path) -> Vec<(&'static str, Config)> {
    let plain = Config::new("http://127.0.0.1:1");
    let file = folder.join("token");
    fs::write(&file, TOKEN).unwrap();
    let broken_file = folder.join("broken-token");
    fs::write(&broken_file, format!("{TOKEN}\n{TOKEN}")).unwrap();
    let program = |script: &str| {
        let mut exec = Exec::new("/bin/sh");
        exec.args = vec!["-c".into(), script.into()];
        exec
    };
    let gives = |status: &str| {
        format!(
            r#"printf '{{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{status}}}'"#
        )
    };
    let mut environment = program(&format!("echo $CANARY; echo {TOKEN} >&2; exit 1"));
    environment.env = vec![("CANARY".into(), TOKEN.into())];
    environment.install_hint = "none".into();
    let oidc = |change: &dyn Fn(&mut Oidc)| {
        let mut oidc = Oidc::new("http://127.0.0.1:1", "k");
        change(&mut oidc);
        let mut config = plain.clone();
        config.auth = Auth::Oidc(oidc);
        config
    };
    let claims = STANDARD.encode(format!(r#"{{"exp":1,"x":"{TOKEN}"}}"#));
    let pki = Pki::new().unwrap();
    let certificate = || Pem::Data(pki.ca_pem().into_bytes());
    let key = format!("-----BEGIN PRIVATE KEY-----\n{TOKEN}===\n-----END PRIVATE KEY-----\n");
    let mut facts = Impersonate { user: "u".into(), ..Impersonate::default() };
    facts.extra.insert("k".into(), vec!["v".into()]);
    let secure = || Config::new("https://127.0.0.1:1");
    vec![
        ("a bearer token", plain.clone().with_token(TOKEN)),
        ("a bearer token that is none", plain.clone().with_token(format!("{TOKEN}\r\nX: y"))),
        (
            "a bearer token of someone else's",
            plain.clone().with_token(TOKEN).with_impersonation(facts),
        ),
        ("a password", plain.clone().with_basic_auth("u", TOKEN)),
        ("a file of a token", plain.clone().with_token_file(file)),
        ("a file of two tokens", plain.clone().with_token_file(broken_file)),
        (
            "a program's token",
            plain.clone().with_exec(program(&gives(&format!(r#"{{"token":"{TOKEN}"}}"#)))),
        ),
        (
            "a program's half pair",
            plain.clone().with_exec(program(&gives(&format!(r#"{{"clientKeyData":"{TOKEN}"}}"#)))),
        ),
        ("a program's nonsense", plain.clone().with_exec(program(&format!("echo {TOKEN}")))),
        ("a program's environment", plain.clone().with_exec(environment)),
        ("an ID token", oidc(&|oidc| oidc.id_token = Some(TOKEN.into()))),
        (
            "an ID token's claims",
            oidc(&|oidc| oidc.id_token = Some(format!("e30.{claims}.{TOKEN}").into())),
        ),
        ("a refresh token", oidc(&|oidc| oidc.refresh_token = Some(TOKEN.into()))),
        (
            "a client's secret",
            oidc(&|oidc| {
                oidc.client_secret = Some(TOKEN.into());
                oidc.refresh_token = Some("x".into());
            }),
        ),
        (
            "a private key",
            secure().with_client_certificate(certificate(), SecretPem::Data(key.into())),
        ),
        (IN_SERVER[0], Config::new(format!("http://u:{TOKEN}@127.0.0.1:1"))),
        (IN_SERVER[1], Config::new(format!("http://127.0.0.1:1/?{TOKEN}"))),
        (
            "a proxy's password",
            plain.clone().with_proxy_url(format!("http://u:{TOKEN}@127.0.0.1:1")),
        ),
        (
            "a proxy's password in a URL that is none",
            plain.with_proxy_url(format!("http://u:{TOKEN}@:x/")),
        ),
    ]
}

/// Asks for something that holds a body, and prints what came.
type Asks = fn(&mut Printed);

/// What a server gives that holds a body; by what it was asked for.
fn answers() -> Vec<(&'static str, Asks)> {
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
                super::event("ADDED", good),
                super::event("MODIFIED", given("Secret", json!({"data": [BODY]}))),
                super::event(BODY, given("Secret", json!({}))),
                BODY.to_owned(),
            ];
            let stub = script([super::watches::lines(&lines)]);
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

/// Tells the test below that its process can't start a thread.
const WITHOUT_THREADS: &str = "KUBECLIENT_TESTS_WITHOUT_THREADS";
const THREADLESS: &str = "wire::canary::what_a_system_without_threads_is_told_of_shows_no_canary";
const MET: &str = "met an error of the system";

/// A process of its own, which the next test starts; in any other one it does nothing.
#[test]
fn what_a_system_without_threads_is_told_of_shows_no_canary() {
    if std::env::var_os(WITHOUT_THREADS).is_none() {
        return;
    }
    let place = "a system that has no thread to give";
    let mut printed = Printed { place, kinds: BTreeSet::new(), texts: 0 };
    let client = RestClient::new(Config::new("http://localhost:1").with_token(TOKEN)).unwrap();
    printed.debug(&client);
    printed.outcome(client.send(&Request::get("/x")).map(drop));
    let reflector = Reflector::builder(&Api::<Secret>::all(&client)).start();
    printed.outcome(reflector.map(drop));
    let recorder = EventRecorder::builder(&client, "tests").start();
    printed.outcome(recorder.map(drop));
    assert!(printed.kinds.contains("System"), "{:?}", printed.kinds);
    println!("{MET}");
}

/// 35 places, and whatever is printed: 0 hits.
#[test]
fn a_canary_in_each_place_is_never_printed() {
    let folder = tempfile::tempdir().unwrap();
    let (configurations, answers) = (configurations(folder.path()), answers());
    let places = configurations.len() + 1 + answers.len();
    let told = Mutex::new((BTreeSet::new(), 0));
    let logged = logged(|| {
        let keep = |printed: Printed| {
            let mut told = told.lock().unwrap();
            assert!(printed.texts > 0, "{}: nothing was printed", printed.place);
            told.0.extend(printed.kinds);
            told.1 += printed.texts;
        };
        for (place, config) in configurations {
            let mut printed = Printed { place, kinds: BTreeSet::new(), texts: 0 };
            ask(&mut printed, config);
            keep(printed);
        }
        let pki = Pki::new().unwrap();
        let untrusted = pki.server_config().unwrap();
        let untrusted = Stub::start_tls(untrusted, |_, _| Reply::text(200, "x")).unwrap();
        let place = "a token for a server that is not trusted";
        let mut printed = Printed { place, kinds: BTreeSet::new(), texts: 0 };
        let client = RestClient::new(Config::new(untrusted.url()).with_token(TOKEN)).unwrap();
        printed.outcome(client.send(&Request::get("/x")).map(drop));
        keep(printed);
        for (place, print) in answers {
            let mut printed = Printed { place, kinds: BTreeSet::new(), texts: 0 };
            print(&mut printed);
            keep(printed);
        }
    });
    assert!(logged.is_empty(), "{logged:?}");
    let (kinds, texts) = told.into_inner().unwrap();
    println!("{places} places, {texts} texts, errors of {} kinds: 0 hits", kinds.len());
    assert!(places == 35 && texts > 3_000, "{places} places, {texts} texts");
    let all = [
        "Api",
        "Auth",
        "Config",
        "Connect",
        "Connection",
        "Decode",
        "Invalid",
        "Mixed",
        "Panic",
        "Stopped",
        "System",
        "Timeout",
        "Tls",
        "TooLarge",
        "Unmet",
    ];
    let missing: Vec<_> = all.iter().filter(|kind| !kinds.contains(**kind)).collect();
    assert!(missing.is_empty(), "no error of {missing:?}");
}

/// What prints a value by the compiler's own `Debug` holds no field that is named as a credential is, but for those
/// whose type hides what it holds.
#[test]
fn no_type_prints_a_field_that_is_named_as_a_credential() {
    const NAMES: [&str; 13] = [
        "token",
        "password",
        "secret",
        "id_token",
        "refresh_token",
        "client_secret",
        "key",
        "key_data",
        "client_key_data",
        "body",
        "env",
        "authorization",
        "credential",
    ];
    // Types that show nothing, references to what is secret, and keys of maps.
    const HARMLESS: [&str; 10] = [
        "Option<Body>",
        "Secret",
        "SecretPem",
        "Option<Secret>",
        "Vec<(String, Secret)>",
        "bool",
        "ObjectKey",
        "&'static str",
        "LabelSelector",
        "SecretBytes",
    ];
    let mut types = 0;
    let mut shown = Vec::new();
    for file in
        sources(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../kubeclient/src")))
    {
        let text = fs::read_to_string(&file).unwrap();
        let mut lines = text.lines();
        let mut derives = false;
        while let Some(line) = lines.next() {
            let line = line.trim_start();
            if line.starts_with("#[derive(") {
                derives = line.contains("Debug");
            }
            let is_type = line.starts_with("pub struct ") || line.starts_with("pub enum ");
            if !is_type {
                continue;
            }
            if std::mem::take(&mut derives) && line.ends_with('{') {
                types += 1;
                for field in lines.by_ref().take_while(|line| !line.starts_with('}')) {
                    let field = field.trim().trim_start_matches("pub ").trim_end_matches(',');
                    let Some((name, kind)) = field.split_once(": ") else { continue };
                    let is_label = line.contains("LabelRequirement");
                    if NAMES.contains(&name) && !HARMLESS.contains(&kind) && !is_label {
                        shown.push(format!("{}: {line} {field}", file.display()));
                    }
                }
            }
        }
    }
    assert!(types > 60, "{types} types");
    println!("{types} public types whose `Debug` the compiler writes");
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

fn sources(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true if path.ends_with("types") => {}
            true => found.extend(sources(&path)),
            false => found.extend(path.extension().is_some_and(|end| end == "rs").then_some(path)),
        }
    }
    found
}
