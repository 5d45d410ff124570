//! How the server treats the objects of a kind: what the API's schema does not say.

mod custom;
mod defaults;
pub(crate) mod initial;
mod names;
mod prepare;
#[cfg(test)]
mod recorded;
mod service;
mod validate;
mod written;

use jiff::Timestamp;
use serde_json::Value;

use crate::auth::User;
use crate::failure::{Failure, Result};
use crate::field::FieldError;
use crate::mutation::{self, Mutation};
use crate::object::metadata_mut;
use crate::resource::ResourceType;
use crate::store::Transaction;
pub(crate) use names::{NameRule, label_errors, old_label_errors, subdomain_errors};

/// The ways of a kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ways {
    /// It has `/status`: create drops `status`, the main PUT ignores it.
    pub(crate) has_status: bool,
    /// `metadata.generation` counts changes of the specification.
    pub(crate) counts_generation: bool,
    /// A PUT may come without a resource version.
    pub(crate) unconditional_update: bool,
    /// A PUT of a missing object creates it.
    pub(crate) create_on_update: bool,
    /// DELETE answers with the object, not with a `Status`.
    pub(crate) delete_returns_object: bool,
    /// The propagation when DELETE names none: `Orphan` for Job and ReplicationController.
    pub(crate) orphans_by_default: bool,
}

/// The ways of a built-in kind.
pub(crate) fn ways(group: &str, kind: &str, has_status: bool) -> Ways {
    let place = (group, kind);
    Ways {
        has_status,
        counts_generation: COUNT_GENERATION.contains(&place)
            || matches!(group, "admissionregistration.k8s.io" | "flowcontrol.apiserver.k8s.io")
            || (group == "resource.k8s.io" && kind != "ResourceClaimTemplate"),
        unconditional_update: !NEED_VERSION.contains(&place)
            && group != "admissionregistration.k8s.io",
        create_on_update: CREATE_ON_UPDATE.contains(&place),
        delete_returns_object: RETURN_DELETED.contains(&place) || group == "resource.k8s.io",
        orphans_by_default: matches!(place, ("batch", "Job") | ("", "ReplicationController")),
    }
}

impl Ways {
    /// The ways of a custom resource.
    pub(crate) fn of_custom(has_status: bool) -> Self {
        Self {
            has_status,
            counts_generation: true,
            unconditional_update: false,
            create_on_update: false,
            delete_returns_object: false,
            orphans_by_default: false,
        }
    }
}

