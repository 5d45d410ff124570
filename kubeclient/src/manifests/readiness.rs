//! [`Readiness`]: whether an object does what it is for. Pure.

use serde_json::Value;

use crate::meta::dynamic::DynamicObject;
use crate::wait::reported::{find, has_condition, number, text_at};
use crate::wait::{Verdict, complete, established, rolled_out};

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
        if object.metadata.deletion_timestamp.is_some() {
            return Self::NotYet("it is being deleted".into());
        }
        if let Some(observed) = number(object, "/status/observedGeneration")
            && observed < object.metadata.generation
        {
            return Self::NotYet("its last change was not looked at yet".into());
        }
        let group = object.types.api_version.split_once('/').map_or("", |(group, _)| group);
        match (group, object.types.kind.as_str()) {
            ("apps", "Deployment") => rolled_out().verdict(object).into(),
            ("apps", "StatefulSet" | "DaemonSet") if waits_for_deletions(object) => {
                pods_of_any_age(object)
            }
            ("apps", "StatefulSet" | "DaemonSet") => rolled_out().verdict(object).into(),
            ("apps", "ReplicaSet") | ("", "ReplicationController") => {
                let wanted = number(object, "/spec/replicas").unwrap_or(1);
                reaches(object, "/status/availableReplicas", wanted, "replicas are available")
            }
            ("batch", "Job") => job(object),
            ("", "Pod") => pod(object),
            ("", "Namespace") => phase(object, "Active"),
            ("", "PersistentVolumeClaim") => phase(object, "Bound"),
            ("", "Service") => service(object),
            ("apiextensions.k8s.io", "CustomResourceDefinition") => {
                established().verdict(object).into()
            }
            _ => other(object),
        }
    }
}

impl From<Verdict> for Readiness {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Met => Self::Ready,
            Verdict::Waiting(why) => Self::NotYet(why),
            Verdict::Never(why) | Verdict::Unknown(why) => Self::Failed(why),
        }
    }
}

/// A count of the status against what is wanted.
fn reaches(object: &DynamicObject, pointer: &str, wanted: i64, what: &str) -> Readiness {
    let found = number(object, pointer).unwrap_or_default();
    if found >= wanted {
        return Readiness::Ready;
    }
    Readiness::NotYet(format!("{found} of {wanted} {what}"))
}

fn phase(object: &DynamicObject, wanted: &str) -> Readiness {
    match text_at(object, "/status/phase") {
        phase if phase == wanted => Readiness::Ready,
        "" => Readiness::NotYet(format!("it has no phase yet, expected {wanted}")),
        "Lost" => Readiness::Failed("it is Lost".into()),
        phase => Readiness::NotYet(format!("it is {phase}, expected {wanted}")),
    }
}

/// Whether new pods come only as old ones are deleted by hand.
fn waits_for_deletions(object: &DynamicObject) -> bool {
    text_at(object, "/spec/updateStrategy/type") == "OnDelete"
}

/// Of a set whose pods are replaced by hand: that there are enough.
fn pods_of_any_age(object: &DynamicObject) -> Readiness {
    if number(object, "/status/observedGeneration").is_none() {
        return Readiness::NotYet("no controller has looked at it yet".into());
    }
    match number(object, "/status/desiredNumberScheduled") {
        Some(wanted) => reaches(object, "/status/numberAvailable", wanted, "pods are available"),
        None => {
            let wanted = number(object, "/spec/replicas").unwrap_or(1);
            reaches(object, "/status/readyReplicas", wanted, "replicas are ready")
        }
    }
}

fn job(object: &DynamicObject) -> Readiness {
    let is_suspended = object.pointer("/spec/suspend") == Some(&Value::Bool(true));
    match complete().verdict(object) {
        Verdict::Waiting(_) if is_suspended => Readiness::Ready,
        Verdict::Waiting(_) => Readiness::NotYet("the job is not complete".into()),
        ended => ended.into(),
    }
}

fn pod(object: &DynamicObject) -> Readiness {
    let is_ready = || has_condition(object, "Ready", "True") == Verdict::Met;
    match text_at(object, "/status/phase") {
        "Succeeded" => Readiness::Ready,
        "Failed" => Readiness::Failed("the pod failed".into()),
        _ if is_ready() => Readiness::Ready,
        "" => Readiness::NotYet("it has no phase yet".into()),
        phase => Readiness::NotYet(format!("it is {phase} and not ready")),
    }
}

fn service(object: &DynamicObject) -> Readiness {
    let is_balanced = text_at(object, "/spec/type") == "LoadBalancer";
    let has_address = |pointer| {
        object.pointer(pointer).and_then(Value::as_array).is_some_and(|list| !list.is_empty())
    };
    if !is_balanced
        || has_address("/status/loadBalancer/ingress")
        || has_address("/spec/externalIPs")
    {
        return Readiness::Ready;
    }
    Readiness::NotYet("its load balancer has no address yet".into())
}

fn other(object: &DynamicObject) -> Readiness {
    let reported = ["Ready", "Available"].into_iter().filter(|kind| find(object, kind).is_some());
    let mut verdicts = reported.map(|kind| has_condition(object, kind, "True"));
    verdicts.find(|verdict| *verdict != Verdict::Met).map_or(Readiness::Ready, Readiness::from)
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
        not_yet(custom(with("Ready", "False")), "condition Ready is False (R)");
        assert_eq!(
            custom(json!({"conditions": [{"type": "ready", "status": "true"}]})),
            Readiness::Ready
        );
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

    #[test]
    fn a_condition_of_an_older_generation_does_not_count() {
        let stale = |kind: &str, observed: i64| {
            json!({"phase": "Running", "conditions": [
                {"type": kind, "status": "True", "observedGeneration": observed}]})
        };
        let why = "condition Ready is True of generation 1, the latest is 2";
        not_yet(of("x.io/v1", "Thing", json!({}), stale("Ready", 1)), why);
        assert_eq!(of("x.io/v1", "Thing", json!({}), stale("Ready", 2)), Readiness::Ready);
        let pod = |observed| of("v1", "Pod", json!({}), stale("Ready", observed));
        not_yet(pod(1), "it is Running and not ready");
        assert_eq!(pod(2), Readiness::Ready);
        let job = |observed| of("batch/v1", "Job", json!({}), stale("Complete", observed));
        not_yet(job(1), "the job is not complete");
        assert_eq!(job(2), Readiness::Ready);
    }
}
