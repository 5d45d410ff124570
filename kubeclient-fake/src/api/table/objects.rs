//! The cells of the kinds that are neither workloads nor networks nor storage.

use std::collections::BTreeSet;

use serde_json::Value;

use super::cells::{Row, joined, quantity, selector, text};
use super::duration;
use crate::object::Object;

/// Of the core group, and events of their own group.
pub(super) fn core(kind: &str, row: &Row<'_>) -> Option<Vec<Value>> {
    Some(match kind {
        "ConfigMap" => {
            vec![row.name(), (row.count("/data") + row.count("/binaryData")).into(), row.age()]
        }
        "Secret" => {
            vec![row.name(), row.text("/type").into(), row.count("/data").into(), row.age()]
        }
        "ServiceAccount" => vec![row.name(), row.age()],
        "Namespace" => vec![row.name(), row.text("/status/phase").into(), row.age()],
        "Node" => node(row),
        "Event" => event(row),
        "ResourceQuota" => quota(row),
        "ComponentStatus" => component(row),
        _ => return None,
    })
}

/// Of the other groups.
pub(super) fn grouped(kind: &str, row: &Row<'_>) -> Option<Vec<Value>> {
    Some(match kind {
        "RoleBinding" | "ClusterRoleBinding" => binding(row),
        "Lease" => vec![row.name(), row.text("/spec/holderIdentity").into(), row.age()],
        "LeaseCandidate" => vec![
            row.name(),
            row.text("/spec/leaseName").into(),
            row.text("/spec/binaryVersion").into(),
            row.text("/spec/emulationVersion").into(),
            row.age(),
        ],
        "PriorityClass" => vec![
            row.name(),
            row.number("/value").into(),
            row.flag("/globalDefault", false),
            row.age(),
            row.text("/preemptionPolicy").into(),
        ],
        "RuntimeClass" => vec![row.name(), row.text("/handler").into(), row.age()],
        "CertificateSigningRequest" => certificate(row),
        "APIService" => api_service(row),
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => {
            vec![row.name(), row.count("/webhooks").into(), row.age()]
        }
        "ValidatingAdmissionPolicy" => policy(row, "/spec/validations"),
        "MutatingAdmissionPolicy" => policy(row, "/spec/mutations"),
        "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding" => {
            vec![row.name(), row.text("/spec/policyName").into(), parameter(row), row.age()]
        }
        "FlowSchema" => flow_schema(row),
        "PriorityLevelConfiguration" => priority_level(row),
        "DeviceClass" | "ResourceClaimTemplate" => vec![row.name(), row.age()],
        "ResourceClaim" => vec![row.name(), claim_state(row), row.age()],
        "ResourceSlice" => vec![
            row.name(),
            row.text("/spec/nodeName").into(),
            row.text("/spec/driver").into(),
            row.text("/spec/pool/name").into(),
            row.age(),
        ],
        _ => return None,
    })
}

fn node(row: &Row<'_>) -> Vec<Value> {
    let mut status = match row.condition("/status/conditions", "Ready") {
        None => "Unknown",
        Some(condition) if text(condition, "/status") == "True" => "Ready",
        Some(_) => "NotReady",
    }
    .to_owned();
    if row.flag("/spec/unschedulable", false) == Value::Bool(true) {
        status.push_str(",SchedulingDisabled");
    }
    let mut roles = BTreeSet::new();
    for (key, value) in row.object.labels().into_iter().flatten() {
        if let Some(role) = key.strip_prefix("node-role.kubernetes.io/") {
            roles.insert(role);
        } else if key == "kubernetes.io/role" {
            roles.insert(value.as_str().unwrap_or_default());
        }
    }
    roles.remove("");
    let roles = roles.into_iter().collect::<Vec<_>>().join(",");
    let address = |kind: &str| match row.condition("/status/addresses", kind) {
        Some(address) => text(address, "/address").into(),
        None => Value::from("<none>"),
    };
    let info = |field: &str| row.text(&format!("/status/nodeInfo/{field}"));
    let known = |field: &str| match info(field) {
        "" => "<unknown>".to_owned(),
        text => text.to_owned(),
    };
    let mut kernel = known("kernelVersion");
    if !info("architecture").is_empty() {
        kernel = format!("{kernel} ({})", info("architecture"));
    }
    vec![
        row.name(),
        status.into(),
        if roles.is_empty() { "<none>".into() } else { roles.into() },
        row.age(),
        info("kubeletVersion").into(),
        address("InternalIP"),
        address("ExternalIP"),
        known("osImage").into(),
        kernel.into(),
        known("containerRuntimeVersion").into(),
    ]
}

