//! What two runs can't have in common, replaced by its name.
//!
//! [`text`] is applied to everything that kubectl prints; the other functions are for single steps.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

/// A form of text and what stands for it.
struct Rule(Regex, &'static str);

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let rule = |pattern: &str, replacement| Rule(Regex::new(pattern).unwrap(), replacement);
    vec![
        // Times: RFC 3339 with and without microseconds, `describe`'s form, `diff`'s form, the log's.
        // What the manifests say is of 2025, and stays.
        rule(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "<microtime>"),
        rule(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", "<nanotime>"),
        rule(r"\b20(?:2[6-9]|[3-9]\d)-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>"),
        rule(r"\w{3}, \d\d \w{3} 20(?:2[6-9]|[3-9]\d) \d\d:\d\d:\d\d [+-]\d{4}", "<time>"),
        rule(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4}", "<time>"),
        // The log of kubectl's library: it may tell of a watch that kubectl itself gave up just then.
        rule(
            r"(?m)^[IWE]\d{4} \S+ +\d+ reflector\.go:.*(?:very short watch: |context deadline exceeded).*\n",
            "",
        ),
        rule(r"(?m)^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ ", "$1<time> "),
        rule(r#"(resourceVersion\\?": ?\\?"|resourceVersion: ")\d+"#, "${1}<version>"),
        rule(r"(Resource Version:\s+)\d+", "${1}<version>"),
        // Where the server is, and what it gives out.
        rule(r"https?://127\.0\.0\.1:\d+", "<server>"),
        rule(r"\b127\.0\.0\.1:\d+", "<server>"),
        rule(r"\b10\.0\.0\.\d+\b", "<ip>"),
        rule(r"\b3[0-2]\d{3}\b", "<node port>"),
        rule(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+", "<token>"),
        // kubectl's own temporary files.
        rule(r"/(?:LIVE|MERGED)-\d+/", "/<folder>/"),
        rule(r"kubectl-edit-\w+\.yaml", "kubectl-edit-<number>.yaml"),
        // Ages stand alone in a column, or in brackets behind a count of restarts or events.
        rule(AGE, "$1<age>$2"),
        rule(AGE, "$1<age>$2"),
    ]
});

/// A duration as `get` and `describe` print it. Two may share the gap between them: apply it twice.
const AGE: &str = r"(?m)(^| {2,}|\(|over )(?:\d+s|\dm(?:\d+s)?|\d+h(?:\d+m)?|\d+d(?:\d+h)?|\d+y(?:\d+d)?)($| {2,}|\)| ago\)| \(x)";

static UUID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").unwrap());

static COLUMN_GAP: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(\S)(?: {2,}|\t)").unwrap());
static TRAILING: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?m)[ \t]+$").unwrap());

/// Everything that is normalised everywhere.
///
/// Uids are numbered as they come, so that an owner's uid still has to be the owner's. The width of a
/// column depends on ages: gaps behind the first word of a line become one width.
pub(crate) fn text(text: &str) -> String {
    let mut uids = BTreeMap::new();
    let text = UUID.replace_all(text, |found: &Captures<'_>| {
        let next = uids.len() + 1;
        format!("<uid {}>", uids.entry(found[0].to_owned()).or_insert(next))
    });
    let text = RULES.iter().fold(text.into_owned(), |text, Rule(pattern, name)| {
        pattern.replace_all(&text, *name).into_owned()
    });
    let text: String = text.split_inclusive('\n').map(gaps).collect();
    TRAILING.replace_all(&text, "").into_owned()
}

/// A line whose columns stand apart by one width. The mark of a diff is no column.
fn gaps(line: &str) -> String {
    let (mark, rest) = line.split_at(usize::from(line.starts_with(['+', '-'])));
    let rest = COLUMN_GAP.replace_all(rest, "$1   ");
    format!("{mark}{rest}")
}

/// Nothing: the step only brings something about.
pub(crate) fn nothing(_: &str) -> String {
    String::new()
}

