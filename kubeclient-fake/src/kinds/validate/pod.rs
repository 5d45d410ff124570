//! Pods, and the templates of pods.

use std::collections::HashSet;

use serde_json::Value;

use super::node::{Errors, Node};
use super::volumes;
use crate::field::FieldError;

/// The two lists of containers that a pod is made with.
const LISTS: [&str; 2] = ["initContainers", "containers"];

/// A new pod.
pub(super) fn created(pod: &Node<'_>, errors: &mut Errors) {
    let spec = pod.at("spec");
    check(&spec, errors);
    if !spec.at("ephemeralContainers").is_empty() {
        spec.at("ephemeralContainers").forbidden("cannot be set on create", errors);
    }
}

/// A template: its labels and annotations, and what its pods are.
pub(super) fn template(template: &Node<'_>, errors: &mut Errors) {
    let metadata = template.at("metadata");
    metadata.at("labels").called(format!("{}.labels", template.path)).labels(errors);
    let annotations = metadata.at("annotations").called(format!("{}.annotations", template.path));
    for key in annotations.value.as_object().into_iter().flatten().map(|(key, _)| key) {
        for why in crate::selector::label_key_errors(&key.to_ascii_lowercase()) {
            errors.push(FieldError::invalid(annotations.path.as_str(), key.as_str(), why));
        }
    }
    check(&template.at("spec"), errors);
}

/// A pod's specification.
pub(super) fn check(spec: &Node<'_>, errors: &mut Errors) {
    let volumes = volumes::check(&spec.at("volumes"), errors);
    containers(spec, &volumes, errors);
    let policy = spec.at("restartPolicy");
    policy.one_of(&["Always", "OnFailure", "Never"], errors);
    let dns = spec.at("dnsPolicy");
    dns.one_of(&["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"], errors);
    spec.at("nodeSelector").labels(errors);
    security(&spec.at("securityContext"), errors);
    sysctls(&spec.at("securityContext"), errors);
    affinity(&spec.at("affinity"), errors);
    if dns.text() == "None" && spec.at("dnsConfig").at("nameservers").is_empty() {
        let why = "must provide `dnsConfig` when `dnsPolicy` is None";
        spec.at("dnsConfig").missing(why, errors);
    }
    for gate in spec.at("readinessGates").items() {
        gate.at("conditionType").qualified_name(errors);
    }
    for gate in spec.at("schedulingGates").items() {
        gate.at("name").called(gate.path.clone()).qualified_name(errors);
    }
    spread(spec, errors);
    if !spec.at("os").is_null() && !matches!(spec.at("os").at("name").text(), "linux" | "windows") {
        let name = spec.at("os").at("name").called(spec.at("os").path);
        name.unsupported(&["linux", "windows"], errors);
    }
    for key in ["serviceAccountName", "nodeName"] {
        spec.at(key).subdomain(errors);
    }
    let deadline = spec.at("activeDeadlineSeconds");
    if deadline.int().is_some_and(|seconds| !(1..=i64::from(i32::MAX)).contains(&seconds)) {
        deadline.invalid("must be between 1 and 2147483647, inclusive", errors);
    }
    for key in ["hostname", "subdomain"] {
        spec.at(key).label(errors);
    }
    tolerations(&spec.at("tolerations"), errors);
    for alias in spec.at("hostAliases").items() {
        alias.at("ip").address(errors);
        for name in alias.at("hostnames").items() {
            name.must_be_subdomain(errors);
        }
    }
    spec.at("priorityClassName").subdomain(errors);
    spec.at("preemptionPolicy").one_of(&["PreemptLowerPriority", "Never"], errors);
    spec.at("runtimeClassName").subdomain(errors);
}

fn containers(spec: &Node<'_>, volumes: &HashSet<&str>, errors: &mut Errors) {
    let list = spec.at("containers");
    if list.is_empty() {
        list.missing("", errors);
    }
    let on_host = spec.at("hostNetwork").is(true);
    let mut names = HashSet::new();
    for item in list.items() {
        let name = item.at("name");
        container(&item, volumes, on_host, errors);
        if !name.is_empty() && !names.insert(name.text()) {
            name.duplicate(errors);
        }
    }
    for item in spec.at("initContainers").items() {
        let name = item.at("name");
        container(&item, volumes, on_host, errors);
        if !name.is_empty() && !names.insert(name.text()) {
            name.duplicate(errors);
        }
        if item.at("restartPolicy").text() != "Always" {
            for key in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
                if !item.at(key).is_null() {
                    let why = "may not be set for init containers without restartPolicy=Always";
                    item.at(key).forbidden(why, errors);
                }
            }
        }
    }
}

