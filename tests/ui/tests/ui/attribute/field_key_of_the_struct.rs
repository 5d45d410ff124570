//~ ERROR: `status` belongs in the `#[resource(..)]` of the struct

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
struct Foo {
    metadata: ObjectMeta,
    #[resource(status)]
    status: Option<String>,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
