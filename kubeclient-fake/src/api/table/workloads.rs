//! The cells of what runs pods, and of what scales and protects them.

use serde_json::Value;

use super::cells::{self, Row, quantity, text};
use super::duration;
use crate::object::Object;

/// Of the core group.
pub(super) fn core(kind: &str, row: &Row<'_>) -> Option<Vec<Value>> {
    match kind {
        "ReplicationController" => {
            let mut cells = replicas(row);
            cells.extend(row.containers("/spec/template/spec/containers"));
            cells.push(row.labels("/spec/selector"));
            Some(cells)
        }
        "PodTemplate" => {
            let [names, images] = row.containers("/template/spec/containers");
            Some(vec![row.name(), names, images, row.labels("/template/metadata/labels")])
        }
        _ => None,
    }
}

/// Of the groups of workloads.
pub(super) fn grouped(kind: &str, row: &Row<'_>) -> Option<Vec<Value>> {
    Some(match kind {
        "ReplicaSet" => with_template(row, replicas(row)),
        "Deployment" => deployment(row),
        "StatefulSet" => {
            let mut cells = vec![row.name(), ready(row), row.age()];
            cells.extend(row.containers("/spec/template/spec/containers"));
            cells
        }
        "DaemonSet" => {
            let mut cells = vec![row.name()];
            for field in [
                "desiredNumberScheduled",
                "currentNumberScheduled",
                "numberReady",
                "updatedNumberScheduled",
                "numberAvailable",
            ] {
                cells.push(row.number(&format!("/status/{field}")).into());
            }
            cells.extend([row.labels("/spec/template/spec/nodeSelector"), row.age()]);
            with_template(row, cells)
        }
        "ControllerRevision" => {
            vec![row.name(), controller(row), row.number("/revision").into(), row.age()]
        }
        "Job" => job(row),
        "CronJob" => cron_job(row),
        "HorizontalPodAutoscaler" => autoscaler(row),
        "PodDisruptionBudget" => {
            let bound = |path: &str| match row.has(path) {
                true => row.quantity(path).into(),
                false => Value::from("N/A"),
            };
            vec![
                row.name(),
                bound("/spec/minAvailable"),
                bound("/spec/maxUnavailable"),
                row.number("/status/disruptionsAllowed").into(),
                row.age(),
            ]
        }
        "Scale" => vec![
            row.name(),
            row.number("/spec/replicas").into(),
            row.number("/status/replicas").into(),
            row.age(),
        ],
        _ => return None,
    })
}

fn replicas(row: &Row<'_>) -> Vec<Value> {
    let numbers = ["/spec/replicas", "/status/replicas", "/status/readyReplicas"];
    let mut cells = vec![row.name()];
    cells.extend(numbers.map(|path| row.number(path).into()));
    cells.push(row.age());
    cells
}

fn ready(row: &Row<'_>) -> Value {
    format!("{}/{}", row.number("/status/readyReplicas"), row.number("/spec/replicas")).into()
}

fn with_template(row: &Row<'_>, mut cells: Vec<Value>) -> Vec<Value> {
    cells.extend(row.containers("/spec/template/spec/containers"));
    cells.push(row.selector("/spec/selector"));
    cells
}

fn deployment(row: &Row<'_>) -> Vec<Value> {
    let mut cells = vec![
        row.name(),
        ready(row),
        row.number("/status/updatedReplicas").into(),
        row.number("/status/availableReplicas").into(),
        row.age(),
    ];
    cells.extend(row.containers("/spec/template/spec/containers"));
    let selector = cells::selector(row.object.pointer("/spec/selector"));
    cells.push(selector.unwrap_or_else(|| "<invalid>".to_owned()).into());
    cells
}

/// `deployment.apps/web`.
fn controller(row: &Row<'_>) -> Value {
    let mut owners = row.object.owner_references().iter();
    let is_controller = |owner: &&Value| owner.get("controller") == Some(&Value::Bool(true));
    let Some(owner) = owners.find(is_controller) else { return "<none>".into() };
    let kind = text(owner, "/kind").to_lowercase();
    let group = text(owner, "/apiVersion").split_once('/').map(|(group, _)| group);
    let qualified = group.map_or(kind.clone(), |group| format!("{kind}.{group}"));
    format!("{qualified}/{}", text(owner, "/name")).into()
}

