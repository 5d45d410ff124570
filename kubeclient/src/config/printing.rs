//! What a kubeconfig and a configuration write and print: everything, and no credential.

use serde_json::Value;

use super::loader::Loaded;
use super::*;

const CANARY: &str = "CANARY";

/// Every field, and one that is not known at each level.
pub(super) const EVERYTHING: &str = r#"{
  "apiVersion": "v1", "kind": "Config", "preferences": {"colors": true}, "current-context": "x",
  "extensions": [{"name": "e", "extension": {"secret": "CANARY-01"}, "new": 1}],
  "clusters": [{"name": "c", "new": [1, null, "CANARY-02"], "cluster": {
    "server": "https://u:CANARY-03@h?CANARY-04", "tls-server-name": "n",
    "insecure-skip-tls-verify": true, "certificate-authority": "ca",
    "certificate-authority-data": "CANARY-05", "proxy-url": "http://u:CANARY-06@p",
    "disable-compression": true, "extensions": [{"name": "e", "extension": "CANARY-07"}],
    "new": {"deep": [true, {"er": "CANARY-08"}]}}}],
  "users": [{"name": "u", "new": "CANARY-09", "user": {
    "client-certificate": "c", "client-certificate-data": "CANARY-10", "client-key": "k",
    "client-key-data": "CANARY-11", "token": "CANARY-12", "tokenFile": "t",
    "as": "jane", "as-uid": "1", "as-groups": ["g"], "as-user-extra": {"k": ["v"]},
    "username": "u", "password": "CANARY-13",
    "auth-provider": {"name": "oidc", "config": {"id-token": "CANARY-14"}, "new": "CANARY-15"},
    "exec": {"command": "p", "args": ["CANARY-16"], "env": [{"name": "N", "value": "CANARY-17",
      "new": "CANARY-18"}], "apiVersion": "v", "installHint": "h", "provideClusterInfo": true,
      "interactiveMode": "Never", "new": "CANARY-19"},
    "extensions": [{"name": "e", "extension": {"x": "CANARY-20"}}], "new": "CANARY-21"}}],
  "contexts": [{"name": "x", "new": "CANARY-22", "context": {"cluster": "c", "user": "u",
    "namespace": "n", "extensions": [{"name": "e", "extension": "CANARY-23"}], "new": "CANARY-24"}}],
  "new": "CANARY-25"
}"#;

/// Fidelity 34.
#[test]
fn nothing_that_a_file_says_is_lost_when_written_back() {
    let kubeconfig = Kubeconfig::from_yaml(EVERYTHING).unwrap();
    let written = serde_json::to_value(&kubeconfig).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(EVERYTHING).unwrap());
    let fields = kubeconfig.user("u").unwrap();
    assert_eq!(fields.other["new"], "CANARY-21");
    assert_eq!(fields.impersonate_user_extra["k"], ["v"]);
}

/// Fidelity 26.
#[test]
fn a_kubeconfig_prints_no_credential() {
    let kubeconfig = Kubeconfig::from_yaml(EVERYTHING).unwrap();
    let options = KubeconfigOptions {
        cluster_info: kubeconfig.clusters[0].cluster.clone(),
        auth_info: kubeconfig.users[0].user.clone(),
        ..KubeconfigOptions::default()
    };
    let loaded = Loaded { kubeconfig: kubeconfig.clone(), ..Loaded::default() };
    for shown in [
        format!("{kubeconfig:?}"),
        format!("{kubeconfig:#?}"),
        format!("{options:?}"),
        format!("{loaded:?} {loaded}"),
    ] {
        assert!(!shown.contains(CANARY), "{shown}");
    }
    let shown = format!("{kubeconfig:?}");
    for part in ["\"jane\"", "--redacted--@h", "certificate_authority_data: \"9 bytes\"", "\"new\""]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

/// Fidelity 26.
#[test]
fn a_configuration_prints_no_credential() {
    let mut config = Config::new("https://u:CANARY@h/?CANARY")
        .with_proxy_url("http://u:CANARY@p")
        .with_certificate_authority(Pem::Data(CANARY.into()))
        .with_client_certificate(Pem::Data(CANARY.into()), SecretPem::Data(CANARY.into()));
    let mut exec = Exec::new("/bin/sh");
    exec.args = vec![CANARY.into()];
    exec.env = vec![("N".into(), CANARY.into())];
    exec.install_hint = CANARY.into();
    exec.cluster_config = CANARY.into();
    for auth in [
        Auth::Exec(exec),
        Auth::Token(CANARY.into()),
        Auth::TokenFile { path: "/t".into(), fallback: Some(CANARY.into()) },
        Auth::Basic { username: "u".into(), password: CANARY.into() },
    ] {
        config.auth = auth;
        let bytes = format!("{:?}", CANARY.as_bytes());
        let bytes = bytes.trim_matches(['[', ']']);
        let description = config.describe();
        for shown in [
            format!("{config:?}"),
            format!("{config:#?}").replace(['\n', ' '], ""),
            format!("{description:?} {description}"),
        ] {
            assert!(!shown.contains(CANARY) && !shown.contains(bytes), "{shown}");
        }
        let shown = format!("{:?}", config.anonymous());
        assert!(!shown.contains(CANARY) && shown.contains("auth: None"), "{shown}");
    }
}
