//~ ERROR: two fields are marked as the metadata: this one and `metadata`

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
struct Foo {
    #[resource(metadata)]
    metadata: ObjectMeta,
    #[resource(metadata)]
    other: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
