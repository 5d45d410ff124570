//! [`Readiness`]: whether an object does what it is for. Pure.

use serde_json::Value;

use crate::meta::dynamic::DynamicObject;
use crate::wait::{Verdict, established, rolled_out};

/// Whether an object does what it is for, by what its controller reports.
///
/// Deployments, stateful sets, daemon sets and replica sets: rolled out, as `kubectl rollout status` has it.
/// Jobs: complete, or suspended. Pods: ready, or succeeded. Definitions: established. Namespaces: active. Claims:
/// bound. Services with a load balancer: with an address. All others: a condition `Ready` or `Available`
/// is true, if there is one. No status is ready that is older than the object's last change.
///
/// ```
/// use kubeclient::DynamicObject;
/// use kubeclient::manifests::Readiness;
/// use serde_json::json;
///
/// let job = json!({
///     "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a"},
///     "status": {"conditions": [{"type": "Complete", "status": "True"}]},
/// });
/// let job: DynamicObject = serde_json::from_value(job)?;
/// assert_eq!(Readiness::of(&job), Readiness::Ready);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Readiness {
    /// It does what it is for.
    Ready,
    /// It may yet; why it does not.
    NotYet(String),
    /// It won't by itself; why.
    Failed(String),
}

impl Readiness {
    /// Of an object as it was read.
    pub fn of(object: &DynamicObject) -> Self {
        let status = Reported { object };
        if object.metadata.deletion_timestamp.is_some() {
            return Self::NotYet("it is being deleted".into());
        }
        if let Some(observed) = status.number("/status/observedGeneration")
            && observed < object.metadata.generation
        {
            return Self::NotYet("its last change was not looked at yet".into());
        }
        let group = object.types.api_version.split_once('/').map_or("", |(group, _)| group);
        match (group, object.types.kind.as_str()) {
            ("apps", "Deployment") => rolled_out().verdict(object).into(),
            ("apps", "StatefulSet" | "DaemonSet") if status.waits_for_deletions() => {
                status.pods_of_any_age()
            }
            ("apps", "StatefulSet" | "DaemonSet") => rolled_out().verdict(object).into(),
            ("apps", "ReplicaSet") | ("", "ReplicationController") => {
                let wanted = status.number("/spec/replicas").unwrap_or(1);
                status.reaches("/status/availableReplicas", wanted, "replicas are available")
            }
            ("batch", "Job") => status.job(),
            ("", "Pod") => status.pod(),
            ("", "Namespace") => status.phase("Active"),
            ("", "PersistentVolumeClaim") => status.phase("Bound"),
            ("", "Service") => status.service(),
            ("apiextensions.k8s.io", "CustomResourceDefinition") => {
                established().verdict(object).into()
            }
            _ => status.other(),
        }
    }
}

impl From<Verdict> for Readiness {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Met => Self::Ready,
            Verdict::Waiting(why) => Self::NotYet(why),
            Verdict::Never(why) => Self::Failed(why),
        }
    }
}

/// What is reported of an object.
struct Reported<'a> {
    object: &'a DynamicObject,
}

impl<'a> Reported<'a> {
    fn number(&self, pointer: &str) -> Option<i64> {
        self.object.pointer(pointer).and_then(Value::as_i64)
    }

