//~ ERROR: no field is named `metadata`: add `metadata: ObjectMeta`, or mark a field `#[resource(metadata)]`

use kubeclient::Resource;
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
struct Foo {
    spec: String,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
