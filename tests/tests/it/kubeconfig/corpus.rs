//! Strange and broken kubeconfigs, read by kubectl and by us: who takes one tries to connect to a server that is not
//! there, who refuses it does not. Where we are of another mind, a row says why.

use std::fs;
use std::io::{IsTerminal as _, stdin};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use kubeclient::config::KubeconfigOptions;
use kubeclient::{Config, Error, ErrorKind, Request, RestClient, Stop};
use kubeclient_tests::pki::Pki;

use super::kubectl;

/// Nobody listens there.
const SERVER: &str = "https://127.0.0.1:1";

/// What becomes of a kubeconfig.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Expected {
    /// Both take it.
    Taken,
    /// Both refuse it.
    Refused,
    /// We refuse it, kubectl does not; why.
    WeRefuse(&'static str),
    /// We take it, kubectl does not; why.
    WeTake(&'static str),
}
use Expected::{Refused, Taken, WeRefuse, WeTake};

type Row = (String, Vec<u8>, Expected);

/// The certificates of all rows.
static PKI: LazyLock<Pki> = LazyLock::new(|| Pki::new().unwrap());

/// One context, with these fields after the others of its parts. Where the cluster says nothing of whom to trust, it
/// is an authority of ours: the system may have none.
fn one(cluster: &str, user: &str, context: &str) -> String {
    let says = ["certificate-authority", "insecure"].iter().any(|field| cluster.contains(field));
    let authority = match says {
        true => String::new(),
        false => format!(", certificate-authority-data: {}", STANDARD.encode(PKI.ca_pem())),
    };
    format!(
        "{{current-context: x, contexts: [{{name: x, context: {{cluster: c, user: u{context}}}}}],
clusters: [{{name: c, cluster: {{server: '{SERVER}'{cluster}{authority}}}}}],
users: [{{name: u, user: {{{user}}}}}]}}"
    )
}

fn with_token() -> String {
    one("", "token: t", "")
}

/// With nothing to authenticate by.
const ASKS: &str = "kubectl asks for a name and a password instead";

