//! `apply`, `diff` and `delete` by their command lines, on the embedded server; what `diff` prints beside
//! `kubectl diff`, on the real one.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use kubeclient_fake::FakeServer;
use tempfile::TempDir;

const APPLY: &str = env!("CARGO_BIN_EXE_apply");
const DIFF: &str = env!("CARGO_BIN_EXE_diff");
const DELETE: &str = env!("CARGO_BIN_EXE_delete");

fn run(program: &str, kubeconfig: &Path, arguments: &[&str]) -> Output {
    let cache = TempDir::new().unwrap();
    let mut command = Command::new(program);
    command.arg("--kubeconfig").arg(kubeconfig).arg("--cache-dir").arg(cache.path());
    command.args(arguments).output().unwrap()
}

#[track_caller]
fn check(output: &Output, code: i32, stdout: &str) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), stdout);
}

fn manifests(colour: &str, password: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: examples, namespace: default}}\ndata:\n  colour: \
         {colour}\n  lines: |\n    one\n    two\n---\napiVersion: v1\nkind: Secret\nmetadata: {{name: \
         examples, namespace: default}}\nstringData: {{password: {password}}}\n"
    )
}

#[test]
fn manifests_are_applied_compared_pruned_and_deleted() {
    let server = FakeServer::start().unwrap();
    let folder = TempDir::new().unwrap();
    let kubeconfig = folder.path().join("config");
    fs::write(&kubeconfig, server.kubeconfig()).unwrap();
    let file = folder.path().join("set.yaml");
    let path = file.to_str().unwrap();
    fs::write(&file, manifests("red", "hunter2")).unwrap();
    let dry = run(APPLY, &kubeconfig, &["-f", path, "--dry-run=server"]);
    let created =
        "configmap/examples created (server dry run)\nsecret/examples created (server dry run)\n";
    check(&dry, 0, created);
    let applied = run(APPLY, &kubeconfig, &["-f", path, "--prune", "--set", "it", "--wait"]);
    check(&applied, 0, "configmap/examples created\nsecret/examples created\n");
    check(&run(DIFF, &kubeconfig, &["-f", path, "--set=it"]), 0, "");
    fs::write(&file, manifests("blue", "hunter3")).unwrap();
    let diff = run(DIFF, &kubeconfig, &["-f", path, "--set=it"]);
    let text = String::from_utf8_lossy(&diff.stdout).into_owned();
    assert_eq!(diff.status.code(), Some(1), "{text}");
    assert!(text.contains("\n-  colour: red\n+  colour: blue\n"), "{text}");
    assert!(text.contains("*** (before)") && !text.contains("hunter"), "{text}");

    // The secret leaves the set.
    let both = manifests("blue", "");
    let (map, _secret) = both.split_once("---").unwrap();
    fs::write(&file, map).unwrap();
    let applied = run(APPLY, &kubeconfig, &["-f", path, "--prune", "--set", "it"]);
    check(&applied, 0, "configmap/examples configured\nsecret/examples pruned\n");
    check(&run(DELETE, &kubeconfig, &["-f", path]), 0, "configmap/examples deleted\n");
    let again = run(DELETE, &kubeconfig, &["-f", path]);
    check(&again, 1, "");
    check(
        &run(DELETE, &kubeconfig, &["-f", path, "--ignore-not-found"]),
        0,
        "configmap/examples not there\n",
    );

    fs::write(&file, "apiVersion: v1\nkind: Pod\n").unwrap();
    let broken = run(DIFF, &kubeconfig, &["-f", path]);
    check(&broken, 2, "");
    let said = String::from_utf8_lossy(&broken.stderr).into_owned();
    let expected = format!(
        "error: {path}: document 1, line 1: metadata.name: expected the object's name, found none\n"
    );
    assert_eq!(said, expected);
    check(&run(APPLY, &kubeconfig, &[]), 1, "");
}

#[test]
fn a_diff_shows_what_kubectl_shows() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("set.yaml");
    let path = file.to_str().unwrap();
    fs::write(&file, manifests("red", "hunter2")).unwrap();
    let manager = ["--server-side", "--field-manager=m"];
    let arguments = |more: &[&'static str]| [&["-f", path], &manager[..], more].concat();
    let applied = run(APPLY, plane.kubeconfig_path(), &arguments(&[]));
    check(&applied, 0, "configmap/examples created\nsecret/examples created\n");
    fs::write(&file, manifests("blue", "hunter3")).unwrap();
    let ours = run(DIFF, plane.kubeconfig_path(), &arguments(&[]));
    let mut kubectl = vec!["diff"];
    kubectl.extend(arguments(&[]));
    let theirs = run(plane.kubectl().to_str().unwrap(), plane.kubeconfig_path(), &kubectl);
    assert_eq!((ours.status.code(), theirs.status.code()), (Some(1), Some(1)));
    // The heads name folders and times, and each writer of YAML has quotes that it likes.
    let lines = |output: &Output| {
        let text = String::from_utf8_lossy(&output.stdout).replace('"', "'");
        let heads = ["diff ", "--- ", "+++ "];
        let lines = text.lines().filter(|line| !heads.iter().any(|head| line.starts_with(head)));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(&ours), lines(&theirs));
    check(
        &run(DELETE, plane.kubeconfig_path(), &["-f", path]),
        0,
        "secret/examples deleted\nconfigmap/examples deleted\n",
    );
}
