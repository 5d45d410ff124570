//~ ERROR: kind `foo` begins with the lower-case `f`: expected upper camel case in ASCII letters and digits, such as `CronTab`; did you mean `Foo`?

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1", kind = "foo")]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
