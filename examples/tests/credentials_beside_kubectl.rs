//! The programs about who one is and what one may do, beside kubectl, on a real server and as two users; and
//! the one that shows a kubeconfig.

use std::process::{Command, Output};

use kubeclient::config::Kubeconfig;
use kubeclient_tests::{ControlPlane, control_plane};

fn run(plane: &ControlPlane, program: &str, arguments: &[&str]) -> (String, String, Option<i32>) {
    let mut command = Command::new(program);
    command.arg("--kubeconfig").arg(plane.kubeconfig_path()).args(arguments);
    seen(&command.output().unwrap())
}

fn kubectl(plane: &ControlPlane, arguments: &[&str]) -> (String, String, Option<i32>) {
    run(plane, plane.kubectl().to_str().unwrap(), arguments)
}

fn seen(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

/// Runs both as an administrator and as somebody without rights, and compares all that can be seen.
#[track_caller]
fn check(program: &str, command: &[&str], lines: &[&str]) {
    let Some(plane) = control_plane() else { return };
    let mut wrong = Vec::new();
    for context in ["admin", "user"] {
        for line in lines {
            let mut arguments = vec!["--context", context];
            arguments.extend(line.split_whitespace());
            let of_kubectl = kubectl(plane, &[command, &arguments].concat());
            let of_ours = run(plane, program, &arguments);
            if of_ours != of_kubectl {
                wrong.push(format!("{context}: {line:?}:\n{of_ours:?}\n{of_kubectl:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "ours and kubectl's:\n{}", wrong.join("\n"));
}

#[test]
fn whoami_says_what_kubectl_says() {
    check(env!("CARGO_BIN_EXE_whoami"), &["auth", "whoami"], &[""]);
}

#[test]
fn can_i_says_what_kubectl_says() {
    let lines = [
        "list pods",
        "list pods -A",
        "get po/a -n kube-system",
        "get pods --subresource=log",
        "create deployments.apps",
        "delete deployments.v1.apps/x",
        "update deploy --subresource scale -q",
        "list nodes",
        "list clusterroles.rbac.authorization.k8s.io",
        "* *",
        "frob pods",
        "get nonsense",
        "get nonsense.example.com",
        "impersonate users",
        "get /healthz",
        "frob /logs/",
        "get /metrics -q",
        "--list",
        "--list -n kube-system --no-headers",
        "--list pods",
        "--list -q",
        "get /x --subresource=log",
        "get pods --no-headers",
    ];
    check(env!("CARGO_BIN_EXE_can_i"), &["auth", "can-i"], &lines);
}

/// Compared by what they say: kubectl sorts its keys.
#[test]
fn config_view_shows_what_kubectl_shows() {
    let Some(plane) = control_plane() else { return };
    for line in [&[][..], &["--minify"], &["--raw"], &["--context", "user", "--minify", "--raw"]] {
        let of_kubectl = kubectl(plane, &[&["config", "view"][..], line].concat());
        let of_ours = run(plane, env!("CARGO_BIN_EXE_config_view"), line);
        let read = |text: &str| {
            let mut read = Kubeconfig::from_yaml(text).unwrap();
            read.clusters.sort_by(|a, b| a.name.cmp(&b.name));
            read.users.sort_by(|a, b| a.name.cmp(&b.name));
            read.contexts.sort_by(|a, b| a.name.cmp(&b.name));
            // kubectl writes it also where it is empty.
            read.preferences = Default::default();
            read
        };
        assert!(read(&of_kubectl.0) == read(&of_ours.0), "{line:?}:\n{}", of_ours.0);
        assert_eq!((of_ours.1.as_str(), of_ours.2), ("", Some(0)), "{line:?}");
    }
    for program in [env!("CARGO_BIN_EXE_config_view"), env!("CARGO_BIN_EXE_whoami")] {
        let (text, _, code) = run(plane, program, &["--describe"]);
        assert_eq!(code, Some(0));
        assert!(text.contains("server: https://") && text.contains(" (from "), "{text}");
        assert!(!text.contains(plane.admin_token()), "{text}");
    }
}

/// No program is run for it, and no context is chosen.
#[cfg(unix)]
#[test]
fn config_view_tells_the_programs_of_a_kubeconfig() {
    let folder = tempfile::tempdir().unwrap();
    let (path, trace) = (folder.path().join("config"), folder.path().join("trace"));
    let exec = "apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never";
    let text = format!(
        "{{contexts: [{{name: a, context: {{user: u}}}}],
          users: [{{name: u, user: {{exec: {{command: sh, args: [-c, 'echo CANARY > {}'], {exec}}}}}}},
            {{name: v, user: {{exec: {{command: no-such, installHint: get it, {exec}}}}}}}]}}",
        trace.display()
    );
    std::fs::write(&path, text).unwrap();
    let program = env!("CARGO_BIN_EXE_config_view");
    let mut command = Command::new(program);
    let output = command.arg("--kubeconfig").arg(&path).arg("--programs").output().unwrap();
    let (out, error, code) = seen(&output);
    assert_eq!((error.as_str(), code), ("", Some(0)));
    let of = |user: &str| format!("user {user:?} (of {}, in ", path.display());
    let lines: Vec<_> = out.lines().collect();
    let [first, second] = lines[..] else { panic!("{out}") };
    let expected = of("u") + "the contexts \"a\"): \"sh\" with 2 arguments: runs \"/";
    assert!(first.starts_with(&expected), "{first}");
    let expected =
        of("v") + "no context): \"no-such\" with 0 arguments: no such program in PATH: get it";
    assert_eq!(second, expected);
    assert!(!out.contains("CANARY") && !trace.exists());
}

/// Without a cluster, they ask one within themselves.
#[test]
fn each_runs_without_a_cluster() {
    for (program, arguments, expected) in [
        (env!("CARGO_BIN_EXE_whoami"), &[][..], "Username"),
        (env!("CARGO_BIN_EXE_can_i"), &["list", "pods"], "yes"),
        (env!("CARGO_BIN_EXE_can_i"), &["--list"], "Resources"),
        (env!("CARGO_BIN_EXE_config_view"), &["--minify"], "current-context: "),
        (env!("CARGO_BIN_EXE_config_view"), &["--describe"], "from "),
        (env!("CARGO_BIN_EXE_whoami"), &["--describe"], "(from the program)"),
    ] {
        let output = Command::new(program).args(arguments).output().unwrap();
        let (out, error, code) = seen(&output);
        assert!(out.contains(expected) && code == Some(0), "{program}: {out}{error}");
    }
}
