//! Kubeconfigs that are strange or broken: what is read of them, and that no error shows what they hold.

use std::fmt::Write as _;

use super::infer::from_loaded;
use super::loader::{Loaded, locate};
use super::*;
use crate::error::{Error, ErrorKind};
use crate::fuzz::{Damage, assert_printable, broken_at};

const CANARY: &str = "CANARY";

/// Reads the text as the file `/x/config` and makes a configuration of it.
fn config(text: &[u8]) -> Result<Config, Error> {
    let mut kubeconfig =
        parse::from_bytes(text).map_err(|error| error.at("kubeconfig /x/config"))?;
    locate(&mut kubeconfig, "/x/config".into());
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
    refused(deep.as_bytes(), &["too much for a kubeconfig: at most 32 levels, 500000 values"]);
    let mut laughs = String::from("a0: &a0 [CANARY, CANARY]\n");
    for level in 1..20 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        let _ = writeln!(laughs, "a{level}: &a{level} [{aliases}]");
    }
    refused(laughs.as_bytes(), &["too much for a kubeconfig"]);
    let wide = format!("a: &a [{}]\nb: [{}]", ["CANARY"; 1_000].join(", "), ["*a"; 31].join(", "));
    refused(wide.as_bytes(), &["10000 aliases for 30000"]);
    let long = format!("a: &a {}\nb: [{}]", CANARY.repeat(1 << 20), ["*a"; 1_000].join(", "));
    refused(long.as_bytes(), &["too much for a kubeconfig"]);
    let anchors: String = (0..20).map(|n| format!("a{n}: &a{n} CANARY\n")).collect();
    let aliases = |count| {
        let aliases: Vec<_> = (0..count).map(|n| format!("*a{}", n % 20)).collect();
        format!("{anchors}b: [{}]", aliases.join(", "))
    };
    refused(aliases(10_001).as_bytes(), &["10000 aliases"]);
    // What may be anybody's is less.
    for (text, expected) in [
        (aliases(101), "100 aliases for 10000"),
        (format!("a: &a CANARY\nb: [{}]", ["*a"; 101].join(", ")), "100 aliases"),
        (format!("token: {}", CANARY.repeat(1 << 18)), "larger than 1 MiB"),
        ("#".repeat((1 << 20) + 1), "larger than 1 MiB"),
        (format!("x: [{}]", "a, ".repeat(50_001)), "50000 values"),
    ] {
        let error = Kubeconfig::from_yaml(&text).unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains(CANARY), "{expected}: {error}");
        parse::from_bytes(text.as_bytes()).unwrap();
    }
    refused(&vec![b'#'; (16 << 20) + 1], &["larger than 16 MiB"]);
    refused(format!("x: [{}]", "a, ".repeat(500_001)).as_bytes(), &["500000 values"]);
    refused(b"kind: Config\nusers: CANARY\xff", &["line 2: expected UTF-8 text"]);
    refused(
        "kind: CANARY".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>().as_slice(),
        &[],
    );
}