const COUNT_GENERATION: &[(&str, &str)] = &[
    ("", "Pod"),
    ("", "PodTemplate"),
    ("", "ReplicationController"),
    ("apps", "ReplicaSet"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("batch", "Job"),
    ("batch", "CronJob"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "IngressClass"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("discovery.k8s.io", "EndpointSlice"),
    ("policy", "PodDisruptionBudget"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
];

const NEED_VERSION: &[(&str, &str)] = &[
    ("coordination.k8s.io", "Lease"),
    ("coordination.k8s.io", "LeaseCandidate"),
    ("policy", "PodDisruptionBudget"),
    ("node.k8s.io", "RuntimeClass"),
    ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "CSINode"),
    ("storage.k8s.io", "CSIStorageCapacity"),
    ("storage.k8s.io", "VolumeAttachment"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "APIService"),
];

const CREATE_ON_UPDATE: &[(&str, &str)] = &[
    ("coordination.k8s.io", "Lease"),
    ("coordination.k8s.io", "LeaseCandidate"),
    ("", "Endpoints"),
    ("", "Event"),
    ("events.k8s.io", "Event"),
    ("", "LimitRange"),
    ("", "Service"),
    ("node.k8s.io", "RuntimeClass"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
];

const RETURN_DELETED: &[(&str, &str)] = &[
    ("", "Pod"),
    ("", "Namespace"),
    ("", "PersistentVolume"),
    ("", "PersistentVolumeClaim"),
    ("", "PodTemplate"),
    ("", "ResourceQuota"),
    ("", "Service"),
    ("", "ServiceAccount"),
    ("storage.k8s.io", "StorageClass"),
    ("storage.k8s.io", "VolumeAttachment"),
    ("storage.k8s.io", "VolumeAttributesClass"),
    ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "CSINode"),
];

/// What a preparation may need to know besides the object.
pub(crate) struct Around<'a, 'b> {
    pub(crate) transaction: &'a mut Transaction<'b>,
    pub(crate) now: Timestamp,
    /// Who writes.
    pub(crate) user: &'a User,
}

/// Fills in what a kind has when nothing is said, as decoding does; what is there stays.
pub(crate) fn default(resource: &ResourceType, object: &mut Value) {
    if resource.is_custom() {
        crate::schema::fill_defaults(resource.schema.get(), object);
    } else {
        written::strip(&resource.schema, object);
        defaults::fill(&resource.group, &resource.kind, object);
        written::complete(&resource.schema, object);
    }
}

/// The fields that nobody comes to own by a write to a subresource, or to the object itself (empty).
pub(crate) fn unowned(
    resource: &ResourceType,
    subresource: &str,
) -> &'static [&'static [&'static str]] {
    match subresource {
        "status" if resource.is_custom() => &[&["metadata"], &["spec"]],
        "status" => match resource.kind.as_str() {
            "Deployment" => &[&["spec"], &["metadata", "labels"]],
            "Pod" => {
                &[&["spec"], &["metadata", "deletionTimestamp"], &["metadata", "ownerReferences"]]
            }
            "ServiceCIDR" | "CustomResourceDefinition" => &[&["metadata"], &["spec"]],
            _ => &[&["spec"]],
        },
        "" if resource.kind == "CertificateSigningRequest" => &[&["spec"], &["status"]],
        "" if resource.ways.has_status => &[&["status"]],
        _ => &[],
    }
}

/// Makes a new object what its kind wants it to be, after the caller's fields were counted.
pub(crate) fn prepare_create(
    around: &mut Around<'_, '_>,
    resource: &ResourceType,
    object: &mut Value,
) -> Result<()> {
    if resource.ways.has_status && resource.kind != "Node" {
        remove(object, "status");
    }
    if !resource.is_custom() {
        prepare::on_create(around, resource, object)?;
        written::complete(&resource.schema, object);
        written::empty_is_null(&resource.schema, object);
    }
    Ok(())
}

/// Puts back what a write to this subresource must not change, and keeps up what the kind keeps up.
pub(crate) fn prepare_update(
    around: &mut Around<'_, '_>,
    resource: &ResourceType,
    subresource: &str,
    object: &mut Value,
    live: &Value,
) -> Result<()> {
    match subresource {
        "status" if mutation::is(Mutation::StatusWritesAll) => {}
        "status" => prepare::status(resource, object, live),
        "" => {
            if resource.ways.has_status && !mutation::is(Mutation::MainWritesStatus) {
                copy(live, object, "status");
            }
            if !resource.is_custom() {
                prepare::on_update(around, resource, object, live)?;
            }
        }
        _ => crate::api::subresources::parts::prepare(
            around.now,
            resource,
            subresource,
            object,
            live,
        )?,
    }
    if !resource.is_custom() {
        written::empty_is_null(&resource.schema, object);
    }
    Ok(())
}

/// What is wrong with a new object besides its metadata.
pub(crate) fn create_errors(resource: &ResourceType, object: &Value) -> Result<Vec<FieldError>> {
    if resource.is_custom() {
        return custom::create_errors(resource, object);
    }
    Ok(validate::create_errors(resource, object))
}

/// What is wrong with a changed object: its metadata once more, and the rest.
pub(crate) fn update_errors(
    resource: &ResourceType,
    subresource: &str,
    object: &Value,
    live: &Value,
) -> Result<Vec<FieldError>> {
    if resource.is_custom() {
        return custom::update_errors(resource, subresource, object, live);
    }
    Ok(validate::update_errors(resource, subresource, object, live))
}

/// What besides finalizers keeps an object that is to be deleted: a namespace's own finalizers.
pub(crate) fn holds_itself(object: &Value) -> Option<&Value> {
    if object.get("kind")? != "Namespace" || object.get("apiVersion")? != "v1" {
        return None;
    }
    let finalizers = object.get("spec")?.get("finalizers")?;
    finalizers.as_array().is_some_and(|list| !list.is_empty()).then_some(finalizers)
}

/// Refuses to delete what the cluster cannot do without.
pub(crate) fn may_be_deleted(resource: &ResourceType, name: &str) -> Result<()> {
    let is_namespace = resource.group.is_empty() && resource.plural == "namespaces";
    if is_namespace && matches!(name, "default" | "kube-system" | "kube-public") {
        return Err(Failure::forbidden(resource, name, "this namespace may not be deleted"));
    }
    Ok(())
}

/// An object that is deleted for the first time, where its kind marks it in its own way: a definition.
pub(crate) fn marks_itself(resource: &ResourceType, live: &Value, now: Timestamp) -> Option<Value> {
    let place = (resource.group.as_str(), resource.kind.as_str());
    if place != ("apiextensions.k8s.io", "CustomResourceDefinition") {
        return None;
    }
    crate::controllers::definitions::marked(live, now)
}

/// What a kind says of an object that was just marked as going.
pub(crate) fn mark_deleted(resource: &ResourceType, object: &mut Value) {
    if resource.group.is_empty() && resource.kind == "Namespace" {
        // It ends when it is empty, not after some time.
        metadata_mut(object).remove("deletionGracePeriodSeconds");
        object["status"]["phase"] = "Terminating".into();
    }
}

/// Removes a field.
fn remove(object: &mut Value, key: &str) {
    if let Value::Object(map) = object {
        map.remove(key);
    }
}

/// Gives an object another one's field, or takes it where that has none.
fn copy(from: &Value, to: &mut Value, key: &str) {
    match from.get(key) {
        Some(value) => to[key] = value.clone(),
        None => remove(to, key),
    }
}
