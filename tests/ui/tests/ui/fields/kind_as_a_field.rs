//~ ERROR: `kind` is written for you, from what `#[resource(..)]` says: remove this field

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
struct Foo {
    metadata: ObjectMeta,
    kind: String,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
