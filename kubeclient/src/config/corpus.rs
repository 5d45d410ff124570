//! Kubeconfigs that are strange or broken: what is read of them, and that no error shows what they hold.

use std::fmt::Write as _;

use super::infer::from_loaded;
use super::loader::Loaded;
use super::*;
use crate::error::{Error, ErrorKind};
use crate::fuzz::{Damage, assert_printable, broken_at};

const CANARY: &str = "CANARY";

/// Reads the text as the file `/x/config` and makes a configuration of it.
fn config(text: &[u8]) -> Result<Config, Error> {
    let mut kubeconfig =
        parse::from_bytes(text).map_err(|error| error.at("kubeconfig /x/config"))?;
    let origin = Some(PathBuf::from("/x/config"));
    for entry in &mut kubeconfig.clusters {
        entry.location_of_origin.clone_from(&origin);
    }
    for entry in &mut kubeconfig.users {
        entry.location_of_origin.clone_from(&origin);
    }
    for entry in &mut kubeconfig.contexts {
        entry.location_of_origin.clone_from(&origin);
    }
    let loaded = Loaded { kubeconfig, found: vec!["/x/config".into()], ..Loaded::default() };
    from_loaded(&loaded, &KubeconfigOptions::default())
}

#[track_caller]
fn refused(text: &[u8], expected: &[&str]) {
    let shown = String::from_utf8_lossy(&text[..text.len().min(200)]);
    let Err(error) = config(text) else { panic!("accepted: {shown}") };
    let told = format!("{error} {error:?}");
    assert_eq!(error.kind(), ErrorKind::Config, "{shown}");
    assert!(!told.contains(CANARY), "{shown}: {told}");
    assert!(told.starts_with("kubeconfig /x/config: "), "{shown}: {told}");
    for part in expected {
        assert!(told.contains(part), "{shown}: expected {part:?} in {told}");
    }
}

/// The lines before the mistake hold credentials, and so do the lines after it.
fn around(mistake: &str) -> String {
    format!(
        "users:
- name: u
  user: {{token: CANARY-1, password: CANARY-2, client-key-data: CANARY-3}}
{mistake}
more: CANARY-4
"
    )
}

#[test]
fn a_parse_error_tells_line_and_field_and_shows_no_text() {
    for (mistake, expected) in [
        ("clusters: CANARY", &["line 4, column 11: clusters: expected"][..]),
        ("clusters: {a: CANARY}", &["line 4", "clusters: expected"]),
        ("clusters: [CANARY]", &["line 4", "clusters[0]: expected a mapping"]),
        ("clusters: [{name: [CANARY]}]", &["line 4", "clusters[0].name: expected"]),
        ("clusters: [{name: {CANARY: x}}]", &["line 4", "clusters[0].name: expected"]),
        ("clusters: [{cluster: CANARY}]", &["clusters[0].cluster: expected a mapping"]),
        ("clusters: [{cluster: {server: [CANARY]}}]", &["clusters[0].cluster.server: "]),
        (
            "clusters: [{cluster: {insecure-skip-tls-verify: CANARY}}]",
            &["line 4, column 49: clusters[0].cluster.insecure-skip-tls-verify: expected"],
        ),
        ("clusters: [{cluster: {disable-compression: 17}}]", &["disable-compression: expected"]),
        ("clusters: [{cluster: {extensions: CANARY}}]", &["extensions: expected"]),
        ("contexts: [{context: [CANARY]}]", &["contexts[0].context: expected a mapping"]),
        ("contexts: [{}, {context: {user: {}}}]", &["contexts[1].context.user: "]),
        ("extensions: {CANARY: x}", &["line 4", "extensions: expected"]),
        ("current-context: [CANARY]", &["line 4", "current-context: "]),
        ("users: []", &["line 4", "\"users\" stands twice"]),
        ("CANARY: 1\nCANARY: 2", &["line 5", "a key stands twice"]),
        ("x: {CANARY: {token: 1, token: 2}}", &["*: ", "\"token\" stands twice"]),
        ("x: *CANARY", &["line 4", "an alias without its anchor"]),
        ("x: {<<: CANARY}", &["line 4", "expected a mapping to merge"]),
        ("x: &a [*a, CANARY]", &["line 4"]),
        ("x: 'CANARY", &["line"]),
        ("x: \"CANARY\\q\"", &["line 4"]),
        ("x: {CANARY", &["line"]),
        ("x: [CANARY", &["line"]),
        ("x: }CANARY", &["line 4"]),
        ("x: CANARY: y", &["line 4"]),
        ("\tx: CANARY", &["line 4"]),
        ("x: @CANARY", &["line 4"]),
        ("x: \u{0}CANARY", &["line 4"]),
        ("- CANARY", &["line 4"]),
        ("CANARY", &["line"]),
        ("[CANARY]: x", &["line 4"]),
        ("---\nx: CANARY", &["several"]),
        ("x: !!binary CANARY!", &["line 4"]),
        ("kind: !!binary /CANARY", &["line 4"]),
    ] {
        refused(around(mistake).as_bytes(), expected);
    }
}

