//~ ERROR: `Foo` is not a namespaced kind

use kubeclient::{Namespaced, ObjectMeta, Resource};

#[derive(Resource)]
#[resource(group = "example.com", version = "v1", scope = "Cluster")]
struct Foo {
    metadata: ObjectMeta,
}

fn needs<K: Namespaced>() {}

fn main() {
    needs::<Foo>();
}
