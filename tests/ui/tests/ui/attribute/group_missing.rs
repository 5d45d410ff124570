//~ ERROR: `group` is missing: add `group = "stable.example.com"`, or `group = ""` for the core group

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(version = "v1", kind = "Foo")]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
