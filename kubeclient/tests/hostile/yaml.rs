//! YAML tags by which other readers run code.

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
