//! The kinds with few rules.

use std::collections::HashSet;

use serde_json::Value;

use super::node::{Errors, Node};
use super::pod;
use crate::field::FieldError;
use crate::kinds::NameRule;
use crate::object::Object;

pub(super) fn autoscaler(object: &Node<'_>, errors: &mut Errors) {
    let spec = object.at("spec");
    let (least, most) = (spec.at("minReplicas"), spec.at("maxReplicas"));
    if least.int().is_some_and(|count| count < 1) {
        least.invalid("must be greater than or equal to 1", errors);
    }
    let count = most.int().unwrap_or(0);
    if count < 1 {
        most.missing("must be set and greater than 0", errors);
    }
    if least.int().is_some_and(|least| count < least) {
        most.invalid("must be greater than or equal to `minReplicas`", errors);
    }
    let target = spec.at("scaleTargetRef");
    target.at("kind").required(errors);
    target.at("name").required(errors);
    let version = target.at("apiVersion");
    if !version.text().contains('/') && target.at("kind").text() != "ReplicationController" {
        let why = "apiVersion must specify API group";
        errors.push(FieldError::invalid(version.path.as_str(), version.text(), why));
    }
    for metric in spec.at("metrics").items() {
        check_metric(&metric, errors);
    }
    if least.int() == Some(0) {
        let has = |metric: &Node<'_>| matches!(metric.at("type").text(), "Object" | "External");
        if !spec.at("metrics").items().iter().any(has) {
            let why = "must specify at least one Object or External metric to support scaling to zero replicas";
            spec.at("metrics").forbidden(why, errors);
        }
    }
    for key in ["scaleUp", "scaleDown"] {
        check_scaling(&spec.at("behavior").at(key), errors);
    }
}

fn check_metric(metric: &Node<'_>, errors: &mut Errors) {
    let kind = metric.at("type");
    let field = match kind.text() {
        "ContainerResource" => "containerResource",
        "External" => "external",
        "Object" => "object",
        "Pods" => "pods",
        "Resource" => "resource",
        _ => {
            let kinds = ["ContainerResource", "External", "Object", "Pods", "Resource"];
            // It is told twice.
            kind.must_be_one_of(&kinds, errors);
            kind.must_be_one_of(&kinds, errors);
            return;
        }
    };
    let source = metric.at(field);
    if source.is_null() {
        source.missing("must populate information for the given metric source", errors);
        return;
    }
    let target = source.at("target");
    let is_set = |key: &str| !target.at(key).is_null();
    if field == "resource" && !is_set("averageUtilization") && !is_set("averageValue") {
        let why = "must set either a target raw value or a target utilization";
        target.at("averageUtilization").missing(why, errors);
    }
}

fn check_scaling(rules: &Node<'_>, errors: &mut Errors) {
    if rules.is_null() {
        return;
    }
    let window = rules.at("stabilizationWindowSeconds");
    window.not_negative(errors);
    if window.int().is_some_and(|seconds| seconds > 3600) {
        window.invalid("must be less than or equal to 3600", errors);
    }
    rules.at("selectPolicy").one_of(&["Disabled", "Max", "Min"], errors);
    if rules.at("policies").is_empty() {
        rules.at("policies").missing("must specify at least one Policy", errors);
    }
    for policy in rules.at("policies").items() {
        policy.at("type").must_be_one_of(&["Percent", "Pods"], errors);
        for key in ["value", "periodSeconds"] {
            if policy.at(key).int().unwrap_or(0) <= 0 {
                policy.at(key).invalid("must be greater than zero", errors);
            }
        }
    }
}

pub(super) fn disruption_budget(spec: &Node<'_>, errors: &mut Errors) {
    let (least, most) = (spec.at("minAvailable"), spec.at("maxUnavailable"));
    if !least.is_null() && !most.is_null() {
        let value = serde_json::json!({
            "MinAvailable": least.value, "Selector": spec.at("selector").value,
            "MaxUnavailable": most.value, "UnhealthyPodEvictionPolicy": null,
        });
        let why = "minAvailable and maxUnavailable cannot be both set";
        errors.push(FieldError::invalid(spec.path.as_str(), value, why));
    }
    least.share(errors);
    most.share(errors);
    spec.at("selector").selector(errors);
    let policies = ["AlwaysAllow", "IfHealthyBudget"];
    spec.at("unhealthyPodEvictionPolicy").one_of(&policies, errors);
}

