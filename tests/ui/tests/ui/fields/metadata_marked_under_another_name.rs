//~ ERROR: the metadata is `object` in JSON: expected `#[serde(rename = "metadata")]`

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
struct Foo {
    #[resource(metadata)]
    object: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
