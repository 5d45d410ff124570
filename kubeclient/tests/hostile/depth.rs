//! What stands in itself a million times takes no stack: each decoder runs on a small one.
//!
//! An overflow ends the process, so that no other test could hide it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use kubeclient::config::Kubeconfig;
use kubeclient::discovery::OpenApiDocument;
use kubeclient::meta::field_path::FieldPath;
use kubeclient::{Api, ApiResource, Config, DynamicObject, LabelSelector, Manifests, RestClient};
use serde_json::Value;

/// What a thread has by default; the frames of a build for debugging are several times as large as those of a
/// release, which has to do with less: there 64 levels of YAML and 100 of protobuf take up to 1.5 MiB, JSON 448 KiB.
/// `.ci/run` runs them optimized as well.
const STACK: usize = if cfg!(debug_assertions) { 2 << 20 } else { 256 << 10 };

const DEPTH: usize = 1_000_000;

/// The deepest that JSON may be, less what stands around it.
const ALLOWED: usize = 120;

/// Runs on a small stack.
fn on_a_small_stack<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let small = thread::Builder::new().stack_size(STACK);
        small.spawn_scoped(scope, run).unwrap().join().unwrap()
    })
}

fn nested(open: &str, inside: &str, close: &str, depth: usize) -> String {
    format!("{}{inside}{}", open.repeat(depth), close.repeat(depth))
}

/// A server whose answer to everything is this.
fn server(content_type: &'static str, answer: impl Into<Vec<u8>>) -> String {
    let (listener, answer) = (TcpListener::bind("127.0.0.1:0").unwrap(), answer.into());
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let mut lines = BufReader::new(socket.try_clone().unwrap()).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let length = answer.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let _ = socket.write_all(head.as_bytes()).and_then(|()| socket.write_all(&answer));
        }
    });
    url
}

fn pods(url: &str) -> Api<DynamicObject> {
    let client = RestClient::new(Config::new(url)).unwrap();
    Api::dynamic_namespaced(&client, &ApiResource::namespaced("", "v1", "Pod", "pods"), "n")
}

/// As deep as is allowed, what was read is also written, shown, compared and dropped.
#[test]
fn what_is_as_deep_as_it_may_be_takes_little_stack() {
    let deep = nested(r#"{"a":["#, "0", "]}", ALLOWED / 2);
    let object =
        format!(r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"a"}},"x":{deep}}}"#);
    on_a_small_stack(|| {
        let object = pods(&server("application/json", object)).get("a").unwrap();
        let copy = object.clone();
        assert_eq!(object, copy);
        assert!(serde_json::to_string(&object).unwrap().contains(&deep));
        assert!(format!("{object:?} {object:#?}").len() > deep.len());
    });
    #[cfg(feature = "apiextensions_v1")]
    on_a_small_stack(|| {
        use kubeclient::apiextensions_v1::JSONSchemaProps;

        for (open, close) in
            [(r#"{"not":"#, "}"), (r#"{"properties":{"a":"#, "}}"), (r#"{"allOf":["#, "]}")]
        {
            let levels = ALLOWED / close.len();
            let text = nested(open, r#"{"type":"a"}"#, close, levels);
            let schema: JSONSchemaProps = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&schema).unwrap(), text);
            assert_eq!(schema.clone(), schema);
            assert!(format!("{schema:?}").len() > levels);
            let deep = nested(open, "{}", close, DEPTH);
            assert!(serde_json::from_str::<JSONSchemaProps>(&deep).is_err());
        }
    });
}

#[cfg(all(feature = "protobuf", feature = "apiextensions_v1"))]
#[test]
fn deep_messages_take_no_stack() {
    use kubeclient::apiextensions_v1::CustomResourceDefinition;

    /// Fields that stand in one another, a million times: only their tags and lengths.
    fn messages(tag: &[u8], depth: usize) -> Vec<u8> {
        let mut turned = Vec::new();
        for _ in 0..depth {
            let start = turned.len();
            turned.extend(tag);
            let mut length = start;
            while length >= 0x80 {
                turned.push(length as u8 | 0x80);
                length >>= 7;
            }
            turned.push(length as u8);
            turned[start..].reverse();
        }
        turned.reverse();
        turned
    }

    /// A field 2 of a length.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let mut field = vec![number << 3 | 2];
        let mut length = content.len();
        while length >= 0x80 {
            field.push(length as u8 | 0x80);
            length >>= 7;
        }
        field.push(length as u8);
        field.extend(content);
        field
    }

    let types =
        [field(1, b"apiextensions.k8s.io/v1"), field(2, b"CustomResourceDefinition")].concat();
    // The spec's versions; a version's schema; its openAPIV3Schema; then `not` (28) in itself, two bytes a tag.
    let not = messages(&[0xe2, 0x01], DEPTH);
    let not = field(2, &field(7, &field(4, &field(1, &not))));
    let mut schemas = vec![(not, Some("messages too deep in one another"))];
    // The metadata's name is text.
    schemas.push((messages(&[0x0a], DEPTH), Some("metadata.name: not UTF-8")));
    // What is no field is passed over unread, whatever stands in it; but a group has no length.
    for tag in [0x12, 0x22, 0x3a] {
        schemas.push((messages(&[tag], DEPTH), None));
    }
    for group in [0x0b, 0x13, 0x1b] {
        schemas.push((vec![group; DEPTH], Some("not what can stand in a group")));
    }
    for (schema, expected) in schemas {
        let answer = [b"k8s\0".to_vec(), field(1, &types), field(2, &schema)].concat();
        on_a_small_stack(|| {
            let url = server("application/vnd.kubernetes.protobuf", answer);
            let client = RestClient::new(Config::new(url)).unwrap().with_protobuf();
            let read = Api::<CustomResourceDefinition>::all(&client).get("a");
            let told = read.err().map(|error| format!("{error:#}"));
            match (&told, expected) {
                (Some(told), Some(expected)) => assert!(told.contains(expected), "{told}"),
                _ => assert_eq!(told.as_deref(), expected),
            }
        });
    }
}

