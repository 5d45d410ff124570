//! Autoscalers: what version 1 has no fields for stands in annotations there.

use serde_json::{Map, Value, json};

use super::rename;
use crate::object::metadata_mut;

const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const CURRENT: &str = "autoscaling.alpha.kubernetes.io/current-metrics";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";
/// The kinds of metrics, and the field of each.
const SOURCES: [(&str, &str); 5] = [
    ("Resource", "resource"),
    ("Pods", "pods"),
    ("Object", "object"),
    ("External", "external"),
    ("ContainerResource", "containerResource"),
];

/// The order in which Go writes the fields that the annotations hold.
const ORDER: [&str; 34] = [
    "type",
    "status",
    "lastTransitionTime",
    "reason",
    "message", // conditions
    "object",
    "pods",
    "resource",
    "containerResource",
    "external", // metrics
    "target",
    "kind",
    "name",
    "apiVersion",
    "metricName",
    "targetAverageUtilization",
    "currentAverageUtilization",
    "metricSelector",
    "targetValue",
    "currentValue",
    "targetAverageValue",
    "currentAverageValue",
    "selector",
    "averageValue",
    "container",
    "ScaleUp",
    "ScaleDown",
    "StabilizationWindowSeconds",
    "SelectPolicy",
    "Policies",
    "Type",
    "Value",
    "PeriodSeconds",
    "Tolerance", // behavior
];

pub(super) fn to_v1(object: &mut Value) {
    let spec = &mut object["spec"];
    let mut others = Vec::new();
    for metric in take_list(spec, "metrics") {
        let load = metric.pointer("/resource/target/averageUtilization").cloned();
        match load {
            Some(load) if is_processor(&metric) && spec.get(LOAD).is_none() => spec[LOAD] = load,
            _ if is_processor(&metric) && load.is_some() => {}
            _ => others.push(metric_to_v1(metric, "target")),
        }
    }
    let behavior = take(spec, "behavior").map(|behavior| behavior_to_v1(&behavior));
    let status = &mut object["status"];
    let mut current = Vec::new();
    for metric in take_list(status, "currentMetrics") {
        if is_processor(&metric)
            && let Some(load) = metric.pointer("/resource/current/averageUtilization")
        {
            status["currentCPUUtilizationPercentage"] = load.clone();
        }
        current.push(metric_to_v1(metric, "current"));
    }
    // What is only the load itself needs no annotation.
    let says_more = current.len() > 1 || current.iter().any(|metric| !is_processor(metric));
    let keeps_value = current.iter().any(|metric| {
        metric.pointer("/resource/currentAverageValue").is_some_and(|value| *value != "0")
    });
    let conditions = take_list(status, "conditions");
    annotate(object, METRICS, (!others.is_empty()).then(|| others.into()));
    annotate(object, CURRENT, (says_more || keeps_value).then(|| current.into()));
    annotate(object, CONDITIONS, (!conditions.is_empty()).then(|| conditions.into()));
    annotate(object, BEHAVIOR, behavior);
}

const LOAD: &str = "targetCPUUtilizationPercentage";

pub(super) fn to_v2(object: &mut Value) {
    let load = object.get_mut("spec").and_then(|spec| take(spec, LOAD));
    let mut metrics: Vec<Value> = take_annotation(object, METRICS)
        .into_iter()
        .map(|metric| metric_to_v2(metric, "target"))
        .collect();
    if let Some(load) = load {
        metrics.push(json!({
            "type": "Resource",
            "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": load}},
        }));
    }
    let behavior = annotation(object, BEHAVIOR);
    let conditions = take_annotation(object, CONDITIONS);
    let mut current: Vec<Value> = take_annotation(object, CURRENT)
        .into_iter()
        .map(|metric| metric_to_v2(metric, "current"))
        .collect();
    let status = &mut object["status"];
    if status.is_object() {
        let load = take(status, "currentCPUUtilizationPercentage");
        if let Some(load) = load.filter(|_| current.is_empty()) {
            let now = json!({"averageUtilization": load, "averageValue": "0"});
            current.push(json!({"type": "Resource", "resource": {"name": "cpu", "current": now}}));
        }
        if !current.is_empty() {
            status["currentMetrics"] = current.into();
        }
        if !conditions.is_empty() {
            status["conditions"] = conditions.into();
        }
    }
    let spec = &mut object["spec"];
    if !spec.is_object() {
        return;
    }
    if !metrics.is_empty() {
        spec["metrics"] = metrics.into();
    }
    if let Some(Value::Object(behavior)) = behavior {
        spec["behavior"] = behavior_to_v2(&behavior.into());
    }
}

fn is_processor(metric: &Value) -> bool {
    metric.pointer("/resource/name").is_some_and(|name| *name == "cpu")
}

fn take(value: &mut Value, key: &str) -> Option<Value> {
    value.as_object_mut()?.remove(key)
}

