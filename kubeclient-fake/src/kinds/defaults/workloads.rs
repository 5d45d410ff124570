//! Deployments, replica sets, stateful sets, daemon sets, replication controllers.

use serde_json::{Value, json};

use super::{at, child, default, each, pod, text};

pub(super) fn deployment(object: &mut Value) {
    let spec = child(object, "spec");
    pod::template(child(spec, "template"));
    default(spec, "replicas", 1);
    let strategy = child(spec, "strategy");
    default(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        let rolling = child(strategy, "rollingUpdate");
        default(rolling, "maxUnavailable", "25%");
        default(rolling, "maxSurge", "25%");
    }
    default(spec, "revisionHistoryLimit", 10);
    default(spec, "progressDeadlineSeconds", 600);
}

pub(super) fn replica_set(object: &mut Value) {
    let spec = child(object, "spec");
    default(spec, "replicas", 1);
    pod::template(child(spec, "template"));
}

pub(super) fn stateful_set(object: &mut Value) {
    let spec = child(object, "spec");
    pod::template(child(spec, "template"));
    default(spec, "replicas", 1);
    default(spec, "podManagementPolicy", "OrderedReady");
    let strategy = child(spec, "updateStrategy");
    default(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        default(child(strategy, "rollingUpdate"), "partition", 0);
    }
    default(spec, "revisionHistoryLimit", 10);
    let policy = child(spec, "persistentVolumeClaimRetentionPolicy");
    default(policy, "whenDeleted", "Retain");
    default(policy, "whenScaled", "Retain");
    each(spec, "volumeClaimTemplates", |claim| {
        default(claim, "kind", "PersistentVolumeClaim");
        default(claim, "apiVersion", "v1");
        default(claim, "metadata", json!({}));
        at(claim, "spec", |spec| default(spec, "volumeMode", "Filesystem"));
        default(claim, "status", json!({"phase": "Pending"}));
    });
    if spec.get("serviceName").is_none() {
        spec["serviceName"] = "".into();
    }
}

pub(super) fn daemon_set(object: &mut Value) {
    let annotations = child(child(object, "metadata"), "annotations");
    default(annotations, "deprecated.daemonset.template.generation", "0");
    let spec = child(object, "spec");
    pod::template(child(spec, "template"));
    let strategy = child(spec, "updateStrategy");
    default(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        let rolling = child(strategy, "rollingUpdate");
        default(rolling, "maxUnavailable", 1);
        default(rolling, "maxSurge", 0);
    }
    default(spec, "revisionHistoryLimit", 10);
}

pub(super) fn replication_controller(object: &mut Value) {
    let spec = child(object, "spec");
    default(spec, "replicas", 1);
    let Some(template) = spec.get_mut("template").filter(|value| value.is_object()) else { return };
    pod::template(template);
    let labels = template["metadata"].get("labels").filter(|labels| labels.is_object()).cloned();
    if let Some(labels) = labels {
        default(spec, "selector", labels.clone());
        default(child(object, "metadata"), "labels", labels);
    }
}
