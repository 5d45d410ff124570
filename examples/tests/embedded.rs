//! The programs without a cluster: they ask a server within themselves.

use std::process::Command;

#[track_caller]
fn check(program: &str, arguments: &[&str], expected: &str) {
    let output = Command::new(program).args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains(expected), "{text}\n{said}");
    assert!(said.starts_with("no cluster named"), "{said}");
}

#[test]
fn each_program_runs_without_a_cluster() {
    check(env!("CARGO_BIN_EXE_api_versions"), &[], "apps/v1\n");
    check(env!("CARGO_BIN_EXE_api_resources"), &["--categories=all", "-o", "name"], "pods\n");
    check(env!("CARGO_BIN_EXE_explain"), &["deploy.spec.strategy"], "FIELD: strategy <");
}