/// Each of 25 secrets, in twelve ways.
#[test]
fn three_hundred_broken_kubeconfigs_show_no_secret() {
    let broken = broken_at(printing::EVERYTHING, CANARY);
    assert_eq!(broken.len(), 300);
    let mut refused = 0;
    for text in &broken {
        let Err(error) = config(text) else { continue };
        refused += 1;
        for told in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
            assert!(!told.contains(CANARY), "{told}\n{}", String::from_utf8_lossy(text));
        }
    }
    assert_eq!(refused, 300);
}

#[test]
fn an_unusual_user_or_list_is_refused_without_its_text() {
    for (text, expected) in [
        ("CANARY", "expected a mapping"),
        ("- CANARY", "expected a mapping"),
        ("17", "expected a mapping"),
        ("users: [{user: {exec: CANARY}}]", "users[0].user.exec: expected a mapping"),
        ("users: [{user: {exec: {args: CANARY}}}]", "users[0].user.exec.args: expected"),
        ("users: [{user: {exec: {env: [CANARY]}}}]", "users[0].user.exec.env[0]: expected"),
        ("users: [{user: {exec: {env: [{value: [CANARY]}]}}}]", "env[0].value: "),
        ("users: [{user: {exec: {provideClusterInfo: CANARY}}}]", "provideClusterInfo: expected"),
        ("users: [{user: {auth-provider: CANARY}}]", "users[0].user.auth-provider: expected"),
        ("users: [{user: {auth-provider: {config: {CANARY: [x]}}}}]", "auth-provider.config.*: "),
        ("users: [{user: {as-groups: CANARY}}]", "users[0].user.as-groups: expected"),
        (
            "users: [{user: {as-user-extra: {CANARY: x}}}]",
            "users[0].user.as-user-extra.*: expected",
        ),
        ("users: [{user: {token: {CANARY: x}}}]", "users[0].user.token: "),
        ("users: [{user: {token: [CANARY]}}]", "users[0].user.token: "),
        ("users: [{user: {token: CANARY, token: CANARY}}]", "\"token\" stands twice"),
        (
            "users: [{name: a}, {name: a, user: {token: CANARY}}]",
            "users: two entries are named \"a\"",
        ),
        ("clusters: [{name: a}, {name: a}]", "clusters: two entries are named \"a\""),
        ("contexts: [{name: a}, {name: a}]", "contexts: two entries are named \"a\""),
    ] {
        refused(text.as_bytes(), &[expected]);
    }
}

#[test]
fn what_would_exhaust_the_reader_is_refused() {
    let deep = format!("x: {}CANARY{}", "[".repeat(100_000), "]".repeat(100_000));
    refused(deep.as_bytes(), &["line 1"]);
    let mut deep = String::from("users: [{user: {token: CANARY}}]\n");
    for level in 0..100 {
        let _ = writeln!(deep, "{}a:", " ".repeat(level));
    }
    refused(deep.as_bytes(), &["too much for a kubeconfig: at most 32 levels"]);
    let mut laughs = String::from("a0: &a0 [CANARY, CANARY]\n");
    for level in 1..20 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        let _ = writeln!(laughs, "a{level}: &a{level} [{aliases}]");
    }
    refused(laughs.as_bytes(), &["too much for a kubeconfig"]);
    let aliases = format!("a: &a CANARY\nb: [{}]", ["*a"; 101].join(", "));
    refused(aliases.as_bytes(), &["100 aliases"]);
    let anchors: String = (0..20).map(|n| format!("a{n}: &a{n} CANARY\n")).collect();
    let aliases: Vec<_> = (0..101).map(|n| format!("*a{}", n % 20)).collect();
    let aliases = format!("{anchors}b: [{}]", aliases.join(", "));
    refused(aliases.as_bytes(), &["100 aliases"]);
    let large = format!("token: {}", CANARY.repeat(1 << 18));
    refused(large.as_bytes(), &["larger than 1 MiB"]);
    refused(&[b'#'; (1 << 20) + 1], &["larger than 1 MiB"]);
    refused(b"kind: Config\nusers: CANARY\xff", &["line 2: expected UTF-8 text"]);
    refused(
        "kind: CANARY".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>().as_slice(),
        &[],
    );
}

/// One context, with these fields after the others of its parts.
fn one(cluster: &str, user: &str, context: &str) -> String {
    sample::one(&format!("server: 'https://h'{cluster}"), user, context)
}