/// What is read at all.
fn texts() -> Vec<Row> {
    const DEFAULT: &str = "where nothing is said, kubectl asks http://localhost:8080";
    let merged = format!(
        "base: &b {{server: '{SERVER}', insecure-skip-tls-verify: true}}\nclusters: [{{name: c, cluster: {{<<: *b}}}}]\nusers: [{{name: u, user: \
         {{token: t}}}}]\ncontexts: [{{name: x, context: {{cluster: c, user: u}}}}]\ncurrent-context: x\n"
    );
    let rows: Vec<(&str, String, Expected)> = vec![
        ("empty", String::new(), WeRefuse(DEFAULT)),
        ("only comments", "# x\n".into(), WeRefuse(DEFAULT)),
        ("null", "null".into(), WeRefuse(DEFAULT)),
        ("a list", "- a".into(), Refused),
        ("a word", "x".into(), Refused),
        ("two documents", with_token() + "\n---\n" + &with_token(), Taken),
        ("a second document of junk", with_token() + "\n---\n]{", Taken),
        ("something behind the end", with_token() + "\n...\nx: [", Taken),
        ("an empty first document", "---\n---\n".to_owned() + &with_token(), WeRefuse(DEFAULT)),
        ("a comment before the document", "# x\n---\n".to_owned() + &with_token(), Taken),
        ("the start of a document", "---\n".to_owned() + &with_token(), Taken),
        ("the end of a document", with_token() + "\n...\n", Taken),
        ("a byte order mark", "\u{feff}".to_owned() + &with_token(), Taken),
        ("CRLF", with_token().replace('\n', "\r\n"), Taken),
        ("NUL within", with_token() + "#\0", Refused),
        ("a tab as indent", "clusters:\n\t- name: c\n".into(), Refused),
        ("a tab as space", with_token().replace("token: t", "token:\tt"), Taken),
        ("a key twice", one("", "token: a, token: b", ""), Taken),
        ("a list twice", with_token().replace("users: [", "users: [], users: ["), Taken),
        (
            "a list, and none",
            format!("{}, clusters: []}}", with_token().trim_end_matches('}')),
            WeRefuse(DEFAULT),
        ),
        ("null for an entry", with_token().replace("users: [", "users: [null, "), Taken),
        (
            "a name twice",
            with_token().replace("users: [", "users: [{name: u, user: {}}, "),
            Refused,
        ),
        ("<<", merged, Taken),
        ("!!binary", one("", "token: !!binary dA==", ""), Taken),
        ("!!python, a list", one("", "token: !!python/object/apply:os.system [x]", ""), Refused),
        ("!!python, a word", one("", "token: !!python/name:os.system y", ""), Taken),
        ("an anchor within itself", with_token().replace("token: t", "x: &a [*a]"), Refused),
        ("unknown fields", one(", n: {a: 1}", "token: t, n: [x], exec: null", ", n: 1"), Taken),
        (
            "another kind",
            with_token().replacen('{', "{apiVersion: v1, kind: Pod, ", 1),
            WeTake("kind and apiVersion are never looked at: people leave them out"),
        ),
        (
            "another version",
            with_token().replacen('{', "{apiVersion: v2, kind: Config, ", 1),
            WeTake("kind and apiVersion are never looked at: people leave them out"),
        ),
        ("a field in capitals", with_token().replace("server:", "Server:"), WeRefuse(DEFAULT)),
        ("no current-context", with_token().replace("current-context: x,", ""), WeRefuse(DEFAULT)),
        (
            "a current-context that is not there",
            with_token().replace("current-context: x", "current-context: lost"),
            Refused,
        ),
        ("no cluster", with_token().replace("cluster: c, user", "user"), WeRefuse(DEFAULT)),
        (
            "a cluster that is not there",
            with_token().replace("cluster: c, user", "cluster: lost, user"),
            WeRefuse(DEFAULT),
        ),
        ("no user", with_token().replace("c, user: u", "c"), Taken),
        (
            "a user that is not there",
            with_token().replace("c, user: u", "c, user: lost"),
            WeRefuse(ASKS),
        ),
        ("no server", with_token().replace(&format!("server: '{SERVER}',"), ""), WeRefuse(DEFAULT)),
    ];
    let mut rows: Vec<Row> = rows
        .into_iter()
        .map(|(name, text, expected)| (name.into(), text.into(), expected))
        .collect();
    let latin = with_token().replace("{current", "{kind: Caf\u{fffd}, current");
    let latin = latin.split('\u{fffd}').collect::<Vec<_>>();
    let latin = [latin[0].as_bytes(), &[0xe9], latin[1].as_bytes()].concat();
    rows.push(("latin-1".into(), latin, Refused));
    let utf16 = std::iter::once('\u{feff}').chain(with_token().chars()).collect::<String>();
    let utf16 = |bytes: fn(u16) -> [u8; 2]| utf16.encode_utf16().flat_map(bytes).collect();
    rows.push(("UTF-16, as PowerShell writes it".into(), utf16(u16::to_le_bytes), Taken));
    rows.push(("UTF-16, the other way round".into(), utf16(u16::to_be_bytes), Taken));
    let cluster = format!(
        "{{name: NAME, cluster: {{server: 'https://h', certificate-authority-data: {}}}}}, ",
        STANDARD.encode(PKI.ca_pem().repeat(4))
    );
    let many: String =
        (0..1_000).map(|name| cluster.replace("NAME", &format!("c{name}"))).collect();
    let many = with_token().replace("clusters: [", &format!("clusters: [{many}"));
    assert!(many.len() > 2 << 20);
    rows.push(("a thousand clusters".into(), many.into_bytes(), Taken));
    for (count, expected) in
        [(101, Taken), (5_000, Taken), (20_000, WeRefuse("10,000 are the most"))]
    {
        let aliases = format!(
            "{}, x: &x a, y: [{}]}}",
            with_token().trim_end_matches('}'),
            "*x, ".repeat(count)
        );
        rows.push((format!("{count} aliases"), aliases.into_bytes(), expected));
    }
    rows.extend(bombs());
    let deep = format!("x: {}{}", "[".repeat(100_000), "]".repeat(100_000));
    rows.push(("100,000 levels".into(), deep.into_bytes(), Refused));
    rows
}

