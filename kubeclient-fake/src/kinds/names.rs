//! What an object may be called, by kind, and what the server says of a name that it may not have.

use crate::resource::ResourceType;

/// The rule that a kind's names follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameRule {
    /// `a.b-c`, up to 253 bytes.
    Subdomain,
    /// `b-c`, up to 63 bytes.
    Label,
    /// The same, not beginning with a digit.
    OldLabel,
    /// Whatever a path's segment may be.
    Segment,
}

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

impl NameRule {
    /// The rule of a resource.
    pub(crate) fn of(resource: &ResourceType) -> Self {
        match (resource.group.as_str(), resource.plural.as_str()) {
            ("", "namespaces" | "services") | ("apps", "statefulsets") => Self::Label,
            ("rbac.authorization.k8s.io", _) | ("storage.k8s.io", "csistoragecapacities") => {
                Self::Segment
            }
            ("certificates.k8s.io", "certificatesigningrequests") => Self::Segment,
            _ => Self::Subdomain,
        }
    }

    /// What is wrong with a name, or with the beginning of one that is generated.
    pub(crate) fn errors(self, name: &str, is_prefix: bool) -> Vec<String> {
        let masked = match (is_prefix, name.strip_suffix('-')) {
            // A dash at the end is fine where something follows.
            (true, Some(rest)) if !rest.is_empty() => format!("{rest}a"),
            _ => name.to_owned(),
        };
        match self {
            Self::Subdomain => subdomain_errors(&masked),
            Self::Label => label_errors(&masked),
            Self::OldLabel => old_label_errors(&masked),
            Self::Segment => segment_errors(name, is_prefix),
        }
    }
}

/// What is wrong with a DNS label.
pub(crate) fn label_errors(name: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if name.len() > 63 {
        errors.push("must be no more than 63 characters".to_owned());
    }
    if !name.is_empty() && !is_label(name) && name.split('.').all(is_label) {
        errors.push("must not contain dots".to_owned());
    } else if !is_label(name) {
        errors.push(format!(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
             start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for \
             validation is '{LABEL}')"
        ));
    }
    errors
}

/// What is wrong with a DNS label that begins with a letter.
pub(crate) fn old_label_errors(name: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if name.len() > 63 {
        errors.push("must be no more than 63 characters".to_owned());
    }
    if !is_label(name) || name.starts_with(|first: char| first.is_ascii_digit()) {
        errors.push(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an \
             alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', \
             regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
                .to_owned(),
        );
    }
    errors
}

/// What is wrong with a DNS subdomain.
pub(crate) fn subdomain_errors(name: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if name.len() > 253 {
        errors.push("must be no more than 253 characters".to_owned());
    }
    if name.is_empty() || !name.split('.').all(is_label) {
        errors.push(format!(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
             and must start and end with an alphanumeric character (e.g. 'example.com', regex used for \
             validation is '{LABEL}(\\.{LABEL})*')"
        ));
    }
    errors
}

fn is_label(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(&first), Some(&last)) => {
            fits(first) && fits(last) && bytes.iter().all(|&byte| fits(byte) || byte == b'-')
        }
        _ => false,
    }
}

/// What is wrong with a name as a segment of a path.
fn segment_errors(name: &str, is_prefix: bool) -> Vec<String> {
    if !is_prefix && matches!(name, "." | "..") {
        return vec![format!("may not be '{name}'")];
    }
    let wrong = ["/", "%"].into_iter().filter(|part| name.contains(part));
    wrong.map(|part| format!("may not contain '{part}'")).collect()
}

#[cfg(test)]
mod tests {
    use super::NameRule::{Label, Segment, Subdomain};

    #[test]
    fn names_follow_the_rule_of_their_kind() {
        for name in ["a", "a.b", "1-x.y"] {
            assert!(Subdomain.errors(name, false).is_empty(), "{name}");
        }
        for name in ["", "A", "a_b", "a..b", "-a", "a-", &"a".repeat(254)] {
            assert!(!Subdomain.errors(name, false).is_empty(), "{name}");
        }
        assert!(!Label.errors("a.b", false).is_empty());
        assert!(Label.errors("1a", false).is_empty());
        assert_eq!(Label.errors("a.b", false), ["must not contain dots"]);
        assert!(Segment.errors("system:x A", false).is_empty());
        assert_eq!(Segment.errors("a/b%c", false), ["may not contain '/'", "may not contain '%'"]);
    }

    #[test]
    fn the_beginning_of_a_generated_name_may_end_with_a_dash() {
        assert!(Subdomain.errors("gen-", true).is_empty());
        assert!(!Subdomain.errors("gen-", false).is_empty());
    }
}
