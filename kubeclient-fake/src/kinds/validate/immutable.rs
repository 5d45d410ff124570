//! The fields that a kind doesn't let change.

use serde_json::{Value, json};

use super::node::{Errors, Node};
use crate::field::FieldError;

const IMMUTABLE: &str = "field is immutable";

/// That these fields are what they were.
pub(super) fn fixed(new: &Node<'_>, old: &Node<'_>, keys: &[&str], errors: &mut Errors) {
    for key in keys {
        let (new, old) = (new.at(key), old.at(key));
        if new.value != old.value && !(new.is_empty() && old.is_empty()) {
            new.invalid(IMMUTABLE, errors);
        }
    }
}

/// What a change of a kind with little to say touches that it may not.
pub(super) fn check(
    group: &str,
    kind: &str,
    object: &Node<'_>,
    live: &Node<'_>,
    errors: &mut Errors,
) {
    let (spec, old) = (object.at("spec"), live.at("spec"));
    match (group, kind) {
        ("apps", "Deployment" | "ReplicaSet" | "DaemonSet") => {
            fixed(&spec, &old, &["selector"], errors);
        }
        ("apps", "StatefulSet") => stateful_set(&spec, &old, errors),
        ("apps", "ControllerRevision") => fixed(object, live, &["data"], errors),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            let role = object.at("roleRef");
            if role.value != live.at("roleRef").value {
                let text = |key: &str| role.at(key).text();
                let value = json!({
                    "APIGroup": text("apiGroup"), "Kind": text("kind"), "Name": text("name"),
                });
                errors.push(FieldError::invalid("roleRef", value, "cannot change roleRef"));
            }
        }
        ("storage.k8s.io", "StorageClass") => {
            let keys = ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"];
            fixed(object, live, &keys, errors);
        }
        ("storage.k8s.io", "VolumeAttributesClass") => {
            for key in ["driverName", "parameters"] {
                if object.at(key).value != live.at(key).value {
                    object.at(key).forbidden(format!("updates to {key} are forbidden."), errors);
                }
            }
        }
        ("storage.k8s.io", "VolumeAttachment") => fixed(object, live, &["spec"], errors),
        ("storage.k8s.io", "CSIDriver") => {
            let attach = spec.at("attachRequired");
            if attach.value != old.at("attachRequired").value {
                attach.called("spec.attachedRequired".to_owned()).invalid(IMMUTABLE, errors);
            }
        }
        ("storage.k8s.io", "CSINode") => drivers(&spec, &old, errors),
        ("scheduling.k8s.io", "PriorityClass") => {
            if object.at("value").value != live.at("value").value {
                object.at("value").forbidden("may not be changed in an update.", errors);
            }
            fixed(object, live, &["preemptionPolicy"], errors);
        }
        ("node.k8s.io", "RuntimeClass") => fixed(object, live, &["handler"], errors),
        ("discovery.k8s.io", "EndpointSlice") => fixed(object, live, &["addressType"], errors),
        ("networking.k8s.io", "IngressClass") => fixed(&spec, &old, &["controller"], errors),
        ("networking.k8s.io", "IPAddress") => fixed(&spec, &old, &["parentRef"], errors),
        ("networking.k8s.io", "ServiceCIDR") => {
            for (new, old) in spec.at("cidrs").items().iter().zip(old.at("cidrs").items()) {
                if new.value != old.value {
                    new.invalid(IMMUTABLE, errors);
                }
            }
        }
        ("", "ResourceQuota") => fixed(&spec, &old, &["scopes"], errors),
        ("", "Node") => {
            for (key, told) in [("podCIDRs", "podCIDR"), ("providerID", "providerID")] {
                let before = old.at(key);
                if !before.is_empty() && spec.at(key).value != before.value {
                    let why =
                        format!("node updates may not change {told} except from \"\" to valid");
                    spec.at(key).forbidden(why, errors);
                }
            }
        }
        ("events.k8s.io", "Event") => {
            for (key, told) in [
                ("regarding", "involvedObject"),
                ("reason", "reason"),
                ("note", "message"),
                ("type", "type"),
                ("eventTime", "eventTime"),
                ("action", "action"),
                ("related", "related"),
                ("reportingController", "reportingController"),
                ("reportingInstance", "reportingInstance"),
            ] {
                if object.at(key).value != live.at(key).value {
                    object.at(key).called(told.to_owned()).invalid(IMMUTABLE, errors);
                }
            }
        }
        _ => {}
    }
}

fn stateful_set(spec: &Node<'_>, old: &Node<'_>, errors: &mut Errors) {
    let fixed = |spec: &Node<'_>| {
        let mut value = spec.value.clone();
        if let Value::Object(map) = &mut value {
            for key in [
                "replicas",
                "ordinals",
                "template",
                "updateStrategy",
                "revisionHistoryLimit",
                "persistentVolumeClaimRetentionPolicy",
                "minReadySeconds",
            ] {
                map.remove(key);
            }
        }
        value
    };
    if fixed(spec) != fixed(old) {
        let why = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
            'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
            'minReadySeconds' are forbidden";
        spec.forbidden(why, errors);
    }
}

/// A driver that is known keeps what it says.
fn drivers(spec: &Node<'_>, old: &Node<'_>, errors: &mut Errors) {
    for driver in spec.at("drivers").items() {
        let before = old.at("drivers").items();
        let same = before.iter().find(|old| old.at("name").value == driver.at("name").value);
        if same.is_some_and(|old| old.value != driver.value) {
            let value = json!({
                "Name": driver.at("name").text(), "NodeID": driver.at("nodeID").text(),
                "TopologyKeys": driver.at("topologyKeys").value,
                "Allocatable": driver.at("allocatable").value,
            });
            errors.push(FieldError::invalid(spec.at("drivers").path, value, IMMUTABLE));
        }
    }
}
