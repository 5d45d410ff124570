//! The legacy form: the groups in one document, and a document for each version of a group. Pure.
//!
//! What a document is made of must be there, as `null` at least: any other JSON is not taken for a server
//! that has nothing.

use serde::Deserialize;

use super::found::{
    ApiGroup, DiscoveredResource, DiscoveredSubresource, DiscoveredVersion, response_kind,
};
use crate::meta::api_resource::ApiResource;
use crate::meta::counted;
use crate::meta::gvk::GroupVersion;
use crate::meta::object_meta::null_is_default;

/// `APIVersions`, which `/api` answers.
#[derive(Deserialize)]
pub(super) struct Versions {
    #[serde(deserialize_with = "counted::list")]
    versions: Vec<String>,
}

impl Versions {
    /// The core group, where the server has it.
    pub(super) fn into_group(self) -> Option<ApiGroup> {
        let preferred_version = self.versions.first()?.clone();
        Some(ApiGroup { name: String::new(), versions: self.versions, preferred_version })
    }
}

/// `APIGroupList`, which `/apis` answers.
#[derive(Deserialize)]
pub(super) struct GroupList {
    #[serde(deserialize_with = "counted::list")]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    name: String,
    #[serde(default, deserialize_with = "counted::list")]
    versions: Vec<Version>,
    #[serde(default, deserialize_with = "null_is_default")]
    preferred_version: Version,
}

#[derive(Default, Deserialize)]
struct Version {
    #[serde(default)]
    version: String,
}

impl GroupList {
    pub(super) fn into_groups(self) -> Vec<ApiGroup> {
        let group = |group: Group| {
            let versions: Vec<String> =
                group.versions.into_iter().map(|version| version.version).collect();
            let mut preferred_version = group.preferred_version.version;
            if preferred_version.is_empty() {
                preferred_version = versions.first().cloned().unwrap_or_default();
            }
            ApiGroup { name: group.name, versions, preferred_version }
        };
        self.groups.into_iter().map(group).collect()
    }
}

/// `APIResourceList`, which `/api/v1` and `/apis/<group>/<version>` answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceList {
    #[serde(default, deserialize_with = "null_is_default")]
    group_version: String,
    #[serde(deserialize_with = "counted::list")]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    /// The plural name, or `plural/subresource`.
    name: String,
    #[serde(default, deserialize_with = "null_is_default")]
    singular_name: String,
    #[serde(default, deserialize_with = "null_is_default")]
    namespaced: bool,
    #[serde(default, deserialize_with = "null_is_default")]
    group: String,
    #[serde(default, deserialize_with = "null_is_default")]
    version: String,
    #[serde(default, deserialize_with = "null_is_default")]
    kind: String,
    #[serde(default, deserialize_with = "counted::list")]
    verbs: Vec<String>,
    #[serde(default, deserialize_with = "counted::list")]
    short_names: Vec<String>,
    #[serde(default, deserialize_with = "counted::list")]
    categories: Vec<String>,
}

impl ResourceList {
    /// The version that the document is of, as it says itself.
    pub(super) fn group_version(&self) -> &str {
        &self.group_version
    }

