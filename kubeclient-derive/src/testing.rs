//! What the tests of the stages have in common.

/// A text without blanks, which token streams print in places of their own.
pub(crate) fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Blanks in `part` do not count; the other is bare.
#[track_caller]
pub(crate) fn has(expanded: &str, part: &str) {
    assert!(expanded.contains(&bare(part)), "no `{part}` in {expanded}");
}

/// Each mistake stands on what is expected, and says at least that.
#[track_caller]
pub(crate) fn check_seen(source: &str, seen: &[(String, String)], expected: &[(&str, &str)]) {
    assert_eq!(seen.len(), expected.len(), "for {source}: {seen:?}");
    for ((on, what), (expected_on, expected_what)) in seen.iter().zip(expected) {
        assert_eq!(on, expected_on, "for {source}: {what}");
        assert!(what.contains(expected_what), "`{what}` does not say `{expected_what}`");
    }
}
