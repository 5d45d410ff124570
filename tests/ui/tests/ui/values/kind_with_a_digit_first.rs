//~ ERROR: kind `1Foo` begins with the digit `1`: expected upper camel case in ASCII letters and digits, such as `CronTab`

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1", kind = "1Foo")]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
