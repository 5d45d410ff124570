//! Reads a kubeconfig's text. Errors tell the line, the column and the field, and never what stands
//! there: it may be a credential.

use serde::Deserialize;
use serde_path_to_error::{Path, Segment, Track};
use serde_saphyr::{Error as YamlError, NonFiniteFloatPolicy, Options};

use super::kubeconfig::Kubeconfig;
use crate::error::{Error, Result};

/// More than any real kubeconfig holds.
pub(super) const MAX_BYTES: usize = 1 << 20;
const MAX_DEPTH: usize = 32;
const MAX_ALIASES: usize = 100;

impl Kubeconfig {
    /// Reads YAML or JSON; empty text is an empty kubeconfig. Relative paths in it are relative to the
    /// working directory.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when the text is no kubeconfig, is larger than
    /// 1 MiB, or uses a key or a name twice. The message tells where, and never what stands there.
    pub fn from_yaml(text: &str) -> Result<Self> {
        if text.len() > MAX_BYTES {
            return Err(too_large());
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut track = Track::new();
        let read = serde_saphyr::with_deserializer_from_str_with_options(text, options(), |yaml| {
            Option::<Self>::deserialize(serde_path_to_error::Deserializer::new(yaml, &mut track))
        });
        let read = read.map_err(|error| explain(&error, &track.path()))?.unwrap_or_default();
        read.refuse_repeated_names()?;
        Ok(read)
    }

    /// kubectl refuses a list that names two entries alike, too.
    pub(super) fn refuse_repeated_names(&self) -> Result<()> {
        let names = |list, names: Vec<&str>| match first_repeated(&names) {
            Some(name) => Err(Error::config(format!("{list}: two entries are named {name:?}"))),
            None => Ok(()),
        };
        names("clusters", self.clusters.iter().map(|entry| entry.name.as_str()).collect())?;
        names("users", self.users.iter().map(|entry| entry.name.as_str()).collect())?;
        names("contexts", self.contexts.iter().map(|entry| entry.name.as_str()).collect())
    }
}

fn first_repeated<'a>(names: &[&'a str]) -> Option<&'a str> {
    let mut seen = std::collections::BTreeSet::new();
    names.iter().find(|name| !seen.insert(**name)).copied()
}

/// Text that is not UTF-8, or too much of it, for the caller that reads bytes.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<Kubeconfig> {
    if bytes.len() > MAX_BYTES {
        return Err(too_large());
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        Error::config(format!("line {line}: expected UTF-8 text"))
    })?;
    Kubeconfig::from_yaml(text)
}

fn too_large() -> Error {
    Error::config("larger than 1 MiB: expected a kubeconfig")
}

fn options() -> Options {
    serde_saphyr::options! {
        // A snippet would quote the file.
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_aliases: MAX_ALIASES,
            max_anchors: MAX_ALIASES,
            max_nodes: 50_000,
        },
        // Unknown values are kept as they stand.
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
    }
}

/// `line 3, column 5: clusters[0].cluster.server: expected text`.
fn explain(error: &YamlError, path: &Path) -> Error {
    let explained = Error::config(what_is_wrong(error));
    let field = field(path);
    let explained = if field.is_empty() { explained } else { explained.at(field) };
    match error.location() {
        Some(location) if location.line() > 0 => {
            explained.at(format_args!("line {}, column {}", location.line(), location.column()))
        }
        _ => explained,
    }
}

/// The path of fields; what is no field of the format is not named.
fn field(path: &Path) -> String {
    let mut field = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => field.push_str(&format!("[{index}]")),
            Segment::Map { key } => {
                if !field.is_empty() {
                    field.push('.');
                }
                if !Kubeconfig::is_known_key(key) {
                    // What is below it has no known fields either.
                    field.push('*');
                    break;
                }
                field.push_str(key);
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    field
}

/// The cause, in words that come from the reader's code and not from the text that it reads.
fn what_is_wrong(error: &YamlError) -> String {
    use YamlError as E;
    match error {
        E::WithSnippet { error, .. } | E::AliasError { error, .. } => what_is_wrong(error),
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
        E::DuplicateMappingKey { key: Some(key), .. } if Kubeconfig::is_known_key(key) => {
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
        | E::AliasReplayStackDepthExceeded { .. } => format!(
            "too much for a kubeconfig: at most {MAX_DEPTH} levels and {MAX_ALIASES} aliases"
        ),
        E::ExternalMessage { msg, .. } if is_fixed_text(msg) => format!("no valid YAML: {msg}"),
        _ => "no valid YAML for a kubeconfig".into(),
    }
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