    /// What the document says, subresources below their resources.
    pub(super) fn into_found(self, group_version: &GroupVersion) -> DiscoveredVersion {
        let mut found = DiscoveredVersion {
            version: group_version.version.clone(),
            ..DiscoveredVersion::default()
        };
        let named = self.resources.into_iter().filter(|resource| !resource.kind.is_empty());
        let (subresources, resources): (Vec<Resource>, Vec<Resource>) =
            named.partition(|resource| resource.name.contains('/'));
        for resource in resources {
            found.resources.push(DiscoveredResource {
                resource: ApiResource {
                    group: group_version.group.clone(),
                    version: group_version.version.clone(),
                    kind: resource.kind,
                    plural: resource.name,
                    namespaced: resource.namespaced,
                },
                singular: resource.singular_name,
                short_names: resource.short_names,
                categories: resource.categories,
                verbs: resource.verbs,
                subresources: Vec::new(),
            });
        }
        for subresource in subresources {
            let Resource { name: full_name, namespaced, group, version, kind, verbs, .. } =
                subresource;
            let (plural, name) = full_name.split_once('/').unwrap_or((&full_name, ""));
            let subresource = DiscoveredSubresource {
                name: name.to_owned(),
                namespaced,
                kind: response_kind(group_version, group, version, kind),
                verbs,
                full_name: full_name.clone(),
            };
            let mut resources = found.resources.iter_mut();
            match resources.find(|resource| resource.resource.plural == plural) {
                Some(parent) => parent.subresources.push(subresource),
                None => found.orphans.push(subresource),
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::gvk::GroupVersionKind;

    #[test]
    fn the_core_group_is_what_api_answers() {
        let read = |text| serde_json::from_str::<Versions>(text).unwrap().into_group();
        let group = read(r#"{"kind":"APIVersions","versions":["v1"]}"#).unwrap();
        assert_eq!((group.name.as_str(), group.preferred_version.as_str()), ("", "v1"));
        assert!(read(r#"{"versions":null}"#).is_none());
    }

    #[test]
    fn another_document_is_not_taken_for_an_empty_one() {
        let text = r#"{"kind":"Other","items":[]}"#;
        assert!(serde_json::from_str::<Versions>(text).is_err());
        assert!(serde_json::from_str::<GroupList>(text).is_err());
        assert!(serde_json::from_str::<ResourceList>(text).is_err());
    }

    #[test]
    fn groups_keep_their_order_and_the_servers_preference() {
        let text = r#"{"kind":"APIGroupList","groups":[
            {"name":"b","versions":[{"groupVersion":"b/v2","version":"v2"},{"groupVersion":"b/v1","version":"v1"}],
             "preferredVersion":{"groupVersion":"b/v1","version":"v1"}},
            {"name":"a","versions":[{"groupVersion":"a/v1","version":"v1"}],"preferredVersion":null}]}"#;
        let groups = serde_json::from_str::<GroupList>(text).unwrap().into_groups();
        assert_eq!(groups[0].name, "b");
        assert_eq!(groups[0].versions, ["v2", "v1"]);
        assert_eq!(groups[0].preferred_version, "v1");
        assert_eq!((groups[1].name.as_str(), groups[1].preferred_version.as_str()), ("a", "v1"));
    }

    #[test]
    fn subresources_stand_below_their_resource_with_their_own_kind() {
        let text = r#"{"kind":"APIResourceList","groupVersion":"zoo.example.com/v1","resources":[
            {"name":"lions/scale","singularName":"","namespaced":true,"group":"autoscaling","version":"v1",
             "kind":"Scale","verbs":["get"]},
            {"name":"lions","singularName":"lion","namespaced":true,"kind":"Lion","verbs":["list"],
             "shortNames":["li"],"categories":["all"],"storageVersionHash":"x"},
            {"name":"lions/status","namespaced":true,"kind":"Lion","verbs":null},
            {"name":"tigers/feed","namespaced":true,"kind":"Feed","verbs":["create"]},
            {"name":"ghosts","namespaced":true,"kind":"","verbs":[]}]}"#;
        let version = GroupVersion::new("zoo.example.com", "v1");
        let found = serde_json::from_str::<ResourceList>(text).unwrap().into_found(&version);
        assert_eq!(found.resources.len(), 1);
        let lions = &found.resources[0];
        assert_eq!(
            lions.resource,
            ApiResource::namespaced("zoo.example.com", "v1", "Lion", "lions")
        );
        assert_eq!(
            lions.subresource("scale").unwrap().kind,
            GroupVersionKind::new("autoscaling", "v1", "Scale")
        );
        assert_eq!(lions.subresource("status").unwrap().kind, version.with_kind("Lion"));
        assert_eq!(found.orphans[0].full_name, "tigers/feed");
    }
}
