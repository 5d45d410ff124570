//! What is wrong with an object of a built-in kind, in the words of the real server. Not all its rules are
//! here: those that clients meet are.

mod access;
mod data;
mod immutable;
mod network;
mod node;
mod others;
mod pod;
mod service;
mod storage;
mod volumes;
mod workloads;

use serde_json::Value;

use crate::api::metadata;
use crate::controllers::definitions;
use crate::field::FieldError;
use crate::resource::ResourceType;
use node::{Errors, Node};

/// What is wrong with a new object besides its metadata.
pub(super) fn create_errors(resource: &ResourceType, object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let node = Node::root(object);
    match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "Pod") => pod::created(&node, &mut errors),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            return definitions::errors(object, None);
        }
        _ => rules(resource, &node, None, &mut errors),
    }
    errors
}

/// What is wrong with a changed one: its metadata once more, and the rest.
pub(super) fn update_errors(
    resource: &ResourceType,
    subresource: &str,
    object: &Value,
    live: &Value,
) -> Vec<FieldError> {
    let mut errors = metadata::kind_update_errors(resource, live, object);
    if subresource.is_empty() {
        let (new, old) = (Node::root(object), Node::root(live));
        match (resource.group.as_str(), resource.kind.as_str()) {
            ("", "Pod") => pod::updated(&new, &old, &mut errors),
            ("batch", "Job") => workloads::job_update(&new, &old, &mut errors),
            ("apiextensions.k8s.io", "CustomResourceDefinition") => {
                errors.extend(definitions::errors(object, Some(live)));
            }
            (group, kind) => {
                rules(resource, &new, Some(&old), &mut errors);
                immutable::check(group, kind, &new, &old, &mut errors);
            }
        }
    }
    errors
}

/// The rules of a kind, for a new object and for a changed one.
fn rules(resource: &ResourceType, object: &Node<'_>, live: Option<&Node<'_>>, errors: &mut Errors) {
    let spec = object.at("spec");
    let old = live.map(|live| live.at("spec"));
    match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "ConfigMap") => {
            if let Some(live) = live {
                data::updated(object, live, false, errors);
            }
            data::config_map(object, errors);
        }
        ("", "Secret") => {
            if let Some(live) = live {
                data::updated(object, live, true, errors);
            }
            data::secret(object, errors);
        }
        ("", "PodTemplate") => pod::template(&object.at("template"), errors),
        ("", "ReplicationController") => workloads::replication_controller(&spec, errors),
        ("apps", "Deployment") => workloads::deployment(&spec, errors),
        ("apps", "ReplicaSet") => workloads::replica_set(&spec, errors),
        ("apps", "StatefulSet") => workloads::stateful_set(&spec, errors),
        ("apps", "DaemonSet") => workloads::daemon_set(&spec, errors),
        ("apps", "ControllerRevision") => {
            object.at("revision").not_negative(errors);
            if object.at("data").is_null() {
                object.at("data").missing("data is mandatory", errors);
            }
        }
        ("batch", "Job") => workloads::job(object, errors),
        ("batch", "CronJob") => workloads::cron_job(object, errors),
        ("", "Service") => {
            if let Some(old) = &old {
                service::service_update(&spec, old, errors);
            }
            service::service(&spec, errors);
        }
        ("", "PersistentVolumeClaim") => {
            storage::claim(&spec, errors);
            if let Some(old) = &old {
                storage::claim_update(&spec, old, errors);
            }
        }
        ("", "PersistentVolume") => {
            storage::volume(&spec, errors);
            if let Some(old) = &old {
                storage::volume_update(&spec, old, errors);
            }
        }
        ("", "Endpoints") => network::endpoints(object, errors),
        ("", "Event") | ("events.k8s.io", "Event") => {
            others::event(object, live.is_none(), errors);
        }
        ("", "LimitRange") => others::limit_range(&spec, errors),
        ("", "Node") => others::node(object, errors),
        ("", "ResourceQuota") => others::quota(&spec, errors),
        ("autoscaling", "HorizontalPodAutoscaler") => others::autoscaler(object, errors),
        ("policy", "PodDisruptionBudget") => others::disruption_budget(&spec, errors),
        ("networking.k8s.io", "Ingress") => network::ingress(&spec, errors),
        ("networking.k8s.io", "IngressClass") => network::ingress_class(&spec, errors),
        ("networking.k8s.io", "NetworkPolicy") => network::policy(&spec, errors),
        ("networking.k8s.io", "ServiceCIDR") => {
            if spec.at("cidrs").is_empty() {
                spec.at("cidrs").missing("at least one CIDR required", errors);
            }
            spec.at("cidrs").items().iter().for_each(|range| range.range(errors));
        }
        ("networking.k8s.io", "IPAddress") => {
            object.at("metadata").at("name").address(errors);
            spec.at("parentRef").required(errors);
        }
        ("discovery.k8s.io", "EndpointSlice") => network::slice(object, errors),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => {
            access::role(object, resource.namespaced, errors);
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            access::binding(object, resource.namespaced, errors);
        }
        ("storage.k8s.io", "StorageClass") => storage::class(object, errors),
        ("storage.k8s.io", "CSIDriver") => storage::driver(&spec, errors),
        ("storage.k8s.io", "CSINode") => storage::node(&spec, errors),
        ("storage.k8s.io", "CSIStorageCapacity") => {
            object.at("storageClassName").must_be_subdomain(errors);
        }
        ("storage.k8s.io", "VolumeAttachment") => storage::attachment(&spec, errors),
        ("storage.k8s.io", "VolumeAttributesClass") => storage::attributes(object, errors),
        ("scheduling.k8s.io", "PriorityClass") => others::priority_class(object, errors),
        ("coordination.k8s.io", "Lease") => others::lease(&spec, errors),
        ("node.k8s.io", "RuntimeClass") => {
            object.at("handler").required(errors);
            object.at("handler").label(errors);
        }
        ("certificates.k8s.io", "CertificateSigningRequest") => {
            others::signing_request(object, errors);
        }
        (
            "admissionregistration.k8s.io",
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration",
        ) => others::webhooks(object, errors),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema") => {
            let name = spec.at("priorityLevelConfiguration").at("name");
            if name.is_empty() {
                name.missing("must reference a priority level", errors);
            }
        }
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration") => {
            spec.at("type").required(errors);
        }
        ("apiregistration.k8s.io", "APIService") => others::api_service(object, errors),
        _ => {}
    }
}
