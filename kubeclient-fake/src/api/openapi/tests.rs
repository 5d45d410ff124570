//! The documents of a few resources.

use std::sync::Arc;

use serde_json::{Value, json};

use super::answer;
use crate::api::Cluster;
use crate::clock::Clock;
use crate::http::{Reply, Request, Response};
use crate::kinds::Ways;
use crate::registry::Registry;
use crate::resource::{Custom, ResourceType, Subresource};
use crate::schema::{ListType, Schema, SchemaKind, SchemaRef, builtin};
use crate::store::Key;

fn resource(
    group: &str,
    kind: &str,
    schema: SchemaRef,
    custom: Option<Custom>,
) -> Arc<ResourceType> {
    let verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    let sub = |name: &str, group: &str, version: &str, kind: &str| Subresource {
        name: name.into(),
        kind: kind.into(),
        group: group.into(),
        version: version.into(),
        verbs: ["get", "patch", "update"].map(str::to_owned).to_vec(),
    };
    let sample = ResourceType::sample(group, kind);
    Arc::new(ResourceType {
        verbs: verbs.map(str::to_owned).to_vec(),
        subresources: vec![sub("status", "", "", kind), sub("scale", "autoscaling", "v1", "Scale")],
        schema,
        ways: Ways { has_status: true, ..sample.ways },
        custom: custom.map(Arc::new),
        ..sample
    })
}

fn own(schema: Schema) -> SchemaRef {
    SchemaRef::Own(Box::new(schema))
}

fn gadget() -> SchemaRef {
    let items = Schema {
        kind: SchemaKind::Array,
        items: Some(own(Schema { kind: SchemaKind::String, ..Schema::default() })),
        list: ListType::Map(vec!["k".into()]),
        patch_merge: true,
        patch_merge_key: "k".into(),
        ..Schema::default()
    };
    let port = Schema { kind: SchemaKind::IntOrString, ..Schema::default() };
    own(Schema {
        kind: SchemaKind::Object,
        properties: [("list".to_owned(), own(items)), ("port".to_owned(), own(port))].into(),
        required: vec!["list".into()],
        ..Schema::default()
    })
}

fn cluster() -> Cluster {
    let custom = Custom { definition: "widgets.ex.io".into(), ..Custom::default() };
    let registry = Registry::new(
        [resource("parts.k8s.io", "Gadget", gadget(), None)],
        [resource("ex.io", "Widget", SchemaRef::Own(Box::default()), Some(custom))],
    );
    let cluster = Cluster::new(Clock::wall(), registry);
    define(&cluster, "How big.");
    cluster
}

fn define(cluster: &Cluster, description: &str) {
    let key = Key {
        resource: Arc::from("customresourcedefinitions.apiextensions.k8s.io"),
        namespace: String::new(),
        name: "widgets.ex.io".into(),
    };
    let schema = json!({
        "type": "object",
        "description": "A widget.",
        "properties": {"spec": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer", "description": description, "enum": [1, 2]},
                "port": {"x-kubernetes-int-or-string": true},
                "template": {"type": "object", "x-kubernetes-embedded-resource": true},
            },
        }},
    });
    let definition = json!({
        "metadata": {"name": "widgets.ex.io"},
        "spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]},
    });
    let written = cluster.store.write(|transaction| {
        transaction.put(key, definition);
        Ok(())
    });
    written.expect("is stored");
}

fn get(cluster: &Cluster, path: &str, query: &[(&str, &str)]) -> Result<Response, u16> {
    let query =
        query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let request = Request { method: "GET".into(), query, ..Request::default() };
    let segments: Vec<String> =
        path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
    match answer(cluster, &request, &segments) {
        Ok(Reply::Full(response)) => Ok(response),
        Ok(Reply::Stream(..)) => panic!("a stream"),
        Err(failure) => Err(failure.code),
    }
}

fn value(path: &str) -> Value {
    let response = get(&cluster(), path, &[]).expect("an answer");
    serde_json::from_slice(&response.body).expect("JSON")
}

fn header(response: &Response, name: &str) -> Option<String> {
    let mut headers = response.headers.iter();
    headers.find(|(key, _)| key == name).map(|(_, value)| value.clone())
}

