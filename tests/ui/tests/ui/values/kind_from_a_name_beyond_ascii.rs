//~ ERROR: the struct's name is no kind: kind `Größe` has `ö` (U+00F6)

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
struct Größe {
    metadata: ObjectMeta,
}

#[allow(dead_code)]
type Foo = Größe;

fn main() {
    let _ = <Foo as Resource>::KIND;
}
