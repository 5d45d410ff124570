//! Who a request says that it is from.

use std::fs;

use kubeclient::config::{Impersonate, KubeconfigOptions};
use kubeclient::{Config, ErrorKind, Request, RestClient};
use kubeclient_tests::stub::{RecordedRequest, Reply};

use super::{client_with, stub};

fn headers<'a>(request: &'a RecordedRequest, start: &str) -> Vec<(String, &'a str)> {
    let all =
        request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()));
    all.filter(|(name, _)| name.starts_with(start)).collect()
}

/// Fidelity 20.
#[test]
fn an_impersonated_user_is_one_header_a_fact() {
    let stub = stub(|_, _| Reply::text(200, "ok"));
    let client = client_with(&stub, |config| {
        config.impersonate = Some(Impersonate {
            user: "u".into(),
            uid: Some("7".into()),
            groups: vec!["g1".into(), "g2".into()],
            extra: [("a/b".to_owned(), vec!["x".to_owned()])].into(),
        });
    });
    client.send(&Request::get("/x")).unwrap();
    let request = stub.requests().remove(0);
    assert_eq!(
        headers(&request, "impersonate"),
        [
            ("impersonate-user".to_owned(), "u"),
            ("impersonate-uid".to_owned(), "7"),
            ("impersonate-group".to_owned(), "g1"),
            ("impersonate-group".to_owned(), "g2"),
            ("impersonate-extra-a%2fb".to_owned(), "x"),
        ]
    );
}

/// Fidelity 21.
#[test]
fn groups_without_a_user_are_refused() {
    let groups = Impersonate { groups: vec!["g".into()], ..Impersonate::default() };
    let config = Config::new("http://127.0.0.1:1").with_impersonation(groups);
    assert_eq!(RestClient::new(config).unwrap_err().kind(), ErrorKind::Config);
}

/// Fidelity 31.
#[test]
fn a_kubeconfigs_token_does_not_go_over_plain_http() {
    let stub = stub(|_, _| Reply::text(200, "ok"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let text = format!(
        "{{current-context: c, contexts: [{{name: c, context: {{cluster: c, user: u}}}}],
           clusters: [{{name: c, cluster: {{server: '{}'}}}}],
           users: [{{name: u, user: {{token: hunter2}}}}]}}",
        stub.url()
    );
    fs::write(&path, text).unwrap();
    let config = Config::from_kubeconfig(&KubeconfigOptions::default().path(path)).unwrap();
    RestClient::new(config).unwrap().send(&Request::get("/x")).unwrap();
    assert_eq!(stub.requests()[0].header("authorization"), None);
}

/// Fidelity 19.
#[test]
fn a_credential_is_one_header() {
    let check = |change: &dyn Fn(&mut Config), expected: Option<&str>| {
        let stub = stub(|_, _| Reply::text(200, "ok"));
        client_with(&stub, change).send(&Request::get("/x")).unwrap();
        let request = stub.requests().remove(0);
        let sent: Vec<_> = headers(&request, "auth").into_iter().map(|(_, value)| value).collect();
        assert_eq!(sent, Vec::from_iter(expected));
    };
    check(&|_| {}, None);
    check(&|config| *config = config.clone().with_token("t\n"), Some("Bearer t"));
    check(&|config| *config = config.clone().with_basic_auth("a", "b"), Some("Basic YTpi"));
    check(&|config| *config = config.clone().with_token("t").anonymous(), None);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "f\n").unwrap();
    check(&|config| *config = config.clone().with_token_file(&path), Some("Bearer f"));
}

/// Fidelity 18, 38.
#[test]
fn a_refused_token_is_read_again_and_the_request_sent_once_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "one").unwrap();
    let stub = stub(|request, _| {
        let token = request.header("authorization").unwrap().trim_start_matches("Bearer ");
        let good = ["one", "two", "three"].contains(&token) && !request.path.ends_with(token);
        if good { Reply::text(200, "ok") } else { Reply::status(401) }
    });
    let token = path.clone();
    let client = client_with(&stub, |config| *config = config.clone().with_token_file(token));
    let sent = |request: Request| {
        let before = stub.requests().len();
        let outcome = client.send(&request);
        let tokens = stub.requests().split_off(before).into_iter();
        let tokens: Vec<_> =
            tokens.map(|request| request.header("authorization").unwrap().to_owned()).collect();
        (outcome.map(|_| ()), tokens)
    };

    assert!(sent(Request::get("/x")).0.is_ok());
    let (outcome, tokens) = sent(Request::post("/x").header("Authorization", "Bearer own"));
    assert!(outcome.unwrap_err().is_unauthorized(), "the caller's own token is not the file's");
    assert_eq!(tokens, ["Bearer own"]);

    fs::write(&path, "two").unwrap();
    let (outcome, tokens) = sent(Request::post("/refuse-one"));
    assert!(outcome.is_ok());
    assert_eq!(tokens, ["Bearer one", "Bearer two"]);
    fs::write(&path, "bad").unwrap();
    let (outcome, tokens) = sent(Request::post("/refuse-two"));
    assert!(outcome.unwrap_err().is_unauthorized());
    assert_eq!(tokens, ["Bearer two", "Bearer bad"]);
    let (outcome, tokens) = sent(Request::post("/x"));
    assert!(outcome.unwrap_err().is_unauthorized(), "the file has no other token");
    assert_eq!(tokens, ["Bearer bad"]);
    fs::write(&path, "three").unwrap();
    let (outcome, tokens) = sent(Request::post("/x"));
    assert!(outcome.is_ok());
    assert_eq!(tokens, ["Bearer bad", "Bearer three"]);
    fs::remove_file(&path).unwrap();
    assert!(sent(Request::get("/x")).0.is_ok(), "a lost file leaves the last token in use");
}
