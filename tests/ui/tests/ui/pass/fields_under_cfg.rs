use kubeclient::{Object, ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize, Default)]
#[cfg_attr(all(), resource(group = "example.com", version = "v1"))]
#[cfg_attr(any(), resource(group = "example.org", version = "v2"))]
struct Foo {
    #[cfg(any())]
    metadata: String,
    #[cfg(all())]
    metadata: ObjectMeta,
    #[cfg(any())]
    kind: String,
    #[cfg_attr(any(), serde(rename = "kind"))]
    #[serde(default)]
    sort: String,
}

fn main() {
    let foo = Foo::default();
    assert!(foo.metadata().name.is_empty() && foo.sort.is_empty());
    assert_eq!(Foo::API_VERSION, "example.com/v1");
}
