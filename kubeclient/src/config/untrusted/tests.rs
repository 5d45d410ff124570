//! What of a kubeconfig that is not trusted is refused, and that nothing is touched by then.

use super::*;
use crate::config::sample::{self, CERTIFICATE, KEY};
use crate::config::{Auth, Pem, Proxy, SecretPem};

/// One context, with these fields of its cluster and its user.
fn one(cluster: &str, user: &str) -> Kubeconfig {
    Kubeconfig::from_yaml(&sample::one(cluster, user, ", namespace: web")).unwrap()
}

const HTTPS: &str = "server: 'https://h'";

/// Fields of cluster and user, and those of them that are refused. `FILE` is a pipe that nobody writes to, `HERE` an
/// address that counts who comes, `PROGRAM` one that leaves a trace.
#[cfg(unix)]
const REFUSED: &[(&str, &str, &[&str])] = &[
    ("certificate-authority: FILE", "token: t", &["certificate-authority"]),
    ("insecure-skip-tls-verify: true", "token: t", &["insecure-skip-tls-verify"]),
    ("proxy-url: 'http://HERE'", "token: t", &["proxy-url"]),
    ("proxy-url: 'socks5://u:CANARY@HERE'", "", &["proxy-url"]),
    ("server: 'http://HERE'", "token: t", &["server"]),
    ("server: HERE", "", &["server"]),
    ("", "tokenFile: FILE", &["tokenFile"]),
    ("", "tokenFile: FILE, token: CANARY", &["tokenFile"]),
    ("", "client-certificate: FILE, client-key-data: KEY", &["client-certificate"]),
    ("", "client-certificate-data: CERTIFICATE, client-key: FILE", &["client-key"]),
    ("", "client-certificate: FILE, client-key: FILE", &["client-certificate", "client-key"]),
    ("", "exec: {command: PROGRAM, API, env: [{name: A, value: CANARY}]}", &["exec"]),
    ("", "token: CANARY, exec: {command: PROGRAM, API, args: [CANARY]}", &["exec"]),
    ("", "exec: {}", &["exec"]),
    ("", "auth-provider: {name: oidc, config: {ISSUER}}", &["auth-provider"]),
    ("", "auth-provider: {name: oidc, config: {ISSUER, id-token: CANARY}}", &["auth-provider"]),
    ("", "auth-provider: {name: gcp, config: {cmd-path: PROGRAM}}", &["auth-provider"]),
    ("", "auth-provider: {name: azure, config: {environment: e}}", &["auth-provider"]),
    ("", "token: t, auth-provider: {}", &["auth-provider"]),
    ("", "token: t, as: jane", &["as"]),
    ("", "token: t, as: jane, as-uid: '1'", &["as", "as-uid"]),
    ("", "as-groups: [g]", &["as-groups"]),
    ("", "as-user-extra: {k: [v]}", &["as-user-extra"]),
    (
        "proxy-url: 'http://HERE', certificate-authority: FILE",
        "tokenFile: FILE, exec: {command: PROGRAM}, as: jane",
        &["certificate-authority", "proxy-url", "tokenFile", "exec", "as"],
    ),
];

#[cfg(unix)]
#[test]
fn what_reaches_out_is_refused_and_nothing_is_touched() {
    use std::net::TcpListener;
    use std::sync::mpsc;
    use std::time::Duration;

    let folder = tempfile::tempdir().unwrap();
    let (pipe, program, trace) =
        (folder.path().join("pipe"), folder.path().join("program"), folder.path().join("trace"));
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    sample::script(&program, &format!("echo > {}", trace.display()));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let here = listener.local_addr().unwrap().to_string();
    let filled = |fields: &str| {
        fields
            .replace("ISSUER", "client-id: k, idp-issuer-url: 'http://HERE', AUTHORITY")
            .replace("AUTHORITY", "idp-certificate-authority: FILE, refresh-token: CANARY")
            .replace("API", "apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never")
            .replace("PROGRAM", program.to_str().unwrap())
            .replace("FILE", pipe.to_str().unwrap())
            .replace("HERE", &here)
    };
    for (cluster, user, fields) in REFUSED {
        let cluster = match cluster.contains("server:") {
            true => filled(cluster),
            false => filled(&format!("{HTTPS}, {cluster}")),
        };
        let kubeconfig = one(&cluster, &filled(user));
        // Whoever opens the pipe waits for ever.
        let (sender, outcome) = mpsc::channel();
        std::thread::spawn(move || drop(sender.send(Config::from_untrusted(&kubeconfig))));
        let outcome = outcome.recv_timeout(Duration::from_secs(10)).expect("no file is opened");
        let error = outcome.expect_err(user);
        let told = format!("{error:?}");
        assert_eq!(error.kind(), crate::ErrorKind::Config);
        assert!(told.starts_with("untrusted kubeconfig: "), "{told}");
        assert!(!told.contains("CANARY") && !told.contains(&here), "{told}");
        let refused = told.split("; ").map(|part| {
            let part = part.trim_start_matches("untrusted kubeconfig: ");
            let (entry, rest) = part.split_once(": ").unwrap();
            let field = rest.split_once(": ").unwrap().0;
            assert_eq!(entry.starts_with("cluster \"c\""), !entry.starts_with("user \"u\""));
            field
        });
        assert_eq!(refused.collect::<Vec<_>>(), *fields, "{told}");
    }
    assert!(!trace.exists(), "no program is run");
    assert_eq!(
        listener.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock,
        "no one came"
    );
}

