//! One conformance suite, two servers: each case runs on a real kube-apiserver and on the fake, with its
//! expectations written down, and what the two said is compared besides.
//!
//! To add a case, write `fn a_sentence(s: &Server)` in the file of its section in `cases/` and name it in
//! that file's `cases!` table; a new file also goes into `cases.rs`. `s` has the verbs (`server.rs`) and a
//! fresh namespace; a `Reply` has the words for what is expected (`server/reply.rs`), and every answer's
//! code must be looked at. Everything is recorded and compared after normalisation (`transcript/normal.rs`);
//! what cannot be equal is said at its exchange with the reason: `.loosely(why)`, `.without(pointers, why)`,
//! `.uncompared(why)`, or `s.quietly(..)` for set-up and polling. Known differences stand in `known.rs`.
//!
//! ```text
//! cargo test -p kubeclient-tests --test conformance create::      # the cases of one file
//! KUBECLIENT_CONFORMANCE=fake cargo test ..                       # one server only: `fake` or `real`
//! KUBECLIENT_CONFORMANCE=twice cargo test ..                      # the real one against itself: the noise
//! KUBECLIENT_CONFORMANCE_SHOW=1 cargo test ..                     # every exchange, as it is compared
//! ```

mod wire;
mod transcript;
mod servers;
mod server;
mod suite;
mod known;
mod objects;
mod widgets;
mod cases;
mod report;
mod own;
mod mutations;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};

use known::KNOWN;
use suite::{Case, Outcome};

type Results = Arc<Mutex<BTreeMap<usize, (Case, Outcome)>>>;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // A case mostly waits for its server.
    arguments.test_threads = arguments.test_threads.or(Some(4));
    suite::keep_failures();
    let results = Results::default();
    let cases = cases::all();
    let mut trials: Vec<_> = cases
        .iter()
        .enumerate()
        .map(|(number, case)| trial(*case, number, Arc::clone(&results)))
        .collect();
    trials.extend(own::trials());
    trials.extend(mutations::trials());
    trials.push(Trial::test("own::known_differences_name_cases", move || known_are_cases(&cases)));
    let conclusion = libtest_mimic::run(&arguments, trials);

    let results = results.lock().unwrap_or_else(PoisonError::into_inner);
    if !results.is_empty() {
        let _ = io::stdout().write_all(report::table(&results).as_bytes());
    }
    conclusion.exit_code()
}

fn trial(case: Case, number: usize, results: Results) -> Trial {
    Trial::test(case.title(), move || {
        let outcome = suite::run(&case, number, targets()?);
        let verdict = verdict(&case, &outcome);
        results.lock().unwrap_or_else(PoisonError::into_inner).insert(number, (case, outcome));
        verdict
    })
}

/// The servers, started by the first case; or why one that must be there is not.
fn targets() -> Result<&'static [&'static servers::Target], Failed> {
    static TARGETS: OnceLock<Result<Vec<&'static servers::Target>, String>> = OnceLock::new();
    let found = TARGETS
        .get_or_init(|| std::panic::catch_unwind(servers::targets).map_err(|_| suite::failure()));
    found.as_ref().map(Vec::as_slice).map_err(|error| error.into())
}

/// Whether a case's test passes.
fn verdict(case: &Case, outcome: &Outcome) -> Result<(), Failed> {
    if let Some(Err(why)) = &outcome.real {
        return Err(format!("on the real server: {why}").into());
    }
    let known = KNOWN.iter().any(|(title, _)| *title == case.title());
    match (outcome.is_same(), known) {
        (true, false) | (false, true) => Ok(()),
        // Without the real server a difference to it cannot show.
        (true, true) if outcome.real.is_none() || outcome.fake.is_none() => Ok(()),
        (true, true) => Err("the fake no longer differs: remove the case from known.rs".into()),
        (false, false) => match &outcome.fake {
            Some(Err(why)) => Err(format!("on the fake: {why}").into()),
            _ => Err(format!("the servers differ:\n  {}", outcome.differences.join("\n  ")).into()),
        },
    }
}

fn known_are_cases(cases: &[Case]) -> Result<(), Failed> {
    let is_case = |title: &str| cases.iter().any(|case| case.title() == title);
    match KNOWN.iter().find(|(title, _)| !is_case(title)) {
        Some((title, _)) => Err(format!("known.rs names {title}, which is no case").into()),
        None => Ok(()),
    }
}
