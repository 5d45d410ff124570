//! What a kubeconfig, a pod, the options and the environment say, each with its place.

use std::fs;

use tempfile::TempDir;

use super::super::*;
use super::{files, one, told};
use crate::config::ProxyRules;

#[test]
fn each_setting_is_told_with_its_file_and_field() {
    let (folder, env) = files(&[
        "{contexts: [{name: x, context: {cluster: c, user: u, namespace: web}}],
          users: [{name: u, user: {token: CANARY, tokenFile: t, as: jane, as-groups: [g, h]}}]}",
        "{current-context: x, contexts: [{name: x, context: {}}],
          clusters: [{name: c, cluster: {server: 'https://u:CANARY@h', tls-server-name: n,
            certificate-authority: ca, disable-compression: true}}],
          users: [{name: u, user: {password: CANARY}}]}",
    ]);
    let options = KubeconfigOptions::default().request_timeout(std::time::Duration::from_secs(7));
    let mut lines = told(&folder, &env, &options);
    let problem = lines.pop().unwrap();
    assert!(problem.starts_with("can't be used: ") && problem.contains("user name"), "{problem}");
    assert_eq!(
        lines,
        [
            "kubeconfig 0, 1",
            "context: x (from 1, current-context)",
            "server: https://--redacted--@h (from 1, cluster \"c\", server)",
            "tls-server-name: n (from 1, cluster \"c\", tls-server-name)",
            "certificate-authority: ca (from 1, cluster \"c\", certificate-authority)",
            "disable-compression: true (from 1, cluster \"c\", disable-compression)",
            "tokenFile: t (from 0, user \"u\", tokenFile)",
            "as: jane (from 0, user \"u\", as)",
            "as-groups: g, h (from 0, user \"u\", as-groups)",
            "namespace: web (from 0, context \"x\", namespace)",
            "request-timeout: 7s (from the options)",
            "list-timeout: 7s (from the options)",
            "not used: context (in 1, context \"x\"): 0 defines it first",
            "not used: user (in 1, user \"u\"): 0 defines it first",
            "not used: token (in 0, user \"u\", token): tokenFile goes before it once the file can be read",
        ]
    );
}

#[test]
fn the_environments_proxy_is_told_or_why_it_is_passed_by() {
    let rules = ProxyRules {
        https_proxy: "http://u:CANARY@p:3128".into(),
        no_proxy: "exempt".into(),
        ..ProxyRules::default()
    };
    for (server, cluster, expected) in [
        ("https://h", "", Some("proxy-url: http://p:3128 (from the variable HTTPS_PROXY)")),
        (
            "https://exempt",
            "",
            Some("not used: proxy-url (in the variable HTTPS_PROXY): NO_PROXY names the server"),
        ),
        (
            "https://localhost",
            "",
            Some("not used: proxy-url (in the variable HTTPS_PROXY): the server is this machine"),
        ),
        (
            "https://h",
            ", proxy-url: 'http://q'",
            Some("proxy-url: http://q (from 0, cluster \"c\", proxy-url)"),
        ),
        ("http://h", "", None),
    ] {
        let text = one(server, "").replace(&format!("'{server}'"), &format!("'{server}'{cluster}"));
        let (folder, env) = files(&[&text]);
        let lines = told(&folder, &env.with_proxies(rules.clone()), &KubeconfigOptions::default());
        let proxy: Vec<_> = lines.iter().filter(|line| line.contains("proxy-url")).collect();
        assert_eq!(proxy.first().map(|line| line.as_str()), expected, "{server}");
        assert!(proxy.len() < 2, "{lines:#?}");
    }
    let (folder, env) = files(&[&one("https://h", "")]);
    let env = env.with_proxies(rules.clone()).with("https_proxy", "http://u:CANARY@p:3128");
    let lines = told(&folder, &env, &KubeconfigOptions::default()).join("\n");
    assert!(lines.contains("http://p:3128 (from the variable https_proxy)"), "{lines}");
    let rules = ProxyRules { https_proxy: "ftp://CANARY".into(), ..rules };
    let (folder, env) = files(&[&one("https://h", "")]);
    let lines = told(&folder, &env.with_proxies(rules), &KubeconfigOptions::default()).join("\n");
    assert!(lines.contains("(in the variable HTTPS_PROXY): no client can be made: "), "{lines}");
}

