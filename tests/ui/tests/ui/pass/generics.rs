use std::fmt::Debug;
use std::marker::PhantomData;

use kubeclient::{Metadata, Object, ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1", kind = "Typed")]
struct Typed<T: Clone = String>
where
    T: Debug,
{
    metadata: ObjectMeta,
    spec: T,
}

#[derive(Resource, Serialize)]
#[resource(group = "example.com", version = "v1")]
struct Borrowed<'a, 'b: 'a, T: ?Sized + 'static, const N: usize = 3> {
    metadata: ObjectMeta,
    #[serde(skip)]
    name: &'a str,
    #[serde(skip)]
    names: [&'b str; N],
    #[serde(skip)]
    of: PhantomData<T>,
}

#[derive(Resource)]
#[resource(group = "example.com", version = "v1")]
struct Nested<M>
where
    M: Metadata,
{
    metadata: M,
    next: Option<Box<Nested<M>>>,
}

#[derive(Resource)]
#[resource(group = "example.com", version = "v1")]
struct WithSelf
where
    Self: Sized,
{
    metadata: ObjectMeta,
}

fn main() {
    assert_eq!(Typed::<u8>::KIND, "Typed");
    assert_eq!(<Typed as Resource>::PLURAL, "typeds");
    let mut borrowed = Borrowed::<'_, '_, dyn Debug, 2> {
        metadata: ObjectMeta::default(),
        name: "a",
        names: ["b", "c"],
        of: PhantomData,
    };
    borrowed.metadata_mut().name = borrowed.name.to_owned() + borrowed.names[1];
    assert_eq!(borrowed.metadata().name(), "ac");
    let nested = Nested { metadata: ObjectMeta::default(), next: None };
    assert!(nested.metadata().name().is_empty() && nested.next.is_none());
    assert_eq!(WithSelf::KIND, "WithSelf");
    let of_self = WithSelf { metadata: ObjectMeta::default() };
    assert_eq!(of_self.metadata().uid(), "");
}