/// Little text that stands for much.
fn bombs() -> Vec<Row> {
    let text = |name: &str, fields: String, expected| {
        let text = format!("{}, {fields}}}", with_token().trim_end_matches('}'));
        (name.to_owned(), text.into_bytes(), expected)
    };
    let list = |item: &str, count| format!("[{}]", vec![item; count].join(", "));
    let levels = (1..=9)
        .map(|level| format!("a{level}: &a{level} {}", list(&format!("*a{}", level - 1), 9)));
    let levels: Vec<_> = levels.collect();
    vec![
        text("lists of lists", format!("a0: &a0 [x, y], {}", levels.join(", ")), Refused),
        text(
            "a wide list, often",
            format!("a: &a {}, b: {}", list("x", 1_000), list("*a", 9_000)),
            Refused,
        ),
        text(
            "a wide list, a hundred times",
            format!("a: &a {}, b: {}", list("x", 1_000), list("*a", 100)),
            WeRefuse("aliases may stand for 30,000 values"),
        ),
    ]
}

fn servers() -> Vec<Row> {
    const PATH: &str = "such a path leads elsewhere";
    const USER: &str = "a password in a URL gets into logs";
    [
        ("127.0.0.1:1", Taken),
        ("HTTPS://127.0.0.1:1", Taken),
        ("HTTP://127.0.0.1:1", Taken),
        ("https://127.0.0.1:1/", Taken),
        ("https://127.0.0.1:1//", Taken),
        ("https://127.0.0.1:1/a/b/", Taken),
        ("https://[::1]:1", Taken),
        ("[::1]:1", Taken),
        ("https://127.0.0.1:", Taken),
        ("https://[::1]:", Taken),
        ("127.0.0.1:", Taken),
        ("https://127.0.0.1:1//a//b", Taken),
        ("https://127.0.0.1:1?a=b", Taken),
        ("https://127.0.0.1:1/p?a=b#f", Taken),
        ("https://127.0.0.1:1/#f", Taken),
        ("https://u:p@127.0.0.1:1", WeRefuse(USER)),
        ("https://u@127.0.0.1:1", WeRefuse(USER)),
        ("https://ｌｏｃａｌｈｏｓｔ:1", WeRefuse("a host is ASCII; others are written as xn--")),
        ("https://[::1%25lo]:1", WeRefuse("rustls knows no zones, and no certificate has one")),
        ("https://127.0.0.1:0", WeRefuse("no server has it")),
        ("https://127.0.0.1:1/a/../b", WeRefuse(PATH)),
        ("https://127.0.0.1:1/%2e%2e/b", WeRefuse(PATH)),
        ("https://127.0.0.1:1/a b", WeRefuse("no URL has a space")),
        ("https://::1:1", Refused),
        ("https://::1", Refused),
        ("https://[::1%lo]:1", Refused),
        ("https://127.0.0.1:65536", Refused),
        ("https://127.0.0.1:x", Refused),
        ("unix:///x", Refused),
        ("/run/x", Refused),
        ("ftp://127.0.0.1:1", Refused),
        ("https://", Refused),
        ("https:///x", Refused),
        (" https://127.0.0.1:1", Refused),
        ("https://127.0.0.1:1 ", Refused),
        ("127.0.0.1:1/p", Refused),
        ("https:127.0.0.1:1", Refused),
    ]
    .into_iter()
    .map(|(server, expected)| {
        (server.to_owned(), with_token().replace(SERVER, server).into_bytes(), expected)
    })
    .collect()
}