#[test]
fn deep_yaml_takes_no_stack() {
    let texts = |depth: usize, lines: usize| {
        let mut indented = String::new();
        for level in 0..lines {
            // As deep within another mapping, where the first line has two blanks before it.
            indented.push_str(&" ".repeat(if level > 0 { level + 2 } else { 0 }));
            indented.push_str("a:\n");
        }
        [
            nested("[", "0", "]", depth),
            nested("{a: ", "0", "}", depth),
            nested("[", "", "", depth),
            nested("{", "", "", depth),
            nested("- ", "0", "", depth),
            nested("? ", "0", "", depth),
            nested("!a [", "0", "]", depth),
            nested("&a [", "0", "]", depth),
            indented,
        ]
    };
    let is_of_depth = |told: &str, file: &str, levels: usize| {
        told.contains(&format!("too much for a {file}: at most {levels} levels"))
    };
    // A kubeconfig that is larger than 1 MiB is not read at all.
    for text in texts(DEPTH / 6, 1_400) {
        let kubeconfig = format!("kind: Config\npreferences:\n  {text}\n");
        on_a_small_stack(|| {
            let told = Kubeconfig::from_yaml(&kubeconfig).unwrap_err().to_string();
            assert!(is_of_depth(&told, "kubeconfig", 32), "{told}");
            assert!(Kubeconfig::from_yaml(&text).is_err());
        });
    }
    for text in texts(DEPTH, 2_000) {
        let manifest = format!(
            "apiVersion: v1\nkind: X\nmetadata:\n  name: a\nspec:\n  {text}\n---\n{text}\n"
        );
        on_a_small_stack(|| {
            for (text, documents) in [(&manifest, 2), (&text, 1)] {
                let told = Manifests::from_text(text).unwrap_err().to_string();
                assert_eq!(told.lines().count(), documents, "{told}");
                assert!(told.lines().all(|line| is_of_depth(line, "manifest", 64)), "{told}");
            }
        });
    }
    let deep = nested("[", "0", "]", DEPTH);
    let json = format!(r#"{{"apiVersion":"v1","kind":"X","metadata":{{"name":"a"}},"x":{deep}}}"#);
    on_a_small_stack(|| assert!(Manifests::from_text(&json).is_err()));
}

/// Texts that programs or their users give.
#[test]
fn long_paths_and_selectors_take_no_stack() {
    on_a_small_stack(|| {
        for text in [".a".repeat(DEPTH), format!("a{}", "[0]".repeat(DEPTH)), "[".repeat(DEPTH)] {
            assert!(text.parse::<FieldPath>().is_err());
            let mut object = DynamicObject::default();
            assert!(object.set_field(&text, 1).is_err());
            let _ = kubeclient::wait::json_path(&text);
            let _ = kubeclient::wait::json_path(&format!("{{{text}}}=x"));
        }
        for text in ["a,", "(", "a in (", "!", "a in (b),"] {
            let _ = text.repeat(DEPTH / 10).parse::<LabelSelector>();
        }
    });
}

#[test]
fn a_schema_that_leads_to_itself_takes_no_stack() {
    let circle = serde_json::json!({"components": {"schemas": {
        "a": {"$ref": "#/components/schemas/b", "properties": {"x": {"$ref": "#/components/schemas/a"}}},
        "b": {"$ref": "#/components/schemas/a", "allOf": [{"$ref": "#/components/schemas/b"}],
            "items": {"$ref": "#/components/schemas/b"}},
    }}});
    on_a_small_stack(|| {
        let document = OpenApiDocument::of(circle);
        for (_, schema) in document.schemas() {
            let _ = schema.field(&vec!["x"; 1_000].join("."));
            let _ = (schema.resolved(), schema.type_name(), schema.parts(), schema.all_of());
            let _ = (schema.properties(), schema.items().map(|items| items.resolved()));
        }
        let deep = nested("[", "0", "]", DEPTH);
        assert!(serde_json::from_str::<Value>(&deep).is_err());
    });
}

/// What a credential program says.
#[cfg(unix)]
#[test]
fn a_deep_credential_takes_no_stack() {
    use kubeclient::config::Exec;

    let folder = tempfile::tempdir().unwrap();
    let deep = nested("[", "0", "]", DEPTH / 4);
    let json = format!(
        r#"{{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","x":{deep},"status":{deep}}}"#
    );
    for (name, said) in [("yaml", format!("# of a program\n{json}")), ("json", json)] {
        let path = folder.path().join(name);
        std::fs::write(&path, said).unwrap();
        let mut exec = Exec::new("/bin/cat");
        exec.args = vec![path.display().to_string()];
        let url = server("application/json", "{}");
        on_a_small_stack(|| {
            let client = RestClient::new(Config::new(url).with_exec(exec)).unwrap();
            let error = client.send(&kubeclient::Request::get("/x")).unwrap_err();
            assert_eq!(error.kind(), kubeclient::ErrorKind::Auth, "{name}: {error}");
        });
    }
}
