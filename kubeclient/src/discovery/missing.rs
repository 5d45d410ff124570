//! [`Missing`]: why a name led to no resource, told to the person who typed it. Pure.

use std::sync::Arc;

use super::found::{Discovered, DiscoveryFailure};
use super::lookup::{self, Name};
use crate::error::{Error, ErrorKind};
use crate::meta::gvk::GroupVersionKind;

/// What is not known, and what may hide it.
pub(super) struct Missing<'a> {
    asked: String,
    near: Vec<String>,
    /// What could not be found out.
    failures: Vec<&'a DiscoveryFailure>,
    /// Whether what was asked for would stand there.
    is_hidden: bool,
}

impl<'a> Missing<'a> {
    pub(super) fn name(asked: String, name: &Name, discovered: &'a Discovered) -> Self {
        let of_name = |failure: &&DiscoveryFailure| name.may_mean(&failure.group_version);
        let mut failures: Vec<&DiscoveryFailure> =
            discovered.failures.iter().filter(of_name).collect();
        let is_hidden = !failures.is_empty();
        if !is_hidden && name.is_unqualified() {
            failures.extend(&discovered.failures);
        }
        Self { asked, near: lookup::suggestions(discovered, name.bare()), failures, is_hidden }
    }

    pub(super) fn kind(kind: &GroupVersionKind, discovered: &'a Discovered) -> Self {
        let version = Some(kind.version.as_str()).filter(|version| !version.is_empty());
        let failures: Vec<&DiscoveryFailure> =
            discovered.failure(&kind.group, version).into_iter().collect();
        Self {
            asked: format!("kind {:?}", shortened(&kind.to_string())),
            near: lookup::suggestions(discovered, &kind.kind),
            is_hidden: !failures.is_empty(),
            failures,
        }
    }

    /// `when` says how old the knowledge is.
    pub(super) fn into_error(self, when: &str) -> Error {
        let Self { asked, near, failures, is_hidden } = self;
        let near = match near.as_slice() {
            [] => String::new(),
            near => format!("; did you mean {}?", near.join(", ")),
        };
        let failed: Vec<String> =
            failures.iter().map(|failure| failure.group_version.to_string()).collect();
        let (kind, what) = match failures.first() {
            None => (ErrorKind::Invalid, "the server has no such resource".to_owned()),
            Some(first) => {
                let kind = if is_hidden { first.error.kind() } else { ErrorKind::Invalid };
                (kind, format!("not found, and {} could not be found out", failed.join(", ")))
            }
        };
        let error = Error::new(kind, format!("{asked}: {what}{near} ({when})"));
        match failures.first() {
            None => error,
            Some(first) => error.because(Arc::clone(&first.error)),
        }
    }
}

/// What was asked for, as far as a message needs it.
pub(super) fn shortened(name: &str) -> String {
    name.chars().take(100).collect()
}
