//! [`WatchParams`]: which changes to watch.

use std::time::Duration;

use super::{ListParams, check_version, selectors};
use crate::error::Error;
use crate::rest::Request;

/// Which changes to hear of, from when on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchParams {
    /// Only objects with these labels.
    pub label_selector: Option<String>,
    /// Only objects with these fields.
    pub field_selector: Option<String>,
    /// The version after which changes are told; absent for the current objects first, then changes.
    pub resource_version: Option<String>,
    /// How long one connection of the watch may last; absent for a random time of 5 to 10 minutes, so
    /// that many watches don't come back at once. In whole seconds.
    pub timeout: Option<Duration>,
}

impl WatchParams {
    /// Only objects with these labels: a [`LabelSelector`](crate::meta::selector::LabelSelector) or its text.
    #[must_use]
    pub fn labels(mut self, selector: impl ToString) -> Self {
        self.label_selector = Some(selector.to_string());
        self
    }

    /// Only objects with these fields: a [`FieldSelector`](crate::meta::selector::FieldSelector) or its
    /// text.
    #[must_use]
    pub fn fields(mut self, selector: impl ToString) -> Self {
        self.field_selector = Some(selector.to_string());
        self
    }

    /// Changes after this version only, such as that of a list.
    #[must_use]
    pub fn after(mut self, resource_version: impl Into<String>) -> Self {
        self.resource_version = Some(resource_version.into());
        self
    }

    /// How long one connection of the watch may last, in whole seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    pub(crate) fn request(&self, request: Request) -> Result<Request, Error> {
        check_version(self.resource_version.as_deref().unwrap_or_default())?;
        selectors(request, &self.label_selector, &self.field_selector)
    }

    /// The list that shows the same objects.
    pub(crate) fn list_params(&self) -> ListParams {
        ListParams {
            label_selector: self.label_selector.clone(),
            field_selector: self.field_selector.clone(),
            ..ListParams::default()
        }
    }
}
