//! [`Setting`]: one setting that counts.

use super::Source;

/// One setting that counts, and where it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// What is set, under the name of its field in a kubeconfig, if it has one there.
    pub name: &'static str,
    /// To what: never a credential, but its kind.
    pub value: String,
    /// Where it was said.
    pub source: Source,
}
