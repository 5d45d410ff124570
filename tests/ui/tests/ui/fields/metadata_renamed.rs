//~ ERROR: the metadata is `meta` in JSON: expected `#[serde(rename = "metadata")]`

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
struct Foo {
    #[serde(rename = "meta")]
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
