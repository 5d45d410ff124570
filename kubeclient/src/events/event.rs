//! [`Event`]: one thing that happened, before it is decided what the server hears of it. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::event_type::EventType;
use crate::meta::object_reference::ObjectReference;
use crate::meta::time::MicroTime;

/// How long, in bytes, the server lets a reason, an action and the name of an instance be.
pub(super) const WORD_BYTES: usize = 128;

/// How long it lets a message be.
pub(super) const MESSAGE_BYTES: usize = 1024;

/// Who tells.
#[derive(Debug, PartialEq)]
pub(super) struct Source {
    pub(super) component: String,
    pub(super) instance: String,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    pub(super) source: Arc<Source>,
    pub(super) namespace: String,
    /// The name that the event gets if it is a new one.
    pub(super) name: String,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) regarding: ObjectReference,
    pub(super) related: Option<ObjectReference>,
    pub(super) event_type: EventType,
    pub(super) reason: String,
    pub(super) action: String,
    pub(super) message: String,
    /// When it happened.
    pub(super) at: MicroTime,
}

impl Event {
    /// What is told of before all of this event's sort, by the parts that make it one.
    pub(super) fn key(&self, parts: &[&str]) -> String {
        let ObjectReference { kind, namespace, name, uid, api_version, .. } = &self.regarding;
        let fixed = [kind, namespace, name, uid, api_version].map(String::as_str);
        let mut key = String::with_capacity(128);
        for part in fixed.iter().chain(&[self.event_type.as_str()]).chain(parts) {
            key.push_str(part);
            // No name holds it, so that two keys never run into one another.
            key.push('\0');
        }
        key
    }
}

/// What the server is to hear.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Report {
    pub(super) event: Event,
    pub(super) tally: Tally,
    /// The server has the event: what is new goes into it.
    pub(super) is_known: bool,
}

/// How often something happened, as each of the two APIs says it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tally {
    /// `core/v1`: the number, and when it was first.
    Count(i32, MicroTime),
    /// `events.k8s.io/v1`: once.
    Once,
    /// `events.k8s.io/v1`: the number, and when it was last.
    Series(i32, MicroTime),
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// An event about the ConfigMap `a/web`.
    pub(in crate::events) fn event(reason: &str, message: &str) -> Event {
        let source = Arc::new(Source { component: "tester".into(), instance: "i".into() });
        let regarding = ObjectReference {
            kind: "ConfigMap".into(),
            namespace: "a".into(),
            name: "web".into(),
            uid: "u".into(),
            api_version: "v1".into(),
            ..ObjectReference::default()
        };
        Event {
            source,
            namespace: "a".into(),
            name: "web.1".into(),
            annotations: BTreeMap::new(),
            regarding,
            related: None,
            event_type: EventType::Normal,
            reason: reason.into(),
            action: reason.into(),
            message: message.into(),
            at: MicroTime::default(),
        }
    }

    #[test]
    fn keys_of_other_parts_are_other_keys() {
        let event = event("r", "m");
        assert_ne!(event.key(&["ab", "c"]), event.key(&["a", "bc"]));
        assert_eq!(event.key(&["ab", "c"]), event.clone().key(&["ab", "c"]));
    }
}
