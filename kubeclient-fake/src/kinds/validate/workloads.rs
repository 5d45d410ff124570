//! What makes pods: deployments, replica sets, stateful sets, daemon sets, replication controllers, jobs.

use serde_json::Value;

use super::immutable::fixed;
use super::node::{Errors, Node};
use super::pod;
use crate::field::FieldError;
use crate::object::Object;

/// The numbers of a job that are never negative.
const JOB_NUMBERS: [&str; 5] = [
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
];

const MISMATCH: &str = "`selector` does not match template `labels`";

/// Whether a label selector takes these labels.
fn takes(selector: &Value, labels: Option<&serde_json::Map<String, Value>>) -> bool {
    let of = |key: &str| labels.and_then(|labels| labels.get(key));
    let wanted = selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten();
    let mut expressions =
        selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten();
    wanted.into_iter().all(|(key, value)| of(key) == Some(value))
        && expressions.all(|expression| {
            let text = |key: &str| expression.get(key).and_then(Value::as_str).unwrap_or_default();
            let values = expression.get("values").and_then(Value::as_array);
            let label = of(text("key"));
            let is_named = label.is_some_and(|label| values.is_some_and(|all| all.contains(label)));
            match text("operator") {
                "In" => is_named,
                "NotIn" => !is_named,
                "Exists" => label.is_some(),
                _ => label.is_none(),
            }
        })
}

/// That the selector is there, is one, and takes the template's labels.
fn selector(spec: &Node<'_>, word: &str, errors: &mut Errors) {
    let selector = spec.at("selector");
    let labels = spec.at("template").at("metadata").at("labels");
    let before = errors.len();
    if selector.is_null() {
        if word != "daemonset" {
            selector.missing("", errors);
        }
    } else {
        selector.selector(errors);
        if selector.is_empty() {
            selector.invalid(format!("empty selector is invalid for {word}"), errors);
        }
    }
    if errors.len() > before && !selector.is_empty() {
        selector.invalid("invalid label selector", errors);
        return;
    }
    if selector.is_null() || !takes(selector.value, labels.value.as_object()) {
        labels.invalid(MISMATCH, errors);
    }
}

/// A template whose pods run for ever.
fn template(spec: &Node<'_>, errors: &mut Errors) {
    let template = spec.at("template");
    pod::template(&template, errors);
    let pods = template.at("spec");
    let policy = pods.at("restartPolicy");
    if !matches!(policy.text(), "" | "Always") {
        // A template's policy that is none at all was told before.
        errors.retain(|error| error.field != policy.path);
        policy.unsupported(&["Always"], errors);
    }
    if !pods.at("activeDeadlineSeconds").is_null() {
        let why = "activeDeadlineSeconds in ReplicaSet is not Supported";
        pods.at("activeDeadlineSeconds").forbidden(why, errors);
    }
}

pub(super) fn deployment(spec: &Node<'_>, errors: &mut Errors) {
    spec.at("replicas").not_negative(errors);
    selector(spec, "deployment", errors);
    template(spec, errors);
    strategy(&spec.at("strategy"), errors);
    spec.none_negative(&["minReadySeconds", "revisionHistoryLimit"], errors);
    let deadline = spec.at("progressDeadlineSeconds");
    deadline.not_negative(errors);
    let ready = spec.at("minReadySeconds").int().unwrap_or(0);
    if deadline.int().is_some_and(|seconds| seconds <= ready) {
        deadline.invalid("must be greater than minReadySeconds", errors);
    }
}

fn strategy(strategy: &Node<'_>, errors: &mut Errors) {
    let rolling = strategy.at("rollingUpdate");
    match strategy.at("type").text() {
        "Recreate" if !rolling.is_null() => {
            let why = "may not be specified when strategy `type` is 'Recreate'";
            rolling.forbidden(why, errors);
        }
        "Recreate" => {}
        "RollingUpdate" => {
            let (unavailable, surge) = (rolling.at("maxUnavailable"), rolling.at("maxSurge"));
            unavailable.int_or_percent(errors);
            surge.int_or_percent(errors);
            let is_zero = |node: &Node<'_>| node.int() == Some(0) || node.text() == "0%";
            if is_zero(&unavailable) && is_zero(&surge) {
                unavailable.invalid("may not be 0 when `maxSurge` is 0", errors);
            }
            let before = errors.len();
            unavailable.share(errors);
            // What is no share was told above.
            let told = errors.split_off(before);
            errors
                .extend(told.into_iter().filter(|error| error.detail.contains("greater than 100")));
        }
        kind => {
            let value = serde_json::json!({"Type": kind, "RollingUpdate": null});
            let supported = ["Recreate", "RollingUpdate"];
            errors.push(FieldError::not_supported(strategy.path.as_str(), value, &supported));
        }
    }
}

