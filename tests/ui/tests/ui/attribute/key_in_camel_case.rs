//~ ERROR: unknown key `shortNames`: did you mean `short_names`?

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1", shortNames("fo"))]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