pub(super) fn priority_class(object: &Node<'_>, errors: &mut Errors) {
    const MAX: i64 = 1_000_000_000;
    let name = object.value.name();
    if name.starts_with("system-") {
        if !matches!(name, "system-node-critical" | "system-cluster-critical") {
            let why = format!(
                "priority class names with 'system-' prefix are reserved for system use only. error: {name} is \
                 not a known system priority class"
            );
            object.at("metadata").at("name").forbidden(why, errors);
        }
    } else if object.at("value").int().is_some_and(|value| value > MAX) {
        let why = format!("maximum allowed value of a user defined priority is {MAX}");
        object.at("value").forbidden(why, errors);
    }
    object.at("preemptionPolicy").one_of(&["PreemptLowerPriority", "Never"], errors);
}

pub(super) fn quota(spec: &Node<'_>, errors: &mut Errors) {
    for (name, amount) in spec.at("hard").entries() {
        pod::resource_name(&amount, name, "quota", errors);
        amount.amount(errors);
    }
    let known = [
        "Terminating",
        "NotTerminating",
        "BestEffort",
        "NotBestEffort",
        "PriorityClass",
        "CrossNamespacePodAffinity",
        "VolumeAttributesClass",
    ];
    let scopes = spec.at("scopes");
    if scopes.items().iter().any(|scope| !known.contains(&scope.text())) {
        scopes.invalid("unsupported scope", errors);
    }
}

pub(super) fn limit_range(spec: &Node<'_>, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for limit in spec.at("limits").items() {
        let kind = limit.at("type");
        let is_standard = matches!(kind.text(), "Pod" | "Container" | "PersistentVolumeClaim");
        if kind.is_empty() {
            kind.qualified_name(errors);
        } else if !is_standard && !kind.text().contains('/') {
            kind.invalid("must be a standard limit type or fully qualified", errors);
        }
        if !seen.insert(kind.text()) {
            kind.duplicate(errors);
        }
        if kind.text() == "Pod" {
            for key in ["default", "defaultRequest"] {
                if !limit.at(key).is_empty() {
                    let why = "may not be specified when `type` is 'Pod'";
                    limit.at(key).forbidden(why, errors);
                }
            }
        }
        for (name, least) in limit.at("min").entries() {
            for (key, word) in
                [("max", "max"), ("defaultRequest", "default request"), ("default", "default")]
            {
                let other = limit.at(key).entry(name);
                if let (Some(small), Some(big)) = (least.millis(), other.millis())
                    && small > big
                {
                    let why = format!(
                        "min value {} is greater than {word} value {}",
                        least.text(),
                        other.text()
                    );
                    match key {
                        "max" => least.invalid(why, errors),
                        "default" => {
                            let value = least.value.clone();
                            errors.push(FieldError::invalid(other.path, value, why));
                        }
                        _ => other.invalid(why, errors),
                    }
                }
            }
        }
    }
}

pub(super) fn lease(spec: &Node<'_>, errors: &mut Errors) {
    let seconds = spec.at("leaseDurationSeconds");
    if seconds.int().is_some_and(|seconds| seconds <= 0) {
        seconds.invalid("must be greater than 0", errors);
    }
    spec.at("leaseTransitions").not_negative(errors);
}

/// An event, in the fields of the core group; the events group is stricter.
pub(super) fn event(object: &Node<'_>, is_new: bool, errors: &mut Errors) {
    let is_core = object.at("apiVersion").text() == "v1";
    let of = |core: &str, events: &str| object.at(if is_core { core } else { events }).value;
    let regarding = of("involvedObject", "regarding");
    let namespace = regarding.get("namespace").and_then(Value::as_str).unwrap_or_default();
    // What is in no namespace has its events in `default`.
    let fits = namespace == object.value.namespace()
        || (namespace.is_empty() && object.value.namespace() == "default");
    let is_strict = !is_core && is_new && !object.at("eventTime").is_empty();
    if !fits && !is_strict {
        let why = "does not match event.namespace";
        errors.push(FieldError::invalid("involvedObject.namespace", namespace, why));
    }
    if is_core || !is_new {
        return;
    }
    if object.at("eventTime").is_empty() {
        object.at("eventTime").missing("", errors);
        let kind = object.at("type").text();
        if !matches!(kind, "Normal" | "Warning") {
            errors.push(FieldError::invalid("type", "", format!("has invalid value: {kind}")));
        }
        return;
    }
    let controller = object.at("reportingController");
    if controller.required(errors) {
        controller.qualified_name(errors);
    }
    for key in ["reportingInstance", "action", "reason"] {
        object.at(key).required(errors);
    }
    let kind = object.at("type").text();
    if !matches!(kind, "Normal" | "Warning") {
        errors.push(FieldError::invalid("type", "", format!("has invalid value: {kind}")));
    }
}

