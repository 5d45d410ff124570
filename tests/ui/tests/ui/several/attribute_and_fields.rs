//~ ERROR: group `Example.com` has the upper-case `E`
//~ ERROR: `v01` is not a version
//~ ERROR: kind `foo` begins with the lower-case `f`
//~ ERROR: unknown scope `cluster`: did you mean `Cluster`?
//~ ERROR: `kind` is written for you

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "Example.com", version = "v01", kind = "foo", scope = "cluster")]
struct Foo {
    metadata: ObjectMeta,
    kind: String,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