/// An event, in the form of either of its groups.
fn event(row: &Row<'_>) -> Vec<Value> {
    let either = |old: &str, new: &str| match row.has(old) {
        true => old.to_owned(),
        false => new.to_owned(),
    };
    let part = |old: &str, new: &str| row.text(&either(old, new)).to_owned();
    let first_path = either("/firstTimestamp", "/deprecatedFirstTimestamp");
    let last_path = either("/lastTimestamp", "/deprecatedLastTimestamp");
    let first = if row.has(&first_path) { row.since(&first_path) } else { row.since("/eventTime") };
    let mut last = if row.has(&last_path) { row.since(&last_path) } else { first.clone() };
    let mut count = row.number(&either("/count", "/deprecatedCount")).max(1);
    if row.has("/series") {
        last = row.since("/series/lastObservedTime");
        count = row.number("/series/count");
    }
    let mut target = part("/involvedObject/kind", "/regarding/kind").to_lowercase();
    let name = part("/involvedObject/name", "/regarding/name");
    if !name.is_empty() {
        target = format!("{target}/{name}");
    }
    let source = |field: &str, reporting: [&str; 2]| {
        let paths = [format!("/source/{field}"), format!("/deprecatedSource/{field}")];
        let mut paths = paths.iter().map(String::as_str).chain(reporting);
        paths.find(|path| !row.text(path).is_empty()).map_or("", |path| row.text(path))
    };
    let component = source("component", ["/reportingComponent", "/reportingController"]);
    let instance = source("host", ["/reportingInstance", "/reportingInstance"]);
    let source = match instance {
        "" => component.to_owned(),
        instance => format!("{component}, {instance}"),
    };
    vec![
        last.into(),
        row.text("/type").into(),
        row.text("/reason").into(),
        target.into(),
        part("/involvedObject/fieldPath", "/regarding/fieldPath").into(),
        source.into(),
        part("/message", "/note").trim().into(),
        first.into(),
        count.into(),
        row.name(),
    ]
}

fn quota(row: &Row<'_>) -> Vec<Value> {
    let used = row.object.pointer("/status/used");
    let hard = row.object.pointer("/status/hard").and_then(Value::as_object);
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    let mut names: Vec<_> = hard.into_iter().flatten().collect();
    names.sort_by_key(|(name, _)| *name);
    for (name, hard) in names {
        let used = quantity(used.and_then(|used| used.get(name)));
        let text = format!("{name}: {used}/{}", quantity(Some(hard)));
        if name.starts_with("limits.") { limits.push(text) } else { requests.push(text) }
    }
    vec![row.name(), requests.join(", ").into(), limits.join(", ").into(), row.age()]
}

fn component(row: &Row<'_>) -> Vec<Value> {
    let Some(condition) = row.condition("/conditions", "Healthy") else {
        return vec![row.name(), "Unknown".into(), "".into(), "".into()];
    };
    let status = if text(condition, "/status") == "True" { "Healthy" } else { "Unhealthy" };
    let part = |path| text(condition, path).into();
    vec![row.name(), status.into(), part("/message"), part("/error")]
}

fn binding(row: &Row<'_>) -> Vec<Value> {
    let role = format!("{}/{}", row.text("/roleRef/kind"), row.text("/roleRef/name"));
    let of_kind = |kind: &str| -> Vec<Value> {
        let subjects = row.list("/subjects").iter();
        subjects.filter(|subject| text(subject, "/kind") == kind).cloned().collect()
    };
    let accounts: Vec<String> = of_kind("ServiceAccount")
        .iter()
        .map(|account| format!("{}/{}", text(account, "/namespace"), text(account, "/name")))
        .collect();
    vec![
        row.name(),
        role.into(),
        row.age(),
        joined(&of_kind("User"), "/name", ", ").into(),
        joined(&of_kind("Group"), "/name", ", ").into(),
        accounts.join(", ").into(),
    ]
}

