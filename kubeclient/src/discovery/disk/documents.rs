//! The files of `discovery/`, as kubectl writes and reads them: the legacy form, whichever the server spoke.
//! Pure.
//!
//! A group and a version that a resource shares with its document are left out, as servers do.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::discovery::found::{ApiGroup, DiscoveredVersion};
use crate::discovery::legacy;
use crate::meta::gvk::{GroupVersion, GroupVersionKind};

/// The file that has the groups.
pub(super) const GROUPS: &str = "servergroups.json";

/// The file that has what is in a version: none for names that are no names of files.
pub(super) fn path_of_version(group_version: &GroupVersion) -> Option<PathBuf> {
    let GroupVersion { group, version } = group_version;
    let is_name = |part: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        part.chars().all(is_plain) && !part.starts_with('.')
    };
    let is_file = is_name(group) && is_name(version) && !version.is_empty();
    is_file.then(|| Path::new(group).join(version).join("serverresources.json"))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupList<'a> {
    kind: &'static str,
    api_version: &'static str,
    groups: Vec<Group<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Group<'a> {
    name: &'a str,
    versions: Vec<Version<'a>>,
    preferred_version: Version<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Version<'a> {
    group_version: String,
    version: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceList<'a> {
    kind: &'static str,
    api_version: &'static str,
    group_version: String,
    resources: Vec<Resource<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource<'a> {
    name: &'a str,
    singular_name: &'a str,
    namespaced: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    group: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'a str,
    kind: &'a str,
    verbs: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    short_names: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    categories: &'a [String],
}

/// The text of the groups.
pub(super) fn groups(groups: &[ApiGroup]) -> Vec<u8> {
    let groups = groups.iter().map(|group| {
        let version = |version| Version {
            group_version: GroupVersion::new(&group.name, version).to_string(),
            version,
        };
        Group {
            name: &group.name,
            versions: group.versions.iter().map(|name| version(name.as_str())).collect(),
            preferred_version: version(&group.preferred_version),
        }
    });
    text(&GroupList { kind: "APIGroupList", api_version: "v1", groups: groups.collect() })
}

/// The text of what is in a version.
pub(super) fn version(found: &DiscoveredVersion, group_version: &GroupVersion) -> Vec<u8> {
    let mut resources = Vec::new();
    for resource in &found.resources {
        resources.push(Resource {
            name: &resource.resource.plural,
            singular_name: &resource.singular,
            namespaced: resource.resource.namespaced,
            group: "",
            version: "",
            kind: &resource.resource.kind,
            verbs: &resource.verbs,
            short_names: &resource.short_names,
            categories: &resource.categories,
        });
        let subresources =
            resource.subresources.iter().map(|subresource| (&*resource.singular, subresource));
        resources.extend(subresources.map(|(singular, subresource)| {
            below(
                group_version,
                &subresource.full_name,
                singular,
                subresource.namespaced,
                &subresource.kind,
                &subresource.verbs,
            )
        }));
    }
    for orphan in &found.orphans {
        resources.push(below(
            group_version,
            &orphan.full_name,
            "",
            orphan.namespaced,
            &orphan.kind,
            &orphan.verbs,
        ));
    }
    text(&ResourceList {
        kind: "APIResourceList",
        api_version: "v1",
        group_version: group_version.to_string(),
        resources,
    })
}

fn below<'a>(
    container: &GroupVersion,
    name: &'a str,
    singular_name: &'a str,
    namespaced: bool,
    kind: &'a GroupVersionKind,
    verbs: &'a [String],
) -> Resource<'a> {
    let is_own = (&kind.group, &kind.version) == (&container.group, &container.version);
    let (group, version) = if is_own { ("", "") } else { (&*kind.group, &*kind.version) };
    let (short_names, categories) = (&[][..], &[][..]);
    Resource {
        name,
        singular_name,
        namespaced,
        group,
        version,
        kind: &kind.kind,
        verbs,
        short_names,
        categories,
    }
}

fn text(document: &impl Serialize) -> Vec<u8> {
    // Texts and lists of them can be written as JSON; a document that could not be is no document.
    let mut text = serde_json::to_vec(document).unwrap_or_default();
    text.push(b'\n');
    text
}

/// The groups, if this is the document of them.
pub(super) fn read_groups(text: &[u8]) -> Option<Vec<ApiGroup>> {
    serde_json::from_slice::<legacy::GroupList>(text).ok().map(legacy::GroupList::into_groups)
}

/// What is in a version, if this is its document.
pub(super) fn read_version(text: &[u8], group_version: &GroupVersion) -> Option<DiscoveredVersion> {
    let list = serde_json::from_slice::<legacy::ResourceList>(text).ok()?;
    let is_its = list.group_version() == group_version.to_string();
    let found = list.into_found(group_version);
    (is_its && !(found.resources.is_empty() && found.orphans.is_empty())).then_some(found)
}
