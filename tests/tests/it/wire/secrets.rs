//! No credential and no body shows: in errors, in `Debug`, in the log.

use std::cell::Cell;
use std::fs;
use std::sync::{Mutex, Once, PoisonError};

use kubeclient::config::{Exec, Impersonate};
use kubeclient::rest::{Attempt, Warning};
use kubeclient::{
    Config, DynamicObject, Error, ListParams, Request, RestClient, Stop, WatchParams,
};
use kubeclient_tests::pki::Pki;
use kubeclient_tests::proxy::{Proxy, Speaks};
use kubeclient_tests::stub::{Reply, Stub};
use serde_json::json;

use super::{foo, foos, refusal, script, stub};
use crate::foo::Foo;

/// What must not show.
const CANARY: &str = "c4n4ry";

#[track_caller]
pub(super) fn check(what: &str, text: &str) {
    assert!(!text.to_ascii_lowercase().contains(CANARY), "{what}: {text}");
    // `Basic` hides it in base64.
    assert!(!text.contains("YzRuNHJ5"), "{what}: {text}");
    let pieces = PIECES.into_iter().chain(BODY_PIECES);
    let shows = pieces.into_iter().find(|piece| text.contains(piece));
    assert_eq!(shows, None, "{what}: {text}");
}

fn check_error(error: &Error) {
    check("Display", &error.to_string());
    check("Debug", &format!("{error:?}"));
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        check("source", &format!("{cause} {cause:?}"));
        source = cause.source();
    }
}

/// Every error that a call with a credential may end in.
fn errors(config: &Config) -> Vec<Error> {
    let mut bad = foo("a", 1);
    bad["spec"] = json!({"replicas": CANARY, "deploymentName": CANARY});
    let replies: [fn(&str) -> Reply; 9] = [
        |_| Reply::status(401),
        |_| refusal(403, "Forbidden"),
        |_| Reply::disconnect(),
        |_| Reply::raw("c4n4ry nonsense\r\n\r\n"),
        |_| Reply::raw("HTTP/1.1 200 OK\r\nX-c4n4ry: \x01\r\nc4n4ry\r\n\r\n"),
        |bad| Reply::json(200, bad),
        |_| Reply::json(200, r#"{"data": c4n4ry"#),
        |_| Reply::json(200, "c4n4ry"),
        |_| Reply::status(307).header("Location", "http://c4n4ry/"),
    ];
    let mut errors = Vec::new();
    for reply in replies {
        let bad = bad.to_string();
        let stub = stub(move |_, _| reply(&bad));
        let mut config = config.clone();
        config.server = stub.url();
        let client = RestClient::new(config).unwrap();
        check("client", &format!("{client:?} {:?}", client.config()));
        let mut secret = Foo::named("a", 1);
        secret.spec.deployment_name = CANARY.into();
        errors.extend(foos(&client).create(&secret).err());
        let own =
            Request::post("/x").json(CANARY).header("Authorization", format!("Bearer {CANARY}"));
        check("request", &format!("{own:?}"));
        match client.send(&own) {
            Ok(response) => {
                check("response", &format!("{response:?}"));
                errors.extend(response.json::<DynamicObject>().err());
                errors.extend(response.status().err());
            }
            Err(error) => errors.push(error),
        }
    }
    errors
}

#[test]
fn no_error_shows_a_credential_or_a_body() {
    let plain = Config::new("http://127.0.0.1:1");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, CANARY).unwrap();
    let extra = [("key".to_owned(), vec!["value".to_owned()])].into();
    let mut exec = Exec::new("/bin/sh");
    exec.args = vec!["-c".into(), "printf \"$GIVES\" $CANARY".into()];
    let gives = r#"{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
        "status": {"token": "%s"}}"#;
    exec.env = vec![("GIVES".into(), gives.into()), ("CANARY".into(), CANARY.into())];
    let user = Impersonate { user: "u".into(), extra, ..Impersonate::default() };
    for config in [
        plain.clone().with_token(CANARY),
        plain.clone().with_basic_auth("user", CANARY),
        plain.clone().with_token_file(&path),
        #[cfg(unix)]
        plain.clone().with_exec(exec),
        plain.clone().with_token(CANARY).with_impersonation(user),
    ] {
        check("config", &format!("{config:?}"));
        let errors = errors(&config);
        assert!(errors.len() >= 14, "{} errors", errors.len());
        errors.iter().for_each(check_error);
    }
}

