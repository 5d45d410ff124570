//! The three patches that don't own fields: JSON patch, merge patch, strategic merge patch. Pure.

pub(crate) mod json;
pub(crate) mod merge;
pub(crate) mod strategic;