/// Who is trusted on the way.
fn clusters() -> Vec<Row> {
    const JUNK: &str = "an authority that is passed over is missed when it is needed";
    let ca = PKI.ca_pem();
    let key = &PKI.server().private_key_pem;
    let bad = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let body: String = ca.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(body).unwrap();
    let data = |bytes: &[u8]| format!("certificate-authority-data: {}", STANDARD.encode(bytes));
    let encoded = STANDARD.encode(&ca);
    let lines: Vec<_> =
        encoded.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    let insecure = "insecure-skip-tls-verify: true";
    let mut rows = vec![
        ("an authority", data(ca.as_bytes()), Taken),
        ("two authorities", data(format!("{ca}{ca}").as_bytes()), Taken),
        ("with CRLF", data(ca.replace('\n', "\r\n").as_bytes()), Taken),
        (
            "base64 in lines",
            format!("certificate-authority-data: \"{}\"", lines.join("\\n")),
            Taken,
        ),
        ("with words before", data(format!("junk\n{ca}").as_bytes()), Taken),
        ("with words after", data(format!("{ca}junk\n").as_bytes()), Taken),
        ("with a key in it", data(format!("{ca}{key}").as_bytes()), Taken),
        ("one good and one bad", data(format!("{ca}{bad}").as_bytes()), WeRefuse(JUNK)),
        ("words alone", data(b"junk"), Refused),
        ("a bad one", data(bad.as_bytes()), Refused),
        ("a key alone", data(key.as_bytes()), Refused),
        ("DER", data(&der), Refused),
        ("cut", data(&ca.as_bytes()[..200]), Refused),
        ("no base64", "certificate-authority-data: 'x y-'".into(), Refused),
        (
            "base64 for URLs",
            format!("certificate-authority-data: {}", URL_SAFE.encode([0xfb, 0xff, 0xfb])),
            Refused,
        ),
        ("empty", format!("{insecure}, certificate-authority-data: ''"), Taken),
        ("a file that is not there", "certificate-authority: /nonexistent".into(), Refused),
        (
            "a file and data",
            format!("certificate-authority: /dev/null, {}", data(ca.as_bytes())),
            Refused,
        ),
        ("an authority, insecure", format!("{insecure}, {}", data(ca.as_bytes())), Refused),
        ("a file, insecure", format!("{insecure}, certificate-authority: /dev/null"), Refused),
        ("insecure", insecure.into(), Taken),
        ("insecure: yes", insecure.replace("true", "yes"), Taken),
        (
            "insecure: 'true'",
            insecure.replace("true", "'true'"),
            WeTake("what is quoted is read, too"),
        ),
        ("tls-server-name: ''", "tls-server-name: ''".into(), Taken),
        ("tls-server-name: 10.0.0.1", "tls-server-name: 10.0.0.1".into(), Taken),
        ("tls-server-name: fd00::1", "tls-server-name: 'fd00::1'".into(), Taken),
        ("tls-server-name: [::1]", "tls-server-name: '[::1]'".into(), Taken),
        (
            "tls-server-name: *.x",
            "tls-server-name: '*.x'".into(),
            WeRefuse("no server has this name"),
        ),
    ];
    for name in ["a b", "a..b", "127.0.0.1:1", "é"] {
        let row = format!("tls-server-name: '{name}'");
        rows.push((name, row, WeRefuse("no certificate has it")));
    }
    const SOCKS5H: &str = "names are resolved by the proxy for socks5, too, so the two are one";
    for (proxy, expected) in [
        ("socks5://127.0.0.1:1", Taken),
        ("socks5h://127.0.0.1:1", WeTake(SOCKS5H)),
        ("http://u:p@127.0.0.1:1", Taken),
        ("https://127.0.0.1:1", Taken),
        ("http://127.0.0.1:1?x", Taken),
        ("http://127.0.0.1:1/x#y", Taken),
        ("http://127.0.0.1:", Taken),
        ("http://", WeRefuse("a proxy has a host")),
        ("http://:1", WeRefuse("a proxy has a host")),
        ("http://ｌｏｃａｌｈｏｓｔ:1", WeRefuse("a host is ASCII; others are written as xn--")),
        ("socks4://127.0.0.1:1", Refused),
        ("ftp://127.0.0.1:1", Refused),
        ("127.0.0.1:1", Refused),
        ("junk", Refused),
        ("://", Refused),
    ] {
        rows.push((proxy, format!("proxy-url: '{proxy}'"), expected));
    }
    let text = |cluster: String| one(&format!(", {cluster}"), "token: t", "").into_bytes();
    rows.into_iter().map(|(name, row, expected)| (name.to_owned(), text(row), expected)).collect()
}