fn job(row: &Row<'_>) -> Vec<Value> {
    let succeeded = row.number("/status/succeeded");
    let parallelism = row.number("/spec/parallelism");
    let completions = if row.has("/spec/completions") {
        format!("{succeeded}/{}", row.number("/spec/completions"))
    } else if parallelism > 1 {
        format!("{succeeded}/1 of {parallelism}")
    } else {
        format!("{succeeded}/1")
    };
    let time = |path: &str| row.text(path).parse().ok();
    let took = match (time("/status/startTime"), time("/status/completionTime")) {
        (None, _) => String::new(),
        (Some(start), end) => duration::since(start, end.unwrap_or(row.now)),
    };
    let is_true = |kind: &&str| {
        let condition = row.condition("/status/conditions", kind);
        condition.is_some_and(|condition| text(condition, "/status") == "True")
    };
    let status = if let Some(end) = ["Complete", "Failed"].into_iter().find(|kind| is_true(kind)) {
        end
    } else if row.object.is_terminating() {
        "Terminating"
    } else {
        let kinds = ["Suspended", "FailureTarget", "SuccessCriteriaMet"];
        kinds.into_iter().find(|kind| is_true(kind)).unwrap_or("Running")
    };
    let cells = vec![row.name(), status.into(), completions.into(), took.into(), row.age()];
    with_template(row, cells)
}

fn cron_job(row: &Row<'_>) -> Vec<Value> {
    let last = "/status/lastScheduleTime";
    let suspend = row.object.pointer("/spec/suspend").and_then(Value::as_bool);
    let mut cells = vec![
        row.name(),
        row.text("/spec/schedule").into(),
        row.text_or("/spec/timeZone", "<none>"),
        match suspend {
            Some(true) => "True".into(),
            Some(false) => "False".into(),
            None => "<unset>".into(),
        },
        row.count("/status/active").into(),
        if row.has(last) { row.since(last).into() } else { "<none>".into() },
        row.age(),
    ];
    cells.extend(row.containers("/spec/jobTemplate/spec/template/spec/containers"));
    cells.push(row.selector("/spec/jobTemplate/spec/selector"));
    cells
}

fn autoscaler(row: &Row<'_>) -> Vec<Value> {
    let reference = format!(
        "{}/{}",
        row.text("/spec/scaleTargetRef/kind"),
        row.text("/spec/scaleTargetRef/name")
    );
    let minimum = match row.has("/spec/minReplicas") {
        true => row.number("/spec/minReplicas").to_string(),
        false => "<unset>".to_owned(),
    };
    vec![
        row.name(),
        reference.into(),
        metrics(row).into(),
        minimum.into(),
        row.number("/spec/maxReplicas").into(),
        row.number("/status/currentReplicas").into(),
        row.age(),
    ]
}

fn metrics(row: &Row<'_>) -> String {
    let current = row.list("/status/currentMetrics");
    let mut texts: Vec<String> = row
        .list("/spec/metrics")
        .iter()
        .enumerate()
        .map(|(index, metric)| metric_text(metric, current.get(index).unwrap_or(&Value::Null)))
        .collect();
    let utilization = "/spec/targetCPUUtilizationPercentage";
    if row.has(utilization) {
        // The form of v1, which knows one metric.
        let path = "/status/currentCPUUtilizationPercentage";
        let current =
            if row.has(path) { format!("{}%", row.number(path)) } else { "<unknown>".into() };
        texts.push(format!("cpu: {current}/{}%", row.number(utilization)));
    }
    match texts.len() {
        0 => "<none>".to_owned(),
        1 | 2 => texts.join(", "),
        count => format!("{} + {} more...", texts[..2].join(", "), count - 2),
    }
}

fn metric_text(metric: &Value, current: &Value) -> String {
    let (field, named) = match text(metric, "/type") {
        "External" => ("external", false),
        "Pods" => ("pods", false),
        "Object" => ("object", false),
        "Resource" => ("resource", true),
        "ContainerResource" => ("containerResource", true),
        _ => return "<unknown type>".to_owned(),
    };
    let target = |value: &str| metric.pointer(&format!("/{field}/target/{value}"));
    let has_status = current.get(field).is_some();
    let now = |value: &str| {
        let found = current.pointer(&format!("/{field}/current/{value}"));
        if found.is_some() { quantity(found) } else { "<unknown>".to_owned() }
    };
    if !named {
        let average = target("averageValue");
        return match (field, average) {
            ("pods", _) => format!("{}/{}", now("averageValue"), quantity(average)),
            (_, Some(_)) => format!("{}/{} (avg)", now("averageValue"), quantity(average)),
            (_, None) => format!("{}/{}", now("value"), quantity(target("value"))),
        };
    }
    let name = text(metric, &format!("/{field}/name"));
    if let average @ Some(_) = target("averageValue") {
        let current = if has_status { now("averageValue") } else { "<unknown>".to_owned() };
        return format!("{name}: {current}/{}", quantity(average));
    }
    let percent = |value: Option<&Value>, otherwise: &str| match value.and_then(Value::as_i64) {
        Some(percent) => format!("{percent}%"),
        None => otherwise.to_owned(),
    };
    let current = current.pointer(&format!("/{field}/current/averageUtilization"));
    let (current, target) =
        (percent(current, "<unknown>"), percent(target("averageUtilization"), "<auto>"));
    format!("{name}: {current}/{target}")
}
