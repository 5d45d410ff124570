use kubeclient_fake::FakeServer;
use serde_json::json;

use super::*;
use crate::config::Config;
use crate::discovery::DiskCache;
use crate::discovery::cached::CachedDiscovery;
use crate::meta::gvk::{GroupVersionKind, GroupVersionResource};
use crate::rest::RestClient;

/// A document with all that a way to a field can lead over, and a circle.
fn document() -> OpenApiDocument {
    OpenApiDocument::of(json!({
        "paths": {
            "/apis/a/v1/namespaces/{namespace}/bees/{name}": {
                "parameters": [],
                "get": {"x-kubernetes-group-version-kind": {"group": "a", "version": "v1", "kind": "Bee"}},
            },
        },
        "components": {"schemas": {
            "a.v1.Bee": {
                "type": "object",
                "required": ["spec"],
                "properties": {
                    "spec": {"description": "Its spec.", "allOf": [{"$ref": "#/components/schemas/a.v1.Spec"}]},
                    "free": true,
                },
                "x-kubernetes-group-version-kind": [
                    {"group": "a", "version": "v2", "kind": "Bee"},
                    {"group": "a", "version": "v1", "kind": "Bee"},
                ],
            },
            "a.v1.Spec": {
                "type": "object",
                "required": ["wings"],
                "properties": {
                    "wings": {"type": "array", "items": {"$ref": "#/components/schemas/a.v1.Wing"}},
                    "marks": {"additionalProperties": {"type": "object", "properties": {"hue": {"type": "string"}}}},
                    "open": {"type": "object", "additionalProperties": true},
                    "again": {"$ref": "#/components/schemas/a.v1.Bee"},
                    "lost": {"$ref": "#/components/schemas/nowhere"},
                    "far": {"$ref": "https://elsewhere/#/a"},
                },
            },
            "a.v1.Wing": {"properties": {"size": {"type": "integer", "enum": [1, 2]}}},
            "Loop": {"allOf": [{"$ref": "#/components/schemas/Loop"}, {"allOf": [{"$ref": "#/components/schemas/Pool"}]}]},
            "Pool": {"allOf": [{"$ref": "#/components/schemas/Loop"}, {"$ref": "#/components/schemas/Pool"}], "items": {"$ref": "#/components/schemas/Loop"}},
            "Ring": {"$ref": "#/components/schemas/Ring"},
        }},
    }))
}

#[test]
fn a_kind_is_found_by_its_resource_and_a_schema_by_its_kind() {
    let document = document();
    let kind = document.kind(&GroupVersionResource::new("a", "v1", "bees")).unwrap();
    assert_eq!(kind, GroupVersionKind::new("a", "v1", "Bee"));
    let schema = document.schema(&kind).unwrap();
    assert_eq!(schema.type_name(), Some("object"));
    assert!(document.schema(&GroupVersionKind::new("a", "v3", "Bee")).is_none());
    assert!(document.kind(&GroupVersionResource::new("a", "v1", "wasps")).is_none());
    let names: Vec<&str> = document.schemas().map(|(name, _)| name).collect();
    assert_eq!(names, ["Loop", "Pool", "Ring", "a.v1.Bee", "a.v1.Spec", "a.v1.Wing"]);
}

#[test]
fn a_path_leads_over_references_alternatives_lists_and_maps() {
    let document = document();
    let bee = document.schema(&GroupVersionKind::new("a", "v1", "Bee")).unwrap();
    let type_of = |path: &str| bee.field(path).map(|field| field.type_name().unwrap_or("?"));
    assert_eq!(type_of("spec.wings"), Some("array"));
    assert_eq!(type_of("spec.wings.size"), Some("integer"));
    assert_eq!(type_of("spec.marks.hue"), Some("string"));
    assert_eq!(type_of("spec.again.spec.again.spec.wings.size"), Some("integer"));
    for path in [
        "nope",
        "spec.nope",
        "spec.open.x",
        "spec.lost.x",
        "spec.far.x",
        "free.x",
        "spec.wings.size.x",
    ] {
        assert_eq!(type_of(path), None, "{path}");
    }
    assert_eq!(bee.field("spec").unwrap().description(), Some("Its spec."));
    assert_eq!(bee.field("spec.wings.size").unwrap().enumeration(), [1, 2]);
    assert_eq!(type_of("spec"), Some("object"));
    assert!(bee.is_required("spec") && !bee.is_required("free"));
    assert!(bee.field("spec").unwrap().is_required("wings"));
}

#[test]
fn a_circle_of_references_ends() {
    let document = document();
    for (name, schema) in document.schemas().filter(|(name, _)| !name.contains('.')) {
        assert!(schema.field("x").is_none(), "{name}");
        assert!(!schema.is_required("x"), "{name}");
        schema.resolved();
    }
}

#[test]
fn a_document_is_asked_for_once_and_from_disk_never_again_unless_it_changes() {
    let server = FakeServer::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let session = || {
        let client = RestClient::new(Config::new(server.url())).unwrap();
        DiskCache::at(&client, folder.path()).client().openapi_v3().unwrap()
    };
    let paths = || -> Vec<String> {
        server.requests().all().iter().map(|request| request.path.clone()).collect()
    };
    let apps = GroupVersion::new("apps", "v1");
    let openapi = session();
    let first = openapi.document(&apps).unwrap();
    assert!(Arc::ptr_eq(&first, &openapi.document(&apps).unwrap()));
    assert_eq!(paths(), ["/openapi/v3", "/openapi/v3/apis/apps/v1"]);
    assert!(openapi.has(&apps) && openapi.paths().any(|(path, _)| path == "api/v1"));
    let again = session().document(&apps).unwrap();
    assert_eq!(*again, *first);
    assert_eq!(paths(), ["/openapi/v3", "/openapi/v3/apis/apps/v1", "/openapi/v3"]);
    let error = openapi.document(&GroupVersion::new("nope", "v1")).unwrap_err();
    assert_eq!(error.to_string(), "nope/v1: the server has no OpenAPI document of it");

    // What the index knew has changed: the server names another hash.
    let mut old = session();
    for url in old.paths.values_mut() {
        *url = url.replace("hash=", "hash=0");
    }
    assert_eq!(*old.document(&apps).unwrap(), *first);
}
