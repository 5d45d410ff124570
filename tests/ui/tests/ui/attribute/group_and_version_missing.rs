//~ ERROR: `group` and `version` are missing: add `group = "stable.example.com", version = "v1"`

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(kind = "Foo")]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
