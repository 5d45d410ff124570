//~ ERROR: the kind has 64 characters: expected at most 63

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(
    group = "example.com",
    version = "v1",
    kind = "Fooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo"
)]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
