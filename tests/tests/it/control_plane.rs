//! The control plane itself: what its kubeconfig, its users and its history do. Through kubectl, since
//! the client is what other tests try.

use std::process::{Command, Output};

use kubeclient_tests::{ControlPlane, Launcher};

#[test]
fn the_kubeconfigs_contexts_are_an_administrator_twice_and_a_plain_user() {
    let Some(plane) = kubeclient_tests::control_plane() else {
        return;
    };
    let who = |context: &str| {
        let output = kubectl(
            plane,
            &["--context", context, "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"],
        );
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(
        (who("admin"), who("admin-token"), who("user")),
        ("admin".into(), "admin".into(), "plain-user".into())
    );
    let may = |context: &str| {
        kubectl(plane, &["--context", context, "get", "secrets", "-A"]).status.success()
    };
    assert_eq!((may("admin"), may("admin-token"), may("user")), (true, true, false));
    assert!(plane.kubeconfig().contains(plane.user_token()));
    let text = format!("{plane:?} {:?}", kubeclient_tests::cluster());
    assert!(!text.contains(plane.admin_token()) && !text.contains(plane.user_token()));
}

#[test]
fn a_certificate_of_the_ca_is_a_user() {
    let Some(plane) = kubeclient_tests::control_plane() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let identity = plane.pki().issue_client("ada", &["staff"]).unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let ca = file("ca.crt", &plane.ca_pem());
    let certificate = file("client.crt", &identity.certificate_pem);
    let key = file("client.key", &identity.private_key_pem);
    let output = Command::new(plane.kubectl())
        .args([
            "--kubeconfig",
            "/dev/null",
            "--server",
            &plane.server_url(),
            "--certificate-authority",
            &ca,
        ])
        .args(["--client-certificate", &certificate, "--client-key", &key])
        .args([
            "auth",
            "whoami",
            "-o",
            "jsonpath={.status.userInfo.username} {.status.userInfo.groups[0]}",
        ])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "ada staff");
}

#[test]
fn a_deleted_namespace_is_emptied_and_goes() {
    let Some(plane) = kubeclient_tests::control_plane() else {
        return;
    };
    check(plane, &["create", "namespace", "doomed"]);
    check(plane, &["create", "configmap", "inside", "-n", "doomed"]);
    // Waits until the namespace controller is done.
    check(plane, &["delete", "namespace", "doomed", "--timeout=60s"]);
}

#[test]
fn an_owners_dependents_are_collected() {
    let Some(plane) = kubeclient_tests::control_plane() else {
        return;
    };
    check(plane, &["create", "configmap", "owner"]);
    let uid = check(plane, &["get", "configmap", "owner", "-o", "jsonpath={.metadata.uid}"]);
    check(plane, &["create", "configmap", "dependent"]);
    let owner = format!(
        r#"{{"metadata":{{"ownerReferences":[{{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"{uid}"}}]}}}}"#
    );
    check(plane, &["patch", "configmap", "dependent", "--patch", &owner]);
    check(plane, &["delete", "configmap", "owner"]);
    check(plane, &["wait", "--for=delete", "configmap/dependent", "--timeout=60s"]);
}

#[test]
fn a_pod_is_created_without_a_service_account() {
    let Some(plane) = kubeclient_tests::control_plane() else {
        return;
    };
    check(plane, &["create", "namespace", "pods"]);
    check(plane, &["run", "pod", "-n", "pods", "--image=example.invalid/image"]);
}

#[test]
fn the_api_server_pauses_restarts_and_forgets() {
    if kubeclient_tests::control_plane().is_none() {
        return;
    }
    let plane = Launcher::new().unwrap().start().unwrap();

    let paused = plane.pause_api_server().unwrap();
    let output = kubectl(&plane, &["get", "--raw", "/readyz", "--request-timeout=300ms"]);
    assert!(!output.status.success());
    paused.resume();
    assert_eq!(check(&plane, &["get", "--raw", "/readyz"]), "ok");

    check(&plane, &["create", "configmap", "a"]);
    check(&plane, &["create", "configmap", "b"]);
    let path = "/api/v1/namespaces/default/configmaps";
    let page: serde_json::Value =
        serde_json::from_str(&check(&plane, &["get", "--raw", &format!("{path}?limit=1")]))
            .unwrap();
    let token = page["metadata"]["continue"].as_str().unwrap();
    let version = page["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    // History ends before the current revision, so that must be a later one.
    check(&plane, &["create", "configmap", "c"]);
    let revision = plane.compact().unwrap();
    assert!(revision > version.parse().unwrap(), "{revision} {version}");
    plane.restart_api_server().unwrap();

    let output = kubectl(&plane, &["get", "--raw", &format!("{path}?limit=1&continue={token}")]);
    assert!(stderr(&output).contains("Expired"), "{}", stderr(&output));
    let output =
        kubectl(&plane, &["get", "--raw", &format!("{path}?watch=1&resourceVersion={version}")]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output);
    assert!(text.contains("Expired"), "{text}");
}

#[test]
fn a_start_that_fails_shows_the_last_lines_of_the_log() {
    if kubeclient_tests::control_plane().is_none() {
        return;
    }
    let check = |argument: &str, expected: &str| {
        let error = Launcher::new().unwrap().api_server_arg(argument).start().unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("kube-apiserver ended early: exit status: 1\n"), "{text}");
        assert!(text.contains(expected), "{text}");
    };
    check("--no-such-flag", "unknown flag: --no-such-flag");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let argument = format!("--secure-port={}", taken.local_addr().unwrap().port());
    // Tried again in vain: the argument is the same each time.
    check(&argument, "address already in use");
}

/// Runs two of the tests above again without the binaries.
#[test]
fn without_the_binaries_one_line_says_what_did_not_run_and_how_to_build_them() {
    let output = without_binaries(None);
    assert!(output.status.success());
    let text = stderr(&output);
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("NOT RUN")).collect();
    assert_eq!(lines.len(), 1, "{text}");
    assert!(lines[0].contains("no kube-apiserver, etcd, "), "{text}");
    assert!(lines[0].contains("tests/cluster/build.sh"), "{text}");
}

#[test]
fn without_the_binaries_a_required_cluster_is_a_failure() {
    let output = without_binaries(Some("1"));
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("no cluster for this test: no kube-apiserver, "), "{text}");
    assert!(text.contains("tests/cluster/build.sh"), "{text}");
}

fn without_binaries(required: Option<&str>) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "control_plane::a_deleted_namespace_is_emptied_and_goes",
            "control_plane::an_owners_dependents_are_collected",
        ])
        .env("KUBEBUILDER_ASSETS", folder.path())
        .env_remove("USE_EXISTING_CLUSTER")
        .env_remove("KUBECLIENT_REQUIRE_CLUSTER");
    if let Some(value) = required {
        command.env("KUBECLIENT_REQUIRE_CLUSTER", value);
    }
    command.output().unwrap()
}

/// Runs kubectl against the control plane.
fn kubectl(plane: &ControlPlane, args: &[&str]) -> Output {
    Command::new(plane.kubectl())
        .env("KUBECONFIG", plane.kubeconfig_path())
        .args(args)
        .output()
        .unwrap()
}

/// Runs kubectl, expects it to succeed, and returns what it said.
#[track_caller]
fn check(plane: &ControlPlane, args: &[&str]) -> String {
    let output = kubectl(plane, args);
    assert!(output.status.success(), "kubectl {}: {}", args.join(" "), stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
