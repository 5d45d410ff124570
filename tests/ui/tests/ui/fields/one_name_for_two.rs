//~ ERROR: two fields are `spec` in JSON: this one and `spec`

use kubeclient::{ObjectMeta, Resource};
use serde::Serialize;

#[derive(Resource, Serialize)]
#[resource(group = "example.com", version = "v1")]
struct Foo {
    metadata: ObjectMeta,
    spec: String,
    #[serde(rename = "spec")]
    wanted: String,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
