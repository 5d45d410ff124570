//! The cases, a file a subject.

mod routing;

use crate::suite::Case;

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    [routing::CASES].concat()
}
