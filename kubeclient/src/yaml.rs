//! Which text the YAML reader gets, and what its errors say, in words that never quote the text that was read.

use serde_saphyr::Error as YamlError;
use zeroize::Zeroizing;

/// What the text may hold, for the words about it.
pub(crate) struct Subject<'a> {
    /// The kind of text, such as `a kubeconfig`.
    pub(crate) name: &'a str,
    /// What it may hold at most, as `32 levels, 50000 values and 100 aliases for 10000`.
    pub(crate) most: &'a str,
    /// Whether a key may be named: it belongs to the format, and so is no secret.
    pub(crate) is_known_key: &'a dyn Fn(&str) -> bool,
}

/// The text that bytes are: UTF-8, or UTF-16 where a byte order mark says so, as PowerShell writes it. Else what was
/// expected, and where.
pub(crate) fn text(bytes: &[u8]) -> Result<Zeroizing<String>, String> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => {
            let text = std::str::from_utf8(bytes).map_err(|error| {
                let before = &bytes[..error.valid_up_to()];
                let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
                format!("line {line}: expected UTF-8 text")
            })?;
            return Ok(Zeroizing::new(text.to_owned()));
        }
    };
    let (units, rest) = bytes.as_chunks::<2>();
    // Each unit is at most three bytes; the text must not be moved, and so left behind, while it grows.
    let mut text = Zeroizing::new(String::with_capacity(units.len() * 3));
    for char in char::decode_utf16(units.iter().copied().map(unit)) {
        let Ok(char) = char else { break };
        text.push(char);
    }
    if !rest.is_empty() || text.encode_utf16().count() != units.len() {
        return Err("expected UTF-16 text, as its byte order mark says".into());
    }
    Ok(text)
}

/// What kubectl reads of several documents. It is told by its lines: `---` and `...` at the left edge can stand in no
/// text within a document.
pub(crate) fn first_document(text: &str) -> &str {
    let is_mark = |line: &str, mark: &str| {
        line.strip_prefix(mark)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
    };
    let mut has_begun = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let begins = is_mark(line, "---");
        if has_begun && (begins || is_mark(line, "...")) {
            return &text[..at];
        }
        has_begun |= begins || !(line.trim().is_empty() || line.starts_with(['#', '%']));
        at += line.len();
    }
    text
}

/// The line and column of an error, from 1.
pub(crate) fn place(error: &YamlError) -> Option<(usize, usize)> {
    let location = error.location().filter(|location| location.line() > 0)?;
    Some((usize::try_from(location.line()).ok()?, usize::try_from(location.column()).ok()?))
}

/// The cause, in words that come from the reader's code and not from the text that it reads.
pub(crate) fn what_is_wrong(error: &YamlError, subject: &Subject<'_>) -> String {
    use YamlError as E;
    match error {
        E::WithSnippet { error, .. } | E::AliasError { error, .. } => what_is_wrong(error, subject),
        E::Eof { .. } => "the text ends too early".into(),
        E::MultipleDocuments { .. } => "expected one YAML document, found several".into(),
        E::Unexpected { expected, .. } => format!("expected {}", in_words(expected)),
        E::SerdeInvalidType { expected, .. }
        | E::SerdeInvalidValue { expected, .. }
        | E::SerdeInvalidLength { expected, .. } => format!("expected {expected}"),
        E::InvalidScalar { ty: "boolean", .. } | E::InvalidBooleanStrict { .. } => {
            "expected true or false".into()
        }
        E::NullIntoString { .. } => "expected text, found null".into(),
        E::DuplicateMappingKey { key: Some(key), .. } if (subject.is_known_key)(key) => {
            format!("key {key:?} stands twice in one mapping")
        }
        E::DuplicateMappingKey { .. } => "a key stands twice in one mapping".into(),
        E::UnknownAnchor { .. } => "an alias without its anchor".into(),
        E::MergeValueNotMapOrSeqOfMaps { .. } => "expected a mapping to merge with `<<`".into(),
        E::RecursiveReferencesRequireWeakTypes { .. } => "an alias inside its own anchor".into(),
        E::InvalidUtf8Input => "expected UTF-8 text".into(),
        E::Budget { .. }
        | E::AliasReplayCounterOverflow { .. }
        | E::AliasReplayLimitExceeded { .. }
        | E::AliasExpansionLimitExceeded { .. }
        | E::AliasReplayStackDepthExceeded { .. } => too_much(subject),
        // A bound of its own for what stands in brackets, far beyond ours.
        E::ExternalMessage { msg, .. } if msg == "recursion limit exceeded" => too_much(subject),
        E::ExternalMessage { msg, .. } if is_fixed_text(msg) => format!("no valid YAML: {msg}"),
        _ => format!("no valid YAML for {}", subject.name),
    }
}

fn too_much(subject: &Subject<'_>) -> String {
    format!("too much for {}: at most {}", subject.name, subject.most)
}

/// The YAML reader's name of what it expected, in the user's words.
fn in_words(expected: &'static str) -> &'static str {
    match expected {
        "mapping start" => "a mapping",
        "sequence start" => "a list",
        "string scalar" | "scalar" | "string" => "text",
        other => other,
    }
}

/// Whether this message of the YAML parser is one that quotes nothing.
fn is_fixed_text(message: &str) -> bool {
    let fixed = [
        "while parsing",
        "while scanning",
        "unexpected EOF",
        "unexpected eof",
        "tabs disallowed",
        "simple key expected",
        "invalid indentation",
        "invalid trailing content",
        "unclosed",
        "mismatched bracket",
        "misplaced bracket",
        "illegal placement",
        "tab cannot be used",
        "wrongly indented",
        "block sequence entries are not allowed",
        "mapping keys are not allowed",
        "did not find expected",
        "mapping values are not allowed",
    ];
    !message.contains('`') && fixed.iter().any(|start| message.starts_with(start))
}

#[cfg(test)]
mod tests {
    use serde::de::{Error as _, Unexpected};

    use super::*;

    /// Types and later versions of the reader may say anything.
    #[test]
    fn what_quotes_the_text_is_not_told() {
        const CANARY: &str = "CANARY";
        let subject = Subject { name: "a text", most: "1 level", is_known_key: &|_| false };
        for error in [
            YamlError::custom(CANARY),
            YamlError::invalid_type(Unexpected::Str(CANARY), &"a number"),
            YamlError::invalid_value(Unexpected::Other(CANARY), &"a number"),
            YamlError::unknown_variant(CANARY, &["a"]),
            YamlError::unknown_field(CANARY, &["a"]),
        ] {
            let told = what_is_wrong(&error, &subject);
            assert!(!told.is_empty() && !told.contains(CANARY), "{told}");
        }
    }
}
