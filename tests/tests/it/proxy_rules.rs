//! Which proxy leads to which server: a table, and the same asked of Go's own rules.

use std::io::Write as _;
use std::process::{Command, Stdio};

use kubeclient::config::ProxyRules;
use serde_json::json;

use crate::go_program::GoProgram;

const HTTP: &str = "http://plain:3128";
const HTTPS: &str = "http://secure:3128";

fn rules(no_proxy: &str) -> ProxyRules {
    let mut rules = ProxyRules::default();
    rules.http_proxy = HTTP.into();
    rules.https_proxy = HTTPS.into();
    rules.no_proxy = no_proxy.into();
    rules
}

/// What the rules say, in the words of `tests/cluster/httpproxy`.
fn decided(rules: &ProxyRules, server: &str) -> String {
    match rules.proxy_for(server) {
        Ok(proxy) => proxy.unwrap_or_else(|| "direct".into()),
        Err(_) => "error".into(),
    }
}

/// Servers, what `NO_PROXY` says, and whether they are reached directly.
const TABLE: [(&str, &str, bool); 56] = [
    ("https://h", "", false),
    ("http://h", "", false),
    ("https://h", "*", true),
    ("https://10.0.0.1", "*", true),
    ("https://h", "x, * ,y", true),
    ("https://h", "*x", false),
    ("https://h", "h", true),
    ("https://H", "h", true),
    ("https://h", " H ", true),
    ("https://h", "x,,h", true),
    ("https://h", "x;h", false),
    ("https://example.com", "example.com", true),
    ("https://a.example.com", "example.com", true),
    ("https://b.a.example.com", "example.com", true),
    ("https://anexample.com", "example.com", false),
    ("https://example.com.x", "example.com", false),
    ("https://example.com", ".example.com", false),
    ("https://a.example.com", ".example.com", true),
    ("https://a.example.com", "*.example.com", true),
    ("https://example.com", "*.example.com", false),
    ("https://a.example.com", "a*.example.com", false),
    ("https://example.com.", "example.com", false),
    ("https://kubernetes.default.svc", ".svc", true),
    ("https://kubernetes.default.svc.cluster.local:443", ".svc,.cluster.local", true),
    ("https://h:6443", "h:6443", true),
    ("https://h:6443", "h:6444", false),
    ("https://h", "h:443", true),
    ("http://h", "h:80", true),
    ("http://h", "h:443", false),
    ("https://a.h:6443", "h:6443", true),
    ("https://h:6443", "h:", true),
    ("https://h", ":443", false),
    ("https://10.0.0.1", "10.0.0.1", true),
    ("https://10.0.0.1", "10.0.0", false),
    ("https://10.0.0.1", ".0.0.1", false),
    ("https://10.0.0.1", "10.0.0.2", false),
    ("https://10.0.0.1:6443", "10.0.0.1:6443", true),
    ("https://10.0.0.1:6443", "10.0.0.1:443", false),
    ("https://10.96.0.1", "10.96.0.0/12", true),
    ("https://10.112.0.1", "10.96.0.0/12", false),
    ("https://10.96.0.1", "10.111.255.255/12", true),
    ("https://10.96.0.1", "0.0.0.0/0", true),
    ("https://10.96.0.1", "10.96.0.0/33", false),
    ("https://10.96.0.1", "10.96.0.0/", false),
    ("https://10.96.0.1", "10.96.0.0/12:443", false),
    ("https://h", "0.0.0.0/0", false),
    ("https://[fd00::1]", "fd00::1", true),
    ("https://[fd00::1]", "FD00:0::1", true),
    ("https://[fd00::1]", "[fd00::1]", false),
    ("https://[fd00::1]:6443", "[fd00::1]:6443", true),
    ("https://[fd00::1]:6443", "[fd00::1]:443", false),
    ("https://[fd00::1]", "fd00::/8", true),
    ("https://[fd00::1]", "0.0.0.0/0", false),
    ("https://[::ffff:10.0.0.1]", "10.0.0.0/8", true),
    ("https://10.0.0.1", "::ffff:10.0.0.0/104", true),
    ("https://10.0.0.1", "::/0", false),
];

