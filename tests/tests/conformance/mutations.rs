//! Planted mistakes: each must turn a case red. The suite runs itself on the fake alone, with one mistake at
//! a time, and with the cases that are about it.

use std::io::{self, Write};
use std::process::Command;

use libtest_mimic::{Failed, Trial};

/// The mistakes, and the beginning of the names of the cases that are about them.
const PLANTED: &[(&str, &str)] = &[
    ("loses-deletes", "watch::"),
    ("ignores-labels", "selectors::"),
    ("ignores-fields", "selectors::"),
    ("keeps-what-leaves-a-selector", "watch::"),
    ("ignores-limit", "paging::"),
    ("pages-drift", "paging::"),
    ("old-lists-are-new", "list::"),
    ("future-is-now", "list::"),
    ("no-initial-bookmark", "watch_list::"),
    ("no-initial-events", "watch_list::"),
    ("ignores-resource-version", "replace::"),
    ("ignores-preconditions", "delete::"),
    ("dry-run-writes", "create_options::"),
    ("no-op-writes", "replace::"),
    ("generation-stays", "generation::"),
    ("ignores-finalizers", "delete::"),
    ("status-writes-all", "status::"),
    ("main-writes-status", "status::"),
    ("any-namespace", "create::"),
    ("unknown-fields-pass", "create_options::"),
    ("no-warnings", "create_options::"),
    ("deletes-all-of-a-collection", "collection::"),
    ("tests-pass", "json_patch::"),
    ("nulls-stay", "merge_patch::"),
    ("lists-are-replaced", "strategic_patch::"),
    ("no-conflicts", "apply::"),
    ("keeps-dropped-fields", "apply::"),
    ("updates-own-nothing", "managed_fields::"),
    ("no-garbage-collection", "garbage::"),
    ("namespaces-stay", "garbage::"),
    ("no-pruning", "custom_objects::"),
    ("no-custom-defaults", "custom_objects::"),
    ("no-custom-validation", "custom_objects::"),
    ("budgets-do-not-count", "subresources::"),
    ("no-tables", "representations::"),
    ("no-aggregated-discovery", "discovery::"),
];

const PLANT: &str = "KUBECLIENT_FAKE_MUTATION";

/// Whether this process is to find one.
pub(crate) fn is_planted() -> bool {
    std::env::var_os(PLANT).is_some()
}

/// A test for each mistake; none while one is planted, or while the fake is left out.
pub(crate) fn trials() -> Vec<Trial> {
    let is_left_out = std::env::var("KUBECLIENT_CONFORMANCE")
        .is_ok_and(|which| matches!(which.as_str(), "real" | "twice"));
    if is_planted() || is_left_out {
        return Vec::new();
    }
    let trial = |&(mistake, cases): &(&'static str, &'static str)| {
        Trial::test(format!("mutation::{mistake}"), move || is_found(mistake, cases))
    };
    let mut trials: Vec<Trial> = PLANTED.iter().map(trial).collect();
    trials.push(Trial::test("own::every_mistake_is_planted", every_mistake_is_planted));
    trials
}

/// Runs the cases with the mistake, and wants one of them to fail.
fn is_found(mistake: &str, cases: &str) -> Result<(), Failed> {
    let output = Command::new(std::env::current_exe()?)
        .args([cases, "--test-threads=4"])
        .env("KUBECLIENT_CONFORMANCE", "fake")
        .env(PLANT, mistake)
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let red = said.lines().filter(|line| line.ends_with("FAILED") && line.starts_with("test "));
    let red: Vec<&str> = red.collect();
    if red.is_empty() {
        return Err(format!("no case of {cases} finds {mistake}:\n{said}").into());
    }
    // Said in the runner's own output, under --nocapture and not.
    let _ = writeln!(io::stderr(), "{mistake}: found by {} of {cases}*", red.len());
    Ok(())
}

fn every_mistake_is_planted() -> Result<(), Failed> {
    let planted = |name: &str| PLANTED.iter().any(|(planted, _)| *planted == name);
    match kubeclient_fake::mutations().find(|name| !planted(name)) {
        Some(name) => Err(format!("nothing says which cases find {name}").into()),
        None => Ok(()),
    }
}