/// It is the proxy of a client that is made now, whatever the environment said when the configuration was.
#[test]
fn the_environments_proxy_is_told_as_it_is_now() {
    let env = |proxy: &str| {
        let rules = ProxyRules { https_proxy: proxy.into(), ..ProxyRules::default() };
        let (folder, env) = files(&[&one("https://h", "")]);
        (folder, env.with_proxies(rules))
    };
    let (_folder, before) = env("http://p:1");
    let config = infer::infer(&KubeconfigOptions::default(), &before).unwrap();
    for (proxy, expected) in
        [("http://p:1", Some("http://p:1")), ("http://q:2", Some("http://q:2")), ("", None)]
    {
        let description = config.describe_in(&env(proxy).1);
        let told = description.settings.iter().filter(|setting| setting.name == "proxy-url");
        assert_eq!(
            told.map(|setting| setting.value.as_str()).collect::<Vec<_>>(),
            expected.as_slice()
        );
        assert!(description.unused.is_empty(), "{description}");
    }
}

#[test]
fn what_is_missing_or_wrong_is_told_as_far_as_it_goes() {
    let empty = TempDir::new().unwrap();
    let env = Env::empty().with_home(empty.path());
    let lines = told(&empty, &env, &KubeconfigOptions::default());
    assert_eq!(lines[..2], ["no kubeconfig", "not there: .kube/config"]);
    assert!(lines[2].starts_with("can't be used: no configuration"), "{lines:?}");

    let (folder, env) = files(&[&one("https://h", "token: CANARY").replace("user: u", "user: v")]);
    let lines = told(&folder, &env, &KubeconfigOptions::default());
    assert_eq!(lines[1], "context: x (from 0, current-context)");
    assert!(lines[2].contains("there is no user \"v\""), "{lines:?}");
    let options = KubeconfigOptions::default().context("y");
    let lines = told(&folder, &env, &options);
    assert_eq!(lines[1], "context: y (from the options)");
    assert!(lines[2].starts_with("not used: current-context (in 0, current-context)"), "{lines:?}");
}

#[test]
fn a_pods_settings_are_told() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("token", "CANARY");
    write("namespace", "web");
    write("ca.crt", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
    write("config", "users: []");
    let env = Env::empty()
        .with_service_account(folder.path())
        .with("KUBECONFIG", folder.path().join("config"))
        .with("KUBERNETES_SERVICE_HOST", "10.0.0.1")
        .with("KUBERNETES_SERVICE_PORT", "443");
    assert_eq!(
        told(&folder, &env, &KubeconfigOptions::default()),
        [
            "the service account of the pod",
            "server: https://10.0.0.1:443 (from the variable KUBERNETES_SERVICE_HOST)",
            "certificate-authority: ca.crt (from the service account's ca.crt)",
            "tokenFile: token (from the service account's token)",
            "namespace: web (from the service account's namespace)",
            "not used: kubeconfig (in config): it has no current-context, and none is named",
        ]
    );
    let options = KubeconfigOptions::default().namespace("x").token("CANARY");
    let lines = told(&folder, &env, &options).join("\n");
    assert!(lines.contains("namespace: x (from the options)"), "{lines}");
    assert!(lines.contains("not used: tokenFile"), "{lines}");

    let mut options = options.impersonate("al").insecure_skip_tls_verify().proxy_url("http://p");
    options.cluster_info.tls_server_name = "n".into();
    options.cluster_info.disable_compression = true;
    options.auth_info.impersonate_uid = "1".into();
    options.auth_info.impersonate_groups = vec!["g".into()];
    options.auth_info.impersonate_user_extra = [("k".into(), vec!["v".into()])].into();
    assert_eq!(
        told(&folder, &env, &options)[1..],
        [
            "server: https://10.0.0.1:443 (from the variable KUBERNETES_SERVICE_HOST)",
            "tls-server-name: n (from the options)",
            "insecure-skip-tls-verify: true: any server is trusted (from the options)",
            "proxy-url: http://p (from the options)",
            "disable-compression: true (from the options)",
            "token: a bearer token (from the options)",
            "as: al (from the options)",
            "as-uid: 1 (from the options)",
            "as-groups: g (from the options)",
            "as-user-extra: k (from the options)",
            "namespace: x (from the options)",
            "not used: kubeconfig (in config): it has no current-context, and none is named",
            "not used: certificate-authority (in the service account's ca.crt): the options say how the server \
             is trusted",
            "not used: tokenFile (in the service account's token): the options say how to authenticate",
        ]
    );
    let config = infer::infer(&options, &env).unwrap();
    assert_eq!(config.describe_in(&env).to_string(), describe(&options, &env).unwrap().to_string());
    let mut options = KubeconfigOptions::default();
    options.auth_info.exec = Some(crate::config::ExecConfig {
        command: "no-such".into(),
        api_version: "client.authentication.k8s.io/v1".into(),
        interactive_mode: "Never".into(),
        ..Default::default()
    });
    let lines = told(&folder, &env, &options).join("\n");
    assert!(lines.contains("exec: the program \"no-such\" (from the options)"), "{lines}");
    assert!(lines.contains("not used: exec (in the options): no such program in PATH"), "{lines}");
}

