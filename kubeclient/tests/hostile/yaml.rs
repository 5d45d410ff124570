//! YAML tags by which other readers run code, and little YAML that stands for much.

// What was measured is told.
#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use kubeclient::Manifests;
use kubeclient::config::Kubeconfig;
use serde_json::{Value, json};

/// Where a tag stands in both kinds of file.
fn kubeconfig(tagged: &str) -> String {
    format!("apiVersion: v1\nkind: Config\n{tagged}\n")
}

fn manifest(tagged: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n{tagged}\n")
}

/// A tag makes nothing but text, numbers, lists and maps: what it names is never looked at.
#[test]
fn tags_of_other_languages_make_nothing() {
    let canary = std::env::temp_dir().join(format!("kubeclient-yaml-{}", std::process::id()));
    let path = canary.display();
    let touch = format!("touch {path}");
    let function = format!("function() {{ require('fs').writeFileSync('{path}') }}");
    let tags = [
        (format!("!!python/object/apply:os.system [\"{touch}\"]"), json!([touch])),
        (format!("!!python/object/new:os.system [\"{touch}\"]"), json!([touch])),
        ("!!python/name:os.system".to_owned(), Value::Null),
        (format!("!!js/function \"{function}\""), json!(function)),
        (format!("!<tag:yaml.org,2002:js/function> \"{function}\""), json!(function)),
        ("!ruby/object:Gem::Installer {i: x}".to_owned(), json!({"i": "x"})),
        (format!("!ruby/hash:Net::WriteAdapter {{socket: '{path}'}}"), json!({"socket": canary})),
        (
            "!!javax.script.ScriptEngineManager [!!java.net.URL [\"http://127.0.0.1:1/\"]]"
                .to_owned(),
            json!([["http://127.0.0.1:1/"]]),
        ),
        ("!perl/code:x \"{ exit }\"".to_owned(), json!("{ exit }")),
        ("!!set {a, b}".to_owned(), json!({"a": null, "b": null})),
        ("!Ref x".to_owned(), json!("x")),
        // Text, in another form.
        ("!!binary aHVudGVyMg==".to_owned(), json!("hunter2")),
    ];
    for (tagged, made) in tags {
        let set = Manifests::from_text(&manifest(&format!("data:\n  x: {tagged}"))).unwrap();
        let object = &set.iter().next().unwrap().object;
        assert_eq!(object.pointer("/data/x"), Some(&made), "{tagged}");
        let read = Kubeconfig::from_yaml(&kubeconfig(&format!("preferences: {tagged}"))).unwrap();
        assert_eq!(read.preferences, made, "{tagged}");
        // Where text is wanted, it is that or an error.
        let named = Kubeconfig::from_yaml(&kubeconfig(&format!("users: [{{name: {tagged}}}]")));
        match made {
            Value::String(text) => assert_eq!(named.unwrap().users[0].name, text),
            Value::Null => assert_eq!(named.unwrap().users[0].name, ""),
            _ => {
                let error = named.unwrap_err().to_string();
                assert!(error.ends_with("users[0].name: expected text"), "{error}");
            }
        }
    }
    assert!(!canary.exists());
}

/// Ten times the half second that each may take, in a build that is not optimized.
const AT_MOST: Duration = Duration::from_secs(5);

fn list(item: &str, times: usize) -> String {
    format!("[{}]", vec![item; times].join(", "))
}

fn map(value: &str, keys: usize) -> String {
    let fields: Vec<_> = (0..keys).map(|key| format!("k{key}: {value}")).collect();
    format!("{{{}}}", fields.join(", "))
}

/// Nine levels, each made of the one before it.
fn levels(first: &str, next: impl Fn(&str) -> String) -> String {
    let mut text = format!("a0: &a0 {first}\n");
    for level in 1..=9 {
        let made = next(&format!("*a{}", level - 1));
        text.push_str(&format!("a{level}: &a{level} {made}\n"));
    }
    text
}

/// As many lists in one another, each with an anchor.
fn anchored(levels: usize, inside: &str) -> String {
    let open: String = (0..levels).map(|level| format!("&a{level} [")).collect();
    format!("a: {open}{inside}{}\n", "]".repeat(levels))
}

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}0{}", open.repeat(depth), close.repeat(depth))
}

/// Little text that stands for much: all are refused.
fn bombs() -> Vec<(&'static str, String)> {
    let wide = |value: &str, of: &str| format!("a: &a {value}\nb: {of}\n");
    let merged = ["{<<: *a}"; 90].join(", ");
    vec![
        ("lists of lists", levels(&list("x", 9), |last| list(last, 9))),
        ("lists of texts", levels(&"x".repeat(60), |last| list(last, 9))),
        ("maps of maps", levels(&map("x", 9), |last| map(last, 9))),
        ("merged maps", levels(&map("x", 9), |last| format!("{{<<: {}}}", list(last, 9)))),
        (
            "merged maps with one more",
            levels(&map("x", 9), |last| {
                format!("{{<<: {}, {}: {last}}}", list(last, 9), last.trim_start_matches('*'))
            }),
        ),
        ("a wide list, often", wide(&list("x", 1_000), &list("*a", 90))),
        ("a wide map, often", wide(&map("x", 1_000), &list("*a", 90))),
        ("a wide map, merged often", wide(&map("x", 1_000), &format!("[{merged}]"))),
        (
            "a wide map, merged into one",
            wide(&map("x", 1_000), &format!("{{<<: {}}}", list("*a", 90))),
        ),
        ("a long text, often", wide(&"x".repeat(800 << 10), &list("*a", 90))),
        ("anchors in one another", anchored(29, &"x, ".repeat(20_000))),
        ("names in anchors", {
            format!("x: &x {}\n{}", list("x", 400), anchored(29, &"*x, ".repeat(24)))
        }),
        ("many anchors", (0..20_000).map(|n| format!("a{n}: &a{n} x\n")).collect()),
        ("many aliases", wide("x", &list("*a", 20_000))),
        ("lists, deep", format!("a: {}", nested("[", "]", 100_000))),
        ("maps, deep", format!("a: {}", nested("{a: ", "}", 50_000))),
        ("entries, deep", format!("a:\n  {}", nested("- ", "", 100_000))),
        ("keys, deep", format!("a:\n  {}", nested("? ", "", 100_000))),
    ]
}

