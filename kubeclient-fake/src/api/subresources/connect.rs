//! What opens a connection into a pod: refused as the real server refuses it, and otherwise not done.

use serde_json::Value;

use super::{items_at, text_at};
use crate::api::{Call, Cluster};
use crate::failure::{Failure, Result};
use crate::http::Reply;
use crate::object::Object;
use crate::store::{Key, Stored};

/// exec, attach and portforward.
pub(super) fn answer(cluster: &Cluster, call: &Call<'_>, name: &str) -> Result<Reply> {
    let pod = pod(cluster, call)?;
    if name != "portforward" {
        container(&pod.value, call.request.query("container").unwrap_or_default())?;
    }
    if text_at(&pod.value, &["spec", "nodeName"]).is_empty() {
        let name = pod.value.name();
        return Err(Failure::bad_request(format!("pod {name} does not have a host assigned")));
    }
    Err(Failure::not_implemented(format_args!("pods/{name}")))
}

/// The pod that the path names.
pub(super) fn pod(cluster: &Cluster, call: &Call<'_>) -> Result<Stored> {
    let name = call.name.unwrap_or_default();
    let key = Key::new("pods", call.namespace.unwrap_or_default(), name);
    cluster.store.get(&key).ok_or_else(|| Failure::not_found(&call.resource, name))
}

/// The container that is meant: the named one, or the only one.
pub(super) fn container(pod: &Value, asked: &str) -> Result<String> {
    let names = |list: &str| {
        let containers = items_at(pod, &["spec", list]).iter();
        containers.map(|container| text_at(container, &["name"])).collect::<Vec<_>>()
    };
    let containers = names("containers");
    let all = [names("initContainers"), containers.clone(), names("ephemeralContainers")].concat();
    let name = pod.name();
    if !asked.is_empty() {
        return if all.contains(&asked) {
            Ok(asked.to_owned())
        } else {
            Err(Failure::bad_request(format!("container {asked} is not valid for pod {name}")))
        };
    }
    let mut why = format!("a container name must be specified for pod {name}");
    match containers.as_slice() {
        [only] => return Ok((*only).to_owned()),
        [] => {}
        _ => why.push_str(&format!(", choose one of: [{}]", all.join(" "))),
    }
    Err(Failure::bad_request(why))
}