/// Who asks.
fn users(folder: &Path) -> Vec<Row> {
    const HEADER: &str = "no token has it; a server would answer 401";
    let (ada, bob) = (PKI.issue_client("ada", &[]).unwrap(), PKI.issue_client("bob", &[]).unwrap());
    let pair = |certificate: &str, key: &str| {
        let data = |pem: &str| STANDARD.encode(pem);
        format!("client-certificate-data: {}, client-key-data: {}", data(certificate), data(key))
    };
    let (certificate, key) = (&ada.certificate_pem, &ada.private_key_pem);
    let both = format!("{certificate}{key}");
    let file = |name: &str| folder.join(name).display().to_string();
    fs::write(folder.join("token"), "t\n").unwrap();
    fs::write(folder.join("empty"), "").unwrap();
    std::os::unix::fs::symlink("/nonexistent", folder.join("dangling")).unwrap();
    let token_file = |name: &str| format!("tokenFile: {}", file(name));
    let key_alone = pair("", key).replace("client-certificate-data: , ", "");
    let rows = vec![
        ("nothing", String::new(), Taken),
        ("a certificate", pair(certificate, key), Taken),
        ("both in both", pair(&both, &both), Taken),
        ("another's key", pair(certificate, &bob.private_key_pem), Refused),
        ("a certificate alone", pair(certificate, "").replace(", client-key-data: ", ""), Refused),
        ("a key and a token", format!("{key_alone}, token: t"), Taken),
        ("a key and a junk file of it", format!("client-key: /x, {key_alone}, token: t"), Taken),
        ("a key alone", key_alone, WeRefuse(ASKS)),
        ("a junk certificate", pair("x", key), Refused),
        ("a junk key", pair(certificate, "x"), Refused),
        (
            "a certificate twice",
            format!("client-certificate: /x, {}", pair(certificate, key)),
            Refused,
        ),
        ("a key twice", format!("client-key: /x, {}", pair(certificate, key)), Refused),
        ("files that are not there", "client-certificate: /x, client-key: /x".into(), Refused),
        ("a token with a line", "token: \"a\\nb\"".into(), Refused),
        ("a token and a line", "token: \"ab\\n\"".into(), WeTake("it is trimmed, as a file's is")),
        ("a token with a space", "token: 'a b'".into(), WeRefuse(HEADER)),
        ("a token in spaces", "token: ' ab '".into(), Taken),
        ("a token of a space", "token: ' '".into(), WeRefuse(HEADER)),
        ("an empty token", "token: ''".into(), Taken),
        ("a token é", "token: é".into(), WeRefuse(HEADER)),
        (
            "a token of a MiB",
            format!("token: {}", "t".repeat(1 << 20)),
            WeRefuse("64 KiB is the most; no server takes it"),
        ),
        ("a token of digits", "token: 0123".into(), WeTake("text is text, whatever it looks like")),
        ("a list for a token", "token: [a]".into(), Refused),
        ("a token and a name", "token: t, username: u".into(), Refused),
        ("a token and a password", "token: t, password: p".into(), Refused),
        ("a name alone", "username: u".into(), Taken),
        (
            "a name with a colon",
            "username: 'a:b', password: p".into(),
            WeRefuse("the server would split it there"),
        ),
        ("a token's file", token_file("token"), Taken),
        ("a token's file and a name", format!("{}, username: u", token_file("token")), Refused),
        ("a token's file and a token", format!("{}, token: t", token_file("token")), Taken),
        ("no token's file", token_file("lost"), Refused),
        ("no token's file, and a token", format!("{}, token: t", token_file("lost")), Taken),
        ("a folder for a token", "tokenFile: /".into(), Refused),
        ("a folder for a token, and a token", "tokenFile: /, token: t".into(), Taken),
        ("/dev/null for a token", "tokenFile: /dev/null".into(), WeRefuse(ASKS)),
        ("an empty token's file", token_file("empty"), WeRefuse(ASKS)),
        ("a link to nowhere for a token", token_file("dangling"), Refused),
        ("null within lists and maps", "token: t, as: a, as-groups: [null], as-user-extra: {k: , l: [null]}".into(), Taken),
        (
            "null within a provider",
            "token: t, auth-provider: {name: oidc, config: {idp-issuer-url: 'https://i', client-id: k, client-secret: }}"
                .into(),
            Taken,
        ),
        ("groups alone", "token: t, as-groups: [g]".into(), Refused),
        ("a uid alone", "token: t, as-uid: '1'".into(), Refused),
        ("facts alone", "token: t, as-user-extra: {a: [b]}".into(), Refused),
        ("another user", "token: t, as: jane".into(), Taken),
        ("another user with a line", "token: t, as: \"a\\nb\"".into(), Refused),
        ("gcp", "auth-provider: {name: gcp}".into(), Refused),
        ("azure", "auth-provider: {name: azure}".into(), Refused),
        ("an unknown provider", "auth-provider: {name: other}".into(), Refused),
        ("oidc without an issuer", "auth-provider: {name: oidc}".into(), Refused),
    ];
    let row = |(name, user, expected): (&str, String, Expected)| {
        (name.to_owned(), one("", &user, "").into_bytes(), expected)
    };
    let mut rows: Vec<Row> = rows.into_iter().map(row).collect();
    for (namespace, expected) in [("web", Taken), ("../x", WeRefuse(LABEL)), ("A", WeRefuse(LABEL))]
    {
        let text = one("", "token: t", &format!(", namespace: {namespace}"));
        rows.push((format!("namespace {namespace}"), text.into_bytes(), expected));
    }
    rows
}

