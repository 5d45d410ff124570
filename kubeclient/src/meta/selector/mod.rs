//! [`LabelSelector`] and [`FieldSelector`]: which objects are meant, built from parts that can't be
//! mistaken for syntax.

mod label;
mod field;

pub use field::FieldSelector;
pub use label::{LabelRequirement, LabelSelector};

/// A part of a selector is not what Kubernetes allows there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("selector: {part:?}: {expected}")]
pub struct SelectorError {
    part: String,
    expected: &'static str,
}

impl SelectorError {
    pub(crate) fn new(part: &str, expected: &'static str) -> Self {
        Self { part: part.chars().take(300).collect(), expected }
    }
}
