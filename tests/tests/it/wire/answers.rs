//! What is made of answers that say no, and of those that say yes oddly.

use std::sync::{Arc, Mutex};

use kubeclient::config::{Impersonate, Pem};
use kubeclient::rest::{Attempt, Warning};
use kubeclient::{Config, Error, ErrorKind, Request, RestClient};
use kubeclient_tests::pki::Pki;
use kubeclient_tests::stub::{Reply, Stub};

use super::{FOOS, client, event, foo, foos, page, refusal, script, status, stub};
use crate::foo::Foo;

/// What a server that always gives this answer is to a call.
#[track_caller]
fn refused(reply: Reply, call: impl FnOnce(&RestClient) -> Option<Error>) -> Error {
    let stub = script([reply]);
    let error = call(&client(&stub)).expect("the answer is an error");
    assert_eq!(stub.requests().len(), 1);
    error
}

fn get(client: &RestClient) -> Option<Error> {
    foos(client).get("a").err()
}

fn create(client: &RestClient) -> Option<Error> {
    foos(client).create(&Foo::named("a", 1)).err()
}

fn replace(client: &RestClient) -> Option<Error> {
    let mut read = Foo::named("a", 1);
    read.metadata.resource_version = "1".into();
    foos(client).replace(&read).err()
}

/// Fidelity 14.
#[test]
fn a_404_in_plain_text_is_not_found() {
    let error = refused(Reply::text(404, "404 page not found\n"), get);
    assert!(error.is_not_found());
    assert_eq!(error.status().unwrap().message, "404 page not found");
    assert_eq!(error.to_string(), format!("GET {FOOS}/a: 404 page not found (404 NotFound)"));
}

/// Fidelity 15.
#[test]
fn a_409_without_a_status_means_what_the_verb_makes_of_it() {
    let conflict = || Reply::text(409, "no");
    assert!(refused(conflict(), create).is_already_exists());
    let error = refused(conflict(), replace);
    assert!(error.is_conflict() && !error.is_already_exists());
    let error = refused(refusal(409, "Conflict"), create);
    assert!(error.is_conflict() && !error.is_already_exists(), "the server's reason counts more");
}

/// Fidelity 16.
#[test]
fn a_page_of_html_is_an_internal_error_that_stays_short() {
    let html = format!("<html>{}</html>", "é".repeat(1 << 19));
    let error = refused(Reply::text(500, html).header("Content-Type", "text/html"), get);
    assert!(error.is_internal_error());
    let message = &error.status().unwrap().message;
    assert!(message.len() <= 2048 && message.starts_with("<html>é"), "{}", message.len());
    assert!(error.to_string().len() < 3000);
}

/// Fidelity 17.
#[test]
fn the_reason_counts_and_where_it_is_unknown_the_code() {
    for reason in ["", "Mislaid"] {
        let error = refused(refusal(404, reason), get);
        assert!(error.is_not_found());
        assert_eq!(error.status().unwrap().reason, reason);
    }
    let error = refused(refusal(404, "Expired"), get);
    assert!(error.is_expired() && !error.is_not_found());
    assert!(!refused(refusal(410, ""), get).is_expired());
}

