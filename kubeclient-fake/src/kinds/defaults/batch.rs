//! Jobs and cron jobs.

use serde_json::{Value, json};

use super::{at, child, default, each, pod};
use crate::object::Object;

/// A job's specification.
pub(super) fn job(spec: &mut Value) {
    let is_unset = |spec: &Value, key: &str| spec.get(key).is_none_or(Value::is_null);
    if is_unset(spec, "completions") && is_unset(spec, "parallelism") {
        default(spec, "completions", 1);
    }
    default(spec, "parallelism", 1);
    if is_unset(spec, "backoffLimitPerIndex") {
        default(spec, "backoffLimit", 6);
    } else {
        default(spec, "backoffLimit", i32::MAX);
    }
    default(spec, "completionMode", "NonIndexed");
    default(spec, "suspend", false);
    default(spec, "manualSelector", false);
    let policy = if is_unset(spec, "podFailurePolicy") { "TerminatingOrFailed" } else { "Failed" };
    default(spec, "podReplacementPolicy", policy);
    at(spec, "podFailurePolicy", |policy| {
        each(policy, "rules", |rule| {
            each(rule, "onPodConditions", |condition| default(condition, "status", "True"));
        });
    });
    pod::template(child(spec, "template"));
}

/// A job without labels has its template's.
pub(super) fn label(job: &mut Value) {
    let template = job.get("spec").and_then(|spec| spec.get("template"));
    if let Some(labels) = template.and_then(|template| template.meta("labels")).cloned() {
        default(child(job, "metadata"), "labels", labels);
    }
}

pub(super) fn cron_job(object: &mut Value) {
    let spec = child(object, "spec");
    default(spec, "concurrencyPolicy", "Allow");
    default(spec, "suspend", false);
    default(spec, "successfulJobsHistoryLimit", 3);
    default(spec, "failedJobsHistoryLimit", 1);
    let template = child(spec, "jobTemplate");
    default(template, "metadata", json!({}));
    at(template, "spec", |spec| pod::template(child(spec, "template")));
}