fn certificate(row: &Row<'_>) -> Vec<Value> {
    let is = |kind: &str| row.condition("/status/conditions", kind).is_some();
    let mut status = match (is("Denied"), is("Approved")) {
        (true, _) => "Denied",
        (_, true) => "Approved",
        _ => "Pending",
    }
    .to_owned();
    if is("Failed") {
        status.push_str(",Failed");
    }
    if !row.text("/status/certificate").is_empty() {
        status.push_str(",Issued");
    }
    let requested = "/spec/expirationSeconds";
    vec![
        row.name(),
        row.age(),
        row.text_or("/spec/signerName", "<none>"),
        row.text("/spec/username").into(),
        match row.has(requested) {
            true => duration::human(row.number(requested)).into(),
            false => "<none>".into(),
        },
        status.into(),
    ]
}

fn api_service(row: &Row<'_>) -> Vec<Value> {
    let service = match row.has("/spec/service") {
        true => {
            format!("{}/{}", row.text("/spec/service/namespace"), row.text("/spec/service/name"))
        }
        false => "Local".to_owned(),
    };
    let available = match row.condition("/status/conditions", "Available") {
        None => "Unknown".to_owned(),
        Some(condition) => match (text(condition, "/status"), text(condition, "/reason")) {
            ("True", _) => "True".to_owned(),
            (status, "") => status.to_owned(),
            (status, reason) => format!("{status} ({reason})"),
        },
    };
    vec![row.name(), service.into(), available.into(), row.age()]
}

fn policy(row: &Row<'_>, rules: &str) -> Vec<Value> {
    let kind = match row.has("/spec/paramKind") {
        true => format!(
            "{}/{}",
            row.text("/spec/paramKind/apiVersion"),
            row.text("/spec/paramKind/kind")
        ),
        false => "<unset>".to_owned(),
    };
    vec![row.name(), row.count(rules).into(), kind.into(), row.age()]
}

fn parameter(row: &Row<'_>) -> Value {
    let (namespace, name) = (row.text("/spec/paramRef/namespace"), row.text("/spec/paramRef/name"));
    if !name.is_empty() {
        return format!("{}/{name}", if namespace.is_empty() { "*" } else { namespace }).into();
    }
    match row.object.pointer("/spec/paramRef/selector") {
        Some(chosen) => selector(Some(chosen)).unwrap_or_default().into(),
        None => "<unset>".into(),
    }
}

fn flow_schema(row: &Row<'_>) -> Vec<Value> {
    let dangling = row.condition("/status/conditions", "Dangling");
    vec![
        row.name(),
        row.text("/spec/priorityLevelConfiguration/name").into(),
        row.number("/spec/matchingPrecedence").into(),
        row.text_or("/spec/distinguisherMethod/type", "<none>"),
        row.age(),
        dangling.map_or("?", |condition| text(condition, "/status")).into(),
    ]
}

fn priority_level(row: &Row<'_>) -> Vec<Value> {
    let limit = |path: &str| match row.object.pointer(&format!("/spec/limited/{path}")) {
        Some(value) => value.clone(),
        None => "<none>".into(),
    };
    vec![
        row.name(),
        row.text("/spec/type").into(),
        limit("nominalConcurrencyShares"),
        limit("limitResponse/queuing/queues"),
        limit("limitResponse/queuing/handSize"),
        limit("limitResponse/queuing/queueLengthLimit"),
        row.age(),
    ]
}

fn claim_state(row: &Row<'_>) -> Value {
    let mut states = Vec::new();
    let is_deleted = row.object.is_terminating();
    if is_deleted {
        states.push("deleted");
    }
    if row.has("/status/allocation") {
        states.push("allocated");
        if !row.list("/status/reservedFor").is_empty() {
            states.push("reserved");
        }
    } else if !is_deleted {
        states.push("pending");
    }
    states.join(",").into()
}