fn container(item: &Node<'_>, volumes: &HashSet<&str>, on_host: bool, errors: &mut Errors) {
    let name = item.at("name");
    if name.required(errors) {
        name.must_be_label(errors);
    }
    let image = item.at("image");
    if image.required(errors) && image.text().trim() != image.text() {
        image.invalid("must not have leading or trailing whitespace", errors);
    }
    item.at("terminationMessagePolicy").one_of(&["File", "FallbackToLogsOnError"], errors);
    ports(&item.at("ports"), on_host, errors);
    environment(item, errors);
    let mut places = HashSet::new();
    for mount in item.at("volumeMounts").items() {
        let name = mount.at("name");
        if name.required(errors) && !volumes.contains(name.text()) {
            name.not_found(errors);
        }
        let place = mount.at("mountPath");
        place.required(errors);
        if !place.is_empty() && !places.insert(place.text()) {
            place.invalid("must be unique", errors);
        }
    }
    item.at("imagePullPolicy").one_of(&["Always", "IfNotPresent", "Never"], errors);
    resources(&item.at("resources"), errors);
    let hooks = item.at("lifecycle");
    for key in ["postStart", "preStop"] {
        if !hooks.at(key).is_null() {
            handler(&hooks.at(key), errors);
        }
    }
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        probe(&item.at(key), key != "readinessProbe", errors);
    }
    let context = item.at("securityContext");
    security(&context, errors);
    if context.at("privileged").is(true) && context.at("allowPrivilegeEscalation").is(false) {
        let why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
        context.invalid(why, errors);
    }
}

fn ports(ports: &Node<'_>, on_host: bool, errors: &mut Errors) {
    let mut names = HashSet::new();
    for port in ports.items() {
        let name = port.at("name");
        if !name.is_empty() {
            let before = errors.len();
            name.port_name(errors);
            if errors.len() == before && !names.insert(name.text()) {
                name.duplicate(errors);
            }
        }
        match port.at("containerPort").int() {
            None | Some(0) => port.at("containerPort").missing("", errors),
            Some(_) => port.at("containerPort").port(errors),
        }
        let host = port.at("hostPort");
        if host.int().is_some_and(|number| number != 0) {
            host.port(errors);
            if on_host && host.value != port.at("containerPort").value {
                host.invalid("must match `containerPort` when `hostNetwork` is true", errors);
            }
        }
        port.at("protocol").one_of(&["SCTP", "TCP", "UDP"], errors);
    }
}

fn environment(item: &Node<'_>, errors: &mut Errors) {
    for variable in item.at("env").items() {
        let name = variable.at("name");
        if name.required(errors) {
            let fits = |c: char| (' '..='~').contains(&c) && c != '=';
            if !name.text().chars().all(fits) {
                let why = "a valid environment variable name must consist only of printable ASCII characters \
                           other than '='";
                name.invalid(why, errors);
            }
        }
        value_from(&variable, errors);
    }
    for source in item.at("envFrom").items() {
        let names = ["configMapRef", "secretRef"];
        if names.iter().all(|name| source.at(name).is_null()) {
            let why = "must specify one of: `configMapRef` or `secretRef`";
            errors.push(FieldError::invalid(item.at("envFrom").path, "", why));
        }
        for name in names.iter().map(|name| source.at(name)).filter(|name| !name.is_null()) {
            name.at("name").required(errors);
        }
    }
}

fn value_from(variable: &Node<'_>, errors: &mut Errors) {
    let from = variable.at("valueFrom");
    if from.is_null() {
        return;
    }
    let wrong = |why: &str| FieldError::invalid(from.path.as_str(), "", why);
    let field = from.at("fieldRef");
    if !field.is_null() {
        let path = field.at("fieldPath");
        if path.required(errors) && !is_known_field(path.text()) {
            let label = path.text();
            path.invalid(
                format!("error converting fieldPath: field label not supported: {label}"),
                errors,
            );
        }
    }
    for name in ["configMapKeyRef", "secretKeyRef"] {
        let reference = from.at(name);
        if !reference.is_null() {
            reference.at("name").required(errors);
            reference.at("key").required(errors);
        }
    }
    let sources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
    let count = sources.iter().filter(|name| !from.at(name).is_null()).count();
    if count == 0 {
        errors.push(wrong(
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or \
             `fileKeyRef`",
        ));
    } else if !variable.at("value").is_empty() {
        errors.push(wrong("may not be specified when `value` is not empty"));
    } else if count > 1 {
        errors.push(wrong("may not have more than one field specified at a time"));
    }
}

/// Whether a pod's field can be told to its containers.
fn is_known_field(path: &str) -> bool {
    let subscript = ["metadata.annotations['", "metadata.labels['"];
    let known = [
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    ];
    known.contains(&path) || subscript.iter().any(|begin| path.starts_with(begin))
}

