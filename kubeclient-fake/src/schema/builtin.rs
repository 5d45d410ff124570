//! What is known of the built-in kinds: their schemas, resources and columns, from two generated texts.
//!
//! The texts (`generated/`) are taken from a real API server by `generate-fake-schemas` of the tests
//! package; its modules describe their form. A definition is parsed when it is first asked for.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, OnceLock};

use super::definition::parse;
use super::{Schema, SchemaRef};
use crate::kinds;
use crate::resource::{ResourceType, Subresource};

const DEFINITIONS: &str = include_str!("generated/definitions.txt");
const RESOURCES: &str = include_str!("generated/resources.txt");

/// All names begin with it in OpenAPI; it is left out in the text.
const PREFIX: &str = "io.k8s.";

/// A column of the table as which a resource is printed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// `string`, `integer`, `boolean`, `date`.
    pub(crate) kind: &'static str,
    /// `name`, or empty.
    pub(crate) format: &'static str,
    /// 0, or 1 for what is printed only when a wide table is asked for.
    pub(crate) priority: u8,
}

/// The definition of that name (`io.k8s.api.core.v1.Pod`, with or without `io.k8s.`); an empty schema
/// (anything goes) when there is none.
pub(crate) fn definition(name: &str) -> &'static Schema {
    static ANYTHING: LazyLock<Schema> = LazyLock::new(Schema::default);
    let name = name.strip_prefix(PREFIX).unwrap_or(name);
    match INDEX.definitions.get(name) {
        Some(definition) => definition.schema.get_or_init(|| parse(definition.text)),
        None => &ANYTHING,
    }
}

/// The names of all definitions, without `io.k8s.`, in their order.
#[cfg(test)]
pub(crate) fn definitions() -> impl Iterator<Item = &'static str> {
    INDEX.definitions.keys().copied()
}

/// The group, version and kind that a definition is of, where it is an object's.
#[cfg(all(test, feature = "protobuf"))]
pub(crate) fn kind_of(name: &str) -> Option<(&'static str, &'static str, &'static str)> {
    let (kind, _) = INDEX.kinds.iter().find(|(_, of)| **of == name)?;
    let mut parts = kind.split('/');
    Some((parts.next()?, parts.next()?, parts.next()?))
}

/// The definition of a kind.
pub(crate) fn schema_of(group: &str, version: &str, kind: &str) -> Option<SchemaRef> {
    INDEX
        .kinds
        .get(format!("{group}/{version}/{kind}").as_str())
        .map(|name| SchemaRef::Builtin(name))
}

/// The built-in resources, in the order of discovery: groups by priority, the core group first.
pub(crate) fn resources() -> &'static [Arc<ResourceType>] {
    static ALL: LazyLock<Vec<Arc<ResourceType>>> =
        LazyLock::new(|| sections(RESOURCES).filter_map(resource).map(Arc::new).collect());
    &ALL
}

/// The columns of a resource; none when the real server has no such resource.
pub(crate) fn columns(group: &str, version: &str, plural: &str) -> &'static [Column] {
    static ALL: LazyLock<HashMap<String, Vec<Column>>> = LazyLock::new(|| {
        let all = sections(RESOURCES).map(|section| {
            let key = section.splitn(4, '\t').take(3).collect::<Vec<_>>().join("/");
            (key, section.lines().filter_map(column).collect())
        });
        all.collect()
    });
    ALL.get(&format!("{group}/{version}/{plural}")).map_or(&[], Vec::as_slice)
}

/// Where each definition's text is.
struct Index {
    definitions: BTreeMap<&'static str, Definition>,
    /// By group, version and kind: `apps/v1/Deployment`, `/v1/Pod`.
    kinds: HashMap<&'static str, &'static str>,
}

struct Definition {
    text: &'static str,
    schema: OnceLock<Schema>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index { definitions: BTreeMap::new(), kinds: HashMap::new() };
    for text in sections(DEFINITIONS) {
        let head = text.lines().next().unwrap_or_default();
        let mut words = head.split(' ');
        let Some(name) = words.next() else { continue };
        if let Some(kind) = words.find_map(|word| word.strip_prefix("gvk=")) {
            index.kinds.insert(kind, name);
        }
        index.definitions.insert(name, Definition { text, schema: OnceLock::new() });
    }
    index
});

/// The parts of a text that begin with a line without indentation.
fn sections(text: &'static str) -> impl Iterator<Item = &'static str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let bytes = rest.as_bytes();
        let next = (1..bytes.len()).find(|&at| bytes[at - 1] == b'\n' && bytes[at] != b' ');
        let (section, after) = rest.split_at(next.unwrap_or(rest.len()));
        rest = after;
        Some(section)
    })
}

