//! What a configuration has become since it was made of a kubeconfig, and what it remembers of that.

use std::fs;

use tempfile::TempDir;

use super::super::*;
use super::{files, one};
use crate::config::{Config, ProxyRules, sample};

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