pub(super) fn node(object: &Node<'_>, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for (index, taint) in object.at("spec").at("taints").items().into_iter().enumerate() {
        let taint = taint.called(format!("metadata.taints[{index}]"));
        let (key, effect) = (taint.at("key"), taint.at("effect"));
        key.qualified_name(errors);
        effect.one_of(&["NoSchedule", "PreferNoSchedule", "NoExecute"], errors);
        if !seen.insert((key.text(), effect.text())) {
            let value = serde_json::json!({
                "Key": key.text(), "Value": taint.at("value").text(), "Effect": effect.text(),
                "TimeAdded": null,
            });
            let why = "taints must be unique by key and effect pair";
            let kind = crate::field::FieldErrorKind::Duplicate(value);
            errors.push(FieldError::new(kind, taint.path, why));
        }
    }
    for range in object.at("spec").at("podCIDRs").items() {
        range.range(errors);
    }
}

pub(super) fn signing_request(object: &Node<'_>, errors: &mut Errors) {
    let spec = object.at("spec");
    let request = spec.at("request");
    if !is_request(request.text()) {
        request.invalid("PEM block type must be CERTIFICATE REQUEST", errors);
    }
    spec.at("usages").required(errors);
    spec.at("signerName").required(errors);
}

fn is_request(text: &str) -> bool {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let pem = STANDARD.decode(text).unwrap_or_default();
    String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE REQUEST-----")
}

pub(super) fn webhooks(object: &Node<'_>, errors: &mut Errors) {
    for hook in object.at("webhooks").items() {
        let name = hook.at("name");
        if name.required(errors)
            && name.text().split('.').filter(|part| !part.is_empty()).count() < 3
        {
            name.invalid(
                "should be a domain with at least three segments separated by dots",
                errors,
            );
        }
        let effects = hook.at("sideEffects");
        if effects.is_empty() {
            effects.missing("must specify one of None, NoneOnDryRun", errors);
        } else {
            effects.one_of(&["None", "NoneOnDryRun"], errors);
        }
        let client = hook.at("clientConfig");
        if client.at("url").is_null() == client.at("service").is_null() {
            client.missing("exactly one of url or service is required", errors);
        }
        let versions = hook.at("admissionReviewVersions");
        if versions.is_empty() {
            versions.missing("must specify one of v1, v1beta1", errors);
        } else if !versions.items().iter().any(|one| matches!(one.text(), "v1" | "v1beta1")) {
            versions.invalid("must include at least one of v1, v1beta1", errors);
        }
    }
}

pub(super) fn api_service(object: &Node<'_>, errors: &mut Errors) {
    let spec = object.at("spec");
    let (group, version) = (spec.at("group"), spec.at("version"));
    let wanted = format!("{}.{}", version.text(), group.text());
    let name = object.at("metadata").at("name");
    if name.text() != wanted {
        let why = format!("must be `spec.version+\".\"+spec.group`: {wanted:?}");
        name.invalid(why, errors);
    }
    if group.is_empty() && version.text() != "v1" {
        group.missing("only v1 may have an empty group and it better be legacy kube", errors);
    }
    for why in NameRule::OldLabel.errors(version.text(), false) {
        errors.push(FieldError::invalid(version.path.as_str(), version.text(), why));
    }
    for (key, limit) in [("groupPriorityMinimum", 20_000), ("versionPriority", 1_000)] {
        let number = spec.at(key).int().unwrap_or(0);
        if !(1..=limit).contains(&number) {
            let why = format!("must be positive and less than {limit}");
            errors.push(FieldError::invalid(spec.at(key).path, number, why));
        }
    }
}
