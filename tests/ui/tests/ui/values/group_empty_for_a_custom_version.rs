//~ ERROR: the empty group is the core group, which has only the version `v1`, not `v1alpha1`

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "", version = "v1alpha1")]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
