//! Disruption budgets: how many of the pods that they select are healthy, and how many may go.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::Change;
use super::desk::{CONTROLLER_MANAGER, Desk};
use crate::condition;
use crate::object::Object;
use crate::selector::Selection;
use crate::store::{Key, Stored};

const BUDGETS: &str = "poddisruptionbudgets.policy";

/// What bears on the budgets of its namespace.
const WATCHED: &[&str] = &[
    BUDGETS,
    "pods",
    "replicationcontrollers",
    "replicasets.apps",
    "deployments.apps",
    "statefulsets.apps",
];

/// How long a pod that was evicted counts as about to go.
const DELETION_TIMEOUT: SignedDuration = SignedDuration::from_mins(2);

/// Counts again for the budgets of a namespace in which something changed.
pub(super) fn react(desk: &mut Desk<'_, '_>, change: Change<'_>) {
    if !WATCHED.contains(&&*change.key.resource) {
        return;
    }
    for budget in desk.transaction.list(BUDGETS, Some(&change.key.namespace)) {
        let mut new = budget.value.clone();
        new["status"] = match count(desk, &budget) {
            Ok(counted) => status(&budget.value, counted, desk.time),
            Err(why) => failed(&budget.value, &why, desk.time),
        };
        desk.save(&budget, new, CONTROLLER_MANAGER, "status");
    }
}

/// The labels that a budget selects, as text for a selection; `None` where it selects nothing.
pub(crate) fn selector(budget: &Value) -> Option<String> {
    let selector = budget.pointer("/spec/selector")?;
    let labels = selector.get("matchLabels").and_then(Value::as_object);
    let mut terms: Vec<String> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    for expression in expressions.into_iter().flatten() {
        let text = |name: &str| expression.get(name).and_then(Value::as_str).unwrap_or_default();
        let values = expression.get("values").and_then(Value::as_array);
        let values: Vec<&str> = values.into_iter().flatten().filter_map(Value::as_str).collect();
        let (key, values) = (text("key"), values.join(","));
        terms.push(match text("operator") {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => return None,
        });
    }
    Some(terms.join(","))
}

/// What a budget's status says.
struct Counted {
    healthy: i64,
    desired: i64,
    expected: i64,
    /// The pods that were evicted and are still there, with the time of that.
    disrupted: Map<String, Value>,
}

fn count(desk: &Desk<'_, '_>, budget: &Stored) -> Result<Counted, String> {
    let pods = selected(desk, budget);
    let spec = |key: &str| budget.value["spec"].get(key).filter(|value| !value.is_null());
    let (expected, desired) = match (spec("maxUnavailable"), spec("minAvailable")) {
        (Some(most), _) => {
            let expected = scale(desk, &pods)?;
            (expected, (expected - scaled(most, expected)?).max(0))
        }
        (None, Some(Value::Number(least))) => (length(&pods), least.as_i64().unwrap_or_default()),
        (None, Some(least)) => {
            let expected = scale(desk, &pods)?;
            (expected, scaled(least, expected)?)
        }
        (None, None) => (0, 0),
    };
    let disrupted = disrupted(desk, budget, &pods);
    let is_healthy = |pod: &&Stored| {
        !pod.value.is_terminating()
            && !disrupted.contains_key(&pod.key.name)
            && is_ready(&pod.value)
    };
    let healthy = length(&pods.iter().filter(is_healthy).collect::<Vec<_>>());
    Ok(Counted { healthy, desired, expected, disrupted })
}

fn length<T>(list: &[T]) -> i64 {
    i64::try_from(list.len()).unwrap_or(i64::MAX)
}

