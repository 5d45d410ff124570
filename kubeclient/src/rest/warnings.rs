//! [`Warning`]: what an API server adds to its answers (`Warning: 299`).

use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;

use http::HeaderMap;
use http::header::WARNING;

use crate::meta::status::{KEPT_TEXT, Shown};
use crate::sync::{Mutex, lock};

/// A warning of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// Who warns; `-` when it did not say.
    pub agent: String,
    /// What it says.
    pub text: String,
}

/// Who hears warnings.
pub(super) type WarningHandler = dyn Fn(&Warning) + Send + Sync;

/// What it says, at most 2,048 bytes of it, with control characters made harmless.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Shown(&self.text, KEPT_TEXT))
    }
}

/// How many warnings are known for those that were logged.
const KNOWN: usize = 256;

/// Who hears warnings when nobody else does: writes each to the log, once of the last 256 that differ.
#[derive(Default)]
pub(super) struct WarningLog {
    hasher: RandomState,
    /// What was logged, the oldest first, by its hash: a text that is taken for another one is not logged.
    known: Mutex<VecDeque<u64>>,
}

impl WarningLog {
    pub(super) fn hear(&self, warning: &Warning) {
        if self.is_new(&warning.text) {
            log::warn!("the server warns: {warning}");
        }
    }

    fn is_new(&self, text: &str) -> bool {
        let hash = self.hasher.hash_one(text);
        let mut known = lock(&self.known);
        if known.contains(&hash) {
            return false;
        }
        if known.len() == KNOWN {
            known.pop_front();
        }
        known.push_back(hash);
        true
    }
}

/// The warnings of an answer that mean something to a client: those of code 299.
///
/// A header that is not well formed is passed over; it never fails the call.
pub(crate) fn read(headers: &HeaderMap) -> Vec<Warning> {
    headers
        .get_all(WARNING)
        .iter()
        .filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
        .flat_map(parse)
        .filter(|(code, _)| *code == 299)
        .map(|(_, warning)| warning)
        .collect()
}

/// `code agent "text" ["date"]`, several joined by commas; up to the first that is malformed.
fn parse(header: &str) -> Vec<(u16, Warning)> {
    let mut found = Vec::new();
    let mut rest = header.trim_start();
    while !rest.is_empty() {
        let Some((warning, after)) = parse_one(rest) else { break };
        found.push(warning);
        rest = match after.trim_start().strip_prefix(',') {
            Some(rest) => rest.trim_start(),
            None => break,
        };
    }
    found
}

fn parse_one(text: &str) -> Option<((u16, Warning), &str)> {
    let (code, rest) = text.split_once(' ')?;
    let code = (code.len() == 3).then(|| code.parse().ok())??;
    let (agent, rest) = rest.split_once(' ')?;
    let (text, rest) = quoted(rest)?;
    let rest = rest.trim_start();
    let rest = if rest.starts_with('"') { quoted(rest)?.1 } else { rest };
    Some(((code, Warning { agent: agent.into(), text }), rest))
}

