//! The programs that stand for a command of kubectl's, beside kubectl: standard output, standard error and
//! exit code, on a real server that has custom resources and a group that nobody serves.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use kubeclient::{Api, ApiResource, Config, DynamicObject, KubeconfigOptions, RestClient};
use kubeclient_tests::{ControlPlane, control_plane};
use serde_json::json;
use tempfile::TempDir;

/// The server, once it has what the tests look at.
fn plane() -> Option<&'static ControlPlane> {
    static READY: OnceLock<()> = OnceLock::new();
    let plane = control_plane()?;
    READY.get_or_init(|| install(plane));
    Some(plane)
}

fn install(plane: &ControlPlane) {
    let options = KubeconfigOptions::default().path(plane.kubeconfig_path());
    let client = RestClient::new(Config::from_kubeconfig(&options).unwrap()).unwrap();
    let resource = ApiResource::cluster(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
    );
    let definitions = Api::<DynamicObject>::dynamic(&client, &resource);
    let version = |name: &str, storage: bool| json!({"name": name, "served": true, "storage": storage, "schema": {"openAPIV3Schema": schema()}});
    let gadgets = json!({
        "group": "shop.example.com", "scope": "Namespaced",
        "names": {"plural": "gadgets", "singular": "gadget", "kind": "Gadget", "shortNames": ["gd", "gg"],
            "categories": ["all", "shop"]},
        "versions": [version("v1", true), version("v1beta1", false)],
    });
    let shelves = json!({
        "group": "shop.example.com", "scope": "Cluster",
        "names": {"plural": "shelves", "kind": "Shelf"},
        "versions": [version("v1beta1", true)],
    });
    for (plural, spec) in [("gadgets", gadgets), ("shelves", shelves)] {
        let name = format!("{plural}.shop.example.com");
        let object = DynamicObject::new(name, &resource).with("spec", spec);
        definitions.create(&object).unwrap();
    }
    // Both are served, and described: discovery and OpenAPI tell of them a moment later.
    let end = Instant::now() + Duration::from_secs(60);
    for arguments in [
        ["explain", "gadgets.spec.size"],
        ["explain", "shelves.spec.size"],
        ["get", "gadgets.v1beta1.shop.example.com"],
    ] {
        while !kubectl(plane, &arguments, None).status.success() {
            assert!(Instant::now() < end, "not within a minute: {arguments:?}");
        }
    }
}

/// What there is to be seen of a schema.
fn schema() -> serde_json::Value {
    json!({
        "type": "object",
        "description": "A gadget, or a shelf for some.",
        "properties": {
            "spec": {
                "type": "object",
                "required": ["size"],
                "properties": {
                    "size": {"type": "integer", "description": "How large it is, in units that nobody remembers \
                        any more, so that this description is longer than one line of any terminal."},
                    "color": {"type": "string", "enum": ["red", "green", "", "blue", "grey", "pink"]},
                    "parts": {"type": "array", "items": {"type": "object", "properties": {
                        "weights": {"type": "object", "additionalProperties": {"type": "number"}},
                    }}},
                    "extra": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                },
            },
        },
    })
}

fn kubectl(plane: &ControlPlane, arguments: &[&str], cache: Option<&Path>) -> Output {
    let mut command = Command::new(plane.kubectl());
    let fresh = tempfile::tempdir().unwrap();
    command.arg("--kubeconfig").arg(plane.kubeconfig_path());
    command.arg("--cache-dir").arg(cache.unwrap_or(fresh.path()));
    command.args(arguments).output().unwrap()
}

fn ours(plane: &ControlPlane, program: &str, arguments: &[&str], cache: &Path) -> Output {
    let mut command = Command::new(program);
    command.arg("--kubeconfig").arg(plane.kubeconfig_path()).arg("--cache-dir").arg(cache);
    command.args(arguments).output().unwrap()
}

/// Runs both, each with a folder of its own, and compares all that can be seen.
#[track_caller]
fn check(program: &str, command: &str, lines: &[&str]) {
    let Some(plane) = plane() else { return };
    let folder = TempDir::new().unwrap();
    for line in lines {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        let of_kubectl = kubectl(plane, &[&[command][..], &arguments].concat(), None);
        let of_ours = ours(plane, program, &arguments, folder.path());
        let seen = |output: &Output| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            (text(&output.stdout), text(&output.stderr), output.status.code())
        };
        let (kubectl, ours) = (seen(&of_kubectl), seen(&of_ours));
        assert_eq!(ours.0, kubectl.0, "standard output of {line:?}");
        assert_eq!(ours.1, kubectl.1, "standard error of {line:?}");
        assert_eq!(ours.2, kubectl.2, "exit code of {line:?}");
    }
}

#[test]
fn api_versions_prints_what_kubectl_prints() {
    check(env!("CARGO_BIN_EXE_api_versions"), "api-versions", &[""]);
}

#[test]
fn api_resources_prints_what_kubectl_prints() {
    let lines = [
        "",
        "-o wide",
        "-o=name",
        "--no-headers",
        "--no-headers -o wide",
        "--namespaced",
        "--namespaced=false -o name",
        "--namespaced=true --verbs=list,watch -o name",
        "--verbs create --verbs=patch --sort-by kind",
        "--sort-by=name",
        "--sort-by name -o wide --api-group=apps",
        "--api-group shop.example.com -owide",
        "--api-group=",
        "--api-group=nope",
        "--api-group=nope -o name",
        "--categories=all",
        "--categories=all,shop -o name",
        "--cached",
        "--cached=true --no-headers=false",
        "--sort-by=size",
    ];
    check(env!("CARGO_BIN_EXE_api_resources"), "api-resources", &lines);
}
