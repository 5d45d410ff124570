//! The aggregated form: everything below `/api`, or below `/apis`, in one document. Pure.

use serde::Deserialize;

use super::found::{
    Discovered, DiscoveredGroup, DiscoveredResource, DiscoveredSubresource, DiscoveredVersion,
    DiscoveryFailure, response_kind,
};
use crate::error::{Error, ErrorKind};
use crate::meta::api_resource::ApiResource;
use crate::meta::counted;
use crate::meta::gvk::{GroupVersion, GroupVersionKind};
use crate::meta::object_meta::{ObjectMeta, null_is_default};

/// What asks for the aggregated form, and takes the legacy one from servers that don't know it.
pub(super) const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
     application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,\
     application/json";

/// What asks for what one API server serves, before [`ACCEPT`].
pub(super) const NO_PEERS: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList;profile=nopeer";

/// Whether an answer of this `Content-Type` is in the aggregated form.
pub(super) fn is_aggregated(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|base| base.eq_ignore_ascii_case("application/json"));
    let parameters: Vec<(&str, &str)> = parts
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim().trim_matches('"')))
        .collect();
    let has = |name: &str, values: &[&str]| {
        let of_name =
            |(key, value): &(&str, &str)| key.eq_ignore_ascii_case(name) && values.contains(value);
        parameters.iter().any(of_name)
    };
    is_json
        && has("g", &["apidiscovery.k8s.io"])
        && has("v", &["v2", "v2beta1"])
        && has("as", &["APIGroupDiscoveryList"])
}

