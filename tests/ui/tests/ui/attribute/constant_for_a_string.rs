//~ ERROR: expected a string literal: write `group = "stable.example.com"`

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[allow(dead_code)]
const GROUP: &str = "example.com";

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = GROUP, version = "v1")]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
