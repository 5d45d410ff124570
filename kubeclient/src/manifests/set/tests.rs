//! Reading sets from texts and folders, and what is said of those that are none.

use super::*;
use crate::fuzz::{Damage, assert_printable};

const CANARY: &str = "s3cr3t-c4n4ry";

fn names(set: &Manifests) -> Vec<&str> {
    set.iter().map(|item| item.object.metadata.name.as_str()).collect()
}

fn map(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n")
}

#[track_caller]
fn problems(text: &[u8]) -> Vec<String> {
    let error = Manifests::from_reader("x.yaml", text).unwrap_err();
    let shown = format!("{error} {error:?} {:?}", crate::error::Error::from(error.clone()));
    assert!(!shown.contains(CANARY), "{shown}");
    error.problems().iter().map(Problem::to_string).collect()
}

#[test]
fn documents_of_yaml_and_json_make_one_set() {
    let json = |name: &str| {
        format!(
            "{{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\",\n \"metadata\": {{\"name\": \"{name}\"}}}}\n"
        )
    };
    let text = format!(
        "\u{feff}# nothing\n---\n{}---\n{}{}---\n---\n\n{{apiVersion: v1, kind: ConfigMap, metadata: {{name: d}}}}\n",
        map("a"),
        json("b"),
        json("c"),
    );
    let set = Manifests::from_text(&text).unwrap();
    assert_eq!(names(&set), ["a", "b", "c", "d"]);
    let places: Vec<_> = set.iter().map(|item| item.origin.to_string()).collect();
    assert_eq!(
        places,
        [
            "text: document 1, line 3",
            "text: document 2, line 7",
            "text: document 3, line 9",
            "text: document 4, line 14",
        ]
    );
    assert!(Manifests::from_text("").unwrap().is_empty());
    assert!(Manifests::from_text("null\n---\n~\n").unwrap().is_empty());
}

#[test]
fn all_that_is_wrong_is_told_at_once_with_file_document_line_and_field() {
    let text = format!(
        "{}---\nkind: Secret\nmetadata: {{name: a}}\ndata: {{a: {CANARY}}}\n---\napiVersion: v1\nkind: Secret\n\
         metadata:\n  name: A_B\n  labels: {{app: 1}}\n---\nstringData:\n  a: {CANARY}\n  a: {CANARY}\n---\n\
         a: [{CANARY}\n---\n{}",
        map("fine"),
        map("also-fine"),
    );
    assert_eq!(
        problems(text.as_bytes()),
        [
            "x.yaml: document 2, line 5: apiVersion: expected the object's apiVersion, found none",
            "x.yaml: document 3, line 9: metadata.labels.app: invalid type: integer, expected a string",
            "x.yaml: document 4, line 17: stringData: a key stands twice in one mapping",
            "x.yaml: document 5, line 19: a[0]: no valid YAML: unclosed bracket '['",
        ]
    );
}

/// Reliability T2, T18, T27, Y1, Y2.
#[test]
fn hostile_texts_are_refused_without_being_quoted() {
    let secret = |rest: &str| format!("apiVersion: v1\nkind: Secret\ndata:\n  a: {CANARY}\n{rest}");
    let texts = [
        secret("\tb: c\n").into_bytes(),
        secret("  b: x\0y\n").into_bytes(),
        secret("  b: *none\n").into_bytes(),
        secret(&format!("  {CANARY} {CANARY}\n  c: d\n")).into_bytes(),
        secret(&format!("  {CANARY}:\n   - {CANARY}: [\n")).into_bytes(),
        [secret("  b: ").into_bytes(), b"\xff\xfe\n".to_vec()].concat(),
        secret(&"  - ".repeat(10_000)).into_bytes(),
        format!("{{\"kind\": \"Secret\", \"data\": {{\"a\": \"{CANARY}\", }}}}").into_bytes(),
        format!(
            "{{\"kind\": \"Secret\", \"{CANARY}{CANARY}{CANARY}{CANARY}{CANARY}{CANARY}\": 1, x"
        )
        .into_bytes(),
        format!("- {CANARY}\n").into_bytes(),
        format!("{CANARY}\n").into_bytes(),
        format!("--- {CANARY}\n").into_bytes(),
    ];
    for text in texts {
        let told = problems(&text);
        assert!(told[0].starts_with("x.yaml: "), "{told:?}");
        assert!(told[0].contains("line "), "{told:?}");
    }
    let large = secret(&"# padding\n".repeat(4 << 20));
    assert_eq!(problems(large.as_bytes()), ["x.yaml: larger than 32 MiB: expected manifests"]);
}

#[test]
fn a_folder_gives_its_files_by_name_and_its_folders_only_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join("a")).unwrap();
    write("b.yaml", &map("b"));
    write("c.yml", &map("c"));
    write("d.json", "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"d\"}}");
    write("e.txt", "- no manifest");
    write("a/f.yaml", &map("f"));
    assert_eq!(names(&Manifests::from_path(folder.path()).unwrap()), ["b", "c", "d"]);
    let all = Manifests::from_paths([folder.path()], true).unwrap();
    assert_eq!(names(&all), ["f", "b", "c", "d"]);
    assert!(all.iter().next().unwrap().origin.source.ends_with("a/f.yaml"));
    let none = folder.path().join("none.yaml");
    fs::create_dir(folder.path().join("empty")).unwrap();
    let error = Manifests::from_paths([none, folder.path().join("empty")], false).unwrap_err();
    assert_eq!(error.problems().len(), 2, "{error}");
}

#[test]
fn a_set_of_objects_made_in_code_is_checked_as_one_that_was_read() {
    let mut object = DynamicObject::default();
    object.metadata.name = "a".into();
    let error = Manifests::from_objects([object.clone()]).unwrap_err();
    assert!(error.to_string().starts_with("objects: document 1: apiVersion: "), "{error}");
    object.types = crate::meta::type_meta::TypeMeta::new("v1", "ConfigMap");
    assert_eq!(Manifests::from_objects([object]).unwrap().len(), 1);
}

#[test]
fn a_damaged_set_is_refused_or_read_and_what_is_read_is_written_alike() {
    const EXAMPLES: &[&str] = &[
        "# of a shop\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: &l {app: x}}\ndata: &d\n  k: \"v\"\n  t: |\n    a\n    b\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: b\n  labels: *l\nstringData:\n  <<: *d\n  n: yes\n",
        r#"{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"n":1.5,"m":0}}]}"#,
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n...\n%YAML 1.1\n--- # next\n{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"q\"}}\n{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"r\"}}\n",
    ];
    bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
        let bytes = damage.text_of(EXAMPLES).into_bytes();
        match Manifests::from_reader("x.yaml", &*bytes) {
            Err(error) => {
                assert!(!error.problems().is_empty());
                for problem in error.problems() {
                    assert_printable(problem);
                }
            }
            Ok(set) => {
                // What is read is what it says once more as JSON, one behind the other, and from its end.
                let text: String = set
                    .iter()
                    .map(|item| serde_json::to_string(&item.object).unwrap() + "\n")
                    .collect();
                let again = Manifests::from_text(&text).unwrap();
                let objects = |set: &Manifests| {
                    set.iter().map(|item| item.object.clone()).collect::<Vec<_>>()
                };
                assert_eq!(objects(&again), objects(&set));
                let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
                assert!(set.iter().all(|item| (1..=lines).contains(&item.origin.line)));
            }
        }
    });
}
