//! What a label's key and value may be, and what the server says of one that may not.

const NAME: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const SUBDOMAIN: &str = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const MAX: usize = 63;
const MAX_SUBDOMAIN: usize = 253;

/// What is wrong with a label's key: nothing, or a sentence each.
pub(crate) fn label_key_errors(key: &str) -> Vec<String> {
    let must = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
                alphanumeric character";
    let shape = format!(
        "{must} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{NAME}')"
    );
    let mut errors = Vec::new();
    let name = match key.split('/').collect::<Vec<_>>().as_slice() {
        [name] => *name,
        [prefix, name] => {
            if prefix.is_empty() {
                errors.push("prefix part must be non-empty".to_owned());
            } else {
                let wrong = subdomain_errors(prefix);
                errors.extend(wrong.into_iter().map(|error| format!("prefix part {error}")));
            }
            *name
        }
        _ => {
            return vec![format!(
                "a valid label key {shape} with an optional DNS subdomain prefix and '/' (e.g. \
                 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        errors.push("name part must be non-empty".to_owned());
    } else if name.len() > MAX {
        errors.push(format!("name part must be no more than {MAX} bytes"));
    }
    if !is_name(name) {
        errors.push(format!("name part {shape}"));
    }
    errors
}

/// What is wrong with a label's value.
pub(crate) fn label_value_errors(value: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if value.len() > MAX {
        errors.push(format!("must be no more than {MAX} bytes"));
    }
    if !value.is_empty() && !is_name(value) {
        errors.push(format!(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
             must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', \
             regex used for validation is '({NAME})?')"
        ));
    }
    errors
}

fn subdomain_errors(value: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if value.len() > MAX_SUBDOMAIN {
        errors.push(format!("must be no more than {MAX_SUBDOMAIN} bytes"));
    }
    let is_label = |label: &str| {
        let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        framed(label, lower, |byte| lower(byte) || byte == b'-')
    };
    if !value.split('.').all(is_label) {
        errors.push(format!(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and \
             must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
             '{SUBDOMAIN}')"
        ));
    }
    errors
}

fn is_name(text: &str) -> bool {
    let end = |byte: u8| byte.is_ascii_alphanumeric();
    framed(text, end, |byte| end(byte) || matches!(byte, b'-' | b'_' | b'.'))
}

/// Whether the first and the last byte are of `end`, and all of `any`.
fn framed(text: &str, end: impl Fn(u8) -> bool, any: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    end(*first) && end(*last) && bytes.iter().all(|byte| any(*byte))
}
