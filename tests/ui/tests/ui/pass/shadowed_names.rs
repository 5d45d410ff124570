#![allow(dead_code, non_camel_case_types)]

use kubeclient::ObjectMeta;

struct Option;
struct Result;
struct String;
struct Some;
struct None;
struct Box;
struct Vec;
struct Sized;
struct str;
struct bool;
struct Object;
struct Metadata;
struct Complete;
struct Namespaced;
struct HasSubresource;
mod core {}
mod std {}
mod kubeclient_private {}
mod __private {}

mod inner {
    pub mod kubeclient {}

    #[derive(::kubeclient::Resource)]
    #[resource(group = "example.com", version = "v1", status, short_names("fo"), categories("all"))]
    pub struct Foo<T> {
        pub metadata: super::ObjectMeta,
        pub spec: T,
    }
}

fn main() {
    let foo = inner::Foo { metadata: ObjectMeta::default(), spec: Option };
    let _: &ObjectMeta = ::kubeclient::Object::metadata(&foo);
    let Option = foo.spec;
    assert_eq!(<inner::Foo<u8> as ::kubeclient::Resource>::KIND, "Foo");
}