#[test]
fn a_status_is_read_whatever_it_is_labelled() {
    for label in ["text/plain", "text/html", "application/octet-stream", "junk"] {
        let body = status(403, "Forbidden").to_string();
        let error = refused(Reply::json(403, body).header("Content-Type", label), get);
        assert!(error.is_forbidden());
        assert_eq!(error.status().unwrap().message, "because");
    }
    // One without a code takes the answer's.
    let error = refused(Reply::text(418, r#"{"kind":"Status","reason":"Teapot"}"#), get);
    assert_eq!(error.status().map(|status| status.code), Some(418));
}

#[test]
fn a_refusal_that_breaks_off_still_says_its_code() {
    let reply = Reply::text(403, "forbidden: you");
    let cut = reply.head_length() + 4;
    let reply = reply.truncated_at(cut);
    assert!(refused(reply, get).is_forbidden());
}

#[test]
fn an_answer_that_is_no_object_is_a_decode_error_that_names_the_request() {
    let mut of_another_kind = foo("a", 1);
    of_another_kind["kind"] = "Bar".into();
    for body in [
        "".to_owned(),
        "null".to_owned(),
        "<html>".to_owned(),
        "{".to_owned(),
        "\u{feff}{}".to_owned(),
        status(200, "").to_string(),
        of_another_kind.to_string(),
        format!("{} x", foo("a", 1)),
    ] {
        let error = refused(Reply::json(200, body.clone()), get);
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
        assert_eq!((error.verb(), error.path()), (Some("GET"), Some(&*format!("{FOOS}/a"))));
    }
    assert_eq!(refused(Reply::status(204), get).kind(), ErrorKind::Decode);
}

/// Fidelity 12.
#[test]
fn warnings_are_heard_in_their_order() {
    let stub = script([
        Reply::text(200, "ok")
            .append_header("Warning", r#"299 - "first", 299 k8s "second""#)
            .append_header("Warning", r#"199 - "not this""#)
            .append_header("Warning", "299 malformed")
            .append_header("Warning", r#"299 - "third \"quoted\"""#),
        refusal(404, "NotFound").append_header("Warning", r#"299 - "on a refusal""#),
    ]);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hear = Arc::clone(&heard);
    let client = RestClient::builder(Config::new(stub.url()))
        .warning_handler(move |warning: &Warning| hear.lock().unwrap().push(warning.text.clone()))
        .build()
        .unwrap();
    client.send(&Request::get("/x")).unwrap();
    client.send(&Request::get("/x")).unwrap_err();
    assert_eq!(*heard.lock().unwrap(), ["first", "second", "third \"quoted\"", "on a refusal"]);
}

#[test]
fn the_observer_sees_each_attempt() {
    let stub = script([
        Reply::status(429).header("Retry-After", "0"),
        page([foo("a", 1)], 1, ""),
        refusal(404, "NotFound"),
        Reply::disconnect(),
    ]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let see = Arc::clone(&seen);
    let client = RestClient::builder(Config::new(stub.url()))
        .observer(move |attempt: &Attempt<'_>| {
            let Attempt { verb, template, code, number, bytes_sent, bytes_received, error, .. } =
                *attempt;
            assert!(bytes_sent > 0 && (bytes_received > 0) == code.is_some(), "{attempt:?}");
            let line = format!("{verb} {template} {code:?} {number} {:?}", error.map(Error::kind));
            see.lock().unwrap().push(line);
        })
        .build()
        .unwrap();
    foos(&client).list(&Default::default()).unwrap();
    foos(&client).delete("a", &Default::default()).unwrap_err();
    foos(&client).create(&Foo::named("a", 1)).unwrap_err();
    let collection = FOOS.replace("/ns/", "/{namespace}/");
    assert_eq!(
        *seen.lock().unwrap(),
        [
            format!("GET {collection} Some(429) 1 Some(Api)"),
            format!("GET {collection} Some(200) 2 None"),
            format!("DELETE {collection}/{{name}} Some(404) 1 Some(Api)"),
            format!("POST {collection} None 1 Some(Connection)"),
        ]
    );
}

#[test]
fn every_error_carries_the_verb_and_the_path() {
    let check = |reply: Reply, call: fn(&RestClient) -> Option<Error>, verb: &str, path: &str| {
        let error = refused(reply, call);
        assert_eq!((error.verb(), error.path()), (Some(verb), Some(&*format!("{FOOS}{path}"))));
        assert!(error.to_string().starts_with(&format!("{verb} {FOOS}{path}: ")), "{error}");
    };
    check(refusal(403, "Forbidden"), get, "GET", "/a");
    check(Reply::disconnect(), create, "POST", "");
    check(Reply::raw("nonsense\r\n\r\n"), replace, "PUT", "/a");
    check(Reply::json(200, "{}"), create, "POST", "");
    check(
        refusal(403, "x"),
        |client| foos(client).list_all(&Default::default()).next()?.err(),
        "GET",
        "",
    );
    check(refusal(403, "x"), |client| foos(client).watch_raw(&Default::default()).err(), "GET", "");
    check(
        Reply::json(200, "garbage\n"),
        |client| foos(client).watch_raw(&Default::default()).unwrap().next()?.err(),
        "GET",
        "",
    );
}

/// The server's text must not act on a terminal.
#[test]
fn control_characters_of_the_server_are_escaped() {
    let marks = ['\u{61c}', '\u{200e}', '\u{200f}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'];
    let controls: String = ('\0'..='\u{9f}')
        .filter(|c| c.is_control())
        .chain('\u{2028}'..='\u{202e}')
        .chain(marks)
        .collect();
    assert_eq!(controls.chars().count(), 33 + 32 + 14);
    for reply in [
        Reply::text(500, format!("a{controls}b")),
        Reply::json(
            500,
            serde_json::json!({"kind": "Status", "message": controls, "reason": controls})
                .to_string(),
        ),
        Reply::json(500, serde_json::json!({"kind": "Status", "reason": controls}).to_string()),
    ] {
        let error = refused(reply, get);
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.chars().any(|c| controls.contains(c)), "{text:?}");
        }
    }
    // In an object's name, in its type, in the version of a server, in what a wait says.
    let mut bad = super::bad_foo(&controls, 1);
    bad["metadata"]["namespace"] = controls.as_str().into();
    let mut other = foo("a", 1);
    other["kind"] = controls.as_str().into();
    let mut status = foo("a", 1);
    status["status"] = serde_json::json!({"phase": controls});
    let version = serde_json::json!({"gitVersion": controls, "major": controls, "minor": controls});
    let mut texts = Vec::new();
    for body in [bad, other, status] {
        let version = version.clone();
        let line = event("ADDED", body.clone());
        let stub = stub(move |request, _| match request.path.as_str() {
            "/version" => Reply::json(200, version.to_string()),
            _ if request.query_value("watch").is_some() => Reply::json(200, format!("{line}\n")),
            path if path.ends_with("/foos") => page([body.clone()], 1, ""),
            _ => Reply::json(200, body.to_string()),
        });
        let client = client(&stub);
        let api = foos(&client);
        texts.extend(api.get("a").err().map(|error| format!("{error} {error:#}")));
        texts.extend(api.list(&Default::default()).err().map(|error| format!("{error}")));
        let watch = api.watch_raw(&Default::default()).unwrap();
        texts.extend(watch.filter_map(Result::err).map(|error| error.to_string()));
        let version = kubeclient::DiscoveryClient::new(&client).server_version().unwrap();
        texts.push(version.to_string());
        let soon = kubeclient::Stop::after(std::time::Duration::from_millis(100));
        let dynamic = foos(&client.with_stop(&soon)).read_as::<kubeclient::DynamicObject>();
        let met = kubeclient::wait::json_path("{.status.phase}=Running").unwrap();
        let waited = kubeclient::wait::until(&dynamic, "a", met, &soon).unwrap_err();
        texts.push(format!("{waited} {waited:?}"));
    }
    assert!(texts.len() >= 9, "{texts:?}");
    for text in texts {
        assert!(!text.chars().any(|c| controls.contains(c)), "{text:?}");
    }
}

/// A redirect may lead to another host: it is an error, and nobody gets the credential.
#[test]
fn redirects_are_never_followed() {
    let pki = Pki::new().unwrap();
    let tls = pki.server_config().unwrap();
    let authority = Pem::Data(pki.ca_pem().into_bytes());
    let other = stub(|_, _| Reply::text(200, "ok"));
    let targets = [format!("{}/y", other.url()), "/y".to_owned(), "//127.0.0.1:1/".to_owned()];
    // From https the first of them leads to http.
    let cases = targets.iter().flat_map(|target| [(target, false), (target, true)]);
    for (target, is_tls) in cases {
        for code in [301, 302, 303, 307, 308] {
            let target = target.clone();
            let answer = move |_: &_, _| Reply::status(code).header("Location", target.clone());
            let stub = match is_tls {
                true => Stub::start_tls(tls.clone(), answer).unwrap(),
                false => stub(answer),
            };
            let mut config = Config::new(stub.url())
                .with_token("hunter2")
                .with_certificate_authority(authority.clone());
            config.impersonate = Some(Impersonate { user: "u".into(), ..Default::default() });
            let client = RestClient::new(config).unwrap();
            for error in [get(&client), create(&client)] {
                let error = error.unwrap();
                assert_eq!(error.kind(), ErrorKind::Api, "{error:?}");
                assert_eq!(error.status().unwrap().code, i32::from(code));
            }
            assert_eq!(stub.requests().len(), 2);
        }
    }
    assert_eq!(other.connections(), 0);
}

/// Whatever else a server says, the answer is one of the two.
#[test]
fn heads_that_are_not_http_are_errors() {
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "a".repeat(1 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: a\r\n".repeat(20_000));
    let flood = "HTTP/1.1 100 Continue\r\n\r\n".repeat(20_000);
    for raw in [
        "nonsense\r\n\r\n",
        "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
        &long,
        &many,
        &flood,
    ] {
        let stub: Stub = script([Reply::raw(raw)]);
        let error = client(&stub).send(&Request::post("/x")).expect_err(&raw[..raw.len().min(60)]);
        assert_eq!(error.verb(), Some("POST"));
        assert_eq!(stub.requests().len(), 1);
    }
}
