//~ ERROR: `Foo` does not say its group, version and kind

use kubeclient::{ObjectMeta, Resource};

#[allow(dead_code)]
struct Foo {
    metadata: ObjectMeta,
}

fn needs<K: Resource>() {}

fn main() {
    needs::<Foo>();
}