fn resources(resources: &Node<'_>, errors: &mut Errors) {
    let (limits, requests) = (resources.at("limits"), resources.at("requests"));
    for list in [&limits, &requests] {
        for (name, amount) in list.entries() {
            let place = Node { value: &Value::Null, path: amount.path.clone() };
            resource_name(&place, name, "containers", errors);
            amount.amount(errors);
        }
    }
    for (name, amount) in requests.entries() {
        let limit = limits.entry(name);
        match (amount.millis(), limit.millis()) {
            (Some(wanted), Some(most)) if wanted > most => {
                let text = limit.text();
                let why = format!("must be less than or equal to {name} limit of {text}");
                let value = amount.value.clone();
                errors.push(FieldError::invalid(requests.path.as_str(), value, why));
            }
            (Some(_), None) if name.contains('/') && !name.contains("kubernetes.io/") => {
                limits.missing("Limit must be set for non overcommitable resources", errors);
            }
            _ => {}
        }
    }
}

/// The name of a resource that containers, quotas or limits are about.
pub(super) fn resource_name(place: &Node<'_>, name: &str, of: &str, errors: &mut Errors) {
    let standard = ["cpu", "memory", "ephemeral-storage"];
    let for_quotas = [
        "storage",
        "pods",
        "services",
        "replicationcontrollers",
        "resourcequotas",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    ];
    let is_standard = standard.contains(&name)
        || name.starts_with("hugepages-")
        || (of != "containers" && for_quotas.contains(&name))
        || (of != "containers" && (name.starts_with("requests.") || name.starts_with("limits.")))
        || (of != "containers" && name.starts_with("count/"));
    if is_standard || name.contains('/') {
        return;
    }
    for why in [
        "must be a standard resource type or fully qualified".to_owned(),
        format!("must be a standard resource for {of}"),
    ] {
        errors.push(FieldError::invalid(place.path.as_str(), name, why));
    }
}

fn probe(probe: &Node<'_>, once: bool, errors: &mut Errors) {
    if probe.is_null() {
        return;
    }
    handler(probe, errors);
    let keys = [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ];
    probe.none_negative(&keys, errors);
    let successes = probe.at("successThreshold");
    if once && successes.int().is_some_and(|count| count != 1) {
        successes.invalid("must be 1", errors);
    }
}

/// What a probe or a hook does.
fn handler(handler: &Node<'_>, errors: &mut Errors) {
    let mut count = 0;
    for name in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        let action = handler.at(name);
        if action.is_null() {
            continue;
        }
        count += 1;
        if count > 1 {
            action.forbidden("may not specify more than 1 handler type", errors);
            continue;
        }
        match name {
            "exec" => {
                action.at("command").required(errors);
            }
            "httpGet" => {
                action.at("path").required(errors);
                action.at("port").port_or_name(errors);
                action.at("scheme").one_of(&["HTTP", "HTTPS"], errors);
            }
            "tcpSocket" | "grpc" => action.at("port").port_or_name(errors),
            _ => {}
        }
    }
    if count == 0 {
        handler.missing("must specify a handler type", errors);
    }
}

fn security(context: &Node<'_>, errors: &mut Errors) {
    for key in ["runAsUser", "runAsGroup", "fsGroup"] {
        let id = context.at(key);
        if id.int().is_some_and(|id| !(0..=i64::from(i32::MAX)).contains(&id)) {
            id.invalid("must be between 0 and 2147483647, inclusive", errors);
        }
    }
}

/// The settings of the kernel, by name.
fn sysctls(context: &Node<'_>, errors: &mut Errors) {
    for setting in context.at("sysctls").items() {
        let name = setting.at("name");
        if !name.required(errors) {
            continue;
        }
        let fits = |part: &str| {
            let ends = |byte: Option<&u8>| byte.is_some_and(|byte| *byte != b'-' && *byte != b'_');
            let known = |byte: u8| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
            };
            let bytes = part.as_bytes();
            ends(bytes.first()) && ends(bytes.last()) && part.bytes().all(known)
        };
        if name.text().len() > 253 || !name.text().split(['.', '/']).all(fits) {
            let why = "must have at most 253 characters and match regex \
                       ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
            name.invalid(why, errors);
        }
    }
}

fn affinity(affinity: &Node<'_>, errors: &mut Errors) {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    let nodes = affinity.at("nodeAffinity").at(REQUIRED);
    if !nodes.is_null() && nodes.at("nodeSelectorTerms").is_empty() {
        let why = "must have at least one node selector term";
        nodes.at("nodeSelectorTerms").missing(why, errors);
    }
    for key in ["podAffinity", "podAntiAffinity"] {
        for term in affinity.at(key).at(REQUIRED).items() {
            term.at("labelSelector").selector(errors);
            let topology = term.at("topologyKey");
            if topology.is_empty() {
                topology.missing("can not be empty", errors);
            }
            topology.qualified_name(errors);
        }
    }
}

