//! The custom kind of the suite: a definition that is there on both servers, for all cases.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::server::Server;

/// Where widgets are: `conformance.example/v1:widgets`.
pub(crate) const WIDGETS: &str = "conformance.example/v1:widgets";

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// A Widget with this spec.
pub(crate) fn widget(name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": "conformance.example/v1", "kind": "Widget",
        "metadata": {"name": name}, "spec": spec,
    })
}

/// Makes the kind Widget be served, once a server. Where that fails, it fails at once the next time.
pub(crate) fn install(s: &Server) {
    static TRIED: Mutex<Vec<(SocketAddr, bool)>> = Mutex::new(Vec::new());
    let mut tried = TRIED.lock().unwrap_or_else(PoisonError::into_inner);
    let address = s.target().endpoint.address();
    match tried.iter().find(|(server, _)| *server == address) {
        Some((_, true)) => return,
        Some((_, false)) => panic!("widgets were not served before"),
        None => tried.push((address, false)),
    }
    let code = s.quietly(|| s.post(DEFINITIONS, definition()).any_code());
    assert!(matches!(code, 201 | 409), "the definition of widgets: {code}");
    s.eventually("widgets are served", || {
        let is_listed = s.get("/apis/conformance.example/v1/widgets?limit=1").any_code() == 200;
        let probe = widget("probe", json!({}));
        let is_made = s.post(&format!("{WIDGETS}?dryRun=All"), probe).any_code() == 201;
        (is_listed && is_made).then_some(())
    });
    tried.retain(|(server, _)| *server != address);
    tried.push((address, true));
}

fn definition() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.conformance.example"},
        "spec": {
            "group": "conformance.example", "scope": "Namespaced",
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList", "shortNames": ["wd"]},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "subresources": {
                    "status": {},
                    "scale": {
                        "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas",
                        "labelSelectorPath": ".status.selector",
                    },
                },
                "schema": {"openAPIV3Schema": schema()},
            }],
        },
    })
}

fn schema() -> Value {
    let entry = json!({
        "type": "object", "required": ["name"],
        "properties": {"name": {"type": "string"}, "value": {"type": "integer"}, "protocol": {"type": "string", "default": "TCP"}},
    });
    json!({
        "type": "object",
        "properties": {
            "spec": {"type": "object", "properties": {
                "size": {"type": "integer", "maximum": 10},
                "color": {"type": "string", "enum": ["red", "blue"]},
                "note": {"type": "string", "maxLength": 5},
                "label": {"type": "string", "default": "plain"},
                "replicas": {"type": "integer", "minimum": 0},
                "entries": {"type": "array", "items": entry, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
                "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
                "whole": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "atomic"},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                "strings": {"type": "object", "additionalProperties": {"type": "string"}},
                "unit": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}},
            }},
            "status": {"type": "object", "properties": {
                "replicas": {"type": "integer"}, "selector": {"type": "string"}, "phase": {"type": "string"},
            }},
        },
    })
}
