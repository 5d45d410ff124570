//! POST of an eviction: a pod's deletion, as far as disruption budgets allow it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::labels::selector_text;
use super::{at, items_at, number_at, set_at, speaking, spoken, success, text_at};
use crate::api::delete::{self, options::DeleteOptions};
use crate::api::options::{OptionsKind, WriteOptions};
use crate::api::{Call, Cluster, body, place};
use crate::apply::{self, Manager};
use crate::clock::seconds;
use crate::condition;
use crate::failure::{Cause, Details, Failure, Result};
use crate::http::Reply;
use crate::mutation::{self, Mutation};
use crate::object::Object;
use crate::schema::builtin;
use crate::selector::Selection;
use crate::store::{Key, Stored, Transaction};

const BUDGETS: &str = "poddisruptionbudgets.policy";
const REFUSED: &str = "Cannot evict pod as it would violate the pod's disruption budget.";
/// How many pods a budget may have under way.
const MAX_DISRUPTED: usize = 2000;

/// Evicts the pod that the path names.
pub(super) fn answer(cluster: &Arc<Cluster>, call: &Call<'_>) -> Result<Reply> {
    let options = WriteOptions::of(call, OptionsKind::Create)?;
    let version = if says_beta(call) { "v1beta1" } else { "v1" };
    let eviction_call = speaking(call, spoken("policy", version, "Eviction"));
    let mut eviction = body::read(cluster, &eviction_call, options.validation)?;
    place::namespace(call, &mut eviction)?;
    let name = call.name.unwrap_or_default();
    if eviction.name() != name {
        return Err(Failure::bad_request("name in URL does not match name in Eviction object"));
    }
    let given = eviction.get("deleteOptions").cloned().unwrap_or_else(|| json!({}));
    let mut delete_options = DeleteOptions::of_value(&given)?;
    delete_options.dry_run |= options.dry_run;
    let eviction = Eviction { cluster, call, options: delete_options };
    let dry_run = eviction.options.dry_run;
    cluster.write(dry_run, |transaction| eviction.run(transaction, name))?;
    Ok(success(call))
}

/// Whether the body is of the first version, which nothing else speaks any more.
fn says_beta(call: &Call<'_>) -> bool {
    let body: Option<Value> = serde_json::from_slice(&call.request.body).ok();
    body.is_some_and(|body| text_at(&body, &["apiVersion"]) == "policy/v1beta1")
}

struct Eviction<'a> {
    cluster: &'a Cluster,
    call: &'a Call<'a>,
    options: DeleteOptions,
}

impl Eviction<'_> {
    fn run(&self, transaction: &mut Transaction<'_>, name: &str) -> Result<()> {
        let key = Key::new("pods", self.call.namespace.unwrap_or_default(), name);
        let pod = transaction.get(&key);
        let pod = pod.ok_or_else(|| Failure::not_found(&self.call.resource, name))?;
        delete::check_preconditions(self.call, &pod, &self.options)?;
        if !goes_anyway(&pod.value) {
            self.ask_budget(transaction, &pod)?;
        }
        self.delete(transaction, &pod)
    }

    /// Takes the pod out of its budget, if it has one.
    fn ask_budget(&self, transaction: &mut Transaction<'_>, pod: &Stored) -> Result<()> {
        let budgets = transaction.list(BUDGETS, Some(pod.value.namespace()));
        let mut budgets =
            budgets.into_iter().filter(|budget| self.covers(&budget.value, &pod.value));
        let Some(budget) = budgets.next() else { return Ok(()) };
        if budgets.next().is_some() {
            let why = "This pod has more than one PodDisruptionBudget, which the eviction subresource \
                       does not support.";
            return Err(Failure::internal(why));
        }
        if !is_ready(&pod.value) && may_go_unready(&budget.value) {
            return Ok(());
        }
        refuse(&budget.value)?;
        let disrupted = self.disrupted(&budget.value, pod.value.name())?;
        transaction.put(budget.key.clone(), disrupted);
        Ok(())
    }

    /// Whether a budget is about the pod: without a selector it is about none.
    fn covers(&self, budget: &Value, pod: &Value) -> bool {
        let selector = budget.get("spec").and_then(|spec| spec.get("selector"));
        let Some(selector) = selector.filter(|selector| !selector.is_null()) else { return false };
        Selection::parse(&self.call.resource, &selector_text(selector), "")
            .is_ok_and(|selection| selection.matches(pod))
    }

    /// The budget with one disruption less, as the server itself writes it.
    fn disrupted(&self, budget: &Value, pod: &str) -> Result<Value> {
        let now = seconds(self.cluster.clock.now());
        let left = number_at(budget, &["status", "disruptionsAllowed"]).saturating_sub(1);
        let mut object = budget.clone();
        set_at(&mut object, &["status", "disruptionsAllowed"], left.into());
        set_at(&mut object, &["status", "disruptedPods", pod], now.as_str().into());
        if left == 0 {
            let condition = json!({
                "type": "DisruptionAllowed", "status": "False", "reason": "InsufficientPods",
                "message": "", "observedGeneration": number_at(&object, &["status", "observedGeneration"]),
            });
            set_condition(&mut object, condition, &now);
        }
        let manager = Manager {
            name: "kube-apiserver".into(),
            api_version: "policy/v1".into(),
            subresource: "status".into(),
            time: now,
        };
        if let Some(schema) = builtin::schema_of("policy", "v1", "PodDisruptionBudget") {
            apply::update(schema.get(), Some(budget), &mut object, &manager, &[&["spec"]])?;
        }
        Ok(object)
    }

    /// Says on the pod why it goes, and deletes it.
    fn delete(&self, transaction: &mut Transaction<'_>, pod: &Stored) -> Result<()> {
        let mut object = pod.value.clone();
        let condition = json!({
            "type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI",
            "message": "Eviction API: evicting", "lastProbeTime": null,
        });
        set_condition(&mut object, condition, &seconds(self.cluster.clock.now()));
        let marked = if object == pod.value {
            pod.clone()
        } else {
            transaction.put(pod.key.clone(), object)
        };
        let options = DeleteOptions { uid: None, resource_version: None, ..self.options.clone() };
        delete::remove_or_mark(self.cluster, transaction, &self.call.resource, &marked, &options);
        Ok(())
    }
}

