//! Real kubectl on two servers: the fake one and the real one must tell it the same.
//!
//! Every scenario is a list of command lines. It runs once on each server, each started afresh, in the
//! same order; then the transcripts are compared step by step. What can't be the same (uids, times, ages,
//! addresses) is normalised in `normal`, what differs on purpose stands in `known` by name and reason.
//! Where the real server's binaries are missing, one loud line says that nothing ran.
//!
//! ```text
//! KUBECLIENT_KUBECTL_SCENARIOS=apply,logs cargo test ..   # these scenarios only
//! KUBECLIENT_KUBECTL=real cargo test ..                   # the real server only: its transcript, no comparison
//! ```

mod compare;
mod known;
mod normal;
mod program;
mod scenarios;
mod side;
mod step;

use std::env;
use std::thread;
use std::time::Instant;

use compare::Verdict;
use side::{Side, Transcript};
use step::Scenario;

#[test]
fn kubectl_sees_on_the_fake_what_it_sees_on_the_real_server() {
    let Some(real) = Side::real() else { return };
    let scenarios = asked_for(scenarios::all());
    let start = Instant::now();
    if env::var_os("KUBECLIENT_KUBECTL").is_some_and(|only| only == "real") {
        side::keep(&real.run(&scenarios), "real");
        side::say(&format!("the real server took {:.0?}, the fake was not asked", start.elapsed()));
        return;
    }
    let fake = Side::fake(real.program());
    let (real, fake): (Vec<Transcript>, Vec<Transcript>) = thread::scope(|threads| {
        let fake = threads.spawn(|| fake.run(&scenarios));
        let real = real.run(&scenarios);
        (real, fake.join().unwrap())
    });
    let verdict = Verdict::of(&real, &fake);
    side::say(&format!("{}both sides took {:.0?}", verdict.table(), start.elapsed()));
    side::keep(&real, "real");
    side::keep(&fake, "fake");
    assert!(verdict.is_same(), "{}", verdict.report());
}

/// The scenarios that `KUBECLIENT_KUBECTL_SCENARIOS` names, or all.
fn asked_for(mut scenarios: Vec<Scenario>) -> Vec<Scenario> {
    if let Ok(names) = env::var("KUBECLIENT_KUBECTL_SCENARIOS") {
        scenarios.retain(|scenario| names.split(',').any(|name| name == scenario.name));
    }
    scenarios
}

#[test]
fn at_least_ninety_commands_are_compared() {
    let commands: usize = scenarios::all().iter().map(|scenario| scenario.commands()).sum();
    assert!(commands >= 90, "{commands}");
}
