//~ ERROR: a union can't be a Kubernetes object: expected a struct with named fields, one of them `metadata: ObjectMeta`

use kubeclient::Resource;

#[derive(Resource)]
#[resource(group = "example.com", version = "v1")]
union Foo {
    bar: u8,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
