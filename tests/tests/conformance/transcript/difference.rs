//! Two transcripts, compared; the differences in words.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Compared, Entry, Transcript};

/// Every difference, one a line; empty where the two servers said the same.
pub(crate) fn differences(real: &Transcript, fake: &Transcript) -> Vec<String> {
    let mut found = Vec::new();
    for (number, pair) in real.entries.iter().zip(&fake.entries).enumerate() {
        let mut lines = Vec::new();
        compare_entries(pair.0, pair.1, &mut lines);
        if !lines.is_empty() {
            found.push(format!("{}. {}", number + 1, pair.0.title));
            found.extend(lines.into_iter().map(|line| format!("     {line}")));
        }
    }
    let (left, right) = (real.entries.len(), fake.entries.len());
    if left != right {
        found.push(format!("the real server's transcript has {left} entries, the fake's {right}"));
    }
    found
}

fn compare_entries(real: &Entry, fake: &Entry, lines: &mut Vec<String>) {
    if real.title != fake.title {
        lines.push(format!("asked: real `{}`, fake `{}`", real.title, fake.title));
    }
    let mut without: &[&str] = &[];
    match &real.compared {
        Compared::Nothing => return,
        Compared::CodeAndReason => {
            let (left, right) =
                ((real.status, &real.body["reason"]), (fake.status, &fake.body["reason"]));
            if left != right {
                lines.push(format!("code and reason: real {left:?}, fake {right:?}"));
            }
            return;
        }
        Compared::Without(pointers) => without = pointers,
        Compared::Whole => {}
    }
    if real.status != fake.status {
        lines.push(format!("code: real {}, fake {}", real.status, fake.status));
    }
    let (left, right): (BTreeSet<_>, BTreeSet<_>) =
        (real.headers.iter().collect(), fake.headers.iter().collect());
    lines
        .extend(left.difference(&right).map(|header| format!("header only of the real: {header}")));
    lines
        .extend(right.difference(&left).map(|header| format!("header only of the fake: {header}")));
    compare_values("", &real.body, &fake.body, without, lines);
}

fn compare_values(at: &str, real: &Value, fake: &Value, without: &[&str], lines: &mut Vec<String>) {
    if without.contains(&at) || real == fake {
        return;
    }
    match (real, fake) {
        (Value::Object(left), Value::Object(right)) => {
            let keys: BTreeSet<_> = left.keys().chain(right.keys()).collect();
            for key in keys {
                let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                match (left.get(key), right.get(key)) {
                    (Some(left), Some(right)) => compare_values(&at, left, right, without, lines),
                    _ if without.contains(&at.as_str()) => {}
                    (Some(left), None) => lines.push(format!("{at}: only of the real: {left}")),
                    (None, Some(right)) => lines.push(format!("{at}: only of the fake: {right}")),
                    (None, None) => {}
                }
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, pair) in left.iter().zip(right).enumerate() {
                compare_values(&format!("{at}/{index}"), pair.0, pair.1, without, lines);
            }
        }
        _ => lines.push(format!(
            "{at}: real {real}\n{:>width$}, fake {fake}",
            "",
            width = 5 + at.len()
        )),
    }
}
