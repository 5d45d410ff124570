//~ ERROR: `Foo` is example.com/v1 Foo, but its message is that of autoscaling/v1 Scale: only the built-in kind itself travels as protobuf

use kubeclient::{Message, ObjectMeta, Resource};

#[derive(Resource, Message, Default)]
#[resource(group = "example.com", version = "v1", protobuf)]
#[message(of = "kubeclient::Scale")]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {
    let _ = (Foo::default(), <Foo as Resource>::KIND);
}