/// The pods that a budget selects.
fn selected(desk: &Desk<'_, '_>, budget: &Stored) -> Vec<Stored> {
    let Some(pods) = desk.registry.stored_as("pods") else { return Vec::new() };
    let selection =
        selector(&budget.value).and_then(|text| Selection::parse(&pods, &text, "").ok());
    let Some(selection) = selection else { return Vec::new() };
    let mut pods = desk.transaction.list("pods", Some(&budget.key.namespace));
    pods.retain(|pod| selection.matches(&pod.value));
    pods
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    let mut conditions = conditions.into_iter().flatten();
    conditions.any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// A number, or the percentage of one, rounded up.
fn scaled(value: &Value, of: i64) -> Result<i64, String> {
    if let Some(number) = value.as_i64() {
        return Ok(number);
    }
    let text = value.as_str().unwrap_or_default();
    let percent = text.strip_suffix('%').and_then(|percent| percent.parse::<i64>().ok());
    let percent = percent.ok_or_else(|| {
        "invalid value for IntOrString: invalid type: string is not a percentage".to_owned()
    })?;
    let hundredths = percent.saturating_mul(of);
    Ok(hundredths.div_euclid(100) + i64::from(hundredths.rem_euclid(100) > 0))
}

/// How many pods there should be, by those who control the pods.
fn scale(desk: &Desk<'_, '_>, pods: &[Stored]) -> Result<i64, String> {
    let mut scales: BTreeMap<String, i64> = BTreeMap::new();
    for pod in pods {
        let Some(controller) = controller(&pod.value) else { continue };
        if scales.contains_key(text(controller, "uid")) {
            continue;
        }
        let (uid, replicas) = scale_of(desk, &pod.key.namespace, controller)?
            .ok_or_else(|| format!("found no controllers for pod {:?}", pod.key.name))?;
        scales.insert(uid, replicas);
    }
    Ok(scales.values().sum())
}

fn controller(object: &Value) -> Option<&Value> {
    object.owner_references().iter().find(|owner| owner["controller"] == true)
}

/// The uid of who sets the scale, and the scale: a replica set's deployment, where it has one.
fn scale_of(
    desk: &Desk<'_, '_>,
    namespace: &str,
    reference: &Value,
) -> Result<Option<(String, i64)>, String> {
    let (version, kind) = (text(reference, "apiVersion"), text(reference, "kind"));
    let resource = desk
        .registry
        .of_kind(version, kind)
        .ok_or_else(|| format!("no matches for kind {kind:?} in version {version:?}"))?;
    if resource.subresource("scale").is_none() {
        return Err(format!("{} does not implement the scale subresource", resource.qualified()));
    }
    let key = Key::new(&resource.storage(), namespace, text(reference, "name"));
    let found = desk.get(&key).filter(|found| found.value.uid() == text(reference, "uid"));
    let Some(found) = found else { return Ok(None) };
    if &*key.resource == "replicasets.apps"
        && let Some(owner) = controller(&found.value).filter(|owner| owner["kind"] == "Deployment")
        && let Some(scale) = scale_of(desk, namespace, owner)?
    {
        return Ok(Some(scale));
    }
    let custom = resource.custom.as_ref().and_then(|custom| custom.scale.as_ref());
    let path = custom.and_then(|scale| scale["specReplicasPath"].as_str());
    let path = path.unwrap_or(".spec.replicas").replace('.', "/");
    let replicas = found.value.pointer(&path).and_then(Value::as_i64).unwrap_or_default();
    Ok(Some((found.value.uid().to_owned(), replicas)))
}

fn text<'a>(reference: &'a Value, key: &str) -> &'a str {
    reference.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Those of the pods that were evicted and are about to go.
fn disrupted(desk: &Desk<'_, '_>, budget: &Stored, pods: &[Stored]) -> Map<String, Value> {
    let Some(evicted) = budget.value.pointer("/status/disruptedPods").and_then(Value::as_object)
    else {
        return Map::new();
    };
    let goes = |name: &str, time: &Value| {
        let time = time.as_str().and_then(|time| time.parse::<Timestamp>().ok());
        time.is_some_and(|time| desk.now.duration_since(time) <= DELETION_TIMEOUT)
            && pods.iter().any(|pod| pod.key.name == name && !pod.value.is_terminating())
    };
    let evicted = evicted.iter().filter(|(name, time)| goes(name, time));
    evicted.map(|(name, time)| (name.clone(), time.clone())).collect()
}

fn status(budget: &Value, counted: Counted, time: &str) -> Value {
    let Counted { healthy, desired, expected, disrupted } = counted;
    let allowed = if expected > 0 { (healthy - desired).max(0) } else { 0 };
    let generation = budget.meta("generation").and_then(Value::as_i64).unwrap_or_default();
    let (is, reason) =
        if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let mut status = json!({
        "observedGeneration": generation, "disruptionsAllowed": allowed,
        "currentHealthy": healthy, "desiredHealthy": desired, "expectedPods": expected,
        "conditions": conditions(budget, is, reason, "", generation, time),
    });
    if !disrupted.is_empty() {
        status["disruptedPods"] = disrupted.into();
    }
    status
}

/// When it cannot be counted, nothing may go.
fn failed(budget: &Value, why: &str, time: &str) -> Value {
    let mut status = budget.get("status").cloned().unwrap_or_else(|| json!({}));
    let observed = status["observedGeneration"].as_i64().unwrap_or_default();
    status["conditions"] = conditions(budget, "False", "SyncFailed", why, observed, time);
    status["disruptionsAllowed"] = 0.into();
    status
}

/// The conditions with that of the budget set; its time changes with its status only.
fn conditions(
    budget: &Value,
    status: &str,
    reason: &str,
    message: &str,
    generation: i64,
    time: &str,
) -> Value {
    let mut new = json!({
        "type": "DisruptionAllowed", "status": status, "lastTransitionTime": time,
        "reason": reason, "message": message,
    });
    if generation != 0 {
        new["observedGeneration"] = generation.into();
    }
    condition::with(budget.pointer("/status/conditions"), new, time)
}
