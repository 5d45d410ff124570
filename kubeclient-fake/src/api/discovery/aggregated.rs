//! The newer form of discovery: all groups of `/api` or `/apis` in one answer.

use serde_json::{Map, Value, json};

use super::ordered_groups;
use crate::registry::Registry;
use crate::resource::ResourceType;

/// The core group, or all others.
pub(super) fn groups(registry: &Registry, core: bool) -> Value {
    let names = if core { vec![""] } else { ordered_groups(registry) };
    let items: Vec<Value> = names.into_iter().map(|name| group(registry, name)).collect();
    json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    })
}

fn group(registry: &Registry, name: &str) -> Value {
    let mut metadata = Map::new();
    if !name.is_empty() {
        metadata.insert("name".into(), name.into());
    }
    let known = registry.group(name).map(|group| group.versions.as_slice()).unwrap_or_default();
    let versions: Vec<Value> = known.iter().map(|known| version(registry, name, known)).collect();
    json!({"metadata": metadata, "versions": versions})
}

fn version(registry: &Registry, group: &str, version: &str) -> Value {
    let all = registry.resources().iter();
    let mut resources: Vec<&ResourceType> = all
        .filter(|known| known.group == group && known.version == version)
        .map(AsRef::as_ref)
        .collect();
    resources.sort_by(|left, right| left.plural.cmp(&right.plural));
    let resources: Vec<Value> = resources.into_iter().map(resource).collect();
    json!({"version": version, "resources": resources, "freshness": "Current"})
}

fn resource(resource: &ResourceType) -> Value {
    let mut value = json!({
        "resource": resource.plural,
        "responseKind": kind(resource, "", "", &resource.kind),
        "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": resource.singular,
        "verbs": resource.verbs,
    });
    for (key, names) in
        [("shortNames", &resource.short_names), ("categories", &resource.categories)]
    {
        if !names.is_empty() {
            value[key] = names.as_slice().into();
        }
    }
    if !resource.subresources.is_empty() {
        let subresources = resource.subresources.iter().map(|sub| {
            json!({
                "subresource": sub.name,
                "responseKind": kind(resource, &sub.group, &sub.version, &sub.kind),
                "verbs": sub.verbs,
            })
        });
        value["subresources"] = subresources.collect();
    }
    value
}

/// The kind that a resource or subresource speaks: the real server names group and version of its own kinds
/// only for custom resources.
fn kind(resource: &ResourceType, group: &str, version: &str, kind: &str) -> Value {
    let own = version.is_empty() || (group == resource.group && version == resource.version);
    match (own, resource.is_custom()) {
        (true, false) => json!({"group": "", "version": "", "kind": kind}),
        (true, true) => json!({"group": resource.group, "version": resource.version, "kind": kind}),
        (false, _) => json!({"group": group, "version": version, "kind": kind}),
    }
}
