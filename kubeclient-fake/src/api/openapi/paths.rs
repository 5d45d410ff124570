//! The paths of a document: what can be done there, to which kind, with which parameters.

use serde_json::{Map, Value, json};

use super::schemas;
use crate::resource::{ResourceType, Subresource};

/// What the verbs are called in the document, on one object.
const ON_OBJECT: [(&str, &str); 4] =
    [("get", "get"), ("update", "put"), ("patch", "patch"), ("delete", "delete")];
/// The same of a collection.
const ON_COLLECTION: [(&str, &str); 3] =
    [("list", "get"), ("create", "post"), ("deletecollection", "delete")];

/// All paths of these resources.
pub(super) fn of(resources: &[&ResourceType]) -> Value {
    let mut paths = Map::new();
    for resource in resources {
        let root = match resource.group.as_str() {
            "" => format!("/api/{}", resource.version),
            group => format!("/apis/{group}/{}", resource.version),
        };
        let collection = match resource.namespaced {
            true => format!("{root}/namespaces/{{namespace}}/{}", resource.plural),
            false => format!("{root}/{}", resource.plural),
        };
        let kind = Kind {
            group: &resource.group,
            version: &resource.version,
            kind: &resource.kind,
            schema: Some(schemas::name(resource)),
            is_custom: resource.is_custom(),
        };
        let object = format!("{collection}/{{name}}");
        for sub in &resource.subresources {
            let kind = sub_kind(resource, sub, &kind);
            let item = operations(&ON_OBJECT, &sub.verbs, &kind);
            paths.insert(
                format!("{object}/{}", sub.name),
                with_parameters(item, resource.namespaced, true),
            );
        }
        let item = operations(&ON_OBJECT, &resource.verbs, &kind);
        paths.insert(object, with_parameters(item, resource.namespaced, true));
        if resource.namespaced && resource.verbs.iter().any(|verb| verb == "list") {
            let item = operations(&ON_COLLECTION[..1], &resource.verbs, &kind);
            paths
                .insert(format!("{root}/{}", resource.plural), with_parameters(item, false, false));
        }
        let item = operations(&ON_COLLECTION, &resource.verbs, &kind);
        paths.insert(collection, with_parameters(item, resource.namespaced, false));
    }
    paths.into()
}

/// The kind that a path speaks.
#[derive(Clone)]
struct Kind<'a> {
    group: &'a str,
    version: &'a str,
    kind: &'a str,
    /// The name of its schema, where it is in the document.
    schema: Option<String>,
    is_custom: bool,
}

fn sub_kind<'a>(resource: &'a ResourceType, sub: &'a Subresource, parent: &Kind<'a>) -> Kind<'a> {
    let is_own =
        sub.version.is_empty() || (sub.group == resource.group && sub.version == resource.version);
    let (group, version) = match is_own {
        true => (resource.group.as_str(), resource.version.as_str()),
        false => (sub.group.as_str(), sub.version.as_str()),
    };
    let schema = parent.schema.clone().filter(|_| is_own && sub.kind == resource.kind);
    Kind { group, version, kind: &sub.kind, schema, is_custom: parent.is_custom }
}

fn operations(methods: &[(&str, &str)], verbs: &[String], kind: &Kind<'_>) -> Map<String, Value> {
    let mut item = Map::new();
    for (verb, method) in methods {
        if verbs.iter().any(|known| known == verb) {
            item.insert((*method).to_owned(), operation(verb, kind));
        }
    }
    item
}

fn operation(verb: &str, kind: &Kind<'_>) -> Value {
    let mut content = Map::new();
    if let Some(schema) =
        kind.schema.as_ref().filter(|_| !verb.ends_with("list") && verb != "deletecollection")
    {
        let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
        content.insert("application/json".into(), json!({"schema": schema}));
    }
    let mut value = json!({
        "responses": {"200": {"description": "OK", "content": content}},
        "x-kubernetes-action": match verb { "create" => "post", "update" => "put", other => other },
        "x-kubernetes-group-version-kind": {
            "group": kind.group, "version": kind.version, "kind": kind.kind,
        },
    });
    let parameters: &[(&str, &str)] = match verb {
        "create" | "update" => {
            &[("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string")]
        }
        "patch" => &[
            ("dryRun", "string"),
            ("fieldManager", "string"),
            ("fieldValidation", "string"),
            ("force", "boolean"),
        ],
        "delete" | "deletecollection" => &[
            ("dryRun", "string"),
            ("gracePeriodSeconds", "integer"),
            ("orphanDependents", "boolean"),
            ("propagationPolicy", "string"),
        ],
        "list" => &[
            ("allowWatchBookmarks", "boolean"),
            ("continue", "string"),
            ("fieldSelector", "string"),
            ("labelSelector", "string"),
            ("limit", "integer"),
            ("resourceVersion", "string"),
            ("resourceVersionMatch", "string"),
            ("sendInitialEvents", "boolean"),
            ("timeoutSeconds", "integer"),
            ("watch", "boolean"),
        ],
        _ => &[],
    };
    if !parameters.is_empty() {
        let parameter = |(name, kind): &(&str, &str)| json!({"name": name, "in": "query", "schema": {"type": kind, "uniqueItems": true}});
        value["parameters"] = parameters.iter().map(parameter).collect();
    }
    match verb {
        "patch" => {
            value["requestBody"] = json!({"required": true, "content": patches(kind.is_custom)})
        }
        "create" | "update" => {
            value["requestBody"] = json!({"required": true, "content": {"*/*": {}}})
        }
        _ => {}
    }
    value
}

/// The media types of the patches: kubectl looks here for how to patch.
fn patches(is_custom: bool) -> Value {
    let mut content = json!({
        "application/apply-patch+yaml": {},
        "application/json-patch+json": {},
        "application/merge-patch+json": {},
    });
    if !is_custom {
        content["application/strategic-merge-patch+json"] = json!({});
    }
    content
}

fn with_parameters(mut item: Map<String, Value>, namespaced: bool, named: bool) -> Value {
    let parameters =
        [("name", named), ("namespace", namespaced)].into_iter().filter(|(_, has)| *has);
    let parameters: Vec<Value> = parameters
        .map(|(name, _)| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    if !parameters.is_empty() {
        item.insert("parameters".into(), parameters.into());
    }
    item.into()
}
