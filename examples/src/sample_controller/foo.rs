//! The custom resource and its definition.

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a user wants: a deployment of this name, with so many replicas.
#[derive(Resource, Serialize, Deserialize, Clone, Debug)]
#[resource(group = "samplecontroller.k8s.io", version = "v1alpha1", status)]
pub struct Foo {
    /// The object's metadata.
    pub metadata: ObjectMeta,
    /// What is wanted.
    #[serde(default)]
    pub spec: FooSpec,
    /// What is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<FooStatus>,
}

/// What is wanted of a [`Foo`].
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase", default)]
pub struct FooSpec {
    /// The name of the deployment.
    pub deployment_name: String,
    /// How many replicas it is to have; without it, whatever it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
}

/// What is there of a [`Foo`].
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase", default)]
pub struct FooStatus {
    /// How many replicas of the deployment can be used.
    pub available_replicas: i32,
}

impl Foo {
    /// A Foo to be created.
    pub fn new(name: &str, deployment: &str, replicas: i32) -> Self {
        Self {
            metadata: ObjectMeta::named(name),
            spec: FooSpec { deployment_name: deployment.into(), replicas: Some(replicas) },
            status: None,
        }
    }
}

/// What the server must know of the kind.
pub fn definition() -> Value {
    let schema = json!({
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {
                    "deploymentName": { "type": "string" },
                    "replicas": { "type": "integer", "minimum": 1, "maximum": 10 },
                },
            },
            "status": {
                "type": "object",
                "properties": { "availableReplicas": { "type": "integer" } },
            },
        },
    });
    json!({
        // The server asks for it where a group ends in k8s.io.
        "metadata": { "annotations": { "api-approved.kubernetes.io": "unapproved, an example" } },
        "spec": {
            "group": Foo::GROUP,
            "scope": "Namespaced",
            "names": { "plural": Foo::PLURAL, "singular": Foo::SINGULAR, "kind": Foo::KIND },
            "versions": [{
                "name": Foo::VERSION,
                "served": true,
                "storage": true,
                "subresources": { "status": {} },
                "schema": { "openAPIV3Schema": schema },
            }],
        },
    })
}
