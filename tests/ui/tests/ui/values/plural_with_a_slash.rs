//~ ERROR: plural `foos/status` has `/`: expected lower-case letters, digits and `-`, beginning with a letter, such as `crontabs`

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1", plural = "foos/status")]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
