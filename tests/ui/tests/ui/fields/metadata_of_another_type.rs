//~ ERROR: can't be the metadata of a Kubernetes object

use kubeclient::Resource;
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
struct Foo {
    metadata: String,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
