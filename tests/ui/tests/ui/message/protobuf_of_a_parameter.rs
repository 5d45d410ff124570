//~ ERROR: a struct with parameters is no message of protobuf: remove `protobuf`

use kubeclient::{ObjectMeta, Resource};

#[derive(Resource, Default)]
#[resource(group = "example.com", version = "v1", protobuf)]
struct Foo<T> {
    metadata: ObjectMeta,
    spec: T,
}

fn main() {
    let _ = (Foo::<i32>::default().spec, <Foo<i32> as Resource>::KIND);
}
