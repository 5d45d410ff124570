//! Which resource a name means, in what was discovered. Pure.
//!
//! The rules are kubectl's: a plural or singular name goes before a short name, and that before a kind;
//! the core group goes before the others, and these in the server's order, each with its preferred
//! version first. Unlike kubectl's, a short name with a version means that version.

use super::found::{Discovered, DiscoveredGroup, DiscoveredResource, DiscoveredVersion};
use super::nearest::nearest;
use crate::meta::gvk::{GroupVersion, GroupVersionKind};

/// A name as a person typed it: `pods`, `deployments.apps`, `deploy.v1.apps`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// What it can mean, the most exact first.
    readings: Vec<Reading>,
}

/// One way to read a name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reading {
    /// A plural, singular or short name or a kind, in lower case.
    name: String,
    /// The group; `None` for any.
    group: Option<String>,
    /// The version; `None` for the preferred one.
    version: Option<String>,
}

impl Name {
    /// Reads `name`, `name.group` or `name.version.group`; `None` when it is none of them. What stands
    /// between the first two dots can be a version as well as the beginning of a group, so both are tried.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let reading = |name: &str, version: Option<&str>, group: Option<&str>| Reading {
            name: name.to_lowercase(),
            group: group.map(str::to_owned),
            version: version.map(str::to_owned),
        };
        if text.is_empty() || text.starts_with('.') || text.contains('/') {
            return None;
        }
        let readings = match text.split_once('.') {
            None => vec![reading(text, None, None)],
            Some((name, rest)) => {
                let with_version = rest
                    .split_once('.')
                    .map(|(version, group)| reading(name, Some(version), Some(group)));
                with_version.into_iter().chain([reading(name, None, Some(rest))]).collect()
            }
        };
        Some(Self { readings })
    }

    /// Whether the name leaves the group open.
    pub(super) fn is_unqualified(&self) -> bool {
        self.readings.iter().all(|reading| reading.group.is_none())
    }

    /// Whether what the name means would stand here: an open name in the core group above all.
    pub(super) fn may_mean(&self, place: &GroupVersion) -> bool {
        self.readings.iter().any(|reading| match (&reading.group, &reading.version) {
            (None, _) => place.group.is_empty(),
            (Some(group), Some(version)) => (group, version) == (&place.group, &place.version),
            (Some(group), None) if group.is_empty() => place.group.is_empty(),
            (Some(group), None) => place.group.starts_with(group.as_str()),
        })
    }

    /// The name without its group, for messages and suggestions.
    pub(super) fn bare(&self) -> &str {
        self.readings.first().map_or("", |reading| &reading.name)
    }
}

/// The resource that a name means.
pub(super) fn resource<'a>(
    discovered: &'a Discovered,
    name: &Name,
) -> Option<&'a DiscoveredResource> {
    let by_name = name.readings.iter().find_map(|reading| by_name(discovered, reading));
    let found = by_name.or_else(|| {
        let is_kind =
            |found: &DiscoveredResource, name: &str| found.resource.kind.eq_ignore_ascii_case(name);
        name.readings.iter().find_map(|reading| first(discovered, reading, Groups::Exact, is_kind))
    })?;
    // While nothing is known of the core group, its names must not be taken for another group's.
    let hidden = name.is_unqualified()
        && !found.resource.group.is_empty()
        && discovered.failure("", None).is_some();
    (!hidden).then_some(found)
}

/// The resource of a kind: exactly, else whatever the case; without a version, in the preferred one.
pub(super) fn kind<'a>(
    discovered: &'a Discovered,
    kind: &GroupVersionKind,
) -> Option<&'a DiscoveredResource> {
    let group = discovered.group(&kind.group)?;
    let mut versions = group
        .by_preference()
        .filter(|version| kind.version.is_empty() || version.version == kind.version);
    versions.find_map(|version| {
        let of = |is: fn(&str, &str) -> bool| {
            version.resources.iter().find(|found| is(&found.resource.kind, &kind.kind))
        };
        of(|a, b| a == b).or_else(|| of(str::eq_ignore_ascii_case))
    })
}

/// Names that may have been meant, spelled so that they lead to their resource.
pub(super) fn suggestions(discovered: &Discovered, word: &str) -> Vec<String> {
    let known = discovered.resources().flat_map(|found| {
        let words = [&found.resource.plural, &found.singular, &found.resource.kind];
        words.into_iter().chain(&found.short_names).map(String::as_str)
    });
    let mut spelled: Vec<String> = Vec::new();
    for word in nearest(word, known) {
        let has = |found: &&DiscoveredResource| {
            found.resource.plural == word
                || found.singular == word
                || found.resource.kind == word
                || found.short_names.iter().any(|short| short == word)
        };
        if let Some(found) = discovered.resources().find(has) {
            let resource = &found.resource;
            let text = if resource.group.is_empty() {
                resource.plural.clone()
            } else {
                format!("{}.{}", resource.plural, resource.group)
            };
            if !spelled.contains(&text) {
                spelled.push(text);
            }
        }
    }
    spelled
}

