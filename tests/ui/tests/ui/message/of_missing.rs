//~ ERROR: the built-in type is missing: add `#[message(of = "kubeclient::core_v1::Pod")]`

use kubeclient::{Message, Resource, ObjectMeta};

#[derive(Resource, Message, Default)]
#[resource(group = "autoscaling", version = "v1", projection, protobuf)]
struct Scale {
    metadata: ObjectMeta,
    status: Observed,
}

#[derive(Message, Default)]
#[message(of = "kubeclient::meta::scale::ScaleStatus")]
struct Observed {
    replicas: i32,
}

fn main() {
    let _ = Scale::default();
}
