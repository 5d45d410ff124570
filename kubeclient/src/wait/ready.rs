//! [`Ready`]: the conditions that are common, as kubectl decides them. Pure.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::condition::{ABSENT, Condition};
use super::reported::{find, has_condition, number, text, text_at, told};
use super::seen::Seen;
use super::verdict::Verdict;
use crate::meta::dynamic::DynamicObject;
use crate::meta::resource::Object;

/// One of the conditions that [`wait`](super) has. It looks at the object's JSON, so that it goes for any type.
pub struct Ready {
    name: String,
    check: Box<Check>,
}

type Check = dyn Fn(&DynamicObject) -> Verdict + Send + Sync;

impl Ready {
    pub(super) fn new(
        name: impl Into<String>,
        check: impl Fn(&DynamicObject) -> Verdict + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), check: Box::new(check) }
    }

    /// What it says of an object.
    pub(crate) fn verdict(&self, object: &DynamicObject) -> Verdict {
        (self.check)(object)
    }
}

impl<T: Object + DeserializeOwned> Condition<T> for Ready {
    fn check(&self, object: Option<&Seen<'_, T>>) -> Verdict {
        match object {
            Some(seen) => (self.check)(seen.json()),
            None => Verdict::Waiting(ABSENT.to_owned()),
        }
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ready({})", self.name)
    }
}

/// The object is there.
pub fn exists() -> Ready {
    Ready::new("exists", |_| Verdict::Met)
}

/// One of `status.conditions` is `True`: `kubectl wait --for=condition=KIND`.
///
/// What a condition says of an older generation of the object does not count.
pub fn condition(kind: &str) -> Ready {
    condition_is(kind, "True")
}

/// One of `status.conditions` has this status: `kubectl wait --for=condition=KIND=STATUS`. Case does not matter.
pub fn condition_is(kind: &str, status: &str) -> Ready {
    let (kind, status) = (kind.to_owned(), status.to_owned());
    let name = match status.as_str() {
        "True" => format!("condition {kind}"),
        status => format!("condition {kind}={status}"),
    };
    Ready::new(name, move |object| has_condition(object, &kind, &status))
}

/// A Deployment's minimum of replicas is available, as its controller says of the latest generation.
pub fn available() -> Ready {
    Ready::new("available", |object| has_condition(object, "Available", "True"))
}

/// A Job has succeeded; one that failed ends the wait.
pub fn complete() -> Ready {
    Ready::new("complete", |object| match has_condition(object, "Failed", "True") {
        Verdict::Met => Verdict::Never(format!("it failed{}", told(object, "Failed"))),
        _ => has_condition(object, "Complete", "True"),
    })
}

/// A Job has failed; one that succeeded ends the wait.
pub fn failed() -> Ready {
    Ready::new("failed", |object| match has_condition(object, "Complete", "True") {
        Verdict::Met => Verdict::Never("it succeeded".to_owned()),
        _ => has_condition(object, "Failed", "True"),
    })
}

/// A CustomResourceDefinition's kind is served; names that are taken end the wait.
pub fn established() -> Ready {
    Ready::new("established", |object| match has_condition(object, "NamesAccepted", "False") {
        Verdict::Met => {
            let why = told(object, "NamesAccepted");
            Verdict::Never(format!("its names are not accepted{why}"))
        }
        _ => match has_condition(object, "NamesAccepted", "True") {
            Verdict::Met => has_condition(object, "Established", "True"),
            waiting => waiting,
        },
    })
}

/// A Deployment, StatefulSet or DaemonSet has rolled out its latest generation, as `kubectl rollout status`
/// decides. A Deployment that exceeds its progress deadline ends the wait; of other kinds, and of an update
/// strategy `OnDelete`, it can't be [told](Verdict::Unknown).
pub fn rolled_out() -> Ready {
    Ready::new("rolled out", |object| match object.types.kind.as_str() {
        "Deployment" => deployment(object),
        "StatefulSet" => stateful_set(object),
        "DaemonSet" => daemon_set(object),
        kind => Verdict::Unknown(format!(
            "expected a Deployment, StatefulSet or DaemonSet, found a {kind}"
        )),
    })
}

/// The value at a JSON pointer, such as `/status/phase`, is this one.
pub fn json_pointer(pointer: &str, value: impl Into<Value>) -> Ready {
    let (pointer, value) = (pointer.to_owned(), value.into());
    Ready::new(pointer.clone(), move |object| {
        let whole;
        let found = match pointer.strip_prefix("/metadata") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                whole = metadata(object);
                whole.pointer(rest)
            }
            _ => object.pointer(&pointer),
        };
        match found {
            Some(found) if *found == value => Verdict::Met,
            Some(found) => Verdict::Waiting(differs(object, &pointer, found)),
            None => Verdict::Waiting(format!("{pointer} is not there")),
        }
    })
}

