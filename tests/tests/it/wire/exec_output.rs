//! What an exec plugin wrote: kubeclient reads of it what client-go reads, by its own decoder.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::{fs, thread};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubeclient::Request;
use kubeclient_tests::stub::Reply;
use serde_json::{Value, json};

use super::exec::Plugin;
use super::stub;
use crate::go_program::GoProgram;

const VERSION: &str = "client.authentication.k8s.io/v1";

/// Fields after the version, in JSON.
const JSON: &[&str] = &[
    r#""status": {"token": "t"}"#,
    r#""kind": "", "status": {"token": "t"}"#,
    r#""kind": null, "status": {"token": "t"}"#,
    r#""kind": "ExecCredential", "status": {"token": "t"}"#,
    r#""kind": "A", "kind": "ExecCredential", "status": {"token": "t"}"#,
    r#""kind": "ExecCredential", "kind": "A", "status": {"token": "t"}"#,
    r#""kind": "ExecCredentialList", "status": {"token": "t"}"#,
    r#""kind": 1, "status": {"token": "t"}"#,
    r#""apiVersion": null, "status": {"token": "t"}"#,
    r#""apiVersion": "x", "status": {"token": "t"}"#,
    r#""apiVersion": "client.authentication.k8s.io/v1beta1", "status": {"token": "t"}"#,
    r#""apiVersion": "client.authentication.k8s.io/__internal", "status": {"token": "t"}"#,
    r#""status": {"token": "a", "token": "t"}"#,
    r#""status": {"token": "t", "token": null}"#,
    r#""status": {"token": "t"}, "status": {}"#,
    r#""status": {"token": "t"}, "status": null"#,
    r#""status": null, "status": {"token": "t"}"#,
    r#""status": {"token": 1, "token": "t"}"#,
    r#""status": {"token": ["t"]}"#,
    r#""status": {"token": {"t": "t"}}"#,
    r#""status": [{"token": "t"}]"#,
    r#""status": "t""#,
    r#""status": {}"#,
    r#""status": {"token": ""}"#,
    r#""Status": {"token": "t"}"#,
    r#""status": {"Token": "t"}"#,
    r#""status": {"token": "t", "clientKeyData": 1}"#,
    r#""status": {"token": "t", "expirationTimestamp": "2999-01-01T00:00:00.123456789Z"}"#,
    r#""status": {"token": "t", "expirationTimestamp": "2999-01-01T00:00:00+01:00"}"#,
    r#""status": {"token": "t", "expirationTimestamp": "0001-01-01T00:00:00Z"}"#,
    r#""status": {"token": "t", "expirationTimestamp": "2999-01-01"}"#,
    r#""status": {"token": "t", "expirationTimestamp": ""}"#,
    r#""status": {"token": "t", "expirationTimestamp": null}"#,
    r#""status": {"token": "t", "expirationTimestamp": 1}"#,
    r#""status": {"token": "t", "x": "\ud800", "y": 1e999}"#,
    r#""status": {"token": "t"}, "metadata": {"name": 1}"#,
    r#""status": {"token": "t"}, "spec": null"#,
    r#""status": {"token": "t"}, "spec": {"interactive": true, "cluster": {"server": "s", "config": 1}}"#,
    r#""status": {"token": "t"},"#,
    r#""status": {"token": "t"}} {"#,
    r#""status": {"token": "t\u0000"}"#,
    "status: {token: t}",
];

