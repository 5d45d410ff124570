//! What Kubernetes takes for names.

/// Whether this is what Go calls a qualified name: a DNS subdomain and a slash, or neither, and a name.
pub(crate) fn is_prefixed_name(text: &str) -> bool {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    is_qualified_name(name) && prefix.is_none_or(is_dns_subdomain)
}

/// Whether this is such a name without a prefix: at most 63 letters, digits, `-`, `_`, `.`; a letter or digit at both
/// ends.
pub(crate) fn is_qualified_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let at_end = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    bytes.len() <= 63
        && at_end(bytes.first())
        && at_end(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// Whether this is a name that most objects may have.
pub(crate) fn is_dns_subdomain(text: &str) -> bool {
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        let lower = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        bytes.first().is_some_and(lower)
            && bytes.last().is_some_and(lower)
            && bytes.iter().all(|byte| lower(byte) || *byte == b'-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}
