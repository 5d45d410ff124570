//! Reads a kubeconfig's text, as much of it as kubectl would. Errors tell the line, the column and the field, and
//! never what stands there: it may be a credential.

use serde::Deserialize;
use serde_path_to_error::{Path, Segment, Track};
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Error as YamlError, NonFiniteFloatPolicy, Options};
use zeroize::Zeroizing;

use super::kubeconfig::Kubeconfig;
use crate::error::{Error, Result};
use crate::yaml::{self, Subject};

const MAX_DEPTH: usize = 32;

/// How much a text may hold, so that none can exhaust its reader.
pub(super) struct Bounds {
    pub(super) mebibytes: usize,
    nodes: usize,
    aliases: usize,
    /// What the aliases may stand for, in all.
    replayed: usize,
}

/// Of a text that may be anybody's.
const ANYBODYS: Bounds = Bounds { mebibytes: 1, nodes: 50_000, aliases: 100, replayed: 10_000 };

/// Of one's own files: some thousand clusters with their certificates.
pub(super) const OWN: Bounds =
    Bounds { mebibytes: 16, nodes: 500_000, aliases: 10_000, replayed: 30_000 };

impl Kubeconfig {
    /// Reads YAML or JSON, the first document of it; empty text is an empty kubeconfig. Of a key that stands twice in
    /// one mapping the last counts, as with kubectl. Relative paths are relative to the working directory.
    ///
    /// The text may be anybody's. Files ([`Kubeconfig::read_from`]) may hold more: 16 MiB, 500,000 values, and 10,000
    /// aliases for 30,000.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when the text is no kubeconfig, is larger than
    /// 1 MiB, is deeper than 32 levels, holds more than 50,000 values or more than 100 aliases, which stand for at
    /// most 10,000, or uses a name twice. The message tells where, and never what stands there.
    pub fn from_yaml(text: &str) -> Result<Self> {
        from_text(text, &ANYBODYS)
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

/// Reads a text within these bounds.
pub(super) fn from_text(text: &str, bounds: &Bounds) -> Result<Kubeconfig> {
    bounds.check(text.len())?;
    let text = yaml::first_document(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut track = Track::new();
    let options = options(bounds);
    let read = serde_saphyr::with_deserializer_from_str_with_options(text, options, |yaml| {
        let yaml = serde_path_to_error::Deserializer::new(yaml, &mut track);
        Option::<Kubeconfig>::deserialize(yaml)
    });
    let read = read.map_err(|error| explain(&error, &track.path(), bounds))?.unwrap_or_default();
    read.refuse_repeated_names()?;
    Ok(read)
}

/// Reads what one of one's own files holds.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<Kubeconfig> {
    from_text(&to_text(bytes)?, &OWN)
}

/// The text of a file.
pub(super) fn to_text(bytes: &[u8]) -> Result<Zeroizing<String>> {
    OWN.check(bytes.len())?;
    yaml::text(bytes).map_err(Error::config)
}

impl Bounds {
    fn check(&self, bytes: usize) -> Result<()> {
        if bytes > self.mebibytes << 20 {
            let most = self.mebibytes;
            return Err(Error::config(format!("larger than {most} MiB: expected a kubeconfig")));
        }
        Ok(())
    }
}

fn options(bounds: &Bounds) -> Options {
    serde_saphyr::options! {
        // A snippet would quote the file.
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_events: 3 * bounds.nodes,
            max_aliases: bounds.aliases,
            max_anchors: bounds.aliases,
            // One anchor may be named by all of them.
            enforce_alias_anchor_ratio: false,
            max_nodes: bounds.nodes,
            max_recorded_anchor_events: 50_000,
            max_total_scalar_bytes: bounds.mebibytes << 22,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: bounds.replayed },
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        // Unknown values are kept as they stand.
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
    }
}

/// `line 3, column 5: clusters[0].cluster.server: expected text`.
fn explain(error: &YamlError, path: &Path, bounds: &Bounds) -> Error {
    let Bounds { nodes, aliases, replayed, .. } = bounds;
    let subject = Subject {
        name: "a kubeconfig",
        most: &format!("{MAX_DEPTH} levels, {nodes} values and {aliases} aliases for {replayed}"),
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
