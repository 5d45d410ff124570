//! Label and field selectors. Pure.

mod fields;
mod labels;
pub(crate) mod names;

use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::mutation::{self, Mutation};
use crate::resource::ResourceType;
use fields::Term;
use labels::Requirement;
pub(crate) use names::{label_key_errors, label_value_errors};

/// Which objects a list or a watch is about. The default is all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    labels: Vec<Requirement>,
    fields: Vec<Term>,
}

impl Selection {
    /// Parses both selectors; empty text selects all.
    pub(crate) fn parse(resource: &ResourceType, labels: &str, fields: &str) -> Result<Self> {
        let labels = labels::parse(labels).map_err(Failure::bad_request)?;
        let fields = fields::parse(resource, fields).map_err(Failure::bad_request)?;
        Ok(Self { labels, fields })
    }

    /// Whether the object is selected.
    pub(crate) fn matches(&self, object: &Value) -> bool {
        let labels = self.labels.iter().all(|requirement| requirement.matches(object));
        let fields = self.fields.iter().all(|term| term.matches(object));
        (labels || mutation::is(Mutation::IgnoresLabels))
            && (fields || mutation::is(Mutation::IgnoresFields))
    }

    /// The only name that an object can have which is selected.
    pub(crate) fn required_name(&self) -> Option<&str> {
        self.fields.iter().find_map(Term::required_name)
    }

    /// The only namespace that an object can be in which is selected.
    pub(crate) fn required_namespace(&self) -> Option<&str> {
        self.fields.iter().find_map(Term::required_namespace)
    }

    /// Whether it selects all.
    pub(crate) fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }
}

#[cfg(test)]
mod tests;