    fn text(&self, pointer: &str) -> &'a str {
        self.object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    fn condition(&self, kind: &str) -> Option<&'a Value> {
        let conditions = self.object.pointer("/status/conditions").and_then(Value::as_array)?;
        conditions.iter().find(|condition| condition["type"] == kind)
    }

    fn is_true(&self, kind: &str) -> bool {
        self.condition(kind).is_some_and(|condition| condition["status"] == "True")
    }

    /// A count of the status against what is wanted.
    fn reaches(&self, pointer: &str, wanted: i64, what: &str) -> Readiness {
        let found = self.number(pointer).unwrap_or_default();
        if found >= wanted {
            return Readiness::Ready;
        }
        Readiness::NotYet(format!("{found} of {wanted} {what}"))
    }

    fn phase(&self, wanted: &str) -> Readiness {
        match self.text("/status/phase") {
            phase if phase == wanted => Readiness::Ready,
            "" => Readiness::NotYet(format!("it has no phase yet, expected {wanted}")),
            "Lost" => Readiness::Failed("it is Lost".into()),
            phase => Readiness::NotYet(format!("it is {phase}, expected {wanted}")),
        }
    }

    /// Whether new pods come only as old ones are deleted by hand.
    fn waits_for_deletions(&self) -> bool {
        self.text("/spec/updateStrategy/type") == "OnDelete"
    }

    /// Of a set whose pods are replaced by hand: that there are enough.
    fn pods_of_any_age(&self) -> Readiness {
        if self.number("/status/observedGeneration").is_none() {
            return Readiness::NotYet("no controller has looked at it yet".into());
        }
        match self.number("/status/desiredNumberScheduled") {
            Some(wanted) => self.reaches("/status/numberAvailable", wanted, "pods are available"),
            None => {
                let wanted = self.number("/spec/replicas").unwrap_or(1);
                self.reaches("/status/readyReplicas", wanted, "replicas are ready")
            }
        }
    }

    fn job(&self) -> Readiness {
        if let Some(failed) = self.condition("Failed").filter(|_| self.is_true("Failed")) {
            let why = failed["reason"].as_str().unwrap_or("no reason is given");
            return Readiness::Failed(format!("the job failed: {why}"));
        }
        let is_suspended = self.object.pointer("/spec/suspend") == Some(&Value::Bool(true));
        if self.is_true("Complete") || is_suspended {
            return Readiness::Ready;
        }
        Readiness::NotYet("the job is not complete".into())
    }

    fn pod(&self) -> Readiness {
        match self.text("/status/phase") {
            "Succeeded" => Readiness::Ready,
            "Failed" => Readiness::Failed("the pod failed".into()),
            _ if self.is_true("Ready") => Readiness::Ready,
            "" => Readiness::NotYet("it has no phase yet".into()),
            phase => Readiness::NotYet(format!("it is {phase} and not ready")),
        }
    }

    fn service(&self) -> Readiness {
        let is_balanced = self.text("/spec/type") == "LoadBalancer";
        let has_address = |pointer| {
            self.object
                .pointer(pointer)
                .and_then(Value::as_array)
                .is_some_and(|list| !list.is_empty())
        };
        if !is_balanced
            || has_address("/status/loadBalancer/ingress")
            || has_address("/spec/externalIPs")
        {
            return Readiness::Ready;
        }
        Readiness::NotYet("its load balancer has no address yet".into())
    }

    fn other(&self) -> Readiness {
        for kind in ["Ready", "Available"] {
            if let Some(condition) = self.condition(kind)
                && condition["status"] != "True"
            {
                let reason = condition["reason"].as_str().unwrap_or("no reason is given");
                return Readiness::NotYet(format!("its condition {kind} is not true: {reason}"));
            }
        }
        Readiness::Ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(api_version: &str, kind: &str, spec: Value, status: Value) -> Readiness {
        let object = json!({
            "apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "generation": 2},
            "spec": spec, "status": status,
        });
        Readiness::of(&serde_json::from_value(object).unwrap())
    }

    #[track_caller]
    fn not_yet(readiness: Readiness, why: &str) {
        assert_eq!(readiness, Readiness::NotYet(why.into()));
    }

    #[test]
    fn a_deployment_is_ready_when_it_is_rolled_out() {
        let deployment = |status| of("apps/v1", "Deployment", json!({"replicas": 2}), status);
        not_yet(deployment(json!({})), "the latest generation is not observed yet");
        not_yet(
            deployment(json!({"observedGeneration": 1})),
            "its last change was not looked at yet",
        );
        let observed = |updated: i64, all: i64, available: i64| {
            deployment(json!({"observedGeneration": 2, "updatedReplicas": updated, "replicas": all,
                "availableReplicas": available}))
        };
        not_yet(observed(1, 2, 2), "1 of 2 new replicas are updated");
        not_yet(observed(2, 3, 2), "1 old replicas are still there");
        not_yet(observed(2, 2, 1), "1 of 2 updated replicas are available");
        assert_eq!(observed(2, 2, 2), Readiness::Ready);
        let late = json!({"observedGeneration": 2, "conditions": [
            {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]});
        assert!(matches!(deployment(late), Readiness::Failed(_)));
    }

    #[test]
    fn sets_count_their_replicas_and_revisions() {
        let set = |spec: Value, ready: i64, updated: i64, current: &str| {
            of(
                "apps/v1",
                "StatefulSet",
                spec,
                json!({"observedGeneration": 2, "readyReplicas": ready,
                "updatedReplicas": updated, "currentRevision": current, "updateRevision": "b"}),
            )
        };
        not_yet(set(json!({"replicas": 3}), 2, 3, "b"), "2 of 3 replicas are ready");
        not_yet(set(json!({"replicas": 3}), 3, 3, "a"), "3 replicas are at revision b");
        assert_eq!(set(json!({"replicas": 3}), 3, 3, "b"), Readiness::Ready);
        let partition =
            json!({"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 1}}});
        not_yet(set(partition.clone(), 3, 1, "a"), "1 of 2 new replicas are updated");
        assert_eq!(set(partition, 3, 2, "a"), Readiness::Ready);
        let on_delete = json!({"replicas": 3, "updateStrategy": {"type": "OnDelete"}});
        assert_eq!(set(on_delete, 3, 0, "a"), Readiness::Ready);
        let daemons = |updated: i64, available: i64| {
            of(
                "apps/v1",
                "DaemonSet",
                json!({}),
                json!({"observedGeneration": 2,
                "desiredNumberScheduled": 2, "updatedNumberScheduled": updated,
                "numberAvailable": available}),
            )
        };
        not_yet(daemons(1, 2), "1 of 2 new pods are updated");
        not_yet(daemons(2, 1), "1 of 2 updated pods are available");
        assert_eq!(daemons(2, 2), Readiness::Ready);
    }

    #[test]
    fn other_kinds_go_by_phase_or_condition() {
        let with = |kind: &str, status: &str| json!({"conditions": [{"type": kind, "status": status, "reason": "R"}]});
        let job = |spec, status| of("batch/v1", "Job", spec, status);
        not_yet(job(json!({}), json!({})), "the job is not complete");
        assert_eq!(job(json!({}), with("Complete", "True")), Readiness::Ready);
        assert_eq!(job(json!({"suspend": true}), json!({})), Readiness::Ready);
        assert!(matches!(job(json!({}), with("Failed", "True")), Readiness::Failed(_)));
        let pod = |status| of("v1", "Pod", json!({}), status);
        not_yet(pod(json!({"phase": "Pending"})), "it is Pending and not ready");
        assert_eq!(pod(json!({"phase": "Succeeded"})), Readiness::Ready);
        assert_eq!(pod(with("Ready", "True")), Readiness::Ready);
        let custom = |status| of("x.io/v1", "Thing", json!({}), status);
        assert_eq!(custom(Value::Null), Readiness::Ready);
        assert_eq!(custom(with("Ready", "True")), Readiness::Ready);
        not_yet(custom(with("Ready", "False")), "its condition Ready is not true: R");
        let service = |spec, status| of("v1", "Service", spec, status);
        assert_eq!(service(json!({}), json!({})), Readiness::Ready);
        let balanced = json!({"type": "LoadBalancer"});
        assert!(matches!(service(balanced.clone(), json!({})), Readiness::NotYet(_)));
        let address = json!({"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}});
        assert_eq!(service(balanced, address), Readiness::Ready);
        not_yet(
            of("v1", "PersistentVolumeClaim", json!({}), json!({"phase": "Pending"})),
            "it is Pending, expected Bound",
        );
    }
}