pub(super) fn replica_set(spec: &Node<'_>, errors: &mut Errors) {
    spec.none_negative(&["replicas", "minReadySeconds"], errors);
    selector(spec, "deployment", errors);
    template(spec, errors);
}

pub(super) fn stateful_set(spec: &Node<'_>, errors: &mut Errors) {
    let policy = spec.at("podManagementPolicy");
    if !matches!(policy.text(), "OrderedReady" | "Parallel") {
        policy.invalid("must be 'OrderedReady' or 'Parallel'", errors);
    }
    let strategy = spec.at("updateStrategy");
    match strategy.at("type").text() {
        "OnDelete" => {}
        "RollingUpdate" => strategy.at("rollingUpdate").at("partition").not_negative(errors),
        kind => {
            let value = serde_json::json!({"Type": kind, "RollingUpdate": null});
            let why = "must be 'RollingUpdate' or 'OnDelete'";
            errors.push(FieldError::invalid(strategy.path.as_str(), value, why));
        }
    }
    for key in ["whenDeleted", "whenScaled"] {
        let policy = spec.at("persistentVolumeClaimRetentionPolicy").at(key);
        policy.one_of(&["Retain", "Delete"], errors);
    }
    spec.none_negative(&["replicas", "minReadySeconds"], errors);
    spec.at("serviceName").label(errors);
    selector(spec, "statefulset", errors);
    template(spec, errors);
    // The claims become volumes of each pod, by their names.
    let claims = spec.at("volumeClaimTemplates");
    let is_claim = |name: &Node<'_>| {
        claims.items().iter().any(|claim| claim.at("metadata").at("name").text() == name.text())
    };
    let pods = spec.at("template").at("spec");
    for list in ["initContainers", "containers"] {
        for container in pods.at(list).items() {
            for mount in container.at("volumeMounts").items() {
                let name = mount.at("name");
                if !name.is_empty() && is_claim(&name) {
                    errors.retain(|error| error.field != name.path);
                }
            }
        }
    }
}

pub(super) fn daemon_set(spec: &Node<'_>, errors: &mut Errors) {
    selector(spec, "daemonset", errors);
    template(spec, errors);
    spec.at("minReadySeconds").not_negative(errors);
    let strategy = spec.at("updateStrategy");
    match strategy.at("type").text() {
        "OnDelete" => {}
        "RollingUpdate" => {
            let rolling = strategy.at("rollingUpdate");
            let (unavailable, surge) = (rolling.at("maxUnavailable"), rolling.at("maxSurge"));
            unavailable.share(errors);
            surge.share(errors);
            let is_zero = |node: &Node<'_>| matches!(node.int(), Some(0)) || node.text() == "0%";
            if is_zero(&unavailable) && is_zero(&surge) {
                unavailable.missing("cannot be 0 when maxSurge is 0", errors);
            }
        }
        kind => {
            let value = serde_json::json!({"Type": kind, "RollingUpdate": null});
            let supported = ["RollingUpdate", "OnDelete"];
            errors.push(FieldError::not_supported(strategy.path.as_str(), value, &supported));
        }
    }
    spec.at("revisionHistoryLimit").not_negative(errors);
}

pub(super) fn replication_controller(spec: &Node<'_>, errors: &mut Errors) {
    spec.none_negative(&["minReadySeconds"], errors);
    let selector = spec.at("selector");
    if selector.is_empty() {
        selector.missing("", errors);
    }
    spec.at("replicas").not_negative(errors);
    let made = spec.at("template");
    if made.is_null() {
        made.missing("", errors);
        return;
    }
    let labels = made.at("metadata").at("labels");
    let wanted = serde_json::json!({"matchLabels": selector.value});
    if !selector.is_empty() && !takes(&wanted, labels.value.as_object()) {
        labels.invalid(MISMATCH, errors);
    }
    template(spec, errors);
}