#[test]
fn a_patch_says_its_kind_its_parameters_and_its_types() {
    let document = value("v3/apis/parts.k8s.io/v1");
    let object = "/apis/parts.k8s.io/v1/namespaces/{namespace}/gadgets/{name}";
    let patch = &document["paths"][object]["patch"];
    assert_eq!(
        patch["x-kubernetes-group-version-kind"],
        json!({"group": "parts.k8s.io", "version": "v1", "kind": "Gadget"})
    );
    let names: Vec<&str> = patch["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|item| item["name"].as_str())
        .collect();
    assert_eq!(names, ["dryRun", "fieldManager", "fieldValidation", "force"]);
    let has = |document: &Value, path: &str, kind: &str| {
        document["paths"][path]["patch"]["requestBody"]["content"].get(kind).is_some()
    };
    assert!(has(&document, object, "application/strategic-merge-patch+json"));
    let widget = "/apis/ex.io/v1/namespaces/{namespace}/widgets/{name}";
    let document = value("v3/apis/ex.io/v1");
    assert!(has(&document, widget, "application/merge-patch+json"));
    assert!(!has(&document, widget, "application/strategic-merge-patch+json"));
    let scale = format!("{widget}/scale");
    assert_eq!(
        document["paths"][scale]["patch"]["x-kubernetes-group-version-kind"],
        json!({"group": "autoscaling", "version": "v1", "kind": "Scale"})
    );
}

#[test]
fn schemas_say_how_lists_merge() {
    let document = value("v3/apis/parts.k8s.io/v1");
    let schemas = &document["components"]["schemas"];
    let name = "io.k8s.parts.v1.Gadget";
    assert_eq!(
        schemas[name],
        json!({
            "type": "object",
            "required": ["list"],
            "properties": {
                "list": {
                    "type": "array", "items": {"type": "string"},
                    "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
                    "x-kubernetes-patch-merge-key": "k", "x-kubernetes-patch-strategy": "merge",
                },
                "port": {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
            },
            "x-kubernetes-group-version-kind": [
                {"group": "parts.k8s.io", "kind": "Gadget", "version": "v1"},
            ],
        })
    );
}

#[test]
fn a_custom_resource_has_the_schema_of_its_definition() {
    let document = value("v3/apis/ex.io/v1");
    let widget = &document["components"]["schemas"]["io.ex.v1.Widget"];
    assert_eq!(widget["description"], "A widget.");
    let meta = "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
    assert_eq!(widget["properties"]["metadata"], json!({"allOf": [{"$ref": meta}]}));
    let spec = &widget["properties"]["spec"];
    assert_eq!(spec["required"], json!(["size"]));
    assert_eq!(
        spec["properties"]["size"],
        json!({"type": "integer", "description": "How big.", "enum": [1, 2]})
    );
    assert_eq!(
        spec["properties"]["port"]["anyOf"],
        json!([{"type": "integer"}, {"type": "string"}])
    );
    assert_eq!(spec["properties"]["template"]["required"], json!(["kind", "apiVersion"]));
    assert!(document["components"]["schemas"].get(meta.rsplit('/').next().unwrap()).is_some());
}

#[test]
fn the_index_leads_to_documents_that_stay() {
    let cluster = cluster();
    let index = get(&cluster, "v3", &[]).expect("an answer");
    assert_eq!(header(&index, "Content-Type").as_deref(), Some("text/plain; charset=utf-8"));
    let paths: Value = serde_json::from_slice(&index.body).expect("JSON");
    let url = paths["paths"]["apis/ex.io/v1"]["serverRelativeURL"].as_str().expect("a URL");
    let hash = url.strip_prefix("/openapi/v3/apis/ex.io/v1?hash=").expect("a hash");
    let document = get(&cluster, "v3/apis/ex.io/v1", &[("hash", hash)]).expect("an answer");
    assert_eq!(document.status, 200);
    assert_eq!(header(&document, "Cache-Control").as_deref(), Some("public, immutable"));
    assert_eq!(header(&document, "Etag"), Some(format!("\"{hash}\"")));
    define(&cluster, "How large.");
    let moved = get(&cluster, "v3/apis/ex.io/v1", &[("hash", hash)]).expect("an answer");
    assert_eq!(moved.status, 301);
    assert_ne!(header(&moved, "Location").as_deref(), Some(url));
}

#[test]
fn what_is_not_there_is_not_found_and_v2_is_not_implemented() {
    let cluster = cluster();
    assert_eq!(get(&cluster, "v3/apis/nope/v1", &[]).expect("an answer").status, 404);
    assert_eq!(get(&cluster, "v3/nope", &[]).expect("an answer").status, 404);
    assert_eq!(get(&cluster, "", &[]).err(), Some(404));
    assert_eq!(get(&cluster, "v2", &[]).err(), Some(501));
}

/// The document of the core group's version, from the real table.
#[test]
fn built_in_kinds_refer_to_their_parts_by_name() {
    let registry = Registry::new(builtin::resources().iter().cloned(), []);
    let cluster = Cluster::new(Clock::wall(), registry);
    let response = get(&cluster, "v3/api/v1", &[]).expect("an answer");
    let document: Value = serde_json::from_slice(&response.body).expect("JSON");
    let schemas = &document["components"]["schemas"];
    let containers = &schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"];
    let reference =
        json!({"allOf": [{"$ref": "#/components/schemas/io.k8s.api.core.v1.Container"}]});
    assert_eq!(containers["items"], reference);
    assert_eq!(containers["x-kubernetes-patch-merge-key"], "name");
    let protocol = &schemas["io.k8s.api.core.v1.ContainerPort"]["properties"]["protocol"];
    assert_eq!(protocol["enum"], json!(["SCTP", "TCP", "UDP"]));
    assert_eq!(
        schemas["io.k8s.api.core.v1.Pod"]["x-kubernetes-group-version-kind"],
        json!([{"group": "", "kind": "Pod", "version": "v1"}])
    );
    let claim = &schemas["io.k8s.api.core.v1.PersistentVolumeSpec"]["properties"]["claimRef"];
    let reference = "#/components/schemas/io.k8s.api.core.v1.ObjectReference";
    assert_eq!(claim["allOf"], json!([{"$ref": reference}]));
    // Whatever is referred to is there.
    let text = document.to_string();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap_or_default();
        assert!(schemas.get(name).is_some(), "{name}");
    }
}
