//! Reads a kubeconfig's text. Errors tell the line, the column and the field, and never what stands
//! there: it may be a credential.

use serde::Deserialize;
use serde_path_to_error::{Path, Segment, Track};
use serde_saphyr::{Error as YamlError, NonFiniteFloatPolicy, Options};

use super::kubeconfig::Kubeconfig;
use crate::error::{Error, Result};
use crate::yaml::{self, Subject};

/// More than any real kubeconfig holds.
pub(super) const MAX_BYTES: usize = 1 << 20;
const MAX_DEPTH: usize = 32;
const MAX_NODES: usize = 50_000;
const MAX_ALIASES: usize = 100;
/// What aliases may stand for, in all.
const MAX_REPLAYED: usize = 10_000;

impl Kubeconfig {
    /// Reads YAML or JSON; empty text is an empty kubeconfig. Relative paths in it are relative to the
    /// working directory.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when the text is no kubeconfig, is larger than
    /// 1 MiB, is deeper than 32 levels, holds more than 50,000 values or more than 100 aliases, which stand for at
    /// most 10,000, or uses a key or a name twice. The message tells where, and never what stands there.
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
            max_nodes: MAX_NODES,
            max_recorded_anchor_events: MAX_NODES,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPLAYED },
        // Unknown values are kept as they stand.
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
    }
}

/// `line 3, column 5: clusters[0].cluster.server: expected text`.
fn explain(error: &YamlError, path: &Path) -> Error {
    let subject = Subject {
        name: "a kubeconfig",
        most: &format!(
            "{MAX_DEPTH} levels, {MAX_NODES} values and {MAX_ALIASES} aliases for {MAX_REPLAYED}"
        ),
        is_known_key: &Kubeconfig::is_known_key,
    };
    let explained = Error::config(yaml::what_is_wrong(error, &subject));
    let field = field(path);
    let explained = if field.is_empty() { explained } else { explained.at(field) };
    match yaml::place(error) {
        Some((line, column)) => explained.at(format_args!("line {line}, column {column}")),
        None => explained,
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