/// A quoted string with `\` escapes, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut inside = text.strip_prefix('"')?.char_indices();
    let mut plain = String::new();
    while let Some((at, c)) = inside.next() {
        match c {
            '"' => return Some((plain, &text[1 + at + 1..])),
            '\\' => plain.push(inside.next()?.1),
            c => plain.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::fuzz::Damage;
    use crate::meta::status::Status;
    use crate::rest::request::Retry;
    use crate::rest::retry;
    use http::{HeaderValue, Method};
    use std::time::Duration;

    #[track_caller]
    fn check(values: &[&str], expected: &[&str]) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WARNING, HeaderValue::from_str(value).unwrap());
        }
        let texts: Vec<_> = read(&headers).into_iter().map(|warning| warning.text).collect();
        assert_eq!(texts, expected, "{values:?}");
    }

    /// Fidelity 12.
    #[test]
    fn warnings_of_code_299_are_read_in_order() {
        check(&[r#"299 - "a""#], &["a"]);
        check(&[r#"299 - "unknown field \"spec.x\"""#], &[r#"unknown field "spec.x""#]);
        check(
            &[r#"299 - "a", 299 k8s "b" "Wed, 21 Oct 2026 07:28:00 GMT""#, r#"299 - "c""#],
            &["a", "b", "c"],
        );
        check(&[r#"199 - "a""#, r#"299 - "b""#], &["b"]);
    }

    /// Fidelity 12.
    #[test]
    fn what_is_malformed_is_passed_over() {
        check(&["", "299", "299 -", "299 - a", r#"299 - "a"#, r#"299 - "a\"#, r#"2x9 - "a""#], &[]);
        check(&[r#"299 - "a", junk"#, r#"299 - "b""#], &["a", "b"]);
        check(&[r#"0299 - "a""#], &[]);
    }

    #[test]
    fn a_warning_is_logged_once_of_the_last_that_differ() {
        let log = WarningLog::default();
        for round in 0..3 {
            let new = (0..KNOWN).filter(|number| log.is_new(&format!("field {number}"))).count();
            assert_eq!(new, if round == 0 { KNOWN } else { 0 });
        }
        // A server that never says the same keeps no memory.
        for number in 0..10 * KNOWN {
            assert!(log.is_new(&format!("{number}")));
        }
        let known = lock(&log.known);
        assert!(known.len() == KNOWN && known.capacity() <= 2 * KNOWN, "{}", known.capacity());
    }

    /// The 33 of ASCII, 32 more, and the marks that turn a line around or end it.
    #[test]
    fn no_control_character_of_a_warning_is_shown_raw() {
        let controls = || {
            (0..=0x9f).map(char::from).filter(|c| c.is_control()).chain([
                '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}',
                '\u{202e}', '\u{2028}', '\u{2029}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
            ])
        };
        assert_eq!(controls().filter(char::is_ascii).count(), 33);
        let text: String = controls().flat_map(|c| ['a', c]).collect();
        for text in [text, "x\u{9b}31m".repeat(10_000)] {
            let shown = Warning { agent: "-".into(), text }.to_string();
            assert!(!shown.contains(|c| controls().any(|control| control == c)), "{shown:?}");
            assert!(shown.len() <= KEPT_TEXT + 100, "{} bytes", shown.len());
        }
    }

    #[test]
    fn damaged_headers_are_read_as_far_as_they_go() {
        const EXAMPLES: &[&[u8]] = &[
            br#"299 - "unknown field \"spec.x\"""#,
            br#"299 k8s "b" "Wed, 21 Oct 2026 07:28:00 GMT", 199 - "c""#,
            b"120",
            b"Wed, 21 Oct 2026 07:28:00 GMT",
        ];
        bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
            let Ok(value) = HeaderValue::from_bytes(&damage.of(EXAMPLES)) else { return };
            let len = value.len();
            let headers = HeaderMap::from_iter([
                (WARNING, value.clone()),
                (http::header::RETRY_AFTER, value),
            ]);
            let warnings = read(&headers);
            assert!(warnings.iter().map(|warning| warning.text.len()).sum::<usize>() <= len);
            // What was read is read again where it is written with each character escaped.
            let again = warnings.iter().map(|Warning { agent, text }| {
                let escaped: String = text.chars().flat_map(|c| ['\\', c]).collect();
                format!("299 {agent} \"{escaped}\"")
            });
            let again: HeaderMap =
                again.map(|one| (WARNING, HeaderValue::try_from(one).unwrap())).collect();
            assert_eq!(read(&again), warnings);

            let (wait, seconds) =
                (retry::retry_after(&headers), retry::retry_after_seconds(&headers));
            assert!(seconds.is_none_or(|seconds| wait == Some(Duration::from_secs(seconds))));
            let busy = retry::Failed {
                method: &Method::POST,
                error: &Error::api(Status { code: 503, ..Status::default() }, None),
                code: Some(503),
                retry_after_seconds: seconds,
            };
            let waits = retry::decide(Retry::Default, 0, &busy);
            assert_eq!(waits, seconds.map(|seconds| Duration::from_secs(seconds.min(60))));
        });
    }
}
