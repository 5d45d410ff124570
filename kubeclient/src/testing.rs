//! What tests of several modules have in common. The tests in `tests/` read the files below by their path.

pub(crate) mod alone;
pub(crate) mod held;
