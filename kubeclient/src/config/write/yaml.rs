//! A kubeconfig as YAML: in the form that kubectl writes, with text quoted wherever Go's reader of YAML could
//! take it for something else.

use serde::Serialize;
use serde_saphyr::SerializerOptions;

use crate::config::kubeconfig::Kubeconfig;
use crate::config::secret::Secret;
use crate::error::{Error, Result};

impl Kubeconfig {
    /// The text of a file that says the same, **with the credentials**: unknown fields and extensions too,
    /// comments not.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): an unknown field holds what YAML can't.
    pub fn to_yaml(&self) -> Result<Secret> {
        to_yaml(self).map(Secret::new)
    }

    /// Adds what each kubeconfig begins with, where it does not.
    pub(super) fn set_kind(&mut self) {
        for (field, value) in [(&mut self.api_version, "v1"), (&mut self.kind, "Config")] {
            if field.is_empty() {
                *field = value.into();
            }
        }
    }
}

/// Any part of it.
pub(super) fn to_yaml(part: &impl Serialize) -> Result<String> {
    let options: SerializerOptions = serde_saphyr::ser_options! {
        indent_step: 2,
        compact_list_indent: true,
        // One line a field, so that the next change finds its way.
        prefer_block_scalars: false,
    };
    // Its own error could quote the text.
    serde_saphyr::to_string_with_options(part, options)
        .map_err(|_| Error::config("what it says can't be written as YAML"))
}