/// Whether no budget counts the pod: it is over, not begun, or going.
fn goes_anyway(pod: &Value) -> bool {
    let phase = text_at(pod, &["status", "phase"]);
    matches!(phase, "Succeeded" | "Failed" | "Pending" | "") || pod.is_terminating()
}

fn is_ready(pod: &Value) -> bool {
    let conditions = items_at(pod, &["status", "conditions"]);
    conditions.iter().any(|condition| {
        text_at(condition, &["type"]) == "Ready" && text_at(condition, &["status"]) == "True"
    })
}

/// Whether a budget lets a pod go that is not ready.
fn may_go_unready(budget: &Value) -> bool {
    let desired = number_at(budget, &["status", "desiredHealthy"]);
    text_at(budget, &["spec", "unhealthyPodEvictionPolicy"]) == "AlwaysAllow"
        || (desired > 0 && number_at(budget, &["status", "currentHealthy"]) >= desired)
}

/// 429 or 403, where the budget allows no disruption now.
fn refuse(budget: &Value) -> Result<()> {
    if mutation::is(Mutation::BudgetsDoNotCount) {
        return Ok(());
    }
    let name = budget.name();
    let status = |key: &str| number_at(budget, &["status", key]);
    let generation = budget.meta("generation").and_then(Value::as_i64).unwrap_or(0);
    if status("observedGeneration") < generation {
        let why = format!("The disruption budget {name} is still being processed by the server.");
        return Err(too_many(why, 10));
    }
    let disrupted = budget.get("status").and_then(|status| status.get("disruptedPods"));
    if disrupted.and_then(Value::as_object).is_some_and(|pods| pods.len() > MAX_DISRUPTED) {
        let why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller";
        return Err(forbidden(name, why));
    }
    match status("disruptionsAllowed") {
        0 => Err(too_many(explain(budget), 0)),
        ..0 => Err(forbidden(name, "pdb disruptions allowed is negative")),
        _ => Ok(()),
    }
}

/// Why a budget allows none.
fn explain(budget: &Value) -> String {
    let name = budget.name();
    let conditions = items_at(budget, &["status", "conditions"]);
    let denied = conditions.iter().find(|condition| {
        text_at(condition, &["type"]) == "DisruptionAllowed"
            && text_at(condition, &["status"]) == "False"
            && !text_at(condition, &["message"]).is_empty()
    });
    let said = |key: &str| denied.map_or("", |condition| text_at(condition, &[key]));
    let desired = number_at(budget, &["status", "desiredHealthy"]);
    let current = number_at(budget, &["status", "currentHealthy"]);
    if said("reason") == "SyncFailed" {
        format!(
            "The disruption budget {name} does not allow evicting pods currently because it failed sync: {}",
            said("message")
        )
    } else if current <= desired {
        format!(
            "The disruption budget {name} needs {desired} healthy pods and has {current} currently"
        )
    } else if denied.is_some() {
        let (reason, message) = (said("reason"), said("message"));
        format!(
            "The disruption budget {name} does not allow evicting pods currently ({reason}): {message}"
        )
    } else {
        format!("The disruption budget {name} does not allow evicting pods currently")
    }
}

fn too_many(why: String, retry_after_seconds: u32) -> Failure {
    Failure::new(429, "TooManyRequests", REFUSED)
        .with_details(Details { retry_after_seconds, ..Details::default() })
        .caused_by(Cause { reason: "DisruptionBudget".into(), message: why, ..Cause::default() })
}

fn forbidden(name: &str, why: &str) -> Failure {
    let message = format!("poddisruptionbudget.policy {name:?} is forbidden: {why}");
    Failure::new(403, "Forbidden", message).with_details(Details {
        name: name.to_owned(),
        group: "policy".to_owned(),
        kind: "poddisruptionbudget".to_owned(),
        ..Details::default()
    })
}

/// Sets a condition in `status`; its time is that of the last change of its status.
pub(super) fn set_condition(object: &mut Value, condition: Value, now: &str) {
    let place = ["status", "conditions"];
    let conditions = condition::with(at(object, &place), condition, now);
    set_at(object, &place, conditions);
}
