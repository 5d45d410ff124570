//~ ERROR: the metadata can't be skipped: every object is written and read with it

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
struct Foo {
    #[serde(skip)]
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
