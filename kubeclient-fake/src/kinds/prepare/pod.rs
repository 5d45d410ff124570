//! What a pod is given: its class of service, tolerations of a failing node, a priority.

use serde_json::{Value, json};

use crate::clock::seconds;
use crate::failure::{Details, Failure, Result};
use crate::kinds::Around;
use crate::object::Object;
use crate::store::{Key, Transaction};

/// For a new pod.
pub(super) fn on_create(around: &Around<'_, '_>, pod: &mut Value) -> Result<()> {
    let mut status = json!({"phase": "Pending", "qosClass": quality_of_service(pod)});
    if pod["spec"]
        .get("schedulingGates")
        .and_then(Value::as_array)
        .is_some_and(|all| !all.is_empty())
    {
        status["conditions"] = json!([{
            "type": "PodScheduled", "status": "False", "lastProbeTime": null,
            "lastTransitionTime": seconds(around.now), "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates",
        }]);
    }
    pod["status"] = status;
    if !pod["spec"].is_object() {
        return Ok(());
    }
    tolerate(pod);
    prioritize(around.transaction, pod)?;
    let class = pod["spec"].get("runtimeClassName").and_then(Value::as_str);
    if let Some(class) = class.filter(|class| !class.is_empty())
        && around.transaction.get(&Key::new("runtimeclasses.node.k8s.io", "", class)).is_none()
    {
        let why = format!("pod rejected: RuntimeClass {class:?} not found");
        return Err(forbidden(pod, &why));
    }
    Ok(())
}

/// For a pod in place of another.
pub(super) fn on_update(pod: &mut Value, live: &Value) {
    if !pod["spec"].is_object() {
        return;
    }
    tolerate(pod);
    if pod["spec"].get("priority").is_none()
        && let Some(priority) = live.get("spec").and_then(|spec| spec.get("priority"))
    {
        pod["spec"]["priority"] = priority.clone();
    }
    if pod["spec"].get("preemptionPolicy").is_none()
        && let Some(policy) = live.get("spec").and_then(|spec| spec.get("preemptionPolicy"))
    {
        pod["spec"]["preemptionPolicy"] = policy.clone();
    }
}

/// A failing node is tolerated for five minutes.
fn tolerate(pod: &mut Value) {
    let spec = &mut pod["spec"];
    for state in ["not-ready", "unreachable"] {
        let key = format!("node.kubernetes.io/{state}");
        let list = spec.get("tolerations").and_then(Value::as_array);
        let has = list.into_iter().flatten().any(|toleration| {
            let text = |key: &str| toleration.get(key).and_then(Value::as_str).unwrap_or_default();
            (text("key") == key || text("key").is_empty())
                && matches!(text("effect"), "NoExecute" | "")
        });
        if has {
            continue;
        }
        let toleration = json!({
            "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300,
        });
        match spec.get_mut("tolerations") {
            Some(Value::Array(list)) => list.push(toleration),
            _ => spec["tolerations"] = json!([toleration]),
        }
    }
}

/// A pod has the priority of its class.
fn prioritize(transaction: &Transaction<'_>, pod: &mut Value) -> Result<()> {
    const CLASSES: &str = "priorityclasses.scheduling.k8s.io";
    let spec = &pod["spec"];
    let name = spec.get("priorityClassName").and_then(Value::as_str).unwrap_or_default().to_owned();
    let class = if name.is_empty() {
        let is_default = |class: &Value| class.get("globalDefault") == Some(&Value::Bool(true));
        let all = transaction.list(CLASSES, None);
        all.iter().find(|class| is_default(&class.value)).map(|class| class.value.clone())
    } else {
        let found = transaction.get(&Key::new(CLASSES, "", &name));
        match found.map(|class| class.value.clone()).or_else(|| system_class(&name)) {
            Some(class) => Some(class),
            None => {
                let why = format!("no PriorityClass with name {name} was found");
                return Err(forbidden(pod, &why));
            }
        }
    };
    let of_class = |key: &str| class.as_ref().and_then(|class| class.get(key)).cloned();
    let priority = of_class("value").unwrap_or_else(|| 0.into());
    let policy = of_class("preemptionPolicy").unwrap_or_else(|| "PreemptLowerPriority".into());
    if let Some(given) = spec.get("priority").filter(|given| **given != priority) {
        let why = format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission \
             controller computed {priority} from the given PriorityClass name"
        );
        return Err(forbidden(pod, &why));
    }
    if let Some(given) = spec.get("preemptionPolicy").filter(|given| **given != policy) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let why = format!(
            "the string value of PreemptionPolicy ({}) must not be provided in pod spec; priority admission \
             controller computed {} from the given PriorityClass name",
            text(given),
            text(&policy)
        );
        return Err(forbidden(pod, &why));
    }
    let class_name = class.as_ref().map(|class| class.name().to_owned()).unwrap_or_default();
    let spec = &mut pod["spec"];
    if !class_name.is_empty() {
        spec["priorityClassName"] = class_name.into();
    }
    spec["priority"] = priority;
    spec["preemptionPolicy"] = policy;
    Ok(())
}

/// The classes that are known though the cluster be empty.
fn system_class(name: &str) -> Option<Value> {
    let value = match name {
        "system-cluster-critical" => 2_000_000_000,
        "system-node-critical" => 2_000_001_000,
        _ => return None,
    };
    Some(json!({"metadata": {"name": name}, "value": value}))
}

fn forbidden(pod: &Value, why: &str) -> Failure {
    let name = pod.name();
    let details = Details { name: name.into(), kind: "pods".into(), ..Details::default() };
    Failure::new(403, "Forbidden", format!("pods {name:?} is forbidden: {why}"))
        .with_details(details)
}

/// `Guaranteed` when every container is given all that it may take, `BestEffort` when none says a thing.
fn quality_of_service(pod: &Value) -> &'static str {
    let containers = ["containers", "initContainers"];
    let containers = containers.iter().filter_map(|key| pod.get("spec")?.get(*key)?.as_array());
    let mut any = false;
    let mut all = true;
    for container in containers.flatten() {
        let amounts = |key: &str, name: &str| {
            let amounts = container.get("resources").and_then(|r| r.get(key));
            amounts.and_then(|amounts| amounts.get(name)).cloned()
        };
        for name in ["cpu", "memory"] {
            let (limit, request) = (amounts("limits", name), amounts("requests", name));
            any |= limit.is_some() || request.is_some();
            all &= limit.is_some() && limit == request;
        }
    }
    match (any, all) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
