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
        let both = || {
            let of_kubectl = kubectl(plane, &[&[command][..], &arguments].concat(), None);
            let of_ours = ours(plane, program, &arguments, folder.path());
            (seen(&of_kubectl, line), seen(&of_ours, line))
        };
        let (mut kubectl, mut ours) = both();
        // An age may be another second between the two.
        for _ in 0..4 {
            if kubectl != ours {
                (kubectl, ours) = both();
            }
        }
        assert_eq!(ours.0, kubectl.0, "standard output of {line:?}");
        assert_eq!(ours.1, kubectl.1, "standard error of {line:?}");
        assert_eq!(ours.2, kubectl.2, "exit code of {line:?}");
    }
}

/// Both outputs and the exit code.
fn seen(output: &Output, line: &str) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (mut stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    if line.contains("-o yaml") {
        // Quotes and folds are the writer's own.
        stdout = serde_saphyr::from_str::<serde_json::Value>(&stdout).unwrap().to_string();
    }
    (stdout, stderr, output.status.code())
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

#[test]
fn explain_prints_what_kubectl_prints() {
    let lines = [
        "pods",
        "pod.spec.containers",
        "po.spec.containers.image",
        "pods.spec.containers.imagePullPolicy",
        "pods.spec.volumes.hostPath.type",
        "pods.spec.nodeSelector",
        "pods.metadata.labels",
        "pods --recursive",
        "deployments -R",
        "deploy.spec.template.spec.affinity",
        "deployments.apps.spec.strategy",
        "hpa.spec.metrics.resource.target",
        "hpa.spec --api-version autoscaling/v1",
        "hpa --api-version=autoscaling/v7",
        "events",
        "events.events.k8s.io.regarding",
        "configmaps.data",
        "secrets.data --recursive",
        "services.spec.ports.targetPort",
        "customresourcedefinitions.spec.versions.schema.openAPIV3Schema",
        "crd --recursive",
        "networkpolicies.spec.ingress.from",
        "gadgets",
        "gadgets.spec",
        "gadgets.spec.size",
        "gadgets.spec.color",
        "gd.spec.parts.weights",
        "gadgets --recursive",
        "gadgets.shop.example.com.spec.extra",
        "gadgets --api-version shop.example.com/v1beta1",
        "shelves",
        "pods.nope",
        "pods.spec.containers.nope",
        "nopes",
        "nopes.spec",
        "pods nodes",
        "pods.spec.containers[0]",
        "",
    ];
    check(env!("CARGO_BIN_EXE_explain"), "explain", &lines);
}

#[test]
fn get_prints_what_kubectl_prints() {
    let lines = [
        "namespaces",
        "ns -o wide",
        "ns -o name",
        "ns kube-system",
        "ns/default",
        "ns/default ns/nope",
        "ns default nope -o name",
        "ns nope --ignore-not-found",
        "ns -l kubernetes.io/metadata.name=default",
        "ns --field-selector metadata.name=kube-public --no-headers",
        "ns,svc",
        "svc,sa -A",
        "svc kubernetes -o yaml",
        "svc kubernetes -o json",
        "svc -o json",
        "cm kube-root-ca.crt -o yaml",
        "clusterroles edit -o yaml",
        "crd shelves.shop.example.com -o yaml",
        "priorityclasses -o yaml",
        "pods",
        "pods -A",
        "nodes",
        "pods --no-headers -n kube-public",
        "gd",
        "gadgets.v1beta1.shop.example.com -o yaml",
        "nopes",
        "po/a po/b",
    ];
    check(env!("CARGO_BIN_EXE_get"), "get", &lines);
}
