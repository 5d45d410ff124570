//! What is told of configurations of all kinds, and that no credential is.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::config::{Config, ProxyRules, sample};

/// A folder with these files, which are the `KUBECONFIG` in this order.
fn files(files: &[&str]) -> (TempDir, Env) {
    let folder = TempDir::new().unwrap();
    let mut paths = Vec::new();
    for (number, text) in files.iter().enumerate() {
        let path = folder.path().join(number.to_string());
        fs::write(&path, text).unwrap();
        paths.push(path);
    }
    let env = Env::empty().with("KUBECONFIG", std::env::join_paths(paths).unwrap());
    (folder, env)
}

fn told(folder: &TempDir, env: &Env, options: &KubeconfigOptions) -> Vec<String> {
    let description = describe(options, env).unwrap();
    for shown in [format!("{description:?}"), description.to_string()] {
        assert!(!shown.contains("CANARY"), "{shown}");
    }
    let folder = format!("{}/", folder.path().display());
    description.to_string().replace(&folder, "").lines().map(str::to_owned).collect()
}

fn one(server: &str, user: &str) -> String {
    sample::one(&format!("server: '{server}'"), user, "")
}

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

#[test]
fn what_comes_with_an_untrusted_kubeconfig_is_not_the_programs() {
    use crate::config::Kubeconfig;

    let kubeconfig = Kubeconfig::from_yaml(&one("https://h", "token: CANARY")).unwrap();
    let config = Config::from_untrusted(&kubeconfig).unwrap();
    let policy = |config: &Config| {
        let setting = config.describe_in(&Env::empty()).setting("exec-policy").cloned();
        setting.map(|setting| (setting.value, setting.source))
    };
    assert_eq!(policy(&config), Some(("no program may run".into(), Source::Default)));
    let allowed = config.clone().with_exec_policy(ExecPolicy::AllowAll);
    assert_eq!(policy(&allowed), Some(("any program may run".into(), Source::Program)));
    assert!(config.describe().to_string().starts_with("the text of a kubeconfig\n"));
}

