//! [`Warning`]: what an API server adds to its answers (`Warning: 299`).

use http::HeaderMap;
use http::header::WARNING;

use crate::meta::status::Printable;

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

/// Writes a warning to the log: who hears it when nobody else does.
pub(crate) fn log_warning(warning: &Warning) {
    log::warn!("the server warns: {}", Printable(&warning.text));
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
