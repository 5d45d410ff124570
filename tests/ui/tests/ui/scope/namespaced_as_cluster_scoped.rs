//~ ERROR: `Foo` is not a cluster-scoped kind

use kubeclient::{ClusterScoped, ObjectMeta, Resource};

#[derive(Resource)]
#[resource(group = "example.com", version = "v1")]
struct Foo {
    metadata: ObjectMeta,
}

fn needs<K: ClusterScoped>() {}

fn main() {
    needs::<Foo>();
}
