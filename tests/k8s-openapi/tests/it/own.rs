//! Kinds of a program's own beside those of k8s-openapi: derived, with either metadata, and generic; and
//! one that has k8s-openapi's traits.

use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as extensions;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta as Theirs;
use kubeclient::{Api, Namespaced, ObjectMeta, Resource, WatchEvent, WatchParams};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::common::{Sandbox, named, on_each_server};

#[derive(Resource, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[resource(group = "tests.kubeclient.example", version = "v1", kind = "Foo", status)]
struct Ours {
    metadata: ObjectMeta,
    spec: Spec,
}

#[derive(Resource, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[resource(
    group = "tests.kubeclient.example",
    version = "v1",
    kind = "Foo",
    scope = "Namespaced",
    subresources(scale)
)]
struct WithTheirMetadata<S> {
    metadata: Theirs,
    spec: S,
}

#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
struct Spec {
    colour: String,
}

/// As a macro of k8s-openapi's friends would write it: no derive of ours.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
struct WithTheirTraits {
    metadata: Theirs,
    spec: Spec,
}

impl k8s_openapi::Resource for WithTheirTraits {
    const API_VERSION: &'static str = "tests.kubeclient.example/v1";
    const GROUP: &'static str = "tests.kubeclient.example";
    const KIND: &'static str = "Foo";
    const VERSION: &'static str = "v1";
    const URL_PATH_SEGMENT: &'static str = "foos";
    type Scope = NamespaceResourceScope;
}

impl k8s_openapi::Metadata for WithTheirTraits {
    type Ty = Theirs;

    fn metadata(&self) -> &Theirs {
        &self.metadata
    }

    fn metadata_mut(&mut self) -> &mut Theirs {
        &mut self.metadata
    }
}

/// What works for any kind works for all of them.
fn echo<T>(sandbox: &Sandbox, object: &T)
where
    T: Namespaced + kubeclient::Complete + Serialize + DeserializeOwned + Debug + PartialEq,
{
    use kubeclient::Metadata as _;

    let api: Api<T> = sandbox.api();
    let created = api.create(object).unwrap();
    let name = created.metadata().name();
    assert_eq!(api.get(name).unwrap(), created);
    let mut watch = api.watch(&WatchParams::default()).unwrap();
    let named = watch.find_map(|event| match event.unwrap() {
        WatchEvent::Added(found) if found.metadata().name() == name => Some(found),
        _ => None,
    });
    assert_eq!(named, Some(created));
}

#[test]
fn kinds_of_ones_own_stand_beside() {
    on_each_server(|sandbox| {
        install(sandbox);
        let spec = Spec { colour: "red".into() };
        echo(sandbox, &Ours { metadata: ObjectMeta::named("a"), spec: spec.clone() });
        echo(sandbox, &WithTheirMetadata { metadata: named("b"), spec: spec.clone() });
        echo(sandbox, &WithTheirTraits { metadata: named("c"), spec });
        echo(sandbox, &ConfigMap { metadata: named("d"), ..ConfigMap::default() });
        let colours = sandbox.api::<Ours>().list(&Default::default()).unwrap().items;
        assert_eq!(colours.len(), 3);
    });
}

/// Installs the kind Foo by k8s-openapi's types.
fn install(sandbox: &Sandbox) {
    let schema = extensions::JSONSchemaProps {
        type_: Some("object".into()),
        x_kubernetes_preserve_unknown_fields: Some(true),
        ..Default::default()
    };
    let version = extensions::CustomResourceDefinitionVersion {
        name: Ours::VERSION.into(),
        served: true,
        storage: true,
        schema: Some(extensions::CustomResourceValidation { open_api_v3_schema: Some(schema) }),
        ..Default::default()
    };
    let spec = extensions::CustomResourceDefinitionSpec {
        group: Ours::GROUP.into(),
        names: extensions::CustomResourceDefinitionNames {
            kind: Ours::KIND.into(),
            plural: Ours::PLURAL.into(),
            ..Default::default()
        },
        scope: "Namespaced".into(),
        versions: vec![version],
        ..Default::default()
    };
    let name = format!("{}.{}", Ours::PLURAL, Ours::GROUP);
    let definition =
        extensions::CustomResourceDefinition { metadata: named(&name), spec, status: None };
    let definitions: Api<extensions::CustomResourceDefinition> = Api::all(&sandbox.client);
    definitions.apply(&name, "tests", &definition).unwrap();

    let only = WatchParams::default().fields(format!("metadata.name={name}"));
    let mut watch = definitions.watch(&only).unwrap();
    let established = watch.any(|event| match event.unwrap() {
        WatchEvent::Added(found) | WatchEvent::Modified(found) => {
            let conditions = found.status.and_then(|status| status.conditions).unwrap_or_default();
            conditions
                .iter()
                .any(|condition| condition.type_ == "Established" && condition.status == "True")
        }
        _ => false,
    });
    assert!(established);
}
