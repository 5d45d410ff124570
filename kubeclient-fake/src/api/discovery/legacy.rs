//! The older form of discovery: a request for each group and version.

use serde_json::{Value, json};

use super::ordered_groups;
use crate::failure::{Failure, Result};
use crate::registry::{Group, Registry};
use crate::resource::{ResourceType, Subresource};

/// `/api`, asked of the server at that address.
pub(super) fn core_versions(host: &str) -> Value {
    json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": host}],
    })
}

/// `/apis`.
pub(super) fn groups(registry: &Registry) -> Value {
    let names = ordered_groups(registry).into_iter();
    let groups: Vec<Value> =
        names.filter_map(|name| registry.group(name).map(|group| versions(name, group))).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// `/apis/apps`.
pub(super) fn group(registry: &Registry, name: &str) -> Result<Value> {
    let mut value = versions(name, registry.group(name).ok_or_else(Failure::page_not_found)?);
    value["kind"] = "APIGroup".into();
    value["apiVersion"] = "v1".into();
    Ok(value)
}

fn versions(name: &str, group: &Group) -> Value {
    let version =
        |version: &String| json!({"groupVersion": format!("{name}/{version}"), "version": version});
    json!({
        "name": name,
        "versions": group.versions.iter().map(version).collect::<Vec<_>>(),
        "preferredVersion": group.versions.first().map(version),
    })
}

/// `/api/v1`, `/apis/apps/v1`.
pub(super) fn resources(registry: &Registry, group: &str, version: &str) -> Value {
    let mut resources: Vec<(String, Value)> = Vec::new();
    let all = registry.resources().iter();
    for parent in all.filter(|known| known.group == group && known.version == version) {
        resources.push((parent.plural.clone(), resource(parent)));
        for sub in &parent.subresources {
            let name = format!("{}/{}", parent.plural, sub.name);
            resources.push((name.clone(), subresource(parent, sub, &name)));
        }
    }
    resources.sort_by(|left, right| left.0.cmp(&right.0));
    let resources: Vec<Value> = resources.into_iter().map(|(_, resource)| resource).collect();
    if group.is_empty() {
        // As the real server has it: without a version of its own.
        return json!({"kind": "APIResourceList", "groupVersion": version, "resources": resources});
    }
    json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": format!("{group}/{version}"),
        "resources": resources,
    })
}

fn resource(resource: &ResourceType) -> Value {
    let mut value = json!({
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": resource.verbs,
    });
    for (key, names) in
        [("shortNames", &resource.short_names), ("categories", &resource.categories)]
    {
        if !names.is_empty() {
            value[key] = names.as_slice().into();
        }
    }
    value
}

fn subresource(parent: &ResourceType, sub: &Subresource, name: &str) -> Value {
    let mut value = json!({
        "name": name,
        "singularName": "",
        "namespaced": parent.namespaced,
        "kind": sub.kind,
        "verbs": sub.verbs,
    });
    if !sub.version.is_empty() && (&sub.group, &sub.version) != (&parent.group, &parent.version) {
        value["group"] = sub.group.as_str().into();
        value["version"] = sub.version.as_str().into();
    }
    value
}
