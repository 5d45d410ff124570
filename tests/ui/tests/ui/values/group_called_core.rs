//~ ERROR: the core group has no name: write `group = ""`

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "core", version = "v1")]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
