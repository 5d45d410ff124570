//~ ERROR: `Foo` is no message of protobuf

use kubeclient::{ObjectMeta, Resource};

#[derive(Resource, Default)]
#[resource(group = "example.com", version = "v1", protobuf)]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {
    let _ = (Foo::default(), <Foo as Resource>::KIND);
}
