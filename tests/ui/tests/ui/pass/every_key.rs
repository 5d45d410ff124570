use kubeclient::{
    ClusterScoped, Complete, HasSubresource, ObjectMeta, Resource, meta::resource::subresource,
};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "samplecontroller.k8s.io", version = "v1alpha1", kind = "Foo")]
#[resource(plural = "foos", singular = "foo", short_names("fo", "f"), categories("all"))]
#[resource(scope = "Cluster", status, subresources(scale, portforward), crate = "kubeclient")]
struct Anything {
    metadata: ObjectMeta,
    #[serde(default)]
    status: Option<String>,
}

fn marked<T>()
where
    T: ClusterScoped
        + Complete
        + HasSubresource<subresource::Status>
        + HasSubresource<subresource::Scale>
        + HasSubresource<subresource::PortForward>,
{
}

fn main() {
    marked::<Anything>();
    assert_eq!(Anything::GROUP, "samplecontroller.k8s.io");
    assert_eq!(Anything::VERSION, "v1alpha1");
    assert_eq!(Anything::API_VERSION, "samplecontroller.k8s.io/v1alpha1");
    assert_eq!(Anything::KIND, "Foo");
    assert_eq!(Anything::PLURAL, "foos");
    assert_eq!(Anything::SINGULAR, "foo");
    assert_eq!(Anything::SHORT_NAMES, ["fo", "f"]);
    assert_eq!(Anything::CATEGORIES, ["all"]);
    assert!(!Anything::NAMESPACED);
}
