//~ ERROR: `Size` is autoscaling/v2 Scale, but its message is that of autoscaling/v1 Scale: only the built-in kind itself travels as protobuf

use kubeclient::{Message, ObjectMeta, Resource};

#[derive(Resource, Message, Default)]
#[resource(group = "autoscaling", version = "v2", kind = "Scale", projection, protobuf)]
#[message(of = "kubeclient::Scale")]
struct Size {
    metadata: ObjectMeta,
}

fn main() {
    let _ = (Size::default(), <Size as Resource>::KIND);
}
