//~ ERROR: `kind` is written for you, from what `#[resource(..)]` says: remove this alias

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
struct Foo {
    metadata: ObjectMeta,
    #[serde(alias = "kind")]
    sort: String,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