/// The metadata as JSON.
pub(super) fn metadata(object: &DynamicObject) -> Value {
    // Metadata that was read from JSON can be written as such.
    serde_json::to_value(&object.metadata).unwrap_or_default()
}

/// What is said of a value that is another one; nothing of what a Secret holds.
pub(super) fn differs(object: &DynamicObject, place: &str, found: &Value) -> String {
    match found {
        _ if object.types.kind == "Secret" => format!("{place} is another one"),
        Value::Object(_) => format!("{place} is an object"),
        Value::Array(_) => format!("{place} is a list"),
        Value::String(text) => format!("{place} is {text}"),
        other => format!("{place} is {other}"),
    }
}

const UNOBSERVED: &str = "the latest generation is not observed yet";

fn observed(object: &DynamicObject) -> i64 {
    number(object, "/status/observedGeneration").unwrap_or_default()
}

fn deployment(object: &DynamicObject) -> Verdict {
    let status = |field: &str| number(object, &format!("/status/{field}")).unwrap_or_default();
    if object.metadata.generation > observed(object) {
        return Verdict::Waiting(UNOBSERVED.to_owned());
    }
    let is_late = find(object, "Progressing")
        .is_some_and(|progress| text(progress, "reason") == "ProgressDeadlineExceeded");
    if is_late {
        return Verdict::Never("it exceeded its progress deadline".to_owned());
    }
    let (updated, available) = (status("updatedReplicas"), status("availableReplicas"));
    if let Some(wanted) = number(object, "/spec/replicas").filter(|wanted| updated < *wanted) {
        return Verdict::Waiting(format!("{updated} of {wanted} new replicas are updated"));
    }
    if status("replicas") > updated {
        let old = status("replicas") - updated;
        return Verdict::Waiting(format!("{old} old replicas are still there"));
    }
    Verdict::when(available >= updated, || {
        format!("{available} of {updated} updated replicas are available")
    })
}

fn stateful_set(object: &DynamicObject) -> Verdict {
    let status = |field: &str| number(object, &format!("/status/{field}")).unwrap_or_default();
    if let Some(why) = not_rolling(object) {
        return why;
    }
    if observed(object) == 0 || object.metadata.generation > observed(object) {
        return Verdict::Waiting(UNOBSERVED.to_owned());
    }
    let (ready, updated) = (status("readyReplicas"), status("updatedReplicas"));
    let wanted = number(object, "/spec/replicas");
    if let Some(wanted) = wanted.filter(|wanted| ready < *wanted) {
        return Verdict::Waiting(format!("{ready} of {wanted} replicas are ready"));
    }
    if object
        .pointer("/spec/updateStrategy/rollingUpdate")
        .is_some_and(|rolling| !rolling.is_null())
    {
        let partition = number(object, "/spec/updateStrategy/rollingUpdate/partition");
        let Some(wanted) = wanted.zip(partition).map(|(wanted, partition)| wanted - partition)
        else {
            return Verdict::Met;
        };
        return Verdict::when(updated >= wanted, || {
            format!("{updated} of {wanted} new replicas are updated")
        });
    }
    let revision = |field: &str| text_at(object, field);
    let update = revision("/status/updateRevision");
    Verdict::when(update == revision("/status/currentRevision"), || {
        format!("{updated} replicas are at revision {update}")
    })
}

fn daemon_set(object: &DynamicObject) -> Verdict {
    let status = |field: &str| number(object, &format!("/status/{field}")).unwrap_or_default();
    if let Some(why) = not_rolling(object) {
        return why;
    }
    if object.metadata.generation > observed(object) {
        return Verdict::Waiting(UNOBSERVED.to_owned());
    }
    let wanted = status("desiredNumberScheduled");
    let (updated, available) = (status("updatedNumberScheduled"), status("numberAvailable"));
    if updated < wanted {
        return Verdict::Waiting(format!("{updated} of {wanted} new pods are updated"));
    }
    Verdict::when(available >= wanted, || {
        format!("{available} of {wanted} updated pods are available")
    })
}

fn not_rolling(object: &DynamicObject) -> Option<Verdict> {
    let strategy = object.pointer("/spec/updateStrategy/type").and_then(Value::as_str)?;
    (strategy != "RollingUpdate").then(|| {
        Verdict::Unknown(format!("its update strategy is {strategy}, expected RollingUpdate"))
    })
}
