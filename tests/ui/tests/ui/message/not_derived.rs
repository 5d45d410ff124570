//~ ERROR: `Foo` is no message of protobuf

use kubeclient::meta::message::Described;

#[derive(Default)]
struct Foo {
    replicas: i32,
}

fn needs<T: Described>() -> T {
    T::default()
}

fn main() {
    let _ = needs::<Foo>().replicas;
}