#[test]
fn a_wrong_value_is_told_by_file_entry_and_field_and_not_shown() {
    config(one("", "token: t", "").as_bytes()).unwrap();
    for (user, expected) in [
        ("token: 'CANARY\n\n  x'", "user \"u\": token: expected a token of ASCII"),
        ("token: 'CANARY x'", "user \"u\": token: expected a token of ASCII"),
        ("token: CANARYé", "user \"u\": token: expected a token of ASCII"),
        (r#"token: "CANARY\u0000""#, "user \"u\": token: expected a token of ASCII"),
        ("token: ' '", "token: expected a token"),
        ("token: '\n\n '", "token: expected a token"),
        ("password: CANARY", "user \"u\": username: expected a name"),
        ("username: 'a:CANARY'", "username: expected a name without `:`"),
        (r#"username: a, password: "CANARY\n""#, "password: expected text without line breaks"),
        (
            "client-certificate: /c, client-key-data: CANARY-",
            "user \"u\": client-key-data: expected base64",
        ),
        (
            "client-certificate: /c, client-key-data: Q0FOQVJZ",
            "client-key-data: expected a private key",
        ),
        (
            "client-certificate: /c, client-key-data: /w==",
            "client-key-data: expected a private key",
        ),
        (
            "client-certificate-data: CANARY-, client-key: /k",
            "client-certificate-data: expected base64",
        ),
        (
            "client-certificate-data: Q0FOQVJZ, client-key: /k",
            "client-certificate-data: expected cert",
        ),
        (r#"as: "CANARY\nx""#, "user \"u\": as: user: expected text"),
        (r#"as: a, as-groups: ["CANARY\rx"]"#, "user \"u\": as: groups: expected text"),
        ("as: a, as-user-extra: {'': [CANARY]}", "user \"u\": as: extra: expected a key"),
        ("exec: {}", "user \"u\": exec: "),
        ("exec: {command: '', apiVersion: CANARY}", "user \"u\": exec: "),
        (
            "exec: {command: ., interactiveMode: CANARY, env: [{value: CANARY}]}",
            "user \"u\": exec: ",
        ),
        ("auth-provider: {}", "user \"u\": auth-provider: "),
    ] {
        refused(one("", user, "").as_bytes(), &[expected]);
    }
    for (cluster, expected) in [
        (
            "certificate-authority-data: CANARY-",
            "cluster \"c\": certificate-authority-data: expected base64",
        ),
        (
            "certificate-authority-data: Q0FOQVJZ",
            "certificate-authority-data: expected certificates",
        ),
        ("certificate-authority-data: MIIB", "certificate-authority-data: expected certificates"),
        ("tls-server-name: 'CANARY x'", "cluster \"c\": tls-server-name: expected a DNS name"),
        ("proxy-url: 'socks4://a:CANARY@p'", "cluster \"c\": proxy-url: "),
        ("proxy-url: CANARY", "cluster \"c\": proxy-url: "),
        (
            "insecure-skip-tls-verify: true, certificate-authority: /CANARY",
            "insecure-skip-tls-verify",
        ),
    ] {
        refused(one(&format!(", {cluster}"), "", "").as_bytes(), &[expected]);
    }
    for server in [
        "https://a:CANARY@h",
        "https://h?CANARY",
        "https://h/#CANARY",
        "https://h:CANARY",
        "unix:///CANARY",
        "/CANARY",
        "ftp://CANARY",
        "https://h/../CANARY",
        "fd00::1",
        "https://[fe80::1%CANARY]",
        "h:0",
    ] {
        let text = one("", "", "").replace("https://h", server);
        refused(text.as_bytes(), &["cluster \"c\": server: expected "]);
    }
    for namespace in ["../x", "CANARY", "a/b", "'a b'"] {
        refused(
            one("", "", &format!(", namespace: {namespace}")).as_bytes(),
            &["context \"x\": namespace: expected"],
        );
    }
}

/// Strange files that are read.
pub(super) const READABLE: &[&str] = &[
    "",
    "# only a comment\n",
    "---\n",
    "null",
    "{}",
    "\u{feff}kind: Config",
    "clusters: null\nusers: ~\ncontexts:\ncurrent-context: ''\npreferences: {}\n",
    "clusters: [{name: , cluster: }]",
    "apiVersion: v1\r\nkind: Config\r\nclusters: []\r\n",
    "users: [{name: u, user: {exec: null, auth-provider: null, token: null, as-groups: null}}]",
    "base: &base {server: 'https://h'}\nclusters: [{name: c, cluster: {<<: *base}}]",
    "{current-context: x, contexts: [{name: x, context: {cluster: c, user: u}}], more: [0x1F, 1.50, yes],
      clusters: [{name: c, cluster: {server: 'https://h', new: {a: [1, {b: null}]}}}],
      users: [{name: u, user: {token: 0123, username: 1e5, exec: {args: [2026-01-01, -0, .inf]}}}]}",
];

#[test]
fn strange_files_that_kubectl_reads_are_read() {
    for text in READABLE {
        Kubeconfig::from_yaml(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    }
    let yaml = one(", certificate-authority: ca", "token: t, as: jane", ", namespace: web");
    let kubeconfig = Kubeconfig::from_yaml(&yaml).unwrap();
    let compact = serde_json::to_string(&kubeconfig).unwrap();
    let pretty = serde_json::to_string_pretty(&kubeconfig).unwrap();
    for text in [
        &compact,
        &pretty,
        &pretty.replace("  ", "\t"),
        &pretty.replace('\n', "\r\n"),
        &pretty.replace("https://h", "https:\\/\\/h"),
    ] {
        assert_eq!(Kubeconfig::from_yaml(text).unwrap(), kubeconfig, "{text}");
    }
    let merged = "base: &base {server: 'https://h'}\nclusters: [{name: c, cluster: {<<: *base}}]";
    assert_eq!(Kubeconfig::from_yaml(merged).unwrap().cluster("c").unwrap().server, "https://h");
}

#[test]
fn text_is_kept_as_it_stands_whatever_it_looks_like() {
    for text in ["0123", "1e5", "1_000", "0x1F", "true", "yes", "1.50", "2026-01-01", "-0", ".inf"]
    {
        let user = format!("token: {text}, username: {text}, exec: {{args: [{text}]}}");
        let kubeconfig = Kubeconfig::from_yaml(&one("", &user, "")).unwrap();
        let user = kubeconfig.user("u").unwrap();
        assert_eq!(user.token.expose(), text);
        assert_eq!(user.username, text);
        assert_eq!(user.exec.as_ref().unwrap().args, [text]);
    }
    let user = Kubeconfig::from_yaml(&one("", "token: 'null', username: '~'", "")).unwrap();
    let user = user.user("u").unwrap();
    assert_eq!((user.token.expose(), user.username.as_str()), ("null", "~"));
}

/// Whatever a file is cut or changed to, it is read or refused, and no error shows its text.
#[test]
fn every_cut_and_every_changed_byte_is_survived_in_silence() {
    let yaml = one(
        ", certificate-authority-data: CANARY",
        "token: CANARY, exec: {command: CANARY, env: [{name: N, value: CANARY}]}",
        "",
    );
    let bytes = yaml.as_bytes();
    let check = |text: &[u8]| {
        if let Err(error) = config(text) {
            let told = format!("{error} {error:?}");
            // A name may be told: what is looked for stands only where credentials do.
            assert!(!told.contains(CANARY), "{told}: {}", String::from_utf8_lossy(text));
        }
    };
    for cut in 0..bytes.len() {
        check(&bytes[..cut]);
        check(&bytes[cut..]);
        for with in [b'"', b'\'', b'{', b']', b':', b'\n', b'\t', b'&', b'*', 0, 0xff] {
            let mut changed = bytes.to_vec();
            changed[cut] = with;
            check(&changed);
        }
    }
}

#[test]
fn a_damaged_kubeconfig_is_refused_or_read() {
    const FULL: &str = "\
apiVersion: v1
kind: Config
current-context: c
preferences: {}
clusters:
- name: k
  cluster: {server: 'https://h:6443/p', certificate-authority: ca.crt, tls-server-name: n, extensions: [{name: e, extension: {a: 1}}]}
contexts:
- name: c
  context: {cluster: k, user: u, namespace: n}
users:
- name: u
  user:
    token: CANARY
    as: a
    as-groups: [g, h]
    as-user-extra: {k: [v]}
- name: e
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: ./p, args: [a], env: [{name: N, value: V}], interactiveMode: Never}
";
    const JSON: &str = r#"{"clusters":[{"name":"k","cluster":{"server":"http://127.0.0.1"}}],"users":[{"name":"u","user":{"tokenFile":"t","username":"n","password":"p"}}],"contexts":[{"name":"c","context":{"cluster":"k","user":"u"}}],"current-context":"c"}"#;
    const ANCHORS: &str = "x: &x {server: https://h}\nclusters:\n- {name: k, cluster: *x}\n- name: l\n  cluster:\n    <<: *x\n";
    bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
        let text = damage.of(&[FULL.as_bytes(), JSON.as_bytes(), ANCHORS.as_bytes()]);
        match config(&text) {
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Config);
                assert_printable(&error);
            }
            Ok(config) => {
                // A token that stands nowhere else is shown nowhere.
                let parts = text.windows(CANARY.len());
                let count = parts.filter(|part| *part == CANARY.as_bytes()).count();
                let is_token =
                    matches!(&config.auth, Auth::Token(token) if token.expose() == CANARY);
                let shown = format!("{config:?}");
                assert!(!(is_token && count == 1 && shown.contains(CANARY)), "{shown}");
            }
        }
    });
}
