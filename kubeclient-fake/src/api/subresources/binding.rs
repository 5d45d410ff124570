//! POST of a binding: a pod gets its node.

use std::sync::Arc;

use serde_json::{Value, json};

use super::eviction::set_condition;
use super::{items_at, set_at, speaking, spoken, success, text_at};
use crate::api::options::{OptionsKind, WriteOptions};
use crate::api::{Call, Cluster, body, place};
use crate::clock::seconds;
use crate::failure::{Details, Failure, Result};
use crate::field::FieldError;
use crate::http::Reply;
use crate::object::{Object, metadata_mut};
use crate::resource::ResourceType;
use crate::store::{Key, Stored};

/// Binds the pod of that name.
pub(super) fn answer(cluster: &Arc<Cluster>, call: &Call<'_>, name: &str) -> Result<Reply> {
    bind(cluster, call, Some(name))
}

/// Binds the pod that the body names.
pub(super) fn by_name(cluster: &Arc<Cluster>, call: &Call<'_>) -> Result<Reply> {
    bind(cluster, call, None)
}

fn bind(cluster: &Arc<Cluster>, call: &Call<'_>, name: Option<&str>) -> Result<Reply> {
    let options = WriteOptions::of(call, OptionsKind::Create)?;
    let binding_call = speaking(call, spoken("", "v1", "Binding"));
    let mut binding = body::read(cluster, &binding_call, options.validation)?;
    place::namespace(call, &mut binding)?;
    match name {
        None if binding.name().is_empty() => {
            return Err(Failure::bad_request("Name parameter required."));
        }
        Some(name) if name != binding.name() => {
            let why = "name in URL does not match name in Binding object";
            return Err(Failure::bad_request(why));
        }
        _ => {}
    }
    check_target(&binding)?;
    let pods =
        cluster.registry().find("", "v1", "pods").unwrap_or_else(|| Arc::clone(&call.resource));
    let key = Key::new("pods", call.namespace.unwrap_or_default(), binding.name());
    cluster.write(options.dry_run, |transaction| {
        let live = transaction.get(&key);
        let live = live.ok_or_else(|| Failure::not_found(&pods, binding.name()))?;
        check_preconditions(&pods, &live, &binding)?;
        let now = seconds(cluster.clock.now());
        transaction.put(key.clone(), bound(&live.value, &binding, &now)?);
        Ok(())
    })?;
    Ok(success(call))
}

/// 500, as the real server has it, where the target is no node.
fn check_target(binding: &Value) -> Result<()> {
    let mut errors = Vec::new();
    let kind = text_at(binding, &["target", "kind"]);
    if !matches!(kind, "" | "Node") {
        errors.push(FieldError::not_supported("target.kind", kind, &["Node", "<empty>"]));
    }
    if text_at(binding, &["target", "name"]).is_empty() {
        errors.push(FieldError::required("target.name", ""));
    }
    let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
    match said.as_slice() {
        [] => Ok(()),
        [one] => Err(Failure::internal(one)),
        many => Err(Failure::internal(format!("[{}]", many.join(", ")))),
    }
}

/// 409, where uid or version are of another pod.
fn check_preconditions(pods: &ResourceType, live: &Stored, binding: &Value) -> Result<()> {
    let refuse = |what: &str, given: &str, stored: &str| {
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: /registry/pods/{}, ResourceVersion: 0, \
             AdditionalErrorMsg: Precondition failed: {what} in precondition: {given}, {what} in object \
             meta: {stored}",
            live.key.path()
        );
        Err(Failure::conflict(pods, live.value.name(), &why))
    };
    let (uid, version) = (binding.uid(), binding.resource_version());
    if !uid.is_empty() && uid != live.value.uid() {
        return refuse("UID", uid, live.value.uid());
    }
    if !version.is_empty() && version != live.value.resource_version() {
        return refuse("ResourceVersion", version, live.value.resource_version());
    }
    Ok(())
}

/// The pod on its node.
fn bound(pod: &Value, binding: &Value, now: &str) -> Result<Value> {
    let name = pod.name();
    let refuse = |why: String| {
        let message = format!("Operation cannot be fulfilled on pods/binding {name:?}: {why}");
        let details = Details {
            name: name.to_owned(),
            kind: "pods/binding".to_owned(),
            ..Details::default()
        };
        Err(Failure::new(409, "Conflict", message).with_details(details))
    };
    if pod.is_terminating() {
        return refuse(format!("pod {name} is being deleted, cannot be assigned to a host"));
    }
    let node = text_at(pod, &["spec", "nodeName"]);
    if !node.is_empty() {
        return refuse(format!("pod {name} is already assigned to node {node:?}"));
    }
    if !items_at(pod, &["spec", "schedulingGates"]).is_empty() {
        return refuse(format!("pod {name} has non-empty .spec.schedulingGates"));
    }
    let mut pod = pod.clone();
    let node = text_at(binding, &["target", "name"]);
    set_at(&mut pod, &["spec", "nodeName"], node.into());
    for key in ["annotations", "labels"] {
        let Some(Value::Object(given)) = binding.meta(key) else { continue };
        let kept = metadata_mut(&mut pod).entry(key).or_insert_with(|| json!({}));
        if let Value::Object(kept) = kept {
            kept.extend(given.clone());
        }
    }
    if let Some(Value::Object(status)) = pod.get_mut("status") {
        status.remove("nominatedNodeName");
    }
    let scheduled = json!({"type": "PodScheduled", "status": "True", "lastProbeTime": null});
    set_condition(&mut pod, scheduled, now);
    Ok(pod)
}
