//~ ERROR: `nowhere`

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1", crate = "::nowhere")]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {}
