//! The resources that definitions make: those of established ones are served.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::Value;

use super::{RESOURCE, is, text, versions};
use crate::api::Cluster;
use crate::kinds::Ways;
use crate::object::Object;
use crate::registry::{Registry, version_rank};
use crate::resource::{Custom, ResourceType, Subresource};
use crate::schema::{self, SchemaRef, builtin};

/// In the order in which discovery has them.
const VERBS: &[&str] =
    &["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

/// Serves what a changed definition makes now.
pub(super) fn update(cluster: &Cluster, name: &str, before: Option<&Value>, after: Option<&Value>) {
    let now = cluster.store.get(&super::key(name));
    let after = now.as_ref().map(|stored| &stored.value).or(after.filter(|_| now.is_some()));
    let served = cluster.registry();
    let is_served = served.custom().any(|known| is_of(known, name));
    let wanted = after.is_some_and(|after| is(after, "Established"));
    if !is_served && !wanted {
        return;
    }
    let same = before.zip(after).is_some_and(|(before, after)| shape(before) == shape(after));
    if is_served && wanted && same {
        return;
    }
    let made = after.filter(|_| wanted).map(resources).unwrap_or_default();
    let others = served.custom().filter(|known| !is_of(known, name)).cloned();
    cluster.set_registry(registry(others.chain(made)));
    if is_served {
        cluster.store.end_watches(name);
    }
}

/// Serves what all definitions make.
pub(super) fn all(cluster: &Cluster) {
    let definitions = cluster.store.list(RESOURCE, None, "").objects;
    let established = definitions.iter().filter(|stored| is(&stored.value, "Established"));
    let made: Vec<_> = established.flat_map(|stored| resources(&stored.value)).collect();
    cluster.set_registry(registry(made.into_iter()));
}

fn registry(custom: impl Iterator<Item = Arc<ResourceType>>) -> Registry {
    Registry::new(builtin::resources().iter().cloned(), custom)
}

fn is_of(resource: &ResourceType, definition: &str) -> bool {
    resource.custom.as_ref().is_some_and(|custom| custom.definition == definition)
}

/// What of a definition its resources depend on.
fn shape(definition: &Value) -> (&Value, &Value, bool, bool) {
    let accepted = &definition["status"]["acceptedNames"];
    let terminates = is(definition, "Terminating");
    (&definition["spec"], accepted, is(definition, "Established"), terminates)
}

/// The resource in each version that is served or stored.
fn resources(definition: &Value) -> Vec<Arc<ResourceType>> {
    let all = versions(definition);
    let used = |version: &&Value| version["served"] == true || version["storage"] == true;
    all.iter()
        .filter(used)
        .filter_map(|version| resource(definition, version))
        .map(Arc::new)
        .collect()
}

fn resource(definition: &Value, version: &Value) -> Option<ResourceType> {
    let names = &definition["status"]["acceptedNames"];
    let name = |key: &str| names[key].as_str().unwrap_or_default().to_owned();
    let list = |key: &str| {
        let list = names[key].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let group = text(definition, "/spec/group").to_owned();
    let own_version = text(version, "/name").to_owned();
    // It was checked when it was written; one that is seeded may be wrong, and then it is not served.
    let schema = schema::from_crd("", version.pointer("/schema/openAPIV3Schema")?).ok()?;
    let subresources = &version["subresources"];
    let has_status = subresources["status"].is_object();
    let scale = Some(&subresources["scale"]).filter(|scale| scale.is_object());
    let subresource = |name: &str, kind: &str, group: &str, version: &str| Subresource {
        name: name.to_owned(),
        kind: kind.to_owned(),
        group: group.to_owned(),
        version: version.to_owned(),
        verbs: ["get", "patch", "update"].map(str::to_owned).into(),
    };
    let kind = name("kind");
    let status = has_status.then(|| subresource("status", &kind, &group, &own_version));
    let scales = scale.map(|_| subresource("scale", "Scale", "autoscaling", "v1"));
    Some(ResourceType {
        plural: name("plural"),
        singular: name("singular"),
        list_kind: name("listKind"),
        namespaced: text(definition, "/spec/scope") == "Namespaced",
        short_names: list("shortNames"),
        categories: list("categories"),
        verbs: VERBS.iter().map(|&verb| verb.to_owned()).collect(),
        subresources: status.into_iter().chain(scales).collect(),
        schema: SchemaRef::Own(Box::new(schema)),
        ways: Ways::of_custom(has_status),
        custom: Some(Arc::new(Custom {
            definition: definition.name().to_owned(),
            columns: version["additionalPrinterColumns"].as_array().cloned().unwrap_or_default(),
            selectable_fields: selectable_fields(version),
            scale: scale.cloned(),
            deprecation: deprecation(definition, version, &kind),
            storage_version: storage_version(definition),
            is_unserved: version["served"] != true,
            is_terminating: is(definition, "Terminating"),
            converts_by_webhook: text(definition, "/spec/conversion/strategy") == "Webhook",
        })),
        group,
        version: own_version,
        kind,
    })
}

fn selectable_fields(version: &Value) -> Vec<String> {
    let fields = version["selectableFields"].as_array().into_iter().flatten();
    fields.filter_map(|field| field["jsonPath"].as_str()).map(str::to_owned).collect()
}

fn storage_version(definition: &Value) -> String {
    let stored = versions(definition).iter().find(|version| version["storage"] == true);
    stored.map_or("", |version| text(version, "/name")).to_owned()
}

/// What is said to who uses a deprecated version.
fn deprecation(definition: &Value, version: &Value, kind: &str) -> Option<String> {
    if version["deprecated"] != true {
        return None;
    }
    if let Some(said) = version["deprecationWarning"].as_str() {
        return Some(said.to_owned());
    }
    let group = text(definition, "/spec/group");
    let name = text(version, "/name");
    let is_newer = |other: &&Value| {
        let rank = version_rank(text(other, "/name")).cmp(&version_rank(name));
        other["served"] == true && other["deprecated"] != true && rank == Ordering::Greater
    };
    let mut warning = format!("{group}/{name} {kind} is deprecated");
    if let Some(newer) = versions(definition).iter().find(is_newer) {
        warning.push_str(&format!("; use {group}/{} {kind}", text(newer, "/name")));
    }
    Some(warning)
}