/// Fields after the version and the kind, in YAML.
const YAML: &[&str] = &[
    "status:\n  token: t",
    "\"status\": {\"token\": \"t\"}",
    "status: {token: t}  # of a program\n\n",
    "status:\n  token: |\n    t",
    "status:\n  token: >-\n    t\n    u",
    "status: {token: t}\nstatus: {token: u}",
    "status: {token: t, token: u}",
    "status: {token: t, token: ~}",
    "status: {token: t}\nstatus: {}",
    "status: {token: t}\n1: x\ntrue: y",
    "? [a]\n: x\nstatus: {token: t}",
    "status: {token: t}\nkind: ~",
    "status: {token: t}\nkind: yes",
    "status: {token: t}\napiVersion: ~",
    "status: {token: t}\napiVersion: x",
    "Status: {token: t}",
    "status: [{token: t}]",
    "status: \"\"",
    "status: ~",
    "status:",
    "x: &a {token: t}\nstatus: *a",
    "x: &a {token: t}\nstatus: {<<: *a}",
    "status: {token: t, <<: {token: u}}",
    "status: {<<: {token: u}, token: t}",
    "status: {<<: [{token: t}, {token: u}]}",
    "status: &a {token: t, x: *a}",
    "status: {token: *b}",
    "status: !!map {token: t}",
    "status: {token: !!str 1}",
    "status: {token: !foo t}",
    "status: {token: ! 1}",
    "status: {token: ! t}",
    "status: {token: !!binary dA==}",
    "status: {token: !!int \"1\"}",
    "status: {token: !!bool yes}",
    "status: {token: !!null t}",
    "status: {token: !!float t}",
    "status: {token: !!timestamp 2999-01-01}",
    "status: {token: t, expirationTimestamp: 2999-01-01T00:00:00Z}",
    "status: {token: t, expirationTimestamp: 2999-01-01}",
    "status: {token: t}\n\tx: y",
    "status: {token: t}\nx: [",
    "status: {token: t, x: {1: 2, 1.5: 3}}",
    "status: {token: t, x: {~: 4}}",
    "status: {token: t, x: .inf}",
    "status: {token: t\u{1}}",
    "status: {token: t\0}",
    "x: \"\\x01\"\nstatus: {token: t}",
    "x: \u{85}\nstatus: {token: t}",
    "status: {token: t}\n---\nstatus: {token: u}",
    "status: {token: t}\n--- {",
    "status: {token: t}\n...\n[",
    "x: |\n  a\n ---\nstatus: {token: t}",
];

/// Scalars that may be text or none, as a token in YAML.
const TOKENS: &[&str] = &[
    "t",
    "-",
    "=",
    "<<",
    "~",
    "null",
    "Null",
    "NULL",
    "nULL",
    "",
    "true",
    "True",
    "TRUE",
    "tRUE",
    "yes",
    "YES",
    "y",
    "n",
    "N",
    "on",
    "off",
    "'yes'",
    "1",
    "+1",
    "-1",
    "08",
    "0123",
    "0x1F",
    "0x",
    "0o17",
    "0b11",
    "1_000",
    "1e3",
    "1e",
    "1.",
    ".5",
    "._1",
    ".inf",
    ".nan",
    "1:30",
    "190:20:30",
    "9999999999999999999999",
    "2999-01-01",
    "a.b.c",
    "1.2.3",
    "eyJh.eyJl.1",
    "\"1\"",
    "a b",
    "a: b",
    "a #b",
    "@t",
    "`t`",
    "%t",
    "\"a\\nb\"",
    "\"\\u0074\"",
];

/// What is read otherwise, mostly since the YAML reader does: ours, then client-go's.
const KNOWN: &[(&str, Option<&str>, Option<&str>)] = &[
    ("{v}\nkind: ExecCredential\nstatus: {token: t, <<: {token: u}}\n", Some("t"), Some("u")),
    (
        "{v}\nkind: ExecCredential\nstatus: {token: !!timestamp 2999-01-01}\n",
        None,
        Some("2999-01-01"),
    ),
    ("{v}\nkind: ExecCredential\nstatus: {token: t, x: {~: 4}}\n", Some("t"), None),
    ("{v}\nkind: ExecCredential\nstatus:\n  token: tRUE\n", None, Some("tRUE")),
    ("...\n{{v}, \"status\": {\"token\": \"t\"}}", Some("t"), None),
    ("...\n{v}\nkind: ExecCredential\nstatus:\n  token: t\n", Some("t"), None),
    (
        "{\"APIVersion\": \"client.authentication.k8s.io/v1\", \"status\": {\"token\": \"t\"}}",
        None,
        Some("t"),
    ),
];

