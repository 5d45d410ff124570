//! The cells of a pod: how many of its containers are ready, why it is not, how often they restarted.

use serde_json::{Value, json};

use super::cells::{Row, number, text};
use super::duration;
use crate::object::Object;
use crate::resource::ResourceType;

/// What the row of a pod that has run to its end says.
pub(super) fn completed(resource: &ResourceType, pod: &Value) -> Option<Value> {
    if !resource.group.is_empty() || resource.kind != "Pod" {
        return None;
    }
    let phase = text(pod, "/status/phase");
    let message = match phase {
        "Succeeded" => "The pod has completed successfully.",
        "Failed" => "The pod failed.",
        _ => return None,
    };
    Some(json!({"type": "Completed", "status": "True", "reason": phase, "message": message}))
}

/// The cells.
pub(super) fn cells(row: &Row<'_>) -> Vec<Value> {
    let summary = Summary::of(row);
    let mut address = row.text("/status/podIP");
    if address.is_empty() {
        address = row.text("/status/podIPs/0/ip");
    }
    vec![
        row.name(),
        format!("{}/{}", summary.ready, summary.total).into(),
        summary.reason.into(),
        match &summary.last_restart {
            Some(time) if summary.restarts != 0 => {
                let since = duration::age(Some(&time.as_str().into()), row.now);
                format!("{} ({since} ago)", summary.restarts).into()
            }
            _ => summary.restarts.to_string().into(),
        },
        row.age(),
        if address.is_empty() { "<none>".into() } else { address.into() },
        row.text_or("/spec/nodeName", "<none>"),
        row.text_or("/status/nominatedNodeName", "<none>"),
        readiness_gates(row),
    ]
}

fn readiness_gates(row: &Row<'_>) -> Value {
    let gates = row.list("/spec/readinessGates");
    if gates.is_empty() {
        return "<none>".into();
    }
    let is_true = |gate: &&Value| {
        let condition = row.condition("/status/conditions", text(gate, "/conditionType"));
        condition.is_some_and(|condition| text(condition, "/status") == "True")
    };
    format!("{}/{}", gates.iter().filter(is_true).count(), gates.len()).into()
}

#[derive(Default)]
struct Summary {
    ready: usize,
    total: usize,
    reason: String,
    restarts: i64,
    /// RFC 3339 in UTC, so that the greatest is the last.
    last_restart: Option<String>,
}

impl Summary {
    fn of(row: &Row<'_>) -> Self {
        let mut summary = Self {
            total: row.list("/spec/containers").len()
                + row.list("/spec/initContainers").iter().filter(|item| is_sidecar(item)).count(),
            reason: row.text("/status/phase").to_owned(),
            ..Self::default()
        };
        if !row.text("/status/reason").is_empty() {
            summary.reason = row.text("/status/reason").to_owned();
        }
        let conditions = row.list("/status/conditions");
        let is_gated = |condition: &&Value| {
            text(condition, "/type") == "PodScheduled"
                && text(condition, "/reason") == "SchedulingGated"
        };
        if conditions.iter().any(|condition| is_gated(&condition)) {
            summary.reason = "SchedulingGated".to_owned();
        }
        let is_true = |kind: &str| {
            let condition = row.condition("/status/conditions", kind);
            condition.is_some_and(|condition| text(condition, "/status") == "True")
        };
        let sidecars = summary.initialize(row);
        if sidecars.is_done || is_true("Initialized") {
            summary.restarts = sidecars.restarts;
            summary.last_restart = sidecars.last_restart;
            summary.run(row, is_true("Ready"));
        }
        if row.object.is_terminating() {
            let is_over = matches!(row.text("/status/phase"), "Succeeded" | "Failed");
            if row.text("/status/reason") == "NodeLost" {
                summary.reason = "Unknown".to_owned();
            } else if !is_over {
                summary.reason = "Terminating".to_owned();
            }
        }
        summary
    }

    /// Looks at the init containers up to the first that is not done.
    fn initialize(&mut self, row: &Row<'_>) -> Sidecars {
        let mut sidecars = Sidecars { is_done: true, ..Sidecars::default() };
        let specified = row.list("/spec/initContainers");
        for (index, status) in row.list("/status/initContainerStatuses").iter().enumerate() {
            let name = text(status, "/name");
            let is_sidecar =
                specified.iter().any(|item| text(item, "/name") == name && is_sidecar(item));
            self.count_restarts(status);
            if is_sidecar {
                sidecars.restarts += number(status, "/restartCount");
                sidecars.last_restart = sidecars.last_restart.take().max(last_end(status));
            }
            let is_flagged =
                |path: &str| status.pointer(path).and_then(Value::as_bool) == Some(true);
            let terminated = status.pointer("/state/terminated").filter(|state| state.is_object());
            let waiting = text(status, "/state/waiting/reason");
            if terminated.is_some_and(|state| number(state, "/exitCode") == 0) {
                continue;
            }
            if is_sidecar && is_flagged("/started") {
                if is_flagged("/ready") {
                    self.ready += 1;
                }
                continue;
            }
            let why = match terminated {
                Some(state) => end_reason(state),
                None if !waiting.is_empty() && waiting != "PodInitializing" => waiting.to_owned(),
                None => format!("{index}/{}", specified.len()),
            };
            self.reason = format!("Init:{why}");
            sidecars.is_done = false;
            break;
        }
        sidecars
    }

    /// Looks at the containers, the last first.
    fn run(&mut self, row: &Row<'_>, is_ready: bool) {
        let mut has_running = false;
        let mut error = None;
        for status in row.list("/status/containerStatuses").iter().rev() {
            self.count_restarts(status);
            let waiting = text(status, "/state/waiting/reason");
            let has = |path: &str| status.pointer(path).is_some_and(Value::is_object);
            if !waiting.is_empty() {
                self.reason = waiting.to_owned();
            } else if let Some(state) =
                status.pointer("/state/terminated").filter(|state| state.is_object())
            {
                self.reason = end_reason(state);
                if number(state, "/exitCode") != 0 {
                    error = Some(self.reason.clone());
                }
            } else if status.pointer("/ready").and_then(Value::as_bool) == Some(true)
                && has("/state/running")
            {
                has_running = true;
                self.ready += 1;
            }
        }
        if self.reason == "Completed" {
            if has_running && is_ready {
                self.reason = "Running".to_owned();
            } else if let Some(error) = error {
                self.reason = error;
            } else if has_running {
                self.reason = "NotReady".to_owned();
            }
        }
    }

    fn count_restarts(&mut self, status: &Value) {
        self.restarts += number(status, "/restartCount");
        self.last_restart = self.last_restart.take().max(last_end(status));
    }
}

/// What the init containers say that run beside the others.
#[derive(Default)]
struct Sidecars {
    restarts: i64,
    last_restart: Option<String>,
    /// Whether no init container is under way.
    is_done: bool,
}

fn is_sidecar(container: &Value) -> bool {
    text(container, "/restartPolicy") == "Always"
}

fn last_end(status: &Value) -> Option<String> {
    let time = text(status, "/lastState/terminated/finishedAt");
    (!time.is_empty()).then(|| time.to_owned())
}

fn end_reason(terminated: &Value) -> String {
    let (reason, signal) = (text(terminated, "/reason"), number(terminated, "/signal"));
    if !reason.is_empty() {
        reason.to_owned()
    } else if signal != 0 {
        format!("Signal:{signal}")
    } else {
        format!("ExitCode:{}", number(terminated, "/exitCode"))
    }
}