fn resource(section: &'static str) -> Option<ResourceType> {
    let mut head = section.lines().next()?.split('\t');
    let mut part = || head.next().unwrap_or_default();
    let (group, version, plural, singular, kind) = (part(), part(), part(), part(), part());
    let (scope, short_names, categories, verbs) = (part(), part(), part(), part());
    let subresources: Vec<Subresource> = section.lines().filter_map(subresource).collect();
    let has_status = subresources.iter().any(|subresource| subresource.name == "status");
    Some(ResourceType {
        group: group.into(),
        version: version.into(),
        plural: plural.into(),
        singular: singular.into(),
        kind: kind.into(),
        list_kind: format!("{kind}List"),
        namespaced: scope == "namespaced",
        short_names: words(short_names),
        categories: words(categories),
        verbs: words(verbs),
        subresources,
        schema: schema_of(group, version, kind).unwrap_or_else(SchemaRef::anything),
        ways: kinds::ways(group, kind, has_status),
        custom: None,
    })
}

fn subresource(line: &'static str) -> Option<Subresource> {
    let mut parts = line.strip_prefix(" sub\t")?.split('\t');
    let mut part = || parts.next().unwrap_or_default();
    let (name, group, version, kind) = (part(), part(), part(), part());
    Some(Subresource {
        name: name.into(),
        group: group.into(),
        version: version.into(),
        kind: kind.into(),
        verbs: words(part()),
    })
}

fn column(line: &'static str) -> Option<Column> {
    let mut parts = line.strip_prefix(" column\t")?.split('\t');
    let mut part = || parts.next().unwrap_or_default();
    let (name, kind, format) = (part(), part(), part());
    Some(Column { name, kind, format, priority: part().parse().unwrap_or(0) })
}

fn words(text: &str) -> Vec<String> {
    text.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{ListType, SchemaKind};

    #[test]
    fn a_pods_schema_reaches_down_to_the_ports_of_its_containers() {
        let pod = schema_of("", "v1", "Pod").unwrap();
        let containers = pod.get().field("spec").unwrap().field("containers").unwrap();
        assert_eq!(containers.list, ListType::Map(vec!["name".into()]));
        assert_eq!((containers.patch_merge, containers.patch_merge_key.as_str()), (true, "name"));
        let ports = containers.item().unwrap().field("ports").unwrap();
        assert_eq!(ports.list, ListType::Map(vec!["containerPort".into(), "protocol".into()]));
        let protocol = ports.item().unwrap().field("protocol").unwrap();
        assert_eq!(protocol.default, Some("TCP".into()));
        assert_eq!(protocol.kind, SchemaKind::String);
    }

    #[test]
    fn a_fields_own_words_are_added_to_its_definition() {
        let strategy = definition("api.apps.v1.DeploymentSpec").field("strategy").unwrap();
        assert!(strategy.patch_retain_keys && strategy.field("type").is_some());
        let claim = definition("api.core.v1.PersistentVolumeSpec").field("claimRef").unwrap();
        assert!(!claim.atomic_map && definition("api.core.v1.ObjectReference").atomic_map);
    }

    #[test]
    fn every_definition_that_is_named_is_there() {
        for name in definitions() {
            let schema = definition(name);
            let named = schema.properties.values().chain(&schema.items).chain(&schema.additional);
            for named in named {
                if let SchemaRef::Builtin(name) = named {
                    assert!(INDEX.definitions.contains_key(name), "{name}");
                }
            }
        }
    }

    #[test]
    fn quantities_and_ports_by_name_are_kinds_of_their_own() {
        assert_eq!(definition("apimachinery.pkg.api.resource.Quantity").kind, SchemaKind::Quantity);
        let port = definition("api.core.v1.ServicePort").field("targetPort").unwrap();
        assert_eq!(port.kind, SchemaKind::IntOrString);
    }

    #[test]
    fn resources_have_their_names_verbs_and_subresources() {
        let all = resources();
        let find = |plural: &str| all.iter().find(|resource| resource.plural == plural).unwrap();
        let deployments = find("deployments");
        assert_eq!(deployments.qualified(), "deployments.apps");
        assert_eq!(deployments.short_names, ["deploy"]);
        assert_eq!(deployments.categories, ["all"]);
        assert!(deployments.namespaced && deployments.verbs.contains(&"watch".to_owned()));
        assert_eq!(deployments.subresource("scale").unwrap().kind, "Scale");
        assert!(!find("namespaces").namespaced);
        for resource in all {
            if resource.verbs.contains(&"create".to_owned()) {
                assert!(matches!(resource.schema, SchemaRef::Builtin(_)), "{}", resource.plural);
            }
        }
    }

    #[test]
    fn columns_are_the_real_servers() {
        let names: Vec<_> = columns("", "v1", "pods").iter().map(|column| column.name).collect();
        assert_eq!(names[..5], ["Name", "Ready", "Status", "Restarts", "Age"]);
        assert!(columns("", "v1", "nopes").is_empty());
    }
}
