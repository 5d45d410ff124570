//! Configurations that hold the canary, each in one place.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubeclient::Config;
use kubeclient::config::{Auth, Exec, Impersonate, Oidc, Pem, SecretPem};
use kubeclient_tests::pki::Pki;

use super::super::secrets::TOKEN;
use super::IN_SERVER;

/// A configuration that holds the canary in one place.
pub(super) fn configurations(folder: &Path) -> Vec<(&'static str, Config)> {
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
