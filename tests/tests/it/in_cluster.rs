//! The service account of a pod, before the real server: in a mount namespace of its own, the test's process finds one
//! where the kubelet would put it.

// What was measured is told.
#![allow(clippy::print_stderr)]

use std::env;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use kubeclient::config::{KubeconfigOptions, Pem};
use kubeclient::{Api, Config, ListParams};
use kubeclient_tests::assets::Assets;

use crate::common::{PATIENCE, Sandbox, eventually, observed, who};
use crate::foo::ConfigMap;
use crate::robot::{Robot, credential};

/// An administrator's kubeconfig, for the process that is in the pod.
const ADMIN: &str = "KUBECLIENT_TEST_IN_CLUSTER";

const FOLDER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Hides what the system has there.
const MOUNT: &str = "mount -t tmpfs none /var/run";

/// Runs where namespaces can be had. Fidelity 18, 32.
#[test]
fn a_pods_service_account_is_found_and_its_rotated_token_used() {
    if let Some(admin) = env::var_os(ADMIN) {
        return in_a_pod(admin.as_ref());
    }
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let unshare = |script: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]);
        unshare
    };
    if !unshare(MOUNT).output().is_ok_and(|output| output.status.success()) {
        let required = env::var_os("KUBECLIENT_REQUIRE_NAMESPACES").is_some_and(|it| it == "1");
        assert!(!required, "no mount namespace for this test");
        // Not with a macro, which the harness would capture.
        let line = "NOT RUN: a pod's service account: nothing can be mounted in a namespace here\n";
        let _ = std::io::stderr().write_all(line.as_bytes());
        return;
    }
    let server = plane.server_url();
    let (host, port) = server.trim_start_matches("https://").split_once(':').unwrap();
    let output = unshare(&format!("{MOUNT} && exec \"$@\""))
        .arg(env::current_exe().unwrap())
        .args(["--exact", "in_cluster::a_pods_service_account_is_found_and_its_rotated_token_used"])
        .arg("--nocapture")
        .env(ADMIN, plane.kubeconfig_path())
        .env("KUBERNETES_SERVICE_HOST", host)
        .env("KUBERNETES_SERVICE_PORT", port)
        .env("KUBECONFIG", "/var/run/no-kubeconfig")
        .env_remove("POD_NAMESPACE")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    eprintln!("{said}");
    assert!(output.status.success() && said.contains("in a pod: "), "{output:?}");
}

/// As the kubelet writes them: all files of a version in a folder, to which one link leads.
fn put(version: &str, files: &[(&str, &str)]) {
    let folder = Path::new(FOLDER);
    fs::create_dir_all(folder.join(version)).unwrap();
    for (name, text) in files {
        fs::write(folder.join(version).join(name), text).unwrap();
    }
    symlink(version, folder.join("..data_tmp")).unwrap();
    fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
    for (name, _) in files {
        // They are there from the second version on.
        let _ = symlink(Path::new("..data").join(name), folder.join(name));
    }
}

fn in_a_pod(admin: &Path) {
    let sandbox = Sandbox::on(&KubeconfigOptions::default().path(admin));
    let namespace = &sandbox.namespace;
    let robot = Robot::new(&sandbox.client, namespace, "robot");
    let mut plane = Config::from_kubeconfig(&KubeconfigOptions::default().path(admin)).unwrap();
    let Some(Pem::Data(authority)) = plane.tls.certificate_authority.take() else {
        panic!("the authority is no data")
    };
    let authority = String::from_utf8(authority).unwrap();
    let write = |version: &str, token: &str| {
        put(version, &[("token", token), ("ca.crt", &authority), ("namespace", namespace)]);
    };
    assert!(Config::infer().unwrap_err().is_no_configuration());

    write("..1", &robot.token("old"));
    for config in [Config::in_cluster().unwrap(), Config::infer().unwrap()] {
        assert_eq!((&config.server, &config.namespace), (&plane.server, namespace));
    }
    let output = Command::new(Assets::find().unwrap().kubectl())
        .args(["auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), robot.user(), "{output:?}");

    let (client, attempts) = observed(Config::infer().unwrap());
    assert_eq!(who(&client).unwrap()["username"], robot.user());
    let forbidden = Api::<ConfigMap>::default_namespaced(&client).list(&ListParams::default());
    let forbidden = forbidden.unwrap_err();
    assert!(forbidden.is_forbidden(), "{forbidden}");
    for word in [&robot.user(), namespace] {
        let message = &forbidden.status().unwrap().message;
        assert!(message.contains(&format!("\"{word}\"")), "{message}");
    }
    let before = credential(&client);
    write("..2", &robot.token("new"));
    robot.revoke("old");
    let begin = Instant::now();
    eventually("the new token is shown", || (credential(&client) != before).then_some(()));
    let took = begin.elapsed();
    let codes = attempts.codes();
    assert_eq!(codes.iter().filter(|code| **code == 401).count(), 1, "{codes:?}");
    eprintln!("in a pod: {} calls, 0 failures, 1 refused after {took:?}", codes.len());

    if env::var_os("KUBECLIENT_FAULT_SEEDS").is_some() {
        // The last one is good still: after 50 s the file is read again.
        let before = credential(&client);
        write("..3", &robot.token("next"));
        let begin = Instant::now();
        while credential(&client) == before {
            assert!(begin.elapsed() < 10 * PATIENCE);
        }
        let took = begin.elapsed();
        assert_eq!(attempts.codes().iter().filter(|code| **code == 401).count(), 1);
        eprintln!("in a pod: a token that was not refused is replaced after {took:?}");
    }

    fs::remove_file(Path::new(FOLDER).join("ca.crt")).unwrap();
    let error = Config::in_cluster().unwrap_err();
    assert!(error.to_string().contains("ca.crt: can't be read"), "{error}");
}
