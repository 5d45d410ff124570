//! Tests that have a process of their own, so that no other test's threads, files and memory are counted.

use std::process::Command;

/// Set in such a process, to what its test is given.
const GIVEN: &str = "KUBECLIENT_TEST_ALONE";

/// What this process's test is given; nothing in a process that is no test's own.
pub(crate) fn given() -> Option<String> {
    std::env::var(GIVEN).ok()
}

/// Runs a test of this program again, alone in a process and on its main thread, and gives back what it wrote: there
/// [`given`] is this.
#[track_caller]
pub(crate) fn run(name: &str, given: &str) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(GIVEN, given)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "{text}");
    text
}
