#![no_implicit_prelude]

#[derive(::kubeclient::Resource)]
#[resource(group = "example.com", version = "v1", status, short_names("fo"), subresources(scale))]
struct Foo {
    metadata: ::kubeclient::ObjectMeta,
}

#[derive(::kubeclient::Resource)]
#[resource(group = "example.com", version = "v1", scope = "Cluster", projection)]
struct Bar<T> {
    metadata: ::kubeclient::ObjectMeta,
    spec: T,
}

fn main() {
    let foo = Foo { metadata: ::std::default::Default::default() };
    ::std::assert!(::kubeclient::Metadata::name(::kubeclient::Object::metadata(&foo)).is_empty());
    let bar = Bar { metadata: foo.metadata, spec: 1 };
    ::std::assert_eq!(bar.spec, 1);
    ::std::assert_eq!(<Bar<u8> as ::kubeclient::Resource>::KIND, "Bar");
    let _ = bar.metadata;
}