pub(super) fn job(object: &Node<'_>, errors: &mut Errors) {
    let spec = object.at("spec");
    let uid = object.value.uid();
    let selector = spec.at("selector");
    if selector.is_null() {
        selector.missing("", errors);
    } else {
        selector.selector(errors);
    }
    let labels = spec.at("template").at("metadata").at("labels");
    if !spec.at("manualSelector").is(true) && !uid.is_empty() {
        let wanted =
            serde_json::json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}});
        for (key, expected) in [("controller-uid", uid), ("job-name", object.value.name())] {
            if labels.entry(key).text() != expected && !labels.is_null() {
                let path = labels.entry(key).path;
                let value = labels.value.clone();
                errors.push(FieldError::invalid(path, value, format!("must be '{expected}'")));
            }
        }
        if *selector.value != wanted && !selector.is_null() {
            selector.invalid("`selector` not auto-generated", errors);
        }
    }
    spec.none_negative(&JOB_NUMBERS, errors);
    job_spec(&spec, errors);
    if selector.is_null() || !takes(selector.value, labels.value.as_object()) {
        labels.invalid(MISMATCH, errors);
    }
}

/// What a job and a cron job's job have in common.
fn job_spec(spec: &Node<'_>, errors: &mut Errors) {
    spec.at("completionMode").one_of(&["NonIndexed", "Indexed"], errors);
    let is_indexed = spec.at("completionMode").text() == "Indexed";
    if !is_indexed && !spec.at("backoffLimitPerIndex").is_null() {
        spec.at("backoffLimitPerIndex").invalid("requires indexed completion mode", errors);
    }
    if is_indexed && spec.at("completions").is_null() {
        let why = "when completion mode is Indexed";
        spec.at("completions").missing(why, errors);
    }
    let manager = spec.at("managedBy");
    if !manager.is_null() {
        manager.domain_path(errors);
    }
    spec.at("podReplacementPolicy").one_of(&["Failed", "TerminatingOrFailed"], errors);
    let template = spec.at("template");
    pod::template(&template, errors);
    let policy = template.at("spec").at("restartPolicy");
    match policy.text() {
        "Never" | "OnFailure" => {}
        "Always" | "" => policy.missing("valid values: \"OnFailure\", \"Never\"", errors),
        _ => {
            errors.retain(|error| error.field != policy.path);
            policy.unsupported(&["OnFailure", "Never"], errors);
        }
    }
}

pub(super) fn job_update(object: &Node<'_>, live: &Node<'_>, errors: &mut Errors) {
    job(object, errors);
    // This is told a second time.
    let again = errors.iter().find(|error| error.detail == MISMATCH).cloned();
    errors.extend(again);
    let (spec, old) = (object.at("spec"), live.at("spec"));
    fixed(&spec, &old, &["completions", "selector", "template", "completionMode"], errors);
}

pub(super) fn cron_job(object: &Node<'_>, errors: &mut Errors) {
    let spec = object.at("spec");
    let schedule = spec.at("schedule");
    if schedule.required(errors) {
        let text = schedule.text();
        let fields: Vec<&str> = text.split_whitespace().collect();
        if text.contains("TZ") {
            let why = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
            schedule.invalid(why, errors);
        } else if !text.starts_with('@') && fields.len() != 5 {
            let (count, list) = (fields.len(), fields.join(" "));
            let why = format!("expected exactly 5 fields, found {count}: [{list}]");
            schedule.invalid(why, errors);
        }
    }
    spec.at("startingDeadlineSeconds").not_negative(errors);
    spec.at("concurrencyPolicy").one_of(&["Allow", "Forbid", "Replace"], errors);
    spec.none_negative(&["successfulJobsHistoryLimit", "failedJobsHistoryLimit"], errors);
    let job = spec.at("jobTemplate").at("spec");
    job.none_negative(&JOB_NUMBERS, errors);
    job_spec(&job, errors);
    let name = object.at("metadata").at("name");
    if name.text().len() > 52 {
        name.invalid("must be no more than 52 characters", errors);
    }
}
