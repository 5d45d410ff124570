//~ ERROR: `Foo` holds only part of its object, so it can't be created or replaced

use kubeclient::{Complete, ObjectMeta, Resource};

#[derive(Resource)]
#[resource(group = "example.com", version = "v1", projection)]
struct Foo {
    metadata: ObjectMeta,
}

fn needs<K: Complete>() {}

fn main() {
    needs::<Foo>();
}
