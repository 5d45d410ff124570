//! YAML tags by which other readers run code.

use kubeclient::Manifests;
use kubeclient::config::Kubeconfig;

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
    for tagged in [
        format!("!!python/object/apply:os.system [\"touch {path}\"]"),
        format!("!!python/object/new:os.system [\"touch {path}\"]"),
        "!!python/name:os.system".to_owned(),
        format!("!!js/function \"function() {{ require('fs').writeFileSync('{path}') }}\""),
        format!("!<tag:yaml.org,2002:js/function> \"() => '{path}'\""),
        "!ruby/object:Gem::Installer {i: x}".to_owned(),
        format!("!ruby/hash:Net::WriteAdapter {{socket: {path}}}"),
        "!!javax.script.ScriptEngineManager [!!java.net.URL [\"http://127.0.0.1:1/\"]]".to_owned(),
        "!perl/code:x \"{ exit }\"".to_owned(),
        "!!set {a, b}".to_owned(),
        "!Ref x".to_owned(),
        "!!binary aHVudGVyMg==".to_owned(),
    ] {
        let text = manifest(&format!("data:\n  x: {tagged}"));
        if let Ok(set) = Manifests::from_text(&text) {
            let object = &set.iter().next().unwrap();
            let shown = format!("{object:?}");
            // Text, that of a binary too, a number, a list or a map.
            assert!(shown.contains("data: {\"data\": Object {\"x\": "), "{shown}");
        }
        let _ = Kubeconfig::from_yaml(&kubeconfig(&format!("preferences: {tagged}")));
        let _ = Kubeconfig::from_yaml(&kubeconfig(&format!("users: [{{name: {tagged}}}]")));
    }
    assert!(!canary.exists());
}