/// Much of what could be looked at again and again.
fn long_texts() -> Vec<(&'static str, String)> {
    let much = |part: &str| part.repeat((100 << 10) / part.len());
    vec![
        ("a list in itself", "a: &a [*a, *a]\n".into()),
        (
            "keys that are lists",
            levels(&list("x", 9), |last| format!("{{? {} : x}}", list(last, 9))),
        ),
        (
            "lists, deep, often",
            format!("a: [{}0]\n", format!("{}, ", nested("[", "]", 25)).repeat(1_000)),
        ),
        ("many keys", (0..10_000).map(|key| format!("k{key}: x\n")).collect()),
        ("brackets without end", much("[")),
        ("a quote without end", format!("a: \"{}", much("x\n "))),
        ("lines of one text", format!("a:\n  {}", much("x\n  "))),
        ("words that may be keys", format!("a: {{{}", much("x "))),
        ("lines that may be keys", much("x\n")),
        ("escapes", format!("a: \"{}\"\n", much("\\u0041"))),
        ("empty lines", format!("a: |\n  x\n{}  x\n", much("\n"))),
        ("comments", format!("a: x\n{}", much("#\n"))),
        ("tags", format!("a: [{}]\n", much("!a x, "))),
        ("a long tag", format!("a: !{} x\n", much("a"))),
        ("documents", much("---\n")),
        ("documents of a word", much("---\na\n")),
        ("digits", format!("a: {}\n", much("9"))),
        ("digits of a fraction", format!("a: 0.{}e-9999\n", much("9"))),
        ("bytes", format!("a: !!binary {}\n", much("AAAA"))),
    ]
}

/// Reliability T27.
#[test]
fn no_bomb_takes_long() {
    let mut slowest = (Duration::ZERO, "");
    let mut in_time = |name, read: &dyn Fn() -> Option<String>| {
        let begun = Instant::now();
        let wrong = read();
        let took = begun.elapsed();
        println!("{took:>12.1?} {name}");
        slowest = slowest.max((took, name));
        assert!(took < AT_MOST, "{name}: {took:?}");
        wrong.unwrap_or_default()
    };
    let config = |text: &str| Kubeconfig::from_yaml(text).err().map(|wrong| wrong.to_string());
    let objects = |text: &str| Manifests::from_text(text).err().map(|wrong| wrong.to_string());
    for (name, text) in bombs() {
        let wrong = in_time(name, &|| config(&kubeconfig(&text)));
        assert!(wrong.contains("too much for a kubeconfig"), "{name}: {wrong}");
        // A manifest may hold ten times as much.
        let text = text.replace(&list("*a", 90), &list("*a", 900));
        let text = text.replace(&["{<<: *a}"; 90].join(", "), &["{<<: *a}"; 900].join(", "));
        let wrong = in_time(name, &|| objects(&manifest(&text)));
        assert!(wrong.contains("too much for a manifest"), "{name}: {wrong}");
    }
    for (name, text) in long_texts() {
        in_time(name, &|| config(&kubeconfig(&text)));
        in_time(name, &|| objects(&manifest(&text)));
        in_time(name, &|| objects(&text));
    }
    println!("the slowest: {slowest:?}");
}

/// What charts and people write, of which much is shared.
#[test]
fn parts_that_are_shared_some_hundred_times_are_read() {
    let mut text = String::from(
        "apiVersion: v1\nkind: List\nx-labels: &labels {a: b, c: d, e: f, g: h, i: j, k: l, o: p}\n\
         x-limits: &limits {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 1, memory: 1Gi}}\n\
         x-env: &env [{name: A, value: b}, {name: C, value: d}, {name: E, value: f}]\nitems:\n",
    );
    for item in 0..300 {
        text.push_str(&format!(
            "- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: p{item}\n    labels:\n      <<: *labels\n      \
             app: p{item}\n  spec:\n    containers:\n    - name: c\n      resources: *limits\n      env: *env\n"
        ));
    }
    let set = Manifests::from_text(&text).unwrap();
    assert_eq!(set.len(), 300);
    for pod in set.iter() {
        assert_eq!(pod.object.metadata.labels.get("o").map(String::as_str), Some("p"));
        assert_eq!(pod.object.pointer("/spec/containers/0/env/2/value"), Some(&json!("f")));
    }
}

/// Without aliases, only what stands there counts.
#[test]
fn a_large_manifest_is_read() {
    let mut text = manifest("data:");
    for key in 0..60_000 {
        text.push_str(&format!("  key-{key}: some text of a line\n"));
    }
    assert!(text.len() > 1 << 20);
    assert_eq!(Manifests::from_text(&text).unwrap().len(), 1);
}