#[test]
fn a_credential_that_can_not_be_used_is_not_shown() {
    let plain = Config::new("http://127.0.0.1:1");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, format!("{CANARY}\n{CANARY}")).unwrap();
    let broken = |server: &str| Config::new(server).with_token(CANARY);
    for config in [
        plain.clone().with_token(format!("{CANARY}\r\nX: {CANARY}")),
        plain.clone().with_basic_auth("user:x", format!("{CANARY}\0")),
        plain.clone().with_token_file(&path),
        broken(&format!("https://user:{CANARY}@host")),
        broken(&format!("http://host/?{CANARY}@")),
        broken("http://example.com"),
    ] {
        check("config", &format!("{config:?}"));
        let outcome = RestClient::new(config).and_then(|client| {
            client.send(&Request::get("/x").timeout(std::time::Duration::from_millis(300)))
        });
        check_error(&outcome.unwrap_err());
    }
}

/// A watch's objects are bodies, too.
#[test]
fn a_watch_shows_no_body() {
    let mut bad = foo("a", 1);
    bad["spec"]["replicas"] = CANARY.into();
    let lines = [
        super::event("ADDED", bad),
        format!(r#"{{"type":"{CANARY}","object":{{}}}}"#),
        format!("{CANARY} {CANARY}"),
    ];
    let stub = script([super::watches::lines(&lines)]);
    let watch = foos(&super::client(&stub)).watch_raw(&WatchParams::default()).unwrap();
    check("watch", &format!("{watch:?}"));
    let errors: Vec<_> = watch.map(Result::unwrap_err).collect();
    assert_eq!(errors.len(), 3);
    errors.iter().for_each(check_error);
}

/// What must not be logged: in base64 (`Basic`) and cut into pieces, too, it is easily found.
pub(super) const TOKEN: &str = "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ";
pub(super) const BODY: &str = "QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ";
pub(super) const PIECES: [&str; 2] = ["ZZZZZZZZ", "WlpaWlpa"];
const BODY_PIECES: [&str; 2] = ["QQQQQQQQ", "UVFRUVFR"];

static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());

thread_local! {
    /// How many lines of the HTTP library this thread has logged at level trace.
    static TRACED: Cell<usize> = const { Cell::new(0) };
}

struct Keeps;

impl log::Log for Keeps {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}", record.target(), record.args());
        // What ureq_proto traces is the wire, byte by byte: answers too, but nothing else.
        let is_wire =
            record.target().starts_with("ureq_proto") && record.level() == log::Level::Trace;
        TRACED.set(TRACED.get() + usize::from(is_wire));
        let shows = |piece: &str| line.contains(piece);
        // Of all tests that run at the same time, only lines that are at fault are kept.
        if PIECES.into_iter().any(shows) || (!is_wire && BODY_PIECES.into_iter().any(shows)) {
            LOGGED.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }

    fn flush(&self) {}
}

/// Runs with a log at level trace; gives the lines that show what must not show.
///
/// # Panics
/// Such lines would not be heard of.
pub(super) fn logged(run: impl FnOnce()) -> Vec<String> {
    static LOGGER: Once = Once::new();
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    LOGGER.call_once(|| log::set_boxed_logger(Box::new(Keeps)).unwrap());
    log::set_max_level(log::LevelFilter::Trace);
    let traced = TRACED.get();
    run();
    assert!(TRACED.get() > traced + 100, "the log heard {} lines", TRACED.get() - traced);
    for canary in [TOKEN, BODY] {
        log::trace!(target: "at-fault", "{canary}");
    }
    log::set_max_level(log::LevelFilter::Off);
    let mut logged = std::mem::take(&mut *LOGGED.lock().unwrap_or_else(PoisonError::into_inner));
    let count = logged.len();
    logged.retain(|line| !line.starts_with("at-fault "));
    assert_eq!(logged.len() + 2, count, "a line that is at fault is heard of");
    logged
}

