//~ ERROR: `status` takes no value (the status' type is that of the field `status`): write `status` alone

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1", status = "FooStatus")]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