/// Loopback is reached directly, whatever the list says.
const LOOPBACK: [&str; 7] = [
    "https://localhost",
    "http://localhost:8001",
    "https://127.0.0.1:6443",
    "https://127.9.9.9",
    "https://[::1]:6443",
    "https://[::ffff:127.0.0.1]",
    "http://127.0.0.1:8080/prefix",
];

/// Fidelity 24.
#[test]
fn the_table_holds() {
    for (server, no_proxy, direct) in TABLE {
        let through = if server.starts_with("https") { HTTPS } else { HTTP };
        let expected = if direct { "direct" } else { through };
        assert_eq!(decided(&rules(no_proxy), server), expected, "{server} {no_proxy:?}");
    }
    for server in LOOPBACK {
        assert_eq!(decided(&rules(""), server), "direct", "{server}");
    }
    let none = ProxyRules::default();
    assert_eq!(decided(&none, "https://h"), "direct");
    let mut cgi = rules("");
    cgi.is_cgi = true;
    assert_eq!(decided(&cgi, "https://h"), HTTPS);
    assert_eq!(decided(&cgi, "http://h"), "error");
}

/// Fidelity 24: the rows of the table, and each of their servers with each of their lists.
#[test]
fn go_decides_the_same() {
    let mut asked = Vec::new();
    for (server, ..) in TABLE {
        asked.extend(TABLE.map(|(_, no_proxy, _)| (rules(no_proxy), server)));
    }
    for server in LOOPBACK {
        asked.extend(["", "h", "10.0.0.0/8"].map(|no_proxy| (rules(no_proxy), server)));
    }
    for (server, ..) in TABLE.iter().step_by(7) {
        for is_cgi in [false, true] {
            let mut only_http = rules("h");
            (only_http.https_proxy, only_http.is_cgi) = (String::new(), is_cgi);
            let mut bare = rules("example.com");
            (bare.http_proxy, bare.is_cgi) = ("plain:3128".into(), is_cgi);
            asked.extend([(only_http, *server), (bare, *server)]);
        }
    }
    let Some(theirs) = ask_go(&asked) else { return };
    assert_eq!(theirs.len(), asked.len());
    assert!(asked.len() > 3000, "{}", asked.len());
    for ((rules, server), theirs) in asked.iter().zip(&theirs) {
        assert_eq!(&decided(rules, server), theirs, "{server} {rules:?}");
    }
}

/// What is told in the documentation of `ProxyRules`.
#[test]
fn where_go_decides_otherwise_is_known() {
    let mut broken = rules("");
    broken.https_proxy = "http://u%zz@p".into();
    let mut no_port = rules("");
    no_port.https_proxy = "http://p:x".into();
    let mut odd = rules("");
    odd.https_proxy = "ftp://p:21".into();
    let asked = [
        (broken, "https://h", "error", "direct"),
        (no_port, "https://h", "error", "http://http:"),
        (odd, "https://h", "error", "ftp://p:21"),
        (rules(""), "https://LocalHost", "direct", HTTPS),
        (rules(""), "https://localhost.", "direct", HTTPS),
        (rules("b\u{fc}cher.example"), "https://xn--bcher-kva.example", HTTPS, "direct"),
    ];
    let questions: Vec<_> = asked.iter().map(|row| (row.0.clone(), row.1)).collect();
    for (rules, server, ours, _) in &asked {
        assert_eq!(decided(rules, server), *ours, "{server} {rules:?}");
    }
    let Some(theirs) = ask_go(&questions) else { return };
    for ((rules, server, _, expected), theirs) in asked.iter().zip(theirs) {
        assert_eq!(theirs, *expected, "{server} {rules:?}");
    }
}

/// What `tests/cluster/httpproxy` answers; `None`, said loudly, where Go or its modules are not.
fn ask_go(asked: &[(ProxyRules, &str)]) -> Option<Vec<String>> {
    let program = GoProgram::build("httpproxy")?;
    let mut child = Command::new(program.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines: String = asked
        .iter()
        .map(|(rules, server)| {
            let row = json!({
                "http_proxy": rules.http_proxy,
                "https_proxy": rules.https_proxy,
                "no_proxy": rules.no_proxy,
                "is_cgi": rules.is_cgi,
                "server": server,
            });
            format!("{row}\n")
        })
        .collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}