fn take_list(value: &mut Value, key: &str) -> Vec<Value> {
    match take(value, key) {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
}

/// `when` is `target` or `current`: what the fields' names begin with.
fn metric_to_v1(mut metric: Value, when: &str) -> Value {
    let Some((field, source)) = source_of(&mut metric) else { return metric };
    let amount = take(source, when).unwrap_or_default();
    let of = |key: &str| amount.get(key).filter(|value| !value.is_null()).cloned();
    let mut set = |key: String, value: Option<Value>| {
        if let Some(value) = value {
            source[key] = value;
        }
    };
    let is_object = field == "object";
    // An object's own value is always there; its average has a name of its own.
    let value = of("value").or_else(|| is_object.then(|| "0".into()));
    set(format!("{when}Value"), value.filter(|_| matches!(field, "object" | "external")));
    match is_object {
        true => set("averageValue".into(), of("averageValue")),
        false => set(format!("{when}AverageValue"), of("averageValue")),
    }
    set(format!("{when}AverageUtilization"), of("averageUtilization"));
    rename(source, "describedObject", "target");
    if let Some(name) = take(source, "metric") {
        source["metricName"] = name.get("name").cloned().unwrap_or_default();
        if let Some(selector) = name.get("selector") {
            let key = if field == "external" { "metricSelector" } else { "selector" };
            source[key] = selector.clone();
        }
    }
    metric
}

fn metric_to_v2(mut metric: Value, when: &str) -> Value {
    let Some((field, source)) = source_of(&mut metric) else { return metric };
    let mut amount = Map::new();
    let average =
        if field == "object" { "averageValue".into() } else { format!("{when}AverageValue") };
    for (from, to) in [
        (format!("{when}Value"), "value"),
        (average, "averageValue"),
        (format!("{when}AverageUtilization"), "averageUtilization"),
    ] {
        if let Some(value) = take(source, &from) {
            amount.insert(to.into(), value);
        }
    }
    let has_average = amount.contains_key("averageValue");
    if field == "object" && has_average {
        amount.remove("value");
    }
    if when == "target" {
        let kind = match () {
            () if amount.contains_key("averageUtilization") => "Utilization",
            () if has_average => "AverageValue",
            () => "Value",
        };
        amount.insert("type".into(), kind.into());
    }
    rename(source, "target", "describedObject");
    source[when] = amount.into();
    if let Some(name) = take(source, "metricName") {
        let key = if field == "external" { "metricSelector" } else { "selector" };
        let mut named = json!({"name": name});
        if let Some(selector) = take(source, key) {
            named["selector"] = selector;
        }
        source["metric"] = named;
    }
    metric
}

/// What a metric comes from, and the name of that field.
fn source_of(metric: &mut Value) -> Option<(&'static str, &mut Value)> {
    let kind = metric.get("type").and_then(Value::as_str).unwrap_or_default();
    let (_, field) = SOURCES.into_iter().find(|(name, _)| *name == kind)?;
    let source = metric.get_mut(field).filter(|source| source.is_object())?;
    Some((field, source))
}

/// With the names of Go's fields, in which all are there.
fn behavior_to_v1(behavior: &Value) -> Value {
    let rules = |key: &str| {
        let rules = behavior.get(key).filter(|rules| rules.is_object())?;
        let of = |key: &str| rules.get(key).cloned().unwrap_or_default();
        let policies = of("policies");
        let policies = policies.as_array().map(|policies| {
            let policy = |policy: &Value| {
                json!({
                    "Type": policy["type"], "Value": policy["value"],
                    "PeriodSeconds": policy["periodSeconds"],
                })
            };
            policies.iter().map(policy).collect::<Vec<_>>()
        });
        Some(json!({
            "StabilizationWindowSeconds": of("stabilizationWindowSeconds"),
            "SelectPolicy": of("selectPolicy"), "Policies": policies, "Tolerance": of("tolerance"),
        }))
    };
    json!({"ScaleUp": rules("scaleUp"), "ScaleDown": rules("scaleDown")})
}

fn behavior_to_v2(behavior: &Value) -> Value {
    /// The same names, as JSON has them.
    fn lower(value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let entries = map.iter().filter(|(_, value)| !value.is_null());
                entries
                    .map(|(key, value)| {
                        let (first, rest) = key.split_at_checked(1).unwrap_or((key, ""));
                        (first.to_ascii_lowercase() + rest, lower(value))
                    })
                    .collect::<Map<_, _>>()
                    .into()
            }
            Value::Array(list) => list.iter().map(lower).collect(),
            other => other.clone(),
        }
    }
    lower(behavior)
}

fn annotate(object: &mut Value, key: &str, value: Option<Value>) {
    let Some(value) = value else { return };
    let annotations = metadata_mut(object).entry("annotations").or_insert_with(|| json!({}));
    if annotations.is_object() {
        annotations[key] = text(&value).into();
    }
}

/// Takes an annotation off; what it holds, where that is JSON.
fn annotation(object: &mut Value, key: &str) -> Option<Value> {
    let metadata = metadata_mut(object);
    let Some(Value::Object(annotations)) = metadata.get_mut("annotations") else { return None };
    let value = annotations.remove(key)?;
    if annotations.is_empty() {
        metadata.remove("annotations");
    }
    serde_json::from_str(value.as_str()?).ok()
}

fn take_annotation(object: &mut Value, key: &str) -> Vec<Value> {
    match annotation(object, key) {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
}

/// JSON with the fields in Go's order.
fn text(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let place = |key: &str| ORDER.iter().position(|known| *known == key);
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_by_key(|key| place(key).unwrap_or(ORDER.len()));
            let fields = keys.iter().map(|key| format!("{}:{}", json!(key), text(&map[*key])));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(list) => {
            format!("[{}]", list.iter().map(text).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}