/// How long each takes is 0.5 s at most in a build that is not optimized; asserted at ten times that.
///
/// Reliability T27.
#[test]
fn no_bomb_in_a_file_of_ones_own_takes_long() {
    let list = |item: &str, count: usize| format!("[{}]", vec![item; count].join(", "));
    let map = |value: &str, keys: usize| {
        let fields: Vec<_> = (0..keys).map(|key| format!("k{key}: {value}")).collect();
        format!("{{{}}}", fields.join(", "))
    };
    let levels = |next: &dyn Fn(&str) -> String| {
        let levels = (1..=9)
            .map(|level| format!("a{level}: &a{level} {}\n", next(&format!("*a{}", level - 1))));
        format!("a0: &a0 {}\n{}", map("x", 9), levels.collect::<String>())
    };
    let wide = |value: &str, of: &str| format!("a: &a {value}\nb: {of}\n");
    let anchored = |inside: &str| {
        let open: String = (0..29).map(|level| format!("&a{level} [")).collect();
        format!("a: {open}{inside}{}\n", "]".repeat(29))
    };
    for (name, text) in [
        ("lists of lists", levels(&|last| list(last, 9))),
        ("maps of maps", levels(&|last| map(last, 9))),
        ("merged maps", levels(&|last| format!("{{<<: {}}}", list(last, 9)))),
        ("a wide list, often", wide(&list("x", 1_000), &list("*a", 9_000))),
        ("a wide map, often", wide(&map("x", 1_000), &list("*a", 9_000))),
        ("a wide map, merged often", wide(&map("x", 1_000), &list("{<<: *a}", 9_000))),
        (
            "a wide map, merged into one",
            wide(&map("x", 1_000), &format!("{{<<: {}}}", list("*a", 9_000))),
        ),
        ("a long text, often", wide(&"x".repeat(8 << 20), &list("*a", 9_000))),
        ("anchors in one another", anchored(&"x, ".repeat(20_000))),
        ("many anchors", (0..20_000).map(|n| format!("a{n}: &a{n} x\n")).collect()),
        ("many aliases", wide("x", &list("*a", 20_000))),
        ("lists, deep", format!("a: {}", "[".repeat(1_000_000))),
        ("entries, deep", format!("a:\n  {}x", "- ".repeat(1_000_000))),
    ] {
        let begun = std::time::Instant::now();
        refused(text.as_bytes(), &["too much for a kubeconfig"]);
        let took = begun.elapsed();
        assert!(took < std::time::Duration::from_secs(5), "{name}: {took:?}");
    }
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
        "https://a:CANARY@h?x",
        "https://CANARY#x@h",
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
    "{clusters: [null], users: [~], contexts: [{name: x, context: }], extensions: [null]}",
    "{users: [{name: u, user: {token: a, token: b, token: c}}], users: [{name: v}], x: 1, x: [2]}",
    "{kind: Config}\n---\n]junk",
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

/// Null is what Go makes of it: nothing at all of the kind that is wanted there.
#[test]
fn null_within_a_list_or_a_map_is_nothing() {
    let user = "as: a, as-groups: [null, g], as-user-extra: {k: null, l: [~, v]}, \
         auth-provider: {config: {client-secret: , id-token: t}}, exec: {args: [null, a], env: [null]}";
    let kubeconfig = Kubeconfig::from_yaml(&one("", user, "")).unwrap();
    let user = kubeconfig.user("u").unwrap();
    assert_eq!(user.impersonate_groups, ["", "g"]);
    assert_eq!(user.impersonate_user_extra["k"], Vec::<String>::new());
    assert_eq!(user.impersonate_user_extra["l"], ["", "v"]);
    let settings = &user.auth_provider.as_ref().unwrap().config;
    assert_eq!((settings["client-secret"].expose(), settings["id-token"].expose()), ("", "t"));
    let exec = user.exec.as_ref().unwrap();
    assert_eq!((exec.args.as_slice(), exec.env.len()), (&["".to_owned(), "a".to_owned()][..], 1));
    assert_eq!(exec.env[0], ExecEnvVar::default());
}

#[test]
fn of_a_key_that_stands_twice_the_last_counts() {
    let text = "{users: [{name: u, user: {token: a, token: b, exec: {command: a, args: [x]}, exec: {command: b},
            as: a, as: null, as-user-extra: {k: [v], k: [w]}}}, {name: v, user: {<<: &b {token: a}, token: b}}],
          contexts: [{name: x}], contexts: [{name: y}], more: 1, more: {a: 1, a: 2}}";
    let kubeconfig = Kubeconfig::from_yaml(text).unwrap();
    let user = kubeconfig.user("u").unwrap();
    assert_eq!((user.token.expose(), user.impersonate.as_str()), ("b", ""));
    let exec = user.exec.as_ref().unwrap();
    assert_eq!((exec.command.as_str(), exec.args.len()), ("b", 0), "none is mixed");
    assert_eq!(user.impersonate_user_extra["k"], ["w"]);
    assert_eq!(kubeconfig.user("v").unwrap().token.expose(), "b");
    assert!(kubeconfig.context("x").is_none() && kubeconfig.context("y").is_some());
    assert_eq!(kubeconfig.other["more"], serde_json::json!({"a": 2}));
}

#[test]
fn the_first_document_is_read() {
    for (text, token) in [
        ("users: [{name: u, user: {token: a}}]\n---\nusers: [{name: u, user: {token: b}}]", "a"),
        ("# x\n\n---\nusers: [{name: u, user: {token: a}}]\n--- ]{junk", "a"),
        ("%YAML 1.1\r\n---\r\nusers: [{name: u, user: {token: a}}]\r\n...\r\njunk: [", "a"),
        ("--- {users: [{name: u, user: {token: a}}]}\n...\nx", "a"),
        ("users: [{name: u, user: {token: a---\n      ---b}}]", "a--- ---b"),
        ("users:\n- name: u\n  user:\n    token: |-\n      ---\n", "---"),
    ] {
        let kubeconfig = Kubeconfig::from_yaml(text).unwrap();
        assert_eq!(kubeconfig.user("u").unwrap().token.expose(), token, "{text}");
    }
    for text in ["---\n---\nusers: [{name: u}]", "---\n...\nusers: [{name: u}]"] {
        assert_eq!(Kubeconfig::from_yaml(text).unwrap(), Kubeconfig::default());
    }
    Kubeconfig::from_yaml("x: 'a\n---\nb'").unwrap_err();
}

#[test]
fn utf_16_is_read_where_it_says_that_it_is() {
    let text = format!("\u{feff}{}", one("", "token: t, username: 'ä𝄞'", ""));
    let units: Vec<u16> = text.encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for bytes in [&little, &big] {
        let kubeconfig = parse::from_bytes(bytes).unwrap();
        assert_eq!(kubeconfig.user("u").unwrap().username, "ä𝄞");
    }
    for bytes in [&little[..little.len() - 1], &big[..3], &[0xff, 0xfe, 0x00, 0xd8]] {
        refused(bytes, &["expected UTF-16 text"]);
    }
    assert_eq!(parse::from_bytes(&[0xff, 0xfe]).unwrap(), Kubeconfig::default());
}

/// Clusters of some thousand, each with a certificate, and what they share.
#[test]
fn a_large_file_of_ones_own_is_read() {
    use base64::Engine as _;
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        "MAAA".repeat(1_000)
    );
    let data = base64::engine::general_purpose::STANDARD.encode(pem);
    let mut text = String::from("extensions: [{name: e, extension: &e {a: b}}]\nclusters:\n");
    for name in 0..2_000 {
        text.push_str(&format!("- name: c{name}\n  cluster: {{server: https://h, extensions: [{{name: e, extension: *e}}], "));
        text.push_str(&format!("certificate-authority-data: {data}}}\n"));
    }
    assert!(text.len() > 10 << 20);
    assert_eq!(parse::from_bytes(text.as_bytes()).unwrap().clusters.len(), 2_000);
    assert!(
        Config::from_kubeconfig_str(&text).unwrap_err().to_string().contains("current-context")
    );
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