#[test]
fn options_that_need_no_kubeconfig_are_not_told_as_one() {
    let empty = TempDir::new().unwrap();
    let env = Env::empty().with_home(empty.path());
    let options = KubeconfigOptions::default().server("https://o").token("CANARY");
    let lines = told(&empty, &env, &options);
    assert_eq!(
        lines,
        [
            "no kubeconfig",
            "not there: .kube/config",
            "server: https://o (from the options)",
            "token: a bearer token (from the options)",
            "namespace: default (from the default)",
        ]
    );
    let config = infer::infer(&options, &env).unwrap();
    assert_eq!(config.describe_in(&env).to_string(), describe(&options, &env).unwrap().to_string());
}

/// What a kubeconfig says makes no line of its own, and nothing of it reaches a terminal.
#[test]
fn no_text_of_a_kubeconfig_forges_a_line_or_acts_on_a_terminal() {
    let evil = r#""x\ntoken: good (from the options)\r\e[2J\x9b\u202E\u2028""#;
    let text = "{current-context: E, contexts: [{name: E, context: {cluster: E, user: E, namespace: E}}],
          clusters: [{name: E, cluster: {server: E, tls-server-name: E, certificate-authority: E, proxy-url: E}}],
          users: [{name: E, user: {tokenFile: E, client-certificate: E, client-key: E, as: E, as-uid: E,
            as-groups: [E, E], as-user-extra: {E: [E]}, username: E, exec: {command: E, installHint: E,
            apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}}}]}"
        .replace('E', evil);
    let (_folder, env) = files(&[&text, &text]);
    let description = describe(&KubeconfigOptions::default(), &env).unwrap();
    let raw = |text: &str| description.settings.iter().any(|it| it.value.contains(text));
    assert!(raw("\u{1b}") && raw("\n") && raw("\u{202e}"), "{description:?}");
    let acts = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{202e}');
    let shown = description.to_string();
    let lines: Vec<_> = shown.lines().collect();
    let (settings, unused) = (description.settings.len(), description.unused.len());
    assert_eq!(lines.len(), 1 + settings + unused + 1, "{shown}");
    assert!(!lines.iter().any(|line| line.contains(acts)), "{shown}");
    assert!(shown.contains("\\u{1b}[2J"), "{shown}");
    let source = |file: &str| Source::Kubeconfig {
        file: Some(file.into()),
        entry: "user \"u\"".into(),
        field: "token",
    };
    assert_eq!(source("/a\nb\u{1b}").to_string(), "/a b\\u{1b}, user \"u\", token");
    let file = "/a\nb\u{1b}".into();
    assert_eq!(Source::ServiceAccount(file).to_string(), "the service account's /a b\\u{1b}");
}
