//! Draws what an object owns, and what that owns, as a tree.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::ExitCode;

use kubeclient::discovery::CachedDiscovery;
use kubeclient::{Api, ApiResource, ListParams, ObjectMeta, PartialObjectMetadata};
use kubeclient_examples::cli::{
    self, Argument, Arguments, Failure, Outcome, Session, Table, Target,
};

const USAGE: &str = "usage: tree [TYPE NAME | TYPE/NAME] [-A] [--kubeconfig FILE] [--context NAME] [-n NAMESPACE]

Without an object, all objects of the namespace that own others are drawn. Without a cluster, a set of \
objects is made on a server within this program.";

/// What there is to be seen where no cluster is named.
const SHOWN: &str = r#"
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, uid: u-web}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}}
---
{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web-1, uid: u-web-1, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: u-web, controller: true}]}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web-1-a, uid: u-a, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-1, uid: u-web-1, controller: true}]}, spec: {containers: [{name: c, image: i}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web-1-b, uid: u-b, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-1, uid: u-web-1, controller: true}]}, spec: {containers: [{name: c, image: i}]}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, uid: u-settings, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: u-web}]}}
"#;

fn main() -> ExitCode {
    cli::run("tree", USAGE, tree)
}

fn tree(arguments: &mut Arguments, out: &mut dyn Write) -> Outcome {
    let (mut words, mut everywhere) = (Vec::new(), false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Argument::Flag("A" | "all-namespaces") => everywhere = arguments.switch()?,
            Argument::Flag(_) => return Err(arguments.unknown()),
            Argument::Value(word) => words.push(word),
        }
    }
    let session = arguments.connect()?;
    if let Some(server) = &session.server {
        server.seed(SHOWN).map_err(Failure::new)?;
    }
    let root = match &Target::read(&session.mapper(), &words)?[..] {
        [] => None,
        [Target { resource, name: Some(name) }] => {
            let object = session.objects(resource).read_as::<PartialObjectMetadata>().get(name)?;
            // What is outside of namespaces may own objects in any.
            everywhere |= !resource.namespaced;
            Some(object.metadata.uid)
        }
        _ => return Err(arguments.misused("expected one object: TYPE NAME or TYPE/NAME")),
    };
    let owned = Owned::find(&session, everywhere)?;
    let roots = match &root {
        Some(uid) => vec![uid.as_str()],
        None => owned.roots(),
    };
    let mut table = Table::default();
    table.row(["NAMESPACE", "NAME"]);
    for uid in &roots {
        owned.draw(uid, "", "", &mut BTreeSet::new(), &mut table);
    }
    match roots.is_empty() {
        true => eprintln!("No object of this namespace owns another one."),
        false => table.write(out)?,
    }
    Ok(())
}

/// The objects of a namespace, and who of them owns whom.
#[derive(Default)]
struct Owned {
    /// By UID.
    objects: BTreeMap<String, Node>,
    /// The UIDs of those that an object owns, by its UID, in the order of their kinds and names.
    children: BTreeMap<String, BTreeSet<(String, String, String)>>,
}

struct Node {
    namespace: String,
    /// `Kind/name`.
    name: String,
    is_owned: bool,
}

impl Owned {
    /// Reads the metadata of everything that can be listed. What may not be read is left out, and said.
    fn find(session: &Session, everywhere: bool) -> Result<Self, Failure> {
        let mut owned = Self::default();
        let discovered = session.discovery.server_preferred_resources()?;
        for failure in &discovered.failures {
            eprintln!(
                "warning: {} could not be found out: {}",
                failure.group_version, failure.error
            );
        }
        for found in discovered.resources().filter(|found| found.supports("list")) {
            if found.resource.namespaced || everywhere {
                owned.list(session, &found.resource, everywhere);
            }
        }
        Ok(owned)
    }

    fn list(&mut self, session: &Session, resource: &ApiResource, everywhere: bool) {
        let api: Api<PartialObjectMetadata> = match everywhere {
            true => Api::dynamic(&session.client, resource),
            false => session.objects(resource).read_as(),
        };
        for object in api.list_all(&ListParams::default().limit(500)) {
            match object {
                Ok(object) => self.add(&resource.kind, object.metadata),
                Err(error) => {
                    eprintln!("warning: {}: {error}", resource.group_version_resource());
                    return;
                }
            }
        }
    }

    fn add(&mut self, kind: &str, metadata: ObjectMeta) {
        let ObjectMeta { uid, namespace, name, owner_references, .. } = metadata;
        for owner in &owner_references {
            let children = self.children.entry(owner.uid.clone()).or_default();
            children.insert((kind.to_owned(), name.clone(), uid.clone()));
        }
        let node = Node {
            namespace,
            name: format!("{kind}/{name}"),
            is_owned: !owner_references.is_empty(),
        };
        self.objects.insert(uid, node);
    }

    /// The objects that own others and are not owned, by namespace and name.
    fn roots(&self) -> Vec<&str> {
        let mut roots: Vec<_> = self
            .objects
            .iter()
            .filter(|(uid, node)| !node.is_owned && self.children.contains_key(*uid))
            .collect();
        roots.sort_by_key(|(_, node)| (&node.namespace, &node.name));
        roots.into_iter().map(|(uid, _)| uid.as_str()).collect()
    }

    /// Adds an object and those below it. Owners may go round in a circle.
    fn draw<'a>(
        &'a self,
        uid: &'a str,
        own: &str,
        below: &str,
        above: &mut BTreeSet<&'a str>,
        table: &mut Table,
    ) {
        let (namespace, name) = match self.objects.get(uid) {
            Some(node) => (node.namespace.as_str(), node.name.as_str()),
            None => ("", "(not to be read)"),
        };
        table.row([namespace, &format!("{own}{name}")]);
        let Some(children) = self.children.get(uid) else { return };
        if !above.insert(uid) {
            return;
        }
        let last = children.len() - 1;
        for (i, (_, _, child)) in children.iter().enumerate() {
            let (corner, line) = if i == last { ("└─", "  ") } else { ("├─", "│ ") };
            self.draw(child, &format!("{below}{corner}"), &format!("{below}{line}"), above, table);
        }
        above.remove(uid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(words: &[&str]) -> String {
        let mut out = Vec::new();
        tree(&mut Arguments::of("tree", USAGE, words.iter().copied()), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_tree_shows_who_owns_whom() {
        let whole = "\
NAMESPACE   NAME
default     Deployment/web
default     ├─ConfigMap/settings
default     └─ReplicaSet/web-1
default       ├─Pod/web-1-a
default       └─Pod/web-1-b
";
        assert_eq!(drawn(&[]), whole);
        assert_eq!(drawn(&["deploy", "web"]), whole);
        assert_eq!(drawn(&["rs/web-1"]).lines().count(), 4);
    }

    #[test]
    fn owners_that_go_round_in_a_circle_are_drawn_once() {
        let mut owned = Owned::default();
        for (name, owner) in [("a", "b"), ("b", "a")] {
            let owner = kubeclient::OwnerReference { uid: owner.into(), ..Default::default() };
            let metadata = ObjectMeta {
                uid: name.into(),
                owner_references: vec![owner],
                ..ObjectMeta::named(name)
            };
            owned.add("Thing", metadata);
        }
        let mut table = Table::default();
        owned.draw("a", "", "", &mut BTreeSet::new(), &mut table);
        let mut out = Vec::new();
        table.write(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap().lines().count(), 3);
    }
}
