//! [`Unused`]: one setting that is there and does not count.

use super::Source;

/// One setting that is there and does not count, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unused {
    /// What is set, under the name of its field in a kubeconfig.
    pub name: &'static str,
    /// Where.
    pub source: Source,
    /// Why it does not count.
    pub reason: String,
}