fn texts() -> Vec<Vec<u8>> {
    let json = |rest: &str| format!("{{\"apiVersion\": \"{VERSION}\", {rest}}}");
    let yaml = |rest: &str| format!("apiVersion: {VERSION}\nkind: ExecCredential\n{rest}\n");
    let (one_json, one_yaml) = (json(JSON[0]), yaml(YAML[0]));
    let mut texts: Vec<_> = JSON.iter().map(|rest| json(rest)).collect();
    texts.extend(YAML.iter().map(|rest| yaml(rest)));
    texts.extend(TOKENS.iter().map(|token| yaml(&format!("status:\n  token: {token}"))));
    // JSON that is read as YAML, since something stands before it.
    texts.extend(JSON.iter().take(5).map(|rest| format!("# of a program\n{}", json(rest))));
    texts.extend([one_json.clone(), one_yaml.clone()].iter().flat_map(|text| {
        [
            "\u{feff}",
            " \n ",
            "\t",
            "\u{b}",
            "\u{a0}",
            "hello\n",
            "---\n",
            "---\n---\n",
            "...\n",
            "%YAML 1.1\n---\n",
        ]
        .map(|before| format!("{before}{text}"))
    }));
    texts.extend(["", " ", "{}", "null", "t", "[]", "---", "# t", "- a"].map(str::to_owned));
    texts.extend([
        format!("[{one_json}]"),
        one_json.clone() + "{}",
        one_json.replace(VERSION, ""),
        one_json.replace(VERSION, &format!(" {VERSION}")),
        one_json.replace(VERSION, "client.authentication.k8s.io/V1"),
        one_json.replace("apiVersion", "APIVersion"),
        format!("--- {one_json}"),
        one_yaml.replace("kind: ExecCredential\n", ""),
        one_yaml.replace("apiVersion", "x"),
        one_yaml.replace('\n', "\r\n"),
        one_yaml.replace('\n', "\r"),
    ]);
    let mut texts: Vec<_> = texts.into_iter().map(String::into_bytes).collect();
    for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let text = format!("\u{feff}{one_yaml}");
        texts.push(text.encode_utf16().flat_map(to_bytes).collect());
    }
    texts.push([one_yaml.as_bytes(), b"# \xff"].concat());
    texts
}

/// The token, if any.
fn ours(text: &[u8]) -> Option<String> {
    let plugin = Plugin::new("cat output");
    fs::write(plugin.path("output"), text).unwrap();
    let stub = stub(|_, _| Reply::text(200, "ok"));
    plugin.client(&stub).send(&Request::get("/x")).ok()?;
    let requests = stub.requests();
    Some(requests[0].header("authorization")?.strip_prefix("Bearer ")?.to_owned())
}

/// The token that `tests/cluster/execoutput` reads, if any, and if it can be a header.
fn theirs(program: &GoProgram, texts: &[Vec<u8>]) -> Vec<Option<String>> {
    let mut child = Command::new(program.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let row = |text: &Vec<u8>| json!({"apiVersion": VERSION, "output": STANDARD.encode(text)});
    let lines: String = texts.iter().map(|text| format!("{}\n", row(text))).collect();
    let writer = thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let lines = str::from_utf8(&output.stdout).unwrap().lines();
    lines
        .map(|line| {
            let read: Value = serde_json::from_str(line).unwrap();
            let token = read["token"].as_str().unwrap().trim();
            let is_header = !token.is_empty() && !token.contains(char::is_control);
            is_header.then(|| token.to_owned())
        })
        .collect()
}

/// Fidelity 40.
#[test]
fn client_go_reads_the_same() {
    let Some(program) = GoProgram::build("execoutput") else { return };
    let texts = texts();
    let theirs = theirs(&program, &texts);
    assert_eq!(theirs.len(), texts.len());
    assert!(theirs.iter().flatten().count() > 60 && texts.len() > 180, "{}", texts.len());
    let mut others = Vec::new();
    for (text, theirs) in texts.iter().zip(theirs) {
        let ours = ours(text);
        if ours != theirs {
            let text = String::from_utf8_lossy(text);
            let text = text.replace(&format!("apiVersion: {VERSION}"), "{v}");
            let text = text.replace(&format!("\"apiVersion\": \"{VERSION}\""), "{v}");
            others.push((text, ours, theirs));
        }
    }
    let told: Vec<_> =
        others.iter().map(|(text, a, b)| (text.as_str(), a.as_deref(), b.as_deref())).collect();
    assert_eq!(told, KNOWN);
}
