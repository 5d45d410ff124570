//! Pods and their templates.

use serde_json::{Value, json};

use super::{at, child, default, each, storage, text};

/// A template of pods.
pub(super) fn template(template: &mut Value) {
    default(template, "metadata", json!({}));
    spec(child(template, "spec"), false);
}

/// The one address that was given stands among all of them.
pub(super) fn addresses(pod: &mut Value) {
    let Some(status) = pod.get_mut("status").and_then(Value::as_object_mut) else { return };
    let all = status.get("podIPs").and_then(Value::as_array);
    if all.is_some_and(|all| !all.is_empty()) {
        return;
    }
    if let Some(address) = status.get("podIP").and_then(Value::as_str).filter(|ip| !ip.is_empty()) {
        let all = json!([{ "ip": address }]);
        status.insert("podIPs".into(), all);
    }
}

/// A pod's specification. A pod's own has what a template's lacks.
pub(super) fn spec(spec: &mut Value, is_pod: bool) {
    default(spec, "dnsPolicy", "ClusterFirst");
    default(spec, "restartPolicy", "Always");
    default(spec, "schedulerName", "default-scheduler");
    default(spec, "securityContext", json!({}));
    default(spec, "terminationGracePeriodSeconds", 30);
    if is_pod {
        default(spec, "enableServiceLinks", true);
    }
    let is_on_host = spec.get("hostNetwork") == Some(&Value::Bool(true));
    for key in ["initContainers", "containers", "ephemeralContainers"] {
        each(spec, key, |item| container(item, is_on_host, is_pod, key != "ephemeralContainers"));
    }
    each(spec, "volumes", volume);
    if let Some(name) = spec.get("serviceAccountName").cloned() {
        default(spec, "serviceAccount", name);
    } else if let Some(name) = spec.get("serviceAccount").cloned() {
        default(spec, "serviceAccountName", name);
    }
}

fn container(container: &mut Value, is_on_host: bool, is_pod: bool, requests: bool) {
    default(container, "resources", json!({}));
    default(container, "terminationMessagePath", "/dev/termination-log");
    default(container, "terminationMessagePolicy", "File");
    let policy = pull_policy(text(container, "image"));
    default(container, "imagePullPolicy", policy);
    each(container, "ports", |port| {
        default(port, "protocol", "TCP");
        if is_on_host && let Some(number) = port.get("containerPort").cloned() {
            default(port, "hostPort", number);
        }
    });
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        at(container, key, probe);
    }
    at(container, "lifecycle", |hooks| {
        for key in ["postStart", "preStop"] {
            at(hooks, key, |hook| at(hook, "httpGet", http_get));
        }
    });
    each(container, "env", |variable| {
        at(variable, "valueFrom", |from| at(from, "fieldRef", field_ref));
    });
    if is_pod && requests {
        at(container, "resources", |resources| {
            let Some(Value::Object(limits)) = resources.get("limits").cloned() else { return };
            if !limits.is_empty() {
                let requests = child(resources, "requests");
                limits.into_iter().for_each(|(key, value)| default(requests, &key, value));
            }
        });
    }
}

fn pull_policy(image: &str) -> &'static str {
    if is_latest(image) { "Always" } else { "IfNotPresent" }
}

/// Whether an image is named without a version, or by the latest.
fn is_latest(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let last = image.rsplit('/').next().unwrap_or_default();
    last.rsplit_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn probe(probe: &mut Value) {
    default(probe, "timeoutSeconds", 1);
    default(probe, "periodSeconds", 10);
    default(probe, "successThreshold", 1);
    default(probe, "failureThreshold", 3);
    at(probe, "httpGet", http_get);
    at(probe, "grpc", |grpc| {
        if grpc.get("service").is_none() {
            grpc["service"] = "".into();
        }
    });
}

fn http_get(get: &mut Value) {
    default(get, "path", "/");
    default(get, "scheme", "HTTP");
}

fn field_ref(reference: &mut Value) {
    default(reference, "apiVersion", "v1");
}

fn volume(volume: &mut Value) {
    let has_source = volume.as_object().is_some_and(|map| map.keys().any(|key| key != "name"));
    if !has_source {
        default(volume, "emptyDir", json!({}));
    }
    const MODE: i32 = 0o644;
    for key in ["secret", "configMap", "downwardAPI", "projected"] {
        at(volume, key, |source| default(source, "defaultMode", MODE));
    }
    at(volume, "downwardAPI", downward);
    at(volume, "projected", |source| {
        each(source, "sources", |source| {
            at(source, "downwardAPI", downward);
            at(source, "serviceAccountToken", |token| default(token, "expirationSeconds", 3600));
        });
    });
    storage::source(volume);
    at(volume, "image", |source| {
        let policy = pull_policy(text(source, "reference"));
        default(source, "pullPolicy", policy);
    });
    at(volume, "ephemeral", |source| {
        at(source, "volumeClaimTemplate", |template| {
            at(template, "spec", |spec| default(spec, "volumeMode", "Filesystem"));
        });
    });
}

fn downward(source: &mut Value) {
    each(source, "items", |item| at(item, "fieldRef", field_ref));
}
