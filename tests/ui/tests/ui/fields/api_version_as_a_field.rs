//~ ERROR: `apiVersion` is written for you, from what `#[resource(..)]` says: remove this field

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
#[serde(rename_all = "camelCase")]
struct Foo {
    api_version: String,
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
