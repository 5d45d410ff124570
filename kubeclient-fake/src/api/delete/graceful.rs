//! Whether an object goes at once, and how it is marked when it doesn't. Pure.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::options::{DeleteOptions, Propagation};
use crate::api::metadata::{FOREGROUND, ORPHAN};
use crate::clock::seconds;
use crate::kinds;
use crate::mutation::{self, Mutation};
use crate::object::{Object, metadata_mut};
use crate::resource::ResourceType;

/// A deletion of an object.
pub(super) struct Change<'a> {
    pub(super) resource: &'a ResourceType,
    pub(super) options: &'a DeleteOptions,
    pub(super) now: Timestamp,
}

/// What is to be done.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// It goes at once.
    Remove,
    /// It was going already; nothing changes.
    Keep,
    /// It is stored like this and waits.
    Mark(Value),
    /// It is stored like this and then goes at once, as pods do.
    MarkAndRemove(Value),
}

impl Change<'_> {
    pub(super) fn of(&self, live: &Value) -> Verdict {
        if let Some(marked) = kinds::marks_itself(self.resource, live, self.now) {
            return Verdict::Mark(marked);
        }
        let finalizers = match mutation::is(Mutation::IgnoresFinalizers) {
            true => Vec::new(),
            false => self.finalizers(live),
        };
        let grace = self.grace_seconds(live);
        let held = kinds::holds_itself(live).is_some();
        let goes = finalizers.is_empty() && grace == 0 && !held;
        if goes && !self.is_pod() {
            return Verdict::Remove;
        }
        let mut object = live.clone();
        let metadata = metadata_mut(&mut object);
        if finalizers.is_empty() {
            metadata.remove("finalizers");
        } else {
            metadata.insert("finalizers".into(), json!(finalizers));
        }
        if !live.is_terminating() {
            self.mark(live, &mut object, grace);
        } else if self.shortens(live, grace) {
            let start = self.began(live);
            let end = start.saturating_add(SignedDuration::from_secs(grace)).unwrap_or(self.now);
            let metadata = metadata_mut(&mut object);
            metadata.insert("deletionTimestamp".into(), seconds(end).into());
            metadata.insert("deletionGracePeriodSeconds".into(), grace.into());
        }
        match &object == live {
            true if goes => Verdict::Remove,
            true => Verdict::Keep,
            false if goes => Verdict::MarkAndRemove(object),
            false => Verdict::Mark(object),
        }
    }

    fn mark(&self, live: &Value, object: &mut Value, grace: i64) {
        let end = self.now.saturating_add(SignedDuration::from_secs(grace)).unwrap_or(self.now);
        let metadata = metadata_mut(object);
        metadata.insert("deletionTimestamp".into(), seconds(end).into());
        metadata.insert("deletionGracePeriodSeconds".into(), grace.into());
        let generation = live.meta("generation").and_then(Value::as_i64).unwrap_or(0);
        if generation > 0 {
            metadata.insert("generation".into(), generation.saturating_add(1).into());
        }
        kinds::mark_deleted(self.resource, object);
    }

    /// Whether an object that is going already is to go sooner.
    fn shortens(&self, live: &Value, grace: i64) -> bool {
        let before = live.meta("deletionGracePeriodSeconds").and_then(Value::as_i64);
        self.options.grace_seconds.is_some() && before.is_some_and(|before| grace < before)
    }

    /// When the deletion began.
    fn began(&self, live: &Value) -> Timestamp {
        let end: Option<Timestamp> = live.meta_str("deletionTimestamp").parse().ok();
        let grace = live.meta("deletionGracePeriodSeconds").and_then(Value::as_i64).unwrap_or(0);
        let start = end.and_then(|end| end.checked_sub(SignedDuration::from_secs(grace)).ok());
        start.unwrap_or(self.now)
    }

    /// The seconds that a pod on a node gets; nothing else waits.
    fn grace_seconds(&self, live: &Value) -> i64 {
        if !self.is_pod() {
            return 0;
        }
        let spec = |key: &str| live.get("spec").and_then(|spec| spec.get(key));
        let is_scheduled =
            spec("nodeName").and_then(Value::as_str).is_some_and(|node| !node.is_empty());
        let phase = live.get("status").and_then(|status| status.get("phase"));
        let is_over = phase.is_some_and(|phase| phase == "Succeeded" || phase == "Failed");
        if !is_scheduled || is_over {
            return 0;
        }
        let default = spec("terminationGracePeriodSeconds").and_then(Value::as_i64).unwrap_or(30);
        let wanted = self.options.grace_seconds.unwrap_or(default);
        // A negative time means at once, almost.
        let wanted = if wanted < 0 { 1 } else { wanted };
        let before = live.meta("deletionGracePeriodSeconds").and_then(Value::as_i64);
        match before {
            Some(before) if live.is_terminating() && self.options.grace_seconds.is_none() => before,
            Some(before) if live.is_terminating() => wanted.min(before),
            _ => wanted,
        }
    }

    fn is_pod(&self) -> bool {
        self.resource.plural == "pods" && self.resource.group.is_empty()
    }

    /// The finalizers with the one that says what becomes of dependents.
    fn finalizers(&self, live: &Value) -> Vec<String> {
        let now = live.finalizers();
        let mut kept: Vec<String> = now
            .iter()
            .filter(|name| **name != ORPHAN && **name != FOREGROUND)
            .map(|&name| name.to_owned())
            .collect();
        match self.propagation(&now) {
            Propagation::Orphan => kept.push(ORPHAN.to_owned()),
            Propagation::Foreground => kept.push(FOREGROUND.to_owned()),
            Propagation::Background => {}
        }
        kept
    }

    fn propagation(&self, finalizers: &[&str]) -> Propagation {
        match self.options.propagation {
            Some(policy) => policy,
            None if finalizers.contains(&ORPHAN) => Propagation::Orphan,
            None if finalizers.contains(&FOREGROUND) => Propagation::Foreground,
            None if self.resource.ways.orphans_by_default => Propagation::Orphan,
            None => Propagation::Background,
        }
    }
}
