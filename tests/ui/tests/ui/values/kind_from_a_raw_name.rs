//~ ERROR: the struct's name is no kind: kind `foo` begins with the lower-case `f`

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
#[allow(non_camel_case_types)]
struct r#foo {
    metadata: ObjectMeta,
}

#[allow(dead_code)]
type Foo = r#foo;

fn main() {
    let _ = <Foo as Resource>::KIND;
}