/// Which groups a reading is looked for in.
#[derive(Clone, Copy)]
enum Groups {
    /// The group that it names, else all.
    Exact,
    /// Groups that begin as it says: `storage` for `storage.k8s.io`.
    Prefix,
}

fn by_name<'a>(discovered: &'a Discovered, reading: &Reading) -> Option<&'a DiscoveredResource> {
    let groups: &[Groups] = match (&reading.group, &reading.version) {
        (Some(group), None) if !group.is_empty() => &[Groups::Exact, Groups::Prefix],
        _ => &[Groups::Exact],
    };
    groups.iter().find_map(|groups| {
        first(discovered, reading, *groups, is_named)
            .or_else(|| first(discovered, reading, *groups, is_abbreviated))
    })
}

fn is_named(found: &DiscoveredResource, name: &str) -> bool {
    // Old servers don't tell the singular name; there it is the kind's.
    found.resource.plural == name
        || found.singular == name
        || (found.singular.is_empty() && found.resource.kind.eq_ignore_ascii_case(name))
}

fn is_abbreviated(found: &DiscoveredResource, name: &str) -> bool {
    found.short_names.iter().any(|short| short == name)
}

/// The first match by the order of groups and versions. Others are told to the log.
fn first<'a>(
    discovered: &'a Discovered,
    reading: &Reading,
    groups: Groups,
    matches: impl Fn(&DiscoveredResource, &str) -> bool,
) -> Option<&'a DiscoveredResource> {
    let in_group = |group: &&DiscoveredGroup| match (&reading.group, groups) {
        (None, _) => true,
        (Some(name), Groups::Exact) => group.name == *name,
        (Some(name), Groups::Prefix) => group.name.starts_with(name.as_str()),
    };
    let in_version = |version: &&DiscoveredVersion| {
        reading.version.as_ref().is_none_or(|name| version.version == *name)
    };
    let mut found = discovered
        .groups
        .iter()
        .filter(in_group)
        .flat_map(|group| group.by_preference().filter(in_version))
        .flat_map(|version| &version.resources)
        .filter(|found| matches(found, &reading.name));
    let first = found.next()?;
    let others = found.filter(|other| {
        (&other.resource.group, &other.resource.plural)
            != (&first.resource.group, &first.resource.plural)
    });
    for other in others {
        log::debug!(
            "{:?} is taken for {}, and could also mean {}",
            reading.name,
            first.resource.group_version_resource(),
            other.resource.group_version_resource()
        );
    }
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::found::DiscoveryFailure;
    use crate::error::{Error, ErrorKind};
    use crate::meta::api_resource::ApiResource;

    /// A group with the resources `plural/singular/short/Kind` of each of its versions.
    fn group(name: &str, preferred: &str, versions: &[(&str, &[&str])]) -> DiscoveredGroup {
        let resource = |version: &str, text: &&str| {
            let parts: Vec<&str> = text.split('/').collect();
            DiscoveredResource {
                resource: ApiResource::namespaced(name, version, parts[3], parts[0]),
                singular: parts[1].into(),
                short_names: vec![parts[2].into()],
                categories: Vec::new(),
                verbs: Vec::new(),
                subresources: Vec::new(),
            }
        };
        let versions = versions.iter().map(|(version, resources)| DiscoveredVersion {
            version: (*version).into(),
            resources: resources.iter().map(|text| resource(version, text)).collect(),
            orphans: Vec::new(),
        });
        DiscoveredGroup {
            name: name.into(),
            versions: versions.collect(),
            preferred_version: preferred.into(),
        }
    }

    fn discovered() -> Discovered {
        let core: &[&str] = &[
            "pods/pod/po/Pod",
            "events/event/ev/Event",
            "services/service/svc/Service",
            "endpoints/endpoints/ep/Endpoints",
        ];
        Discovered {
            groups: vec![
                group("", "v1", &[("v1", core)]),
                group(
                    "apps",
                    "v1",
                    &[
                        (
                            "v1beta1",
                            &["deployments/deployment/deploy/Deployment", "olds/old/o/Old"],
                        ),
                        ("v1", &["deployments/deployment/deploy/Deployment"]),
                    ],
                ),
                group("events.k8s.io", "v1", &[("v1", &["events/event/ev/Event"])]),
                group("metrics.k8s.io", "v1", &[("v1", &["pods/pod/pm/PodMetrics"])]),
                group("storage.k8s.io", "v1", &[("v1", &["storageclasses//sc/StorageClass"])]),
                group(
                    "stable.example.com",
                    "v1",
                    &[("v1", &["foos/foo/svc/Foo", "po/p/x/PoThing"])],
                ),
                group("serving.example.com", "v1", &[("v1", &["services/service/ksvc/Service"])]),
            ],
            failures: Vec::new(),
        }
    }

    #[track_caller]
    fn check(name: &str, expected: &str) {
        let discovered = discovered();
        let found = Name::parse(name).and_then(|name| resource(&discovered, &name));
        let text = found
            .map(|found| format!("{}/{}", found.resource.api_version(), found.resource.plural));
        assert_eq!(text.as_deref().unwrap_or("-"), expected, "for {name:?}");
    }

    /// Fidelity 81.
    #[test]
    fn every_way_to_name_a_resource_finds_it() {
        for name in ["pod", "pods", "Pod", "PODS", "pods.v1."] {
            check(name, "v1/pods");
        }
        let deployments = [
            "deploy",
            "deployment",
            "Deployment",
            "deployments.apps",
            "deploy.apps",
            "deploy.v1.apps",
            "deployments.v1.apps",
            "Deployment.v1.apps",
            "Deployment.apps",
        ];
        for name in deployments {
            check(name, "apps/v1/deployments");
        }
        check("foos.stable.example.com", "stable.example.com/v1/foos");
        check("foo.v1.stable.example.com", "stable.example.com/v1/foos");
    }

    #[test]
    fn a_version_that_is_named_is_the_one() {
        check("deploy.v1beta1.apps", "apps/v1beta1/deployments");
        check("Deployment.v1beta1.apps", "apps/v1beta1/deployments");
        check("deploy.v2.apps", "-");
        // Not in the preferred version, so from the one that has it.
        check("olds", "apps/v1beta1/olds");
    }

    /// Fidelity 81.
    #[test]
    fn a_plural_of_another_group_does_not_shadow_core() {
        check("events", "v1/events");
        check("event", "v1/events");
        check("services", "v1/services");
        check("services.serving.example.com", "serving.example.com/v1/services");
        check("pods.metrics.k8s.io", "metrics.k8s.io/v1/pods");
        check("events.events.k8s.io", "events.k8s.io/v1/events");
        check("PodMetrics", "metrics.k8s.io/v1/pods");
    }

    #[test]
    fn a_whole_name_goes_before_a_short_one_and_that_before_a_kind() {
        check("po", "stable.example.com/v1/po");
        check("svc", "v1/services");
        check("ep", "v1/endpoints");
    }

    #[test]
    fn a_group_may_be_abbreviated_where_no_version_is_named() {
        check("sc.storage", "storage.k8s.io/v1/storageclasses");
        check("storageclass.storage", "storage.k8s.io/v1/storageclasses");
        check("storageclass.v1.storage", "-");
        check("deployments.app", "apps/v1/deployments");
    }

    #[test]
    fn what_is_no_name_finds_nothing() {
        for name in ["", ".", "..", "pods/log", "nopes", "pods.nope", "a.b.c.d", "pods.v2.", "é"] {
            check(name, "-");
        }
    }

    #[test]
    fn a_name_of_the_core_group_is_not_taken_for_another_while_core_is_unknown() {
        let mut discovered = discovered();
        discovered.groups.remove(0);
        discovered.failures.push(DiscoveryFailure {
            group_version: GroupVersion::new("", "v1"),
            error: Error::new(ErrorKind::Timeout, "late").into(),
        });
        assert!(resource(&discovered, &Name::parse("pods").unwrap()).is_none());
        assert!(resource(&discovered, &Name::parse("pods.metrics.k8s.io").unwrap()).is_some());
    }

    #[test]
    fn a_kind_is_found_exactly_or_whatever_the_case_and_without_a_version_in_the_preferred_one() {
        let discovered = discovered();
        let find = |group: &str, version: &str, name: &str| {
            kind(&discovered, &GroupVersionKind::new(group, version, name))
                .map(|found| found.resource.group_version_resource().to_string())
        };
        assert_eq!(
            find("apps", "v1beta1", "Deployment").unwrap(),
            "apps/v1beta1, Resource=deployments"
        );
        assert_eq!(find("apps", "", "deployment").unwrap(), "apps/v1, Resource=deployments");
        assert_eq!(find("apps", "", "Old").unwrap(), "apps/v1beta1, Resource=olds");
        assert_eq!(find("apps", "v1", "Old"), None);
        assert_eq!(find("", "v1", "Deployment"), None);
    }

    #[test]
    fn suggestions_are_spelled_so_that_they_lead_to_their_resource() {
        let discovered = discovered();
        let suggest = |word: &str| suggestions(&discovered, word);
        assert_eq!(suggest("Podz"), ["pods"]);
        assert_eq!(suggest("deploymnets"), ["deployments.apps"]);
        assert_eq!(suggest("frobnicators"), Vec::<String>::new());
    }

    #[test]
    fn preferred_resources_stand_once() {
        let preferred = discovered().into_preferred();
        let apps = preferred.group("apps").unwrap();
        let plurals = |version: &str| -> Vec<String> {
            let version = apps.version(version).unwrap();
            version.resources.iter().map(|found| found.resource.plural.clone()).collect()
        };
        assert_eq!(
            (plurals("v1"), plurals("v1beta1")),
            (vec!["deployments".into()], vec!["olds".into()])
        );
    }
}
