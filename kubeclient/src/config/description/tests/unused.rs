//! What does not count, and why.

use super::super::*;
use super::{files, one, told};
use crate::config::sample;

#[test]
fn a_credential_that_does_not_count_is_told_with_the_reason() {
    let exec = "exec: {command: CANARY-no-such, args: [CANARY], apiVersion: client.authentication.k8s.io/v1, \
         interactiveMode: Never}"
        .replace("CANARY-no-such", "no-such");
    for (server, user, expected) in [
        (
            "http://h",
            "token: CANARY".to_owned(),
            "token (in 0, user \"u\", token): the server is plain http",
        ),
        ("http://h", exec.clone(), "exec (in 0, user \"u\", exec): the server is plain http"),
        (
            "http://h",
            "client-certificate: c, client-key: k".into(),
            "client-key (in 0, user \"u\", client-key): the server is plain",
        ),
        (
            "https://h",
            format!("token: CANARY, {exec}"),
            "exec (in 0, user \"u\", exec): token goes before it",
        ),
        (
            "https://h",
            format!("username: u, password: CANARY, {exec}"),
            "exec (in 0, user \"u\", exec): username goes before it",
        ),
        ("https://h", exec.clone(), "exec (in 0, user \"u\", exec): no such program in PATH"),
    ] {
        let (folder, env) = files(&[&one(server, &user)]);
        let lines = told(&folder, &env, &KubeconfigOptions::default());
        let expected = format!("not used: {expected}");
        assert!(lines.iter().any(|line| line.starts_with(&expected)), "{expected}: {lines:#?}");
    }
    let (folder, env) = files(&[&one("https://h", &format!("{exec}, as: jane"))]);
    let options =
        KubeconfigOptions::default().token("CANARY").server("https://o").impersonate("al");
    let lines = told(&folder, &env, &options).join("\n");
    for expected in [
        "server: https://o (from the options)",
        "token: a bearer token (from the options)",
        "as: al (from the options)",
        "not used: exec (in 0, user \"u\", exec): the options say how to authenticate",
    ] {
        assert!(lines.contains(expected), "{expected}: {lines}");
    }
    let (_folder, env) = files(&[&one("https://h", &exec.replace("no-such", "/bin/sh"))]);
    let description = describe(&KubeconfigOptions::default(), &env).unwrap();
    assert!(description.unused.is_empty() && description.problem.is_none(), "{description}");
    let denied = description.clone().under(&ExecPolicy::DenyAll);
    assert!(denied.to_string().contains("the exec policy denies all programs"), "{denied}");
    let other = description.under(&ExecPolicy::Allowlist(vec!["/bin/true".into()]));
    assert!(other.unused[0].reason.contains("does not list"), "{other}");
    assert!(other.under(&ExecPolicy::AllowAll).unused.is_empty());
}

/// Each way to authenticate, alone and beside the others, as it is passed over.
#[test]
fn whatever_does_not_count_is_told_with_its_file_field_and_reason() {
    let plain = "the server is plain http, and would get it in the clear";
    let options = KubeconfigOptions::default;
    let exec = "exec: {command: /bin/sh, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}";
    let oidc = "auth-provider: {name: oidc, config: {client-id: k, idp-issuer-url: 'https://i', id-token: CANARY}}";
    let certificate = "client-certificate: c, client-key: k";
    let basic = "username: u, password: CANARY";
    let (file, token) = ("tokenFile: t", "token: CANARY");
    let mut with_certificate = options();
    with_certificate.auth_info.client_certificate = "/mine".into();
    with_certificate.auth_info.client_key = "/mine".into();
    for (server, user, options, unused) in [
        ("http://h", token, options(), &[("token", plain)][..]),
        ("http://h", file, options(), &[("tokenFile", plain)]),
        ("http://h", basic, options(), &[("username", plain)]),
        ("http://h", exec, options(), &[("exec", plain)]),
        ("http://h", oidc, options(), &[("auth-provider", plain)]),
        (
            "http://h",
            certificate,
            options(),
            &[("client-certificate", plain), ("client-key", plain)],
        ),
        (
            "https://h",
            &format!("{file}, {token}, {exec}, {certificate}"),
            options(),
            &[
                ("token", "tokenFile goes before it once the file can be read"),
                ("exec", "tokenFile goes before it"),
            ],
        ),
        (
            "https://h",
            &format!("{token}, {oidc}"),
            options(),
            &[("auth-provider", "token goes before it")],
        ),
        (
            "https://h",
            &format!("{basic}, {exec}"),
            options(),
            &[("exec", "username goes before it")],
        ),
        (
            "https://h",
            &format!("{exec}, {certificate}"),
            options(),
            &[("exec", "the client certificate goes before it")],
        ),
        (
            "https://h",
            exec,
            with_certificate.clone(),
            &[("exec", "the client certificate goes before it")],
        ),
        ("https://h", &format!("{oidc}, {certificate}"), options(), &[]),
        (
            "https://h",
            &format!("{token}, client-key: k"),
            options(),
            &[("client-key", "there is no client certificate that it is the key of")],
        ),
        (
            "https://h",
            basic,
            options().token("CANARY"),
            &[("username", "the options say how to authenticate")],
        ),
        (
            "https://h",
            &format!("{file}, {certificate}"),
            options().token("CANARY"),
            &[("tokenFile", "the options say how to authenticate")],
        ),
        ("https://h", token, options().token("CANARY"), &[("token", "the options go before it")]),
        (
            "https://h",
            certificate,
            with_certificate,
            &[
                ("client-certificate", "the options go before it"),
                ("client-key", "the options go before it"),
            ],
        ),
        (
            "https://h",
            "as: jane",
            options().impersonate("al"),
            &[("as", "the options go before it")],
        ),
        ("https://h", token, options(), &[]),
    ] {
        let (_folder, env) = files(&["{}", &one(server, user)]);
        let description = describe(&options, &env).unwrap();
        let told: Vec<_> = description
            .unused
            .iter()
            .map(|unused| {
                let source = unused.source.to_string();
                assert!(source.ends_with(&format!("/1, user \"u\", {}", unused.name)), "{source}");
                (unused.name, unused.reason.as_str())
            })
            .collect();
        assert_eq!(told, unused, "{user}: {description}");
        assert!(!format!("{description} {description:?}").contains("CANARY"), "{description}");
        assert_eq!(description.problem, None, "{user}");
    }
}