const LABEL: &str = "kubectl says so only where it asks for a namespace's objects";

/// A client certificate and its key.
fn certificate() -> String {
    let ada = PKI.issue_client("ada", &[]).unwrap();
    let [certificate, key] =
        [&ada.certificate_pem, &ada.private_key_pem].map(|pem| STANDARD.encode(pem));
    format!("client-certificate-data: {certificate}, client-key-data: {key}")
}

fn plugins(folder: &Path) -> Vec<Row> {
    use std::os::unix::fs::PermissionsExt as _;

    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    let says = |version: &str| {
        format!(
            "echo '{{\"kind\": \"ExecCredential\", \"apiVersion\": \"client.authentication.k8s.io/{version}\", \
             \"status\": {{\"token\": \"t\"}}}}'"
        )
    };
    write("plugin", &says("v1"));
    write("my plugin", &says("v1"));
    write("beta", &says("v1beta1"));
    write("fails", "exit 3");
    const V1: &str = "apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never";
    let of = |fields: &str| format!("exec: {{{}}}", fields.replace("V1", V1));
    let rows = vec![
        ("./plugin", of("command: ./plugin, V1"), Taken),
        ("a space in its name", of("command: './my plugin', V1"), Taken),
        (
            "v1beta1 without a mode",
            of("command: ./beta, V1")
                .replace("/v1,", "/v1beta1,")
                .replace(", interactiveMode: Never", ""),
            Taken,
        ),
        ("nothing", of(""), Refused),
        ("no command", of("V1"), Refused),
        ("an empty command", of("command: '', V1"), Refused),
        ("a dot", of("command: ., V1"), Refused),
        ("arguments in the command", of("command: './plugin a', V1"), Refused),
        ("v1alpha1", of("command: ./plugin, V1").replace("/v1,", "/v1alpha1,"), Refused),
        (
            "another version",
            of("command: ./plugin, V1").replace("client.authentication.k8s.io/", ""),
            Refused,
        ),
        ("no version", of("command: ./plugin, interactiveMode: Never"), Refused),
        (
            "v1 without a mode",
            of("command: ./plugin, V1").replace(", interactiveMode: Never", ""),
            Refused,
        ),
        ("an unknown mode", of("command: ./plugin, V1").replace("Never", "never"), Refused),
        ("a terminal", of("command: ./plugin, V1").replace("Never", "Always"), Refused),
        ("an argument of null", of("command: ./plugin, args: [null], V1"), Taken),
        ("a variable of null", of("command: ./plugin, env: [null], V1"), Refused),
        ("a variable without a name", of("command: ./plugin, env: [{value: v}], V1"), Refused),
        (
            "a variable twice",
            of("command: ./plugin, env: [{name: A, value: v}, {name: A, value: w}], V1"),
            Taken,
        ),
        (
            "a variable A=B",
            of("command: ./plugin, env: [{name: 'A=B', value: v}], V1"),
            WeRefuse("the program would see another one"),
        ),
        ("a program that is not there", of("command: no-such-program, V1"), Refused),
        ("a program that fails", of("command: ./fails, V1"), Refused),
        ("beside a token", format!("token: t, {}", of("command: ./fails, V1")), Taken),
        (
            "beside a password",
            format!("username: u, password: p, {}", of("command: ./fails, V1")),
            Taken,
        ),
        (
            "beside a certificate",
            format!("{}, {}", certificate(), of("command: ./fails, V1")),
            Taken,
        ),
        (
            "beside a provider",
            format!("{}, auth-provider: {{name: oidc}}", of("command: ./plugin, V1")),
            Refused,
        ),
    ];
    let row = |(name, user, expected): (&str, String, Expected)| {
        (format!("exec: {name}"), one("", &user, "").into_bytes(), expected)
    };
    let mut rows: Vec<Row> = rows.into_iter().map(row).collect();
    if stdin().is_terminal() {
        // Ours is given this one's, kubectl none.
        rows.retain(|(name, ..)| name != "exec: a terminal");
    }
    rows
}

