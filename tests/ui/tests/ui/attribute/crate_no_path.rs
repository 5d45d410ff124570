//~ ERROR: `my crate` is not a path: expected the path of the crate `kubeclient`, such as `"::kubeclient"`

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1", crate = "my crate")]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {}
