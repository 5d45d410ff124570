//! Two transcripts side by side: what differs, told so that one can read it.

use std::fmt::Write as _;

use crate::known;
use crate::side::{Entry, Transcript};

/// What the comparison found.
pub(crate) struct Verdict {
    rows: Vec<Row>,
    differences: Vec<String>,
}

/// One scenario of the table.
struct Row {
    scenario: &'static str,
    commands: usize,
    different: usize,
    known: usize,
}

impl Verdict {
    pub(crate) fn of(real: &[Transcript], fake: &[Transcript]) -> Verdict {
        let mut verdict = Verdict { rows: Vec::new(), differences: Vec::new() };
        for (real, fake) in real.iter().zip(fake) {
            verdict.add(real, fake);
        }
        verdict
    }

    pub(crate) fn is_same(&self) -> bool {
        self.differences.is_empty()
    }

    /// A line a scenario: its commands, how many differ, how many of them are known to.
    pub(crate) fn table(&self) -> String {
        let mut text =
            format!("\n{:<16}{:>10}{:>8}{:>11}\n", "kubectl", "commands", "known", "different");
        for Row { scenario, commands, different, known } in &self.rows {
            let _ = writeln!(text, "{scenario:<16}{commands:>10}{known:>8}{different:>11}");
        }
        let sum = |part: fn(&Row) -> usize| self.rows.iter().map(part).sum::<usize>();
        let (commands, known) = (sum(|row| row.commands), sum(|row| row.known));
        let _ =
            writeln!(text, "{:<16}{commands:>10}{known:>8}{:>11}", "", sum(|row| row.different));
        text
    }

    /// Every difference, step by step.
    pub(crate) fn report(&self) -> String {
        let count = self.differences.len();
        format!(
            "{count} differences (- the real server, + the fake)\n\n{}",
            self.differences.join("\n")
        )
    }

    fn add(&mut self, real: &Transcript, fake: &Transcript) {
        let mut row =
            Row { scenario: real.scenario, commands: real.entries.len(), different: 0, known: 0 };
        for (number, (real_entry, fake_entry)) in real.entries.iter().zip(&fake.entries).enumerate()
        {
            let difference = difference(real_entry, fake_entry);
            let place = format!("{} {}: kubectl {}", real.scenario, number + 1, real_entry.command);
            match (difference, known::reason(real.scenario, real_entry.command)) {
                (None, None) => {}
                (Some(_), Some(_)) => row.known += 1,
                (Some(difference), None) => {
                    row.different += 1;
                    self.differences.push(format!("{place}\n{difference}"));
                }
                (None, Some(reason)) => {
                    row.different += 1;
                    self.differences.push(format!(
                        "{place}\n  is the same, but listed as different: {reason}\n"
                    ));
                }
            }
        }
        self.rows.push(row);
    }
}

/// How two runs of a step differ, if they do.
fn difference(real: &Entry, fake: &Entry) -> Option<String> {
    let mut text = String::new();
    if real.code != fake.code {
        let _ = writeln!(text, "  exit code: - {} + {}", real.code, fake.code);
    }
    for (name, real, fake) in
        [("stdout", &real.stdout, &fake.stdout), ("stderr", &real.stderr, &fake.stderr)]
    {
        if real != fake {
            let _ = writeln!(text, "  {name}:\n{}", lines(real, fake));
        }
    }
    (!text.is_empty()).then_some(text)
}

/// The lines of two texts, those that differ marked, with little of those that don't.
pub(crate) fn lines(real: &str, fake: &str) -> String {
    let (real, fake): (Vec<&str>, Vec<&str>) = (real.lines().collect(), fake.lines().collect());
    let common = common_lengths(&real, &fake);
    let mut marked = Vec::new();
    let (mut left, mut right) = (0, 0);
    while left < real.len() || right < fake.len() {
        if left < real.len() && right < fake.len() && real[left] == fake[right] {
            marked.push((' ', real[left]));
            (left, right) = (left + 1, right + 1);
        } else if right == fake.len()
            || left < real.len() && common[left + 1][right] >= common[left][right + 1]
        {
            marked.push(('-', real[left]));
            left += 1;
        } else {
            marked.push(('+', fake[right]));
            right += 1;
        }
    }
    with_context(&marked)
}

/// `[i][j]`: how many lines `real[i..]` and `fake[j..]` have in common, in order.
fn common_lengths(real: &[&str], fake: &[&str]) -> Vec<Vec<usize>> {
    let mut lengths = vec![vec![0; fake.len() + 1]; real.len() + 1];
    for left in (0..real.len()).rev() {
        for right in (0..fake.len()).rev() {
            lengths[left][right] = if real[left] == fake[right] {
                lengths[left + 1][right + 1] + 1
            } else {
                lengths[left + 1][right].max(lengths[left][right + 1])
            };
        }
    }
    lengths
}

fn with_context(marked: &[(char, &str)]) -> String {
    const CONTEXT: usize = 2;
    let mut text = String::new();
    let mut last = 0;
    for (index, (mark, line)) in marked.iter().enumerate() {
        let near = &marked[index.saturating_sub(CONTEXT)..marked.len().min(index + CONTEXT + 1)];
        if near.iter().all(|(mark, _)| *mark == ' ') {
            continue;
        }
        if index > last {
            text.push_str("      ...\n");
        }
        last = index + 1;
        let _ = writeln!(text, "    {mark} {line}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_shows_what_differs_and_little_else() {
        let text = lines("a\nb\nc\nd\ne\nf\n", "a\nb\nc\nd\nx\nf\n");
        assert_eq!(text, "      ...\n      c\n      d\n    - e\n    + x\n      f\n");
    }

    #[test]
    fn a_difference_in_the_exit_code_alone_is_one() {
        let entry = |code: &str| Entry {
            command: "get",
            stdout: String::new(),
            stderr: String::new(),
            code: code.to_owned(),
        };
        assert!(difference(&entry("0"), &entry("1")).unwrap().contains("- 0 + 1"));
        assert!(difference(&entry("0"), &entry("0")).is_none());
    }
}
