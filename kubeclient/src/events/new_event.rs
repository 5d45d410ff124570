//! [`NewEvent`]: one event, to be told more about.

use std::collections::BTreeMap;
use std::fmt;

use super::event_type::EventType;
use super::recorder::EventRecorder;
use crate::meta::object_reference::{ObjectReference, ToReference};

/// An event that is not recorded yet. See [`EventRecorder::event`].
#[must_use = "it is recorded by `record`"]
pub struct NewEvent<'a> {
    pub(super) recorder: &'a EventRecorder,
    pub(super) event_type: EventType,
    pub(super) regarding: ObjectReference,
    pub(super) related: Option<ObjectReference>,
    pub(super) reason: String,
    pub(super) action: Option<String>,
    pub(super) message: String,
    pub(super) annotations: BTreeMap<String, String>,
}

impl NewEvent<'_> {
    /// Something did not go as it should. Without it, the event is a normal one.
    pub fn warning(mut self) -> Self {
        self.event_type = EventType::Warning;
        self
    }

    /// What the component did, in upper camel case, such as `Scheduling`. In `events.k8s.io/v1`, where each
    /// event has one, it is the reason without it.
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.action = Some(action.into());
        self
    }

    /// A second object that has a part in it, such as one that was created.
    pub fn related(mut self, object: &impl ToReference) -> Self {
        self.related = Some(object.to_reference());
        self
    }

    /// Adds an annotation. An event that is counted in an earlier one leaves that one's as they are.
    pub fn annotation(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.annotations.insert(name.into(), value.into());
        self
    }

    /// Hands it to the recorder's thread, and returns at once.
    pub fn record(self) {
        self.recorder.take(self);
    }
}

impl fmt::Debug for NewEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewEvent")
            .field("regarding", &self.regarding)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}