/// `APIGroupDiscoveryList`; `v2` and `v2beta1` are alike.
#[derive(Deserialize)]
pub(super) struct GroupList {
    #[serde(deserialize_with = "counted::list")]
    items: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    /// The core group has no name.
    #[serde(default, deserialize_with = "null_is_default")]
    metadata: ObjectMeta,
    #[serde(default, deserialize_with = "counted::list")]
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Version {
    version: String,
    #[serde(default, deserialize_with = "counted::list")]
    resources: Vec<Resource>,
    #[serde(default, deserialize_with = "null_is_default")]
    freshness: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    resource: String,
    response_kind: Option<Kind>,
    #[serde(default, deserialize_with = "null_is_default")]
    scope: String,
    #[serde(default, deserialize_with = "null_is_default")]
    singular_resource: String,
    #[serde(default, deserialize_with = "counted::list")]
    verbs: Vec<String>,
    #[serde(default, deserialize_with = "counted::list")]
    short_names: Vec<String>,
    #[serde(default, deserialize_with = "counted::list")]
    categories: Vec<String>,
    #[serde(default, deserialize_with = "counted::list")]
    subresources: Vec<Subresource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subresource {
    subresource: String,
    response_kind: Option<Kind>,
    #[serde(default, deserialize_with = "counted::list")]
    verbs: Vec<String>,
}

#[derive(Deserialize)]
struct Kind {
    #[serde(default, deserialize_with = "null_is_default")]
    group: String,
    #[serde(default, deserialize_with = "null_is_default")]
    version: String,
    #[serde(default, deserialize_with = "null_is_default")]
    kind: String,
}

impl GroupList {
    /// Adds what the document says to what is known.
    pub(super) fn add_to(self, discovered: &mut Discovered) {
        for group in self.items {
            group.add_to(discovered);
        }
    }
}

impl Group {
    fn add_to(self, discovered: &mut Discovered) {
        let name = self.metadata.name;
        let mut versions = Vec::with_capacity(self.versions.len());
        for version in self.versions {
            let group_version = GroupVersion::new(&name, &version.version);
            if version.freshness == "Stale" {
                // What stands there was true once; nobody knows whether it still is.
                discovered.failures.push(stale(group_version));
            } else {
                versions.push(version.into_found(&group_version));
            }
        }
        // The server's order is its order of preference.
        let preferred_version = versions.first().map(|version| version.version.clone());
        discovered.groups.push(DiscoveredGroup {
            name,
            versions,
            preferred_version: preferred_version.unwrap_or_default(),
        });
    }
}

fn stale(group_version: GroupVersion) -> DiscoveryFailure {
    let message = format!(
        "{group_version}: what the server knows of it is stale: whoever serves it does not answer"
    );
    DiscoveryFailure { group_version, error: Error::new(ErrorKind::Api, message).into() }
}

impl Version {
    fn into_found(self, group_version: &GroupVersion) -> DiscoveredVersion {
        let mut found = DiscoveredVersion { version: self.version, ..DiscoveredVersion::default() };
        for resource in self.resources {
            let plural = resource.resource;
            let namespaced = resource.scope == "Namespaced";
            let subresources: Vec<DiscoveredSubresource> = resource
                .subresources
                .into_iter()
                .filter_map(|subresource| {
                    subresource.into_found(group_version, &plural, namespaced)
                })
                .collect();
            // A resource of no kind stands there for its subresources alone.
            let Some(kind) = kind(group_version, resource.response_kind) else {
                found.orphans.extend(subresources);
                continue;
            };
            found.resources.push(DiscoveredResource {
                resource: ApiResource {
                    group: group_version.group.clone(),
                    version: group_version.version.clone(),
                    kind: kind.kind,
                    plural,
                    namespaced,
                },
                singular: resource.singular_resource,
                short_names: resource.short_names,
                categories: resource.categories,
                verbs: resource.verbs,
                subresources,
            });
        }
        found
    }
}

impl Subresource {
    fn into_found(
        self,
        group_version: &GroupVersion,
        plural: &str,
        namespaced: bool,
    ) -> Option<DiscoveredSubresource> {
        Some(DiscoveredSubresource {
            full_name: format!("{plural}/{}", self.subresource),
            name: self.subresource,
            namespaced,
            kind: kind(group_version, self.response_kind)?,
            verbs: self.verbs,
        })
    }
}

fn kind(group_version: &GroupVersion, kind: Option<Kind>) -> Option<GroupVersionKind> {
    let Kind { group, version, kind } = kind?;
    let is_named = !kind.is_empty();
    is_named.then(|| response_kind(group_version, group, version, kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::gvk::GroupVersionResource;

    const DOCUMENT: &str = r#"{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2",
        "metadata":{},"items":[
        {"metadata":{"name":"zoo.example.com"},"versions":[
          {"version":"v2","freshness":"Stale","resources":[
            {"resource":"bears","responseKind":{"kind":"Bear"},"scope":"Cluster","verbs":["get"]}]},
          {"version":"v1","freshness":"Current","resources":[
            {"resource":"lions","responseKind":{"group":"zoo.example.com","version":"v1","kind":"Lion"},
             "scope":"Namespaced","singularResource":"lion","shortNames":["li"],"categories":["all"],
             "verbs":["get","list"],"subresources":[
               {"subresource":"scale","verbs":["patch"],
                "responseKind":{"group":"autoscaling","version":"v1","kind":"Scale"}},
               {"subresource":"status","verbs":["get"],
                "responseKind":{"group":"","version":"","kind":"Lion"}},
               {"subresource":"ghost","verbs":["get"],"responseKind":null}]},
            {"resource":"tigers","responseKind":null,"scope":"Cluster","verbs":null,"subresources":[
               {"subresource":"feed","verbs":["create"],"responseKind":{"kind":"Feed"}}]},
            {"resource":"wolves","responseKind":{"group":"","version":"","kind":""},"verbs":[]},
            {"resource":"owls","responseKind":{"kind":"Owl"},"scope":"Cluster","shortNames":null}]}]},
        {"metadata":{"name":"dead.example.com"},"versions":[{"version":"v1","freshness":"Stale"}]},
        {"metadata":{"name":"empty.example.com"},"versions":null}]}"#;

    fn read() -> Discovered {
        let mut discovered = Discovered::default();
        serde_json::from_str::<GroupList>(DOCUMENT).unwrap().add_to(&mut discovered);
        discovered
    }

    /// Fidelity 76.
    #[test]
    fn the_form_is_told_by_the_parameters_in_any_order() {
        for yes in [
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
            "application/json; as=APIGroupDiscoveryList; v=v2beta1; g=apidiscovery.k8s.io",
            "Application/JSON;v=\"v2\";charset=utf-8;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList",
        ] {
            assert!(is_aggregated(yes), "{yes}");
        }
        for no in [
            "",
            "application/json",
            "application/json;g=apidiscovery.k8s.io;v=v2",
            "application/json;g=apidiscovery.k8s.io;v=v3;as=APIGroupDiscoveryList",
            "application/json;g=example.com;v=v2;as=APIGroupDiscoveryList",
            "text/plain;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        ] {
            assert!(!is_aggregated(no), "{no}");
        }
        for wanted in ACCEPT.split(',').take(2) {
            assert!(is_aggregated(wanted), "{wanted}");
        }
        assert!(!ACCEPT.contains(' '));
    }

    #[test]
    fn a_resource_is_read_with_its_names_verbs_and_subresources() {
        let found = read();
        let lions = GroupVersionResource::new("zoo.example.com", "v1", "lions");
        let lions = found.by_resource(&lions).unwrap();
        assert_eq!(
            lions.resource,
            ApiResource::namespaced("zoo.example.com", "v1", "Lion", "lions")
        );
        assert_eq!((lions.singular.as_str(), lions.short_names[0].as_str()), ("lion", "li"));
        assert!(lions.supports("list") && !lions.supports("delete"));
        assert_eq!(lions.categories, ["all"]);
        let names: Vec<&str> = lions.subresources.iter().map(|s| s.full_name.as_str()).collect();
        assert_eq!(names, ["lions/scale", "lions/status"]);
        let scale = lions.subresource("scale").unwrap();
        assert_eq!(scale.kind, GroupVersionKind::new("autoscaling", "v1", "Scale"));
        assert!(scale.supports("patch") && !scale.supports("get"));
        let status = &lions.subresource("status").unwrap().kind;
        assert_eq!(status, &GroupVersionKind::new("zoo.example.com", "v1", "Lion"));
    }

    #[test]
    fn a_resource_of_no_kind_is_left_out_but_its_subresources_are_kept() {
        let found = read();
        let version = found.version(&GroupVersion::new("zoo.example.com", "v1")).unwrap();
        let plurals: Vec<&str> =
            version.resources.iter().map(|r| r.resource.plural.as_str()).collect();
        assert_eq!(plurals, ["lions", "owls"]);
        assert_eq!(version.orphans[0].full_name, "tigers/feed");
        assert_eq!(version.orphans.len(), 1);
        assert!(!version.resources[1].resource.namespaced);
    }

    /// Fidelity 77.
    #[test]
    fn a_stale_version_is_a_failure_that_names_it_and_the_others_stay() {
        let found = read();
        let failed: Vec<String> =
            found.failures.iter().map(|f| f.group_version.to_string()).collect();
        assert_eq!(failed, ["zoo.example.com/v2", "dead.example.com/v1"]);
        assert!(found.failures[0].error.to_string().contains("zoo.example.com/v2"));
        assert_eq!(found.group("zoo.example.com").unwrap().preferred_version, "v1");
        assert!(found.group("dead.example.com").unwrap().preferred().is_none());
        assert!(found.resources().all(|found| found.resource.plural != "bears"));
        assert!(found.failure("zoo.example.com", Some("v1")).is_none());
        assert!(found.failure("dead.example.com", None).is_some());
    }
}
