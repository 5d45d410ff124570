//! The custom resource that the tests use, as a user would write it, and its definition.

use kubeclient::meta::resource::Namespaced;
use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

/// A custom resource with a status and a scale.
#[derive(Resource, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[resource(
    group = "samplecontroller.k8s.io",
    version = "v1alpha1",
    short_names("fo"),
    status,
    subresources(scale)
)]
pub(crate) struct Foo {
    pub(crate) metadata: ObjectMeta,
    #[serde(default)]
    pub(crate) spec: FooSpec,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<FooStatus>,
}

#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct FooSpec {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) deployment_name: String,
    pub(crate) replicas: i32,
}

#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct FooStatus {
    pub(crate) available_replicas: i32,
}

/// What a program that only looks at replicas declares.
#[derive(Resource, Serialize, Deserialize, Clone, Debug)]
#[resource(group = "samplecontroller.k8s.io", version = "v1alpha1", kind = "Foo", projection)]
pub(crate) struct FooReplicas {
    pub(crate) metadata: ObjectMeta,
    pub(crate) spec: ReplicasOnly,
}

#[derive(Serialize, Deserialize, Clone, Debug)]
pub(crate) struct ReplicasOnly {
    pub(crate) replicas: i32,
}

/// A built-in kind with only what the tests need of it.
#[derive(Resource, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[resource(group = "", version = "v1")]
pub(crate) struct ConfigMap {
    pub(crate) metadata: ObjectMeta,
    #[serde(default)]
    pub(crate) data: std::collections::BTreeMap<String, String>,
}

/// A cluster-scoped built-in kind.
#[derive(Resource, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[resource(group = "", version = "v1", scope = "Cluster")]
pub(crate) struct Namespace {
    pub(crate) metadata: ObjectMeta,
}

impl Foo {
    pub(crate) fn named(name: &str, replicas: i32) -> Self {
        Self {
            metadata: ObjectMeta::named(name),
            spec: FooSpec { deployment_name: format!("{name}-deployment"), replicas },
            status: None,
        }
    }
}

impl ConfigMap {
    pub(crate) fn named(name: &str) -> Self {
        Self { metadata: ObjectMeta::named(name), ..Self::default() }
    }
}

/// The definition of [`Foo`], as an administrator would apply it.
pub(crate) fn definition() -> serde_json::Value {
    fn is_namespaced<T: Namespaced>() -> bool {
        T::NAMESPACED
    }
    assert!(is_namespaced::<Foo>());
    serde_json::json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": format!("{}.{}", Foo::PLURAL, Foo::GROUP),
            // The server asks for it where a group ends in k8s.io.
            "annotations": { "api-approved.kubernetes.io": "unapproved, for tests" },
        },
        "spec": {
            "group": Foo::GROUP,
            "scope": "Namespaced",
            "names": {
                "plural": Foo::PLURAL,
                "singular": Foo::SINGULAR,
                "kind": Foo::KIND,
                "shortNames": Foo::SHORT_NAMES,
            },
            "versions": [{
                "name": Foo::VERSION,
                "served": true,
                "storage": true,
                "subresources": {
                    "status": {},
                    "scale": {
                        "specReplicasPath": ".spec.replicas",
                        "statusReplicasPath": ".status.availableReplicas",
                    },
                },
                "schema": { "openAPIV3Schema": {
                    "type": "object",
                    "properties": {
                        "spec": {
                            "type": "object",
                            "properties": {
                                "deploymentName": { "type": "string" },
                                "replicas": { "type": "integer", "minimum": 0, "maximum": 10 },
                            },
                        },
                        "status": {
                            "type": "object",
                            "properties": { "availableReplicas": { "type": "integer" } },
                        },
                    },
                }},
            }],
        },
    })
}