fn spread(spec: &Node<'_>, errors: &mut Errors) {
    for constraint in spec.at("topologySpreadConstraints").items() {
        let skew = constraint.at("maxSkew");
        if skew.int().unwrap_or(0) <= 0 {
            skew.invalid("must be greater than zero", errors);
        }
        let topology = constraint.at("topologyKey");
        if topology.is_empty() {
            topology.missing("can not be empty", errors);
        }
        let actions = ["DoNotSchedule", "ScheduleAnyway"];
        constraint.at("whenUnsatisfiable").must_be_one_of(&actions, errors);
    }
}

pub(super) fn tolerations(tolerations: &Node<'_>, errors: &mut Errors) {
    for toleration in tolerations.items() {
        let operator = toleration.at("operator");
        let wrong =
            |value: &str, why: &str| FieldError::invalid(operator.path.as_str(), value, why);
        let key = toleration.at("key");
        for why in crate::selector::label_key_errors(key.text()) {
            if !key.is_empty() {
                key.invalid(why, errors);
            }
        }
        if key.is_empty() && operator.text() != "Exists" {
            let why = "operator must be Exists when `key` is empty, which means \"match all values and all \
                       keys\"";
            errors.push(wrong(operator.text(), why));
        }
        let effect = toleration.at("effect");
        if !toleration.at("tolerationSeconds").is_null() && effect.text() != "NoExecute" {
            let why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            errors.push(FieldError::invalid(effect.path.as_str(), effect.text(), why));
        }
        let value = toleration.at("value");
        match operator.text() {
            "Equal" | "" => {}
            "Exists" if !value.is_empty() => {
                errors.push(wrong(value.text(), "value must be empty when `operator` is 'Exists'"));
            }
            "Exists" => {}
            _ => operator.unsupported(&["Equal", "Exists"], errors),
        }
        effect.one_of(&["NoSchedule", "PreferNoSchedule", "NoExecute"], errors);
    }
}

/// What a pod lets change: next to nothing.
pub(super) fn updated(pod: &Node<'_>, live: &Node<'_>, errors: &mut Errors) {
    let (spec, old) = (pod.at("spec"), live.at("spec"));
    check(&spec, errors);
    let count = |spec: &Node<'_>, key: &str| spec.at(key).items().len();
    for (key, word) in [("containers", "containers"), ("initContainers", "init containers")] {
        if count(&spec, key) != count(&old, key) {
            let why = format!("pod updates may not add or remove {word}");
            spec.at(key).forbidden(why, errors);
            return;
        }
    }
    // That an image is missing is told a second time.
    for image in LISTS.iter().flat_map(|key| spec.at(key).items()).map(|item| item.at("image")) {
        image.required(errors);
    }
    if !errors.is_empty() {
        return;
    }
    let (deadline, before) = (spec.at("activeDeadlineSeconds"), old.at("activeDeadlineSeconds"));
    match (deadline.int(), before.int()) {
        (Some(new), Some(before)) if new > before => {
            deadline.invalid("must be less than or equal to previous value", errors);
            return;
        }
        (None, Some(_)) => {
            deadline.invalid("must not update from a positive integer to nil value", errors);
            return;
        }
        _ => {}
    }
    let is_gated = !old.at("schedulingGates").is_empty();
    let old_gates: HashSet<&str> =
        old.at("schedulingGates").items().iter().map(|gate| gate.at("name").text()).collect();
    for gate in spec.at("schedulingGates").items() {
        let name = gate.at("name");
        if !old_gates.contains(name.text()) {
            let why = format!(
                "only deletion is allowed, but found new scheduling gate '{}'",
                name.text()
            );
            name.forbidden(why, errors);
            return;
        }
    }
    if fixed(spec.value, is_gated) != fixed(old.value, is_gated) {
        let why = "pod updates may not change fields other than \
            `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,\
            `spec.tolerations` (only additions to existing tolerations),\
            `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
        spec.forbidden(why, errors);
    }
}

/// What of a pod's specification doesn't change.
fn fixed(spec: &Value, is_gated: bool) -> Value {
    let mut spec = spec.clone();
    let Value::Object(map) = &mut spec else { return spec };
    for key in ["activeDeadlineSeconds", "tolerations", "schedulingGates"] {
        map.remove(key);
    }
    if is_gated {
        map.remove("nodeSelector");
        map.remove("affinity");
    }
    let seconds = map.get("terminationGracePeriodSeconds").and_then(Value::as_i64);
    if seconds.is_some_and(|seconds| seconds < 0) {
        map.insert("terminationGracePeriodSeconds".into(), 1.into());
    }
    for key in LISTS {
        for container in map.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Value::Object(container) = container {
                container.remove("image");
            }
        }
    }
    spec
}