/// Sends a refresh token and a client secret, in a header and in a form.
fn refresh_at_an_issuer() {
    let address = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let known = std::sync::Arc::clone(&address);
    let issuer = stub(move |request, _| match request.method.as_str() {
        "GET" => {
            let endpoint = format!("{}/token", known.get().unwrap());
            Reply::json(200, json!({"token_endpoint": endpoint}).to_string())
        }
        _ => Reply::json(401, json!({"error": "invalid_client"}).to_string()),
    });
    address.set(issuer.url()).unwrap();
    let mut oidc = kubeclient::config::Oidc::new(issuer.url(), "k");
    oidc.client_secret = Some(TOKEN.into());
    oidc.refresh_token = Some(TOKEN.into());
    let mut config = Config::new("http://127.0.0.1:1");
    config.auth = kubeclient::config::Auth::Oidc(oidc);
    let client = RestClient::new(config).unwrap();
    check_error(&client.send(&Request::get("/x")).unwrap_err());
    let forms: Vec<_> = issuer.requests().iter().map(|request| request.text()).collect();
    assert_eq!(forms.len(), 3, "{forms:?}");
    assert!(forms[2].contains(TOKEN), "it was sent, all the same");
}

/// Whatever the level, and whoever writes: this crate, or those that it stands on.
#[test]
fn the_log_shows_no_credential_and_no_body() {
    let logged = logged(all_ways);
    assert!(logged.is_empty(), "{logged:?}");
}

fn all_ways() {
    let pki = Pki::new().unwrap();
    let mut body = foo("a", 1);
    body["spec"]["deploymentName"] = BODY.into();
    let reply = body.to_string();
    let answer = move |request: &kubeclient_tests::stub::RecordedRequest, nth: usize| match nth % 3
    {
        _ if request.path.ends_with("gone") => Reply::status(401),
        0 => Reply::status(503).header("Retry-After", "0"),
        _ => Reply::json(200, reply.clone()),
    };
    let tls = Stub::start_tls(pki.server_config().unwrap(), answer.clone()).unwrap();
    let plain = stub(answer);
    let proxy = Proxy::builder(Speaks::Http).credential(TOKEN, TOKEN).start().unwrap();
    refresh_at_an_issuer();
    for (stub, proxied) in [(&plain, false), (&tls, false), (&plain, true), (&tls, true)] {
        let mut config = Config::new(stub.url()).with_token(TOKEN);
        if proxied {
            config = config.with_proxy_url(proxy.url_with(TOKEN, TOKEN));
            config = config.allow_plaintext_credentials();
        }
        if stub.url().starts_with("https") {
            let authority = kubeclient::config::Pem::Data(pki.ca_pem().into_bytes());
            config = config.with_certificate_authority(authority);
        }
        for config in [config.clone(), config.with_basic_auth("user", TOKEN)] {
            let client = RestClient::new(config).unwrap().with_stop(&Stop::after(super::PATIENCE));
            let mut written = Foo::named("a", 1);
            written.spec.deployment_name = TOKEN.into();
            foos(&client).create(&written).unwrap();
            foos(&client).get("a").unwrap();
            foos(&client).get("gone").unwrap_err();
            foos(&client).list(&ListParams::default()).unwrap_err();
        }
    }
    assert!(proxy.asked().len() > 2, "{:?}", proxy.asked());
}

#[test]
fn an_observer_sees_no_credential() {
    let stub = script([refusal(403, "Forbidden").header("Warning", "299 - \"w\"")]);
    let config = Config::new(stub.url()).with_token(CANARY);
    let client = RestClient::builder(config)
        .warning_handler(|_: &Warning| {})
        .observer(|attempt: &Attempt<'_>| check("attempt", &format!("{attempt:?}")));
    check("builder", &format!("{client:?}"));
    client.build().unwrap().send(&Request::post("/x").json(CANARY)).unwrap_err();
}