/// What we do; the error of one that is refused.
fn ours(path: &Path) -> Result<(), Error> {
    let config = Config::from_kubeconfig(&KubeconfigOptions::default().path(path))?;
    let client =
        RestClient::new(config)?.with_stop(&Stop::after(std::time::Duration::from_secs(60)));
    match client.send(&Request::get("/version")) {
        Err(error) if error.kind() == ErrorKind::Connect => Ok(()),
        Err(error) => Err(error),
        Ok(_) => panic!("nobody listens there"),
    }
}

/// What kubectl does; its words where it refuses.
fn kubectls(kubectl: &Path, path: &Path) -> Result<(), String> {
    let output = Command::new(kubectl)
        .args(["get", "--raw", "/version", "--kubeconfig"])
        .arg(path)
        .env("HOME", path.parent().unwrap())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    // Without a credential, it asks for a name and a password, and there is nobody to answer.
    let is_taken = said.contains("was refused") || said.trim() == "error: EOF";
    if is_taken { Ok(()) } else { Err(said) }
}

/// Fidelity 19, 21, 23, 24, 28, 30, 39, 40, and what no statement says.
#[test]
fn kubeconfigs_are_taken_and_refused_as_by_kubectl() {
    let Some(kubectl) = kubectl() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let parts = [texts(), servers(), clusters(), users(folder.path()), plugins(folder.path())];
    let rows: Vec<Row> = parts.into_iter().flatten().collect();
    assert!(rows.len() > 168, "{}", rows.len());
    let mut wrong = Vec::new();
    for (name, text, expected) in &rows {
        fs::write(&path, text).unwrap();
        let (ours, theirs) = (ours(&path), kubectls(&kubectl, &path));
        let is_right = match expected {
            Taken => ours.is_ok() && theirs.is_ok(),
            Refused => ours.is_err() && theirs.is_err(),
            WeRefuse(_) => ours.is_err() && theirs.is_ok(),
            WeTake(_) => ours.is_ok() && theirs.is_err(),
        };
        if !is_right {
            wrong.push(format!("{name}: expected {expected:?}\n  {ours:?}\n  {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
