//~ ERROR: no field is named `metadata`: mark the one that is `metadata` in JSON with `#[resource(metadata)]`

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
struct Foo {
    #[serde(rename = "metadata")]
    object: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
