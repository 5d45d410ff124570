//! Where the fake differs from the real server on purpose: by scenario and command, with the reason.
//!
//! A step that stands here and does not differ fails the test: the list stays true.

/// A scenario, the beginning of a command, and why its output differs.
const KNOWN: &[(&str, &str, &str)] = &[(
    "apply",
    "apply -f kindless.yaml",
    "the fake has no /openapi/v2, where kubectl looks for a kind that /openapi/v3 does not have",
)];

/// Why a step differs, if it is known to.
pub(crate) fn reason(scenario: &str, command: &str) -> Option<&'static str> {
    KNOWN
        .iter()
        .find(|(name, start, _)| *name == scenario && command.starts_with(start))
        .map(|(_, _, reason)| *reason)
}
