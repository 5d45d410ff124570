//~ ERROR: `Foo` does not declare the subresource `

use kubeclient::{HasSubresource, ObjectMeta, Resource, meta::resource::subresource};

#[derive(Resource)]
#[resource(group = "example.com", version = "v1", status)]
struct Foo {
    metadata: ObjectMeta,
}

fn needs<K: HasSubresource<subresource::Scale>>() {}

fn main() {
    needs::<Foo>();
}
