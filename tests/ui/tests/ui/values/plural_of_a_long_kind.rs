//~ ERROR: the plural has 64 characters: expected at most 63; set `plural = ".."`

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(
    group = "example.com",
    version = "v1",
    kind = "Foooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo"
)]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
