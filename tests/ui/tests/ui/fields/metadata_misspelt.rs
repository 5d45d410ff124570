//~ ERROR: no field is named `metadata`: did you mean this one?

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
struct Foo {
    metdata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
