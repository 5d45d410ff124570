//! A copy without credentials: of whatever kind those of the original are, nothing of them goes over the wire.

use std::fs;

use kubeclient::config::{Auth, Exec, Impersonate, Oidc, Pem, SecretPem};
use kubeclient::{Config, Request, RestClient, Stop};
use kubeclient_tests::pki::{Identity, Pki};
use kubeclient_tests::stub::{RecordedRequest, Reply, Stub};
use serde_json::json;

use super::PATIENCE;

const CANARY: &str = "CANARY";

/// What a request says of who asks: headers, or a certificate.
fn who(request: &RecordedRequest) -> Vec<String> {
    let names = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
    let names = names.filter(|name| {
        ["authorization", "cookie"].contains(&name.as_str()) || name.starts_with("impersonate")
    });
    let certificate = request.client_certificate.iter().map(|_| "a certificate".to_owned());
    names.chain(certificate).collect()
}

fn with_certificate(config: Config, identity: &Identity) -> Config {
    config.with_client_certificate(
        Pem::Data(identity.certificate_pem.clone().into()),
        SecretPem::Data(identity.private_key_pem.as_str().into()),
    )
}

/// The server asks for a certificate and does without; each kind is tried alone, and with a certificate and a user to
/// impersonate beside it.
#[test]
fn an_anonymous_copy_sends_nothing_of_any_credential() {
    let pki = Pki::new().unwrap();
    let ada = pki.issue_client("ada", &[]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("token"), CANARY).unwrap();
    fs::write(path("crt"), &ada.certificate_pem).unwrap();
    fs::write(path("key"), &ada.private_key_pem).unwrap();
    let plugin = |name: &str, status: serde_json::Value| {
        let credential = json!({
            "kind": "ExecCredential",
            "apiVersion": "client.authentication.k8s.io/v1",
            "status": status,
        });
        let text = format!("echo >> {}\ncat <<END\n{credential}\nEND\n", path("runs").display());
        fs::write(path(name), text).unwrap();
        let mut exec = Exec::new("/bin/sh");
        exec.args = vec![path(name).to_str().unwrap().into()];
        Auth::Exec(exec)
    };
    let issuer = Stub::start(|_, _| Reply::status(500)).unwrap();
    // Its end is past: the issuer is asked at the first request.
    let mut oidc = Oidc::new(issuer.url(), "k");
    oidc.id_token = Some("e30.eyJleHAiOjF9.CANARY".into());
    oidc.refresh_token = Some(CANARY.into());
    // And one that lasts.
    let mut lasting = Oidc::new(issuer.url(), "k");
    lasting.id_token = Some("e30.eyJleHAiOjk5OTk5OTk5OTk5fQ.CANARY".into());

    let of = |auth: Auth| {
        move |mut config: Config| {
            config.auth = auth;
            config
        }
    };
    type Change<'a> = Box<dyn FnOnce(Config) -> Config + 'a>;
    let token_file = Auth::TokenFile { path: path("token"), fallback: Some(CANARY.into()) };
    let both = json!({"token": CANARY, "clientCertificateData": ada.certificate_pem,
        "clientKeyData": ada.private_key_pem});
    let files = (Pem::File(path("crt")), SecretPem::File(path("key")));
    let kinds: Vec<(&str, &[&str], Change<'_>)> = vec![
        ("token", &["authorization"], Box::new(of(Auth::Token(CANARY.into())))),
        ("token file", &["authorization"], Box::new(of(token_file))),
        ("password", &["authorization"], Box::new(|c| c.with_basic_auth(CANARY, CANARY))),
        ("exec", &["authorization"], Box::new(of(plugin("t", json!({"token": CANARY}))))),
        (
            "exec with a certificate",
            &["authorization", "a certificate"],
            Box::new(of(plugin("b", both))),
        ),
        ("oidc", &["authorization"], Box::new(of(Auth::Oidc(lasting)))),
        ("oidc that has ended", &[], Box::new(of(Auth::Oidc(oidc)))),
        ("certificate", &["a certificate"], Box::new(|config| with_certificate(config, &ada))),
        (
            "certificate in files",
            &["a certificate"],
            Box::new(|config| config.with_client_certificate(files.0, files.1)),
        ),
    ];
    let stop = Stop::after(PATIENCE);
    for (kind, expected, change) in kinds {
        let tls = pki.server_config_with_optional_client_auth().unwrap();
        let stub = Stub::start_tls(tls, |_, _| Reply::text(200, "ok")).unwrap();
        let config = Config::new(stub.url())
            .with_certificate_authority(Pem::Data(pki.ca_pem().into_bytes()))
            .with_impersonation(Impersonate { user: CANARY.into(), ..Impersonate::default() });
        let config = change(config);
        let beside = match config.tls.client_certificate {
            Some(_) => config.clone(),
            None => with_certificate(config.clone(), &ada),
        };
        let before = (issuer.connections(), fs::read_to_string(path("runs")).unwrap_or_default());
        for config in [&config, &beside] {
            let anonymous = config.anonymous();
            for request in [Request::get("/x"), Request::post("/x")] {
                let client = RestClient::new(anonymous.clone()).unwrap().with_stop(&stop);
                client.send(&request).unwrap();
            }
        }
        let after = (issuer.connections(), fs::read_to_string(path("runs")).unwrap_or_default());
        assert_eq!(before, after, "{kind}: neither an issuer is asked nor a program run");
        let sent = stub.requests();
        assert_eq!(sent.len(), 4);
        for request in &sent {
            assert_eq!(who(request), Vec::<String>::new(), "{kind}");
            assert!(!format!("{request:?}").contains(CANARY), "{kind}: {request:?}");
        }

        // The original does send it.
        let client = RestClient::new(config).unwrap().with_stop(&stop);
        let outcome = client.send(&Request::get("/x"));
        assert_eq!(outcome.is_ok(), !expected.is_empty(), "{kind}: {outcome:?}");
        if let Some(request) = stub.requests().get(4) {
            let who = who(request);
            for part in expected.iter().chain(&["impersonate-user"]) {
                assert!(who.iter().any(|found| found == part), "{kind}: {part} of {who:?}");
            }
        }
    }
    assert!(issuer.connections() > 0, "the original that has ended asked for another token");
    assert_eq!(fs::read_to_string(path("runs")).unwrap().lines().count(), 2);
}