#[test]
fn what_stands_in_the_text_is_taken() {
    let taken = |cluster: &str, user: &str| {
        let cluster = format!("{HTTPS}, certificate-authority-data: CERTIFICATE, {cluster}");
        let config = Config::from_untrusted(&one(&cluster, user)).unwrap();
        assert_eq!(config.tls.certificate_authority, Some(Pem::Data(CERTIFICATE.into())));
        assert_eq!((config.server.as_str(), config.namespace.as_str()), ("https://h", "web"));
        assert_eq!(config.exec_policy, ExecPolicy::DenyAll);
        assert_eq!(config.proxy, Proxy::Environment, "the way out stays the environment's");
        assert_eq!(config.impersonate, None);
        assert!(!config.allow_plaintext_credentials);
        config
    };
    assert!(matches!(taken("", "token: t").auth, Auth::Token(token) if token.expose() == "t"));
    assert!(matches!(taken("", "username: u, password: p").auth, Auth::Basic { .. }));
    assert!(matches!(taken("", "").auth, Auth::None));
    let tls = taken("", "client-certificate-data: CERTIFICATE, client-key-data: KEY").tls;
    assert_eq!(tls.client_certificate, Some(Pem::Data(CERTIFICATE.into())));
    assert_eq!(tls.client_key, Some(SecretPem::Data(KEY.into())));
    let config = taken(
        "tls-server-name: n, disable-compression: true, certificate-authority: '', proxy-url: '',
          insecure-skip-tls-verify: false, extensions: [{name: e, extension: {exec: x}}], tokenFile: /etc/passwd",
        "token: t, tokenFile: '', exec: null, auth-provider: ~, as: '', as-groups: [], token-file: /etc/passwd",
    );
    assert_eq!(config.tls.server_name.as_deref(), Some("n"));
    assert!(!config.compression && matches!(config.auth, Auth::Token(_)));
}

#[test]
fn entries_of_other_contexts_count_until_they_are_taken_out() {
    let text = "{current-context: x, contexts: [{name: x, context: {cluster: c, user: u}},
            {name: y, context: {cluster: d, user: v}}],
          clusters: [{name: c, cluster: {server: 'https://h'}}, {name: d, cluster: {server: 'http://h'}}],
          users: [{name: u, user: {token: t}}, {name: v, user: {exec: {command: x}}}]}";
    let mut kubeconfig = Kubeconfig::from_yaml(text).unwrap();
    let error = Config::from_untrusted(&kubeconfig).unwrap_err().to_string();
    for part in ["cluster \"d\": server: ", "; user \"v\": exec: "] {
        assert!(error.contains(part), "{error}");
    }
    kubeconfig.minify().unwrap();
    Config::from_untrusted(&kubeconfig).unwrap();
    kubeconfig.current_context = "y".into();
    let error = Config::from_untrusted(&kubeconfig).unwrap_err().to_string();
    assert!(error.contains("there is no context \"y\""), "{error}");
}

/// The bounds of the text hold before anything is looked at.
#[test]
fn what_is_large_or_deep_is_refused_and_told_in_short() {
    for text in [
        format!("users: {}{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("x: {}", "x".repeat(1 << 20)),
        format!("a: &a x\nb: [{}]", ["*a"; 101].join(", ")),
    ] {
        Kubeconfig::from_yaml(&text).unwrap_err();
    }
    let users: Vec<_> =
        (0..500).map(|number| format!("{{name: u{number}, user: {{exec: {{}}}}}}")).collect();
    let text = format!("users: [{}]", users.join(", "));
    let error = Config::from_untrusted(&Kubeconfig::from_yaml(&text).unwrap()).unwrap_err();
    let told = error.to_string();
    assert!(told.ends_with("; and 480 more") && told.contains("user \"u19\""), "{told}");
    crate::fuzz::assert_printable(&error);
    let hostile = text.replace("u0", "\"\\e[2J\\u202e\"");
    let error = Config::from_untrusted(&Kubeconfig::from_yaml(&hostile).unwrap()).unwrap_err();
    crate::fuzz::assert_printable(&error);
    assert!(!error.to_string().contains('\u{202e}'), "{error}");
}
