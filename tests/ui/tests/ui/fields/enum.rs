//~ ERROR: an enum can't be a Kubernetes object: expected a struct with named fields, one of them `metadata: ObjectMeta`

use kubeclient::Resource;
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
enum Foo {
    Bar,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
