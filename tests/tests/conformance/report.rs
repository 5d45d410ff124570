//! The results as a table, to be pasted.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::known::KNOWN;
use crate::suite::{Case, How, Outcome};

/// Case by server, with totals and the share of raw HTTP.
pub(crate) fn table(results: &BTreeMap<usize, (Case, Outcome)>) -> String {
    let mut text = String::from(
        "\n| case | section | proves | how | kube-apiserver | kubeclient-fake |\n|---|---|---|---|---|---|\n",
    );
    for (case, outcome) in results.values() {
        let proves = case.proves.iter().map(u8::to_string).collect::<Vec<_>>().join(" ");
        let how = if case.how == How::Raw { "raw" } else { "client" };
        let (title, section) = (case.title(), case.section);
        let _ = writeln!(
            text,
            "| {title} | {section} | {proves} | {how} | {} | {} |",
            real(outcome),
            fake(case, outcome)
        );
    }
    let count = |test: &dyn Fn(&(Case, Outcome)) -> bool| {
        results.values().filter(|result| test(result)).count()
    };
    let total = results.len();
    let raw = count(&|(case, _)| case.how == How::Raw);
    let real_ok = count(&|(_, outcome)| matches!(outcome.real, Some(Ok(()))));
    let fake_ok = count(&|(_, outcome)| matches!(outcome.fake, Some(Ok(()))) && outcome.is_same());
    let share = (raw * 100).checked_div(total).unwrap_or_default();
    let _ = writeln!(
        text,
        "| **{total} cases** | | | {raw} raw ({share} %) | {real_ok} ok | {fake_ok} ok |"
    );
    text
}

fn real(outcome: &Outcome) -> &'static str {
    match outcome.real {
        None => "not run",
        Some(Ok(())) => "ok",
        Some(Err(_)) => "FAILS",
    }
}

fn fake(case: &Case, outcome: &Outcome) -> String {
    let known = KNOWN.iter().find(|(title, _)| *title == case.title());
    match (&outcome.fake, outcome.is_same(), known) {
        (None, ..) => "not run".to_owned(),
        (Some(_), true, _) => "ok".to_owned(),
        (Some(_), false, Some((_, why))) => format!("differs: {why}"),
        (Some(Err(_)), ..) => "FAILS".to_owned(),
        (Some(Ok(())), ..) => "DIFFERS".to_owned(),
    }
}