#[test]
fn what_the_options_replace_of_a_cluster_and_a_context_is_told() {
    let (folder, env) = files(&[
        "{current-context: x, contexts: [{name: x, context: {cluster: c, namespace: web}}],
          clusters: [{name: c, cluster: {server: 'https://h', tls-server-name: n, certificate-authority: ca,
            proxy-url: 'http://u:CANARY@p'}}]}",
    ]);
    let options = KubeconfigOptions::default()
        .server("https://o")
        .namespace("other")
        .proxy_url("http://u:CANARY@q")
        .insecure_skip_tls_verify();
    let lines = told(&folder, &env, &options);
    for expected in [
        "insecure-skip-tls-verify: true: any server is trusted (from the options)",
        "proxy-url: http://--redacted--@q (from the options)",
        "credential: none (from the default)",
        "not used: server (in 0, cluster \"c\", server): the options go before it",
        "not used: tls-server-name (in 0, cluster \"c\", tls-server-name): the options name another server",
        "not used: certificate-authority (in 0, cluster \"c\", certificate-authority): the options say how the \
         server is trusted",
        "not used: proxy-url (in 0, cluster \"c\", proxy-url): the options go before it",
        "not used: namespace (in 0, context \"x\", namespace): the options go before it",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected}: {lines:#?}");
    }
}

/// What is told of programs leaves what is told of others as it is.
#[test]
fn a_policy_changes_nothing_but_what_is_told_of_the_program() {
    let (_folder, env) = files(&[&one("https://h", "")]);
    let mut options = KubeconfigOptions::default();
    options.auth_info.exec = Some(crate::config::ExecConfig {
        command: "/bin/sh".into(),
        api_version: "client.authentication.k8s.io/v1".into(),
        interactive_mode: "Never".into(),
        ..Default::default()
    });
    options.auth_info.auth_provider = Some(Default::default());
    let description = describe(&options, &env).unwrap();
    let told = |description: &Description| -> Vec<_> {
        description.unused.iter().map(|unused| unused.name).collect()
    };
    assert_eq!(told(&description), ["auth-provider"]);
    let denied = description.under(&ExecPolicy::DenyAll);
    assert_eq!(told(&denied), ["auth-provider", "exec"]);
    assert_eq!(told(&denied.under(&ExecPolicy::AllowAll)), ["auth-provider"]);
}

/// What a cluster says of TLS counts for nobody where its server is http, as in client-go.
#[test]
fn what_does_not_count_of_tls_is_told() {
    let cluster = "server: 'http://h', tls-server-name: n, certificate-authority: ca";
    let (folder, env) = files(&[&sample::one(cluster, "", "")]);
    let options = KubeconfigOptions::default();
    let plain = "the server is plain http";
    for expected in [
        "not used: tls-server-name (in 0, cluster \"c\", tls-server-name)",
        "not used: certificate-authority (in 0, cluster \"c\", certificate-authority)",
    ] {
        let expected = format!("{expected}: {plain}");
        let lines = told(&folder, &env, &options);
        assert!(lines.contains(&expected), "{expected}: {lines:#?}");
    }
    let mut config = infer::infer(&options, &env).unwrap();
    config.server = "https://h".into();
    let was_plain = "the server was plain http when the configuration was made";
    let unused = config.describe_in(&env).unused;
    let told_of = |name| unused.iter().find(|unused| unused.name == name).unwrap();
    assert_eq!(told_of("certificate-authority").reason, was_plain);

    let lines = told(&folder, &env, &options.insecure_skip_tls_verify());
    let expected = format!("not used: insecure-skip-tls-verify (in the options): {plain}");
    assert!(lines.contains(&expected), "{lines:#?}");
}