/// Lines in order of the alphabet, and errors within a line too, for what comes in no order.
pub(crate) fn sorted(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(sorted_errors).collect();
    lines.sort_unstable();
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The errors of `before: [one, another] after` in order of the alphabet.
fn sorted_errors(line: &str) -> String {
    let parts = line.split_once(": [").and_then(|(before, rest)| {
        rest.split_once(']').map(|(errors, after)| (before, errors, after))
    });
    let Some((before, errors, after)) = parts else { return line.to_owned() };
    let mut errors: Vec<&str> = errors.split(", ").collect();
    errors.sort_unstable();
    format!("{before}: [{}]{after}", errors.join(", "))
}

/// JSON with its members in order of the alphabet: the order that the server writes is nobody's business.
pub(crate) fn json(text: &str) -> String {
    serde_json::from_str(text).map_or_else(|_| text.to_owned(), |value| in_order(value).to_string())
}

/// As [`json`], for an object that a message of the server quotes.
pub(crate) fn quoted_json(text: &str) -> String {
    let quoted = text.find("\"{").and_then(|start| {
        let mut strings = serde_json::Deserializer::from_str(&text[start..]).into_iter::<String>();
        let object = strings.next()?.ok()?;
        Some((&text[..start], object, &text[start + strings.byte_offset()..]))
    });
    quoted.map_or_else(
        || text.to_owned(),
        |(before, object, after)| format!("{before}{}{after}", json(&object)),
    )
}

/// The same value, its members inserted in order; whichever map the JSON library was built with keeps it.
fn in_order(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> = members.into_iter().collect();
            members.into_iter().map(|(name, value)| (name, in_order(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(in_order).collect(),
        other => other,
    }
}

/// `patched` alike whether the real server's controllers had written the same before or not.
pub(crate) fn patched(text: &str) -> String {
    text.replace(" (no change)", "")
}

/// Without the user's uid: the real server's token file gives one, the fake's tokens don't.
pub(crate) fn no_uid(text: &str) -> String {
    let has_none = |line: &&str| !line.trim_start().to_lowercase().starts_with("uid");
    text.lines().filter(has_none).map(|line| format!("{line}\n")).collect()
}

/// The last characters of a generated name.
pub(crate) fn generated(text: &str) -> String {
    static SUFFIX: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"-[bcdfghjklmnpqrstvwxz2456789]{5}\b").unwrap());
    SUFFIX.replace_all(text, "-<suffix>").into_owned()
}

/// `explain` without sentences: the fake does not carry those of Kubernetes.
pub(crate) fn fields(text: &str) -> String {
    static KEPT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"^(GROUP|KIND|VERSION|DESCRIPTION|FIELDS?|ENUM):|^ +[\w.$]+(\t| {3})<|^ +enum: ",
        )
        .unwrap()
    });
    text.lines().filter(|line| KEPT.is_match(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str) {
        assert_eq!(text(input), expected);
    }

    #[test]
    fn uids_are_numbered_as_they_come() {
        let (a, b) =
            ("0a0a0a0a-0b0b-4c4c-8d8d-0e0e0e0e0e0e", "1a0a0a0a-0b0b-4c4c-8d8d-0e0e0e0e0e0e");
        check(&format!("{b} {a} {b}"), "<uid 1> <uid 2> <uid 1>");
    }

    #[test]
    fn ages_and_the_widths_they_make_are_alike() {
        check("NAME   AGE\nweb    12s\n", "NAME   AGE\nweb   <age>\n");
        check(
            "NAME       AGE     IP\nweb  2m1s   1.2.3.4",
            "NAME   AGE   IP\nweb   <age>   1.2.3.4",
        );
        check("cpu: 100m", "cpu: 100m");
        check("5s   7m2s   3d\n", "<age>   <age>   <age>\n");
        check("5s (x3 over 6s)   Warning", "<age> (x3 over <age>)   Warning");
        check("a   2 (5s ago)   1h\n", "a   2 (<age> ago)   <age>\n");
    }

    #[test]
    fn times_versions_and_addresses_are_alike() {
        check("  creationTimestamp: \"2026-01-02T03:04:05Z\"", "  creationTimestamp: \"<time>\"");
        check("  \"resourceVersion\": \"12\",", "  \"resourceVersion\": \"<version>\",");
        check("https://127.0.0.1:40001/x 10.0.0.7", "<server>/x <ip>");
    }

    #[test]
    fn a_watch_that_kubectl_gave_up_is_not_told_of() {
        let log = "I1124 20:46:01.123456   77 reflector.go:664] \"Warning\" err=\"very short watch: x\"\n";
        check(&format!("{log}error: timed out\n"), "error: timed out\n");
        let log = "E1124 20:46:01.123456   77 reflector.go:227] \"Failed to watch\" err=\"context deadline exceeded\"\n";
        check(&format!("{log}error: timed out\n"), "error: timed out\n");
    }

    #[test]
    fn the_indentation_of_yaml_is_kept() {
        check("spec:\n    a: b\n", "spec:\n    a: b\n");
        check("-    a: b\n+    a: c\n", "-    a: b\n+    a: c\n");
    }

    #[test]
    fn sorted_sorts_lines_and_the_errors_in_them() {
        assert_eq!(sorted("b: [y, x], z\na\n"), "a\nb: [x, y], z\n");
    }

    #[test]
    fn the_order_of_members_is_no_difference() {
        assert_eq!(json(r#"{"b":{"d":1,"c":2},"a":[]}"#), r#"{"a":[],"b":{"c":2,"d":1}}"#);
        assert_eq!(json("not JSON"), "not JSON");
        assert_eq!(quoted_json(r#"bad: "{\"b\":1,\"a\":2}": why"#), r#"bad: {"a":2,"b":1}: why"#);
    }

    #[test]
    fn explain_keeps_names_types_and_marks() {
        let text = "KIND:   Pod\n\nDESCRIPTION:\n    Words.\n\nFIELDS:\n  spec\t<PodSpec> -required-\n    Words.\n";
        assert_eq!(
            fields(text),
            "KIND:   Pod\nDESCRIPTION:\nFIELDS:\n  spec\t<PodSpec> -required-"
        );
    }
}