/// The credential of a server at http is not taken; it does not come back with another server.
#[test]
fn a_reason_stays_true_when_the_program_chooses_another_server() {
    let (_folder, env) =
        files(&[&one("http://h", "token: CANARY, client-certificate: c, client-key: k")]);
    let config = infer::infer(&KubeconfigOptions::default(), &env).unwrap();
    let reasons = |server: &str| -> Vec<String> {
        let mut config = config.clone();
        config.server = server.into();
        let unused = config.describe_in(&env).unused.into_iter();
        unused.filter(|unused| unused.name != "server").map(|unused| unused.reason).collect()
    };
    let plain = "the server is plain http, and would get it in the clear";
    assert_eq!(reasons("http://h"), [plain; 3]);
    assert_eq!(reasons("http://other"), [plain; 3]);
    assert_eq!(
        reasons("https://h"),
        ["the server was plain http when the configuration was made"; 3]
    );
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

/// What is told is what is done.
#[test]
fn it_says_what_the_configuration_has() {
    for (server, user) in [
        ("https://h", "token: t"),
        ("https://h", "tokenFile: /t, token: t"),
        ("https://h", "username: u, password: p"),
        ("https://h", "token: t, as: jane"),
        ("https://h", "client-certificate: /c, client-key: /k"),
        ("http://h", "token: t"),
        ("https://h", ""),
    ] {
        let (_folder, env) = files(&[&one(server, user)]);
        let options = KubeconfigOptions::default();
        let config: Config = infer::infer(&options, &env).unwrap();
        let description = describe(&options, &env).unwrap();
        let has = |name| description.setting(name).is_some();
        use crate::config::Auth;
        assert_eq!(has("token"), matches!(config.auth, Auth::Token(_)), "{user}");
        assert_eq!(has("tokenFile"), matches!(config.auth, Auth::TokenFile { .. }), "{user}");
        assert_eq!(has("username"), matches!(config.auth, Auth::Basic { .. }), "{user}");
        assert_eq!(has("client-key"), config.tls.client_key.is_some(), "{user}");
        assert_eq!(has("as"), config.impersonate.is_some(), "{user}");
        assert_eq!(description.setting("server").unwrap().value, config.server);
        assert_eq!(description.setting("namespace").unwrap().value, config.namespace);
    }
}

/// An unchanged configuration says what the options say, of files, a text, a pod and the environment.
#[test]
fn a_configuration_tells_what_it_was_made_of() {
    let exec = "exec: {command: /bin/sh, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}";
    let proxies = ProxyRules { https_proxy: "http://u:CANARY@p".into(), ..ProxyRules::default() };
    let options = KubeconfigOptions::default;
    let everything = options()
        .server("https://o")
        .token("CANARY")
        .namespace("n")
        .impersonate("al")
        .request_timeout(std::time::Duration::from_secs(7));
    for (server, user) in [
        ("https://h", "token: CANARY"),
        ("https://h", "tokenFile: /t, token: CANARY"),
        ("https://h", "username: u, password: CANARY, as: jane, as-groups: [g]"),
        ("https://h", exec),
        ("http://h", "token: CANARY"),
        ("https://h", ""),
    ] {
        for options in [options(), everything.clone()] {
            let (_folder, env) = files(&[&one(server, user), &one("https://other", "")]);
            let env = env.with_proxies(proxies.clone());
            let config = infer::infer(&options, &env).unwrap();
            let description = config.describe_in(&env).to_string();
            assert_eq!(description, describe(&options, &env).unwrap().to_string());
            assert!(!description.contains("CANARY"), "{description}");
            // What it was made of may be gone.
            drop(_folder);
            assert_eq!(config.clone().describe_in(&env).to_string(), description);
        }
    }
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("token", "CANARY");
    write("ca.crt", sample::CERTIFICATE);
    let env = Env::empty()
        .with_service_account(folder.path())
        .with("KUBERNETES_SERVICE_HOST", "10.0.0.1")
        .with("KUBERNETES_SERVICE_PORT", "443");
    let description = infer::infer(&options(), &env).unwrap().describe_in(&env);
    assert_eq!(description.to_string(), describe(&options(), &env).unwrap().to_string());
    assert!(description.in_cluster);

    let text = Config::from_kubeconfig_str(&one("https://h", "token: CANARY")).unwrap();
    let lines = text.describe().to_string();
    assert!(lines.starts_with("the text of a kubeconfig\n"), "{lines}");
    assert!(lines.contains("(from the kubeconfig, user \"u\", token)"), "{lines}");
}

#[test]
fn what_the_program_has_set_since_is_told_as_its_own() {
    use crate::config::{Auth, Exec, Impersonate, Pem, Proxy, SecretPem};

    let user = "token: CANARY, as: jane, client-certificate: /c, client-key: /k";
    let (folder, env) =
        files(&[&one("https://h", user).replace("user: u", "user: u, namespace: n")]);
    let config = infer::infer(&KubeconfigOptions::default(), &env).unwrap();
    let changed = |change: &dyn Fn(Config) -> Config| -> Vec<String> {
        let before = config.describe_in(&env).to_string();
        let description = change(config.clone()).describe_in(&env);
        assert!(!format!("{description:?} {description}").contains("CANARY"), "{description}");
        let lines = description.to_string().replace(&format!("{}/", folder.path().display()), "");
        let before = before.replace(&format!("{}/", folder.path().display()), "");
        let is_new = |line: &&str| !before.lines().any(|known| known == *line);
        lines.lines().filter(is_new).map(str::to_owned).collect()
    };
    assert!(changed(&|config| config).is_empty());
    assert!(changed(&|config| config.with_token("CANARY").with_namespace("n")).is_empty());
    let taken = "the program took it away";
    let other = "the program set another";
    let token = "not used: token (in 0, user \"u\", token)";
    for (change, expected) in [
        (
            &(|config: Config| config.with_token("CANARY-2")) as &dyn Fn(Config) -> Config,
            vec!["token: a bearer token (from the program)".into(), format!("{token}: {other}")],
        ),
        (
            &|config| config.with_exec(Exec::new("/no-such")).with_exec_policy(ExecPolicy::DenyAll),
            vec![
                "exec: the program \"/no-such\" (from the program)".into(),
                "exec-policy: no program may run (from the program)".into(),
                format!("{token}: {other}"),
                "not used: exec (in the program): not run: the exec policy denies all programs"
                    .into(),
            ],
        ),
        (
            &|mut config| {
                config.server = "https://u:CANARY@other".into();
                config
            },
            vec![
                "server: https://--redacted--@other (from the program)".into(),
                format!("not used: server (in 0, cluster \"c\", server): {other}"),
                "can't be used: server: expected a URL without a user name and password (`@`)"
                    .into(),
            ],
        ),
        (
            &|config| config.with_namespace("web").with_proxy_url("http://u:CANARY@p"),
            vec![
                "proxy-url: http://--redacted--@p (from the program)".into(),
                "namespace: web (from the program)".into(),
                format!("not used: namespace (in 0, context \"x\", namespace): {other}"),
            ],
        ),
        (
            &|config| {
                let who = Impersonate { user: "al".into(), ..Impersonate::default() };
                let pem = Pem::Data(b"CANARY".to_vec());
                config
                    .with_impersonation(who)
                    .with_client_certificate(pem, SecretPem::Data("CANARY".into()))
            },
            vec![
                "client-certificate-data: 6 bytes (from the program)".into(),
                "client-key-data: a private key (from the program)".into(),
                "as: al (from the program)".into(),
                format!(
                    "not used: client-certificate (in 0, user \"u\", client-certificate): {other}"
                ),
                format!("not used: client-key (in 0, user \"u\", client-key): {other}"),
                format!("not used: as (in 0, user \"u\", as): {other}"),
                "can't be used: tls: client_certificate: expected certificates in PEM".into(),
            ],
        ),
        (
            &|config| config.anonymous(),
            vec![
                "credential: none (from the program)".into(),
                format!("{token}: {taken}"),
                format!(
                    "not used: client-certificate (in 0, user \"u\", client-certificate): {taken}"
                ),
                format!("not used: client-key (in 0, user \"u\", client-key): {taken}"),
                format!("not used: as (in 0, user \"u\", as): {taken}"),
            ],
        ),
        (
            &|mut config| {
                config.auth = Auth::None;
                config.proxy = Proxy::Direct;
                config
            },
            vec!["proxy-url: none (from the program)".into(), format!("{token}: {taken}")],
        ),
    ] {
        assert_eq!(changed(change), expected);
    }
}

#[test]
fn a_configuration_of_the_program_alone_says_so() {
    let rules = ProxyRules { https_proxy: "http://u:CANARY@p".into(), ..ProxyRules::default() };
    let env = Env::empty().with_proxies(rules);
    let lines = |config: Config| config.describe_in(&env).to_string();
    assert_eq!(
        lines(Config::new("https://h")),
        "what the program says\n\
         server: https://h (from the program)\n\
         namespace: default (from the default)\n\
         credential: none (from the default)\n\
         proxy-url: http://p:80 (from the variable HTTPS_PROXY)"
    );
    assert_eq!(
        lines(Config::new("http://h").with_token("CANARY").with_user_agent("me")),
        "what the program says\n\
         server: http://h (from the program)\n\
         token: a bearer token (from the program)\n\
         user-agent: me (from the program)\n\
         namespace: default (from the default)\n\
         can't be used: server: expected https:// when there is a credential to send; to \
         send it over plain http all the same, set allow_plaintext_credentials"
    );
}

/// Whatever a program changes is told, and nothing else.
#[test]
fn no_field_of_a_configuration_is_forgotten() {
    use crate::config::{
        Auth, Impersonate, Limits, Pem, Proxy, SecretPem, Throttle, Timeouts, Tls,
    };

    // Taken apart so that a new field is given a line here.
    let Config {
        server: _,
        namespace: _,
        tls:
            Tls {
                certificate_authority: _,
                insecure_skip_tls_verify: _,
                server_name: _,
                client_certificate: _,
                client_key: _,
            },
        proxy: _,
        auth: _,
        exec_policy: _,
        impersonate: _,
        timeouts: Timeouts { connect: _, request: _, list: _, watch_idle: _ },
        limits: Limits { object: _, list: _, watch_event: _, log_line: _ },
        throttle: _,
        user_agent: _,
        compression: _,
        allow_plaintext_credentials: _,
        origin: _,
    } = Config::new("https://h");
    fn who(config: &mut Config) -> &mut Impersonate {
        config.impersonate.as_mut().unwrap()
    }
    type Change = (&'static str, fn(&mut Config));
    let changes: &[Change] = &[
        ("server", |config| config.server = "https://x".into()),
        ("namespace", |config| config.namespace = "x".into()),
        ("certificate-authority", |config| {
            config.tls.certificate_authority = Some(Pem::File("x".into()));
        }),
        ("insecure-skip-tls-verify", |config| config.tls.insecure_skip_tls_verify = true),
        ("tls-server-name", |config| config.tls.server_name = Some("x".into())),
        ("client-certificate", |config| {
            config.tls.client_certificate = Some(Pem::File("x".into()));
        }),
        ("client-key", |config| config.tls.client_key = Some(SecretPem::File("x".into()))),
        ("proxy-url", |config| config.proxy = Proxy::Rules(ProxyRules::default())),
        ("token", |config| config.auth = Auth::Token("x".into())),
        ("exec-policy", |config| config.exec_policy = ExecPolicy::DenyAll),
        ("as", |config| who(config).user = "x".into()),
        ("as-uid", |config| who(config).uid = Some("x".into())),
        ("as-groups", |config| who(config).groups.push("x".into())),
        ("as-user-extra", |config| {
            who(config).extra.insert("x".into(), Vec::new());
        }),
        ("connect-timeout", |config| config.timeouts.connect /= 2),
        ("request-timeout", |config| config.timeouts.request = None),
        ("list-timeout", |config| config.timeouts.list = None),
        ("watch-idle-timeout", |config| config.timeouts.watch_idle = None),
        ("object-limit", |config| config.limits.object /= 2),
        ("list-limit", |config| config.limits.list /= 2),
        ("watch-event-limit", |config| config.limits.watch_event /= 2),
        ("log-line-limit", |config| config.limits.log_line /= 2),
        ("throttle", |config| config.throttle = Some(Throttle { qps: 1.0, burst: 1 })),
        ("user-agent", |config| config.user_agent = "x".into()),
        ("disable-compression", |config| config.compression = true),
        ("allow-plaintext-credentials", |config| config.allow_plaintext_credentials = true),
    ];
    let cluster = "server: 'https://h', tls-server-name: n, certificate-authority: ca, \
         proxy-url: 'http://p', disable-compression: true";
    let user = "token: t, client-certificate: c, client-key: k, as: a, as-uid: u, as-groups: [g], \
         as-user-extra: {e: [f]}";
    let (_folder, env) = files(&[&sample::one(cluster, user, ", namespace: n")]);
    let options = KubeconfigOptions::default().request_timeout(std::time::Duration::from_secs(7));
    let base = infer::infer(&options, &env).unwrap();
    let before = base.describe_in(&env);
    assert!(before.settings.iter().all(|setting| setting.source != Source::Program), "{before}");
    for (name, change) in changes {
        let mut config = base.clone();
        change(&mut config);
        let after = config.describe_in(&env);
        let is_new = |setting: &&Setting| !before.settings.contains(setting);
        let new: Vec<_> = after.settings.iter().filter(is_new).collect();
        assert!(
            matches!(new[..], [Setting { name: told, source: Source::Program, .. }] if told == name),
            "{name}: {after}"
        );
        let is_gone = |setting: &&Setting| !after.settings.contains(setting);
        let gone: Vec<_> =
            before.settings.iter().filter(is_gone).map(|it| (it.name, &it.source)).collect();
        let unused: Vec<_> = after.unused.iter().map(|it| (it.name, &it.source)).collect();
        assert_eq!(gone, unused, "{name}: {after}");
        assert!(gone.iter().all(|(gone, _)| gone == name), "{name}: {after}");
    }
}

/// What is kept beside a configuration to see what the program changes; copies and clients have it, too.
#[test]
fn what_a_configuration_remembers_holds_no_credential() {
    let exec = "exec: {command: /bin/sh, args: [CANARY], env: [{name: N, value: CANARY}], installHint: h, \
         apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}";
    let (_folder, env) = files(&[&one("https://h", exec)]);
    let config = infer::infer(&KubeconfigOptions::default(), &env).unwrap();
    for config in [config.anonymous(), config] {
        let origin = config.origin.as_deref().unwrap();
        let (exec, _) = origin.description.exec.as_ref().unwrap();
        let mut alone = crate::config::Exec::new("/bin/sh");
        alone.install_hint = "h".into();
        assert!(*exec == alone, "{exec:?}");
        let text = format!("{:?}", origin.description);
        assert!(!text.contains("CANARY"), "{text}");
    }
    // What is kept of a credential tells two of them apart, and says nothing where its key is another.
    let prints =
        |token: &str| super::print::Prints::of(&Config::new("https://h").with_token(token));
    let token = Config::new("https://h").with_token("CANARY");
    assert!(prints("CANARY").changed(&token).is_empty());
    assert_eq!(prints("CANARY-2").changed(&token).len(), 1);
    assert_ne!(prints("CANARY").hashes(), prints("CANARY").hashes());
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
