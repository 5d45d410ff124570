//! In which order the kinds of a set are applied. Pure.
//!
//! What others live in or are made of goes first: namespaces, definitions, then what workloads read when they
//! start, then workloads, then custom resources, whose controllers are among the workloads; what may stop
//! all others from being written, webhooks and policies, goes last. A set is deleted in the reverse order.

/// The stage in which an object is applied; of one stage, in the order of the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Namespaces,
    Definitions,
    Limits,
    Accounts,
    Roles,
    Bindings,
    Configuration,
    Storage,
    Services,
    Workloads,
    Others,
    Gates,
}

/// The stage of a kind.
pub(super) fn stage(group: &str, kind: &str) -> Stage {
    use Stage::*;
    match (group, kind) {
        ("", "Namespace") => Namespaces,
        ("apiextensions.k8s.io", "CustomResourceDefinition") => Definitions,
        ("", "ResourceQuota" | "LimitRange")
        | ("scheduling.k8s.io" | "node.k8s.io" | "flowcontrol.apiserver.k8s.io", _)
        | ("networking.k8s.io", "NetworkPolicy" | "IngressClass")
        | ("policy", "PodDisruptionBudget") => Limits,
        ("", "ServiceAccount") => Accounts,
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => Roles,
        ("rbac.authorization.k8s.io", _) => Bindings,
        ("", "ConfigMap" | "Secret") => Configuration,
        ("storage.k8s.io", _) | ("", "PersistentVolume" | "PersistentVolumeClaim") => Storage,
        ("", "Service" | "Endpoints") | ("discovery.k8s.io", _) => Services,
        ("", "Pod" | "ReplicationController") | ("apps" | "batch", _) => Workloads,
        ("admissionregistration.k8s.io", _) | ("apiregistration.k8s.io", _) => Gates,
        _ => Others,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_behind_what_they_need() {
        let order = [
            ("", "Namespace"),
            ("apiextensions.k8s.io", "CustomResourceDefinition"),
            ("scheduling.k8s.io", "PriorityClass"),
            ("", "ServiceAccount"),
            ("rbac.authorization.k8s.io", "ClusterRole"),
            ("rbac.authorization.k8s.io", "RoleBinding"),
            ("", "Secret"),
            ("storage.k8s.io", "StorageClass"),
            ("", "Service"),
            ("apps", "Deployment"),
            ("stable.example.com", "CronTab"),
            ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ];
        assert!(order.map(|(group, kind)| stage(group, kind)).is_sorted_by(|a, b| a < b));
        assert_eq!(stage("serving.knative.dev", "Service"), Stage::Others);
    }
}
