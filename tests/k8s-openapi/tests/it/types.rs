//! What the types say of themselves, and how they are read and written. No server.

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::policy::v1::Eviction;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::jiff::Timestamp;
use kubeclient::{
    ApiResource, ClusterScoped, Complete, HasSubresource, Manifest, Metadata, Namespaced, Object,
    PartialObjectMetadata, Resource, subresource,
};
use serde_json::json;

use crate::common::pod;

#[test]
fn a_kind_says_what_it_is() {
    let facts = ApiResource::namespaced("", "v1", "Pod", "pods");
    assert_eq!(<Pod as Resource>::api_resource(), facts);
    let facts = ApiResource::namespaced("apps", "v1", "Deployment", "deployments");
    assert_eq!(Deployment::api_resource(), facts);
    assert_eq!(<Deployment as Resource>::API_VERSION, "apps/v1");
    assert_eq!(Node::api_resource(), ApiResource::cluster("", "v1", "Node", "nodes"));
    assert_eq!(NetworkPolicy::PLURAL, "networkpolicies");
    assert_eq!(NetworkPolicy::SINGULAR, "networkpolicy");
    assert_eq!(PartialObjectMetadata::<Pod>::PLURAL, "pods");
}

#[test]
fn a_kind_has_the_traits_that_an_api_asks_for() {
    fn is_namespaced<T: Namespaced + Complete>() {}
    fn is_cluster_scoped<T: ClusterScoped + Complete>() {}
    fn is_scaled<T: HasSubresource<subresource::Status> + HasSubresource<subresource::Scale>>() {}
    fn is_an_object<T: Object + Complete>() {}
    is_namespaced::<Pod>();
    is_cluster_scoped::<Node>();
    is_scaled::<Deployment>();
    is_an_object::<Eviction>();
}

/// Code that was written for any kind of k8s-openapi.
#[test]
fn the_traits_follow_from_those_of_k8s_openapi() {
    fn plural<K>() -> &'static str
    where
        K: k8s_openapi::Metadata<Ty = ObjectMeta>
            + k8s_openapi::Resource<Scope = NamespaceResourceScope>,
    {
        fn of<T: Namespaced + HasSubresource<subresource::Status>>() -> &'static str {
            T::PLURAL
        }
        of::<K>()
    }
    assert_eq!(plural::<Pod>(), "pods");
}

#[test]
fn absent_metadata_reads_as_empty() {
    let mut metadata = ObjectMeta::default();
    assert_eq!((metadata.name(), metadata.namespace(), metadata.generate_name()), ("", "", ""));
    assert_eq!((metadata.uid(), metadata.resource_version(), metadata.generation()), ("", "", 0));
    assert!(metadata.labels().is_none() && metadata.annotations().is_none());
    assert!(metadata.finalizers().is_empty() && !metadata.is_being_deleted());

    metadata.name = Some("a".into());
    metadata.namespace = Some("n".into());
    metadata.generate_name = Some("a-".into());
    metadata.uid = Some("u".into());
    metadata.resource_version = Some("7".into());
    metadata.generation = Some(2);
    metadata.labels = Some([("l".into(), "1".into())].into());
    metadata.annotations = Some([("a".into(), "2".into())].into());
    metadata.finalizers = Some(vec!["f".into()]);
    metadata.deletion_timestamp = Some(Time(Timestamp::UNIX_EPOCH));
    assert_eq!((metadata.name(), metadata.namespace(), metadata.generate_name()), ("a", "n", "a-"));
    assert_eq!((metadata.uid(), metadata.resource_version(), metadata.generation()), ("u", "7", 2));
    assert_eq!(metadata.labels().unwrap().get("l"), Some("1"));
    assert_eq!(metadata.annotations().unwrap().iter().collect::<Vec<_>>(), [("a", "2")]);
    assert_eq!(metadata.finalizers(), ["f"]);
    assert!(metadata.is_being_deleted());
}

#[test]
fn the_metadata_is_reached_through_either_trait() {
    let mut pod = pod("a");
    Object::metadata_mut(&mut pod).generation = Some(3);
    assert_eq!(Object::metadata(&pod), k8s_openapi::Metadata::metadata(&pod));
    assert_eq!(Object::metadata(&pod).generation(), 3);
    assert!(pod.type_meta().is_none());
}

/// The type writes both keys itself; they stand there once.
#[test]
fn a_manifest_has_its_type_once_and_is_read_back() {
    let text = serde_json::to_string(&Manifest(&pod("a"))).unwrap();
    assert!(
        text.starts_with(r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}"#),
        "{text}"
    );
    assert_eq!(text.matches("apiVersion").count(), 1, "{text}");
    assert_eq!(serde_json::from_str::<Manifest<Pod>>(&text).unwrap().0, pod("a"));
}

#[test]
fn a_manifest_of_another_kind_or_of_none_is_refused() {
    let refused = |value: serde_json::Value| {
        serde_json::from_str::<Manifest<Pod>>(&value.to_string()).unwrap_err().to_string()
    };
    let error = refused(json!({"apiVersion": "apps/v1", "kind": "Pod", "metadata": {"name": "a"}}));
    assert!(error.contains("expected v1 Pod, found apps/v1 Pod"), "{error}");
    let error = refused(json!({"metadata": {"name": "a"}}));
    assert!(error.contains("expected v1 Pod, found neither apiVersion nor kind"), "{error}");
}
